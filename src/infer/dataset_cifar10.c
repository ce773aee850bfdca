#include "infer/dataset_photos.h"

static enum status load(struct dataset *d, struct err *e)
{
	static const struct photo_set set = { "cifar10", 10, false };

	return dataset_read_photos(d, &set, e);
}

const struct dataset_source dataset_cifar10 = {
	.name = "cifar10",
	.help = "10 classes of small photographs, JPEG files and labels.csv in a folder (cifar10:DIR)",
	.photos = true,
	.load = load,
};
