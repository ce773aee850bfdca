#include "infer/dataset_photos.h"

static enum status load(struct dataset *d, struct err *e)
{
	return dataset_read_photos(d, "imagenet", 1000, e);
}

const struct dataset_source dataset_imagenet = {
	.name = "imagenet",
	.help = "1,000 classes of photographs, JPEG files and labels.csv in a folder (imagenet:DIR)",
	.photos = true,
	.load = load,
};
