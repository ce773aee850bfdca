#include "infer/dataset_photos.h"

static enum status load(struct dataset *d, struct err *e)
{
	return dataset_read_photos(d, "cifar10", 10, e);
}

const struct dataset_source dataset_cifar10 = {
	.name = "cifar10",
	.help = "10 classes of small photographs, JPEG files and labels.csv in a folder (cifar10:DIR)",
	.photos = true,
	.load = load,
};
