#include "infer/dataset.h"
#include "infer/digits.h"

static enum status load(struct dataset *d, struct err *e)
{
	const size_t image = (size_t)DIGITS_SIDE * DIGITS_SIDE;
	uint8_t *pixels = ARENA_NEW(&d->arena, uint8_t, DIGITS_TEST * image);
	uint16_t *labels = ARENA_NEW(&d->arena, uint16_t, DIGITS_TEST);

	if (!pixels || !labels)
		return err_nomem(e);
	for (size_t i = 0; i < DIGITS_TEST; i++)
		labels[i] = digits_draw(DIGITS_SPLIT_TEST, i, pixels + i * image);
	d->n = DIGITS_TEST;
	d->c = 1;
	d->h = d->w = DIGITS_SIDE;
	d->n_classes = 10;
	d->pixels = pixels;
	d->labels = labels;
	return ST_OK;
}

const struct dataset_source dataset_digits = {
	.name = "digits",
	.help = "drawn by hcbench itself, 2,000 test images of 28 x 28 (nothing to fetch)",
	.load = load,
};
