#include "infer/dataset_photos.h"

static enum status load(struct dataset *d, struct err *e)
{
	static const struct photo_set set = { "imagenet", 1000, true };

	return dataset_read_photos(d, &set, e);
}

const struct dataset_source dataset_imagenet = {
	.name = "imagenet",
	.help = "1,000 classes of photographs: ILSVRC-2012 as it is unpacked, or JPEG files and labels "
	        "in a folder (imagenet:DIR)",
	.photos = true,
	.load = load,
};
