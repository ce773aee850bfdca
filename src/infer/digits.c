#include "infer/digits.h"

#include <stdbool.h>
#include <string.h>

/* Units. Skeletons: a box of 100 x 140 (x to the right, y down), points held in sixteenths.
 * Canvas: 1/256 pixel. Every division is of integers, so it truncates the same way everywhere. */
enum { UNIT = 16, PIXEL = 256, STEPS = 32, GLYPH_POINTS = 14 };

/* A stroke is a clamped quadratic B-spline: it starts at the first point, ends at the last, and
 * the others pull it. A point given twice is a corner. */
struct glyph {
	int n[2]; /* points of the first and the second stroke */
	short xy[2 * GLYPH_POINTS];
};

/* Three ways to write each digit. */
static const struct glyph glyphs[10][3] = {
	{
         { { 8, 0 }, { 52, 0, 6, 0, 0, 70, 6, 140, 94, 140, 100, 70, 94, 0, 48, 0 } },
         { { 8, 0 }, { 62, 4, 20, 0, 0, 80, 12, 142, 82, 145, 100, 60, 84, -4, 42, 12 } },
         { { 8, 0 }, { 50, 0, 16, 6, 8, 70, 16, 138, 80, 138, 90, 70, 84, 4, 50, 0 } },
	 },
	{
         { { 3, 0 }, { 50, 0, 50, 70, 50, 140 } },
         { { 6, 0 }, { 26, 32, 40, 18, 52, 0, 52, 0, 51, 70, 50, 140 } },
         { { 6, 3 },
	          { 26, 32, 40, 18, 52, 0, 52, 0, 52, 70, 52, 138, 20, 139, 50, 138, 82, 139 } },
	 },
	{
         { { 9, 0 },
	          { 8, 36, 10, -2, 90, -8, 102, 48, 62, 88, 6, 138, 6, 138, 50, 136, 98, 138 } },
         { { 10, 0 }, { 10, 30,  20, -4,  88, -6,  92, 48,  60,  104,
	                       8,  148, 0,  108, 34, 104, 60, 132, 100, 134 } },
         { { 9, 0 },
	          { 12, 22, 40, -8, 100, 2, 92, 60, 40, 108, 4, 138, 4, 138, 50, 134, 96, 132 } },
	 },
	{
         { { 10, 0 }, { 8,  18, 30,  -8, 92,  -4,  92, 58,  38, 66,
	                       38, 66, 104, 68, 102, 142, 30, 150, 2,  118 } },
         { { 10, 0 }, { 8,  4,  50,  3,  88,  4,   88, 4,   44, 58,
	                       44, 58, 104, 58, 102, 142, 30, 150, 4,  120 } },
         { { 9, 0 },
	          { 14, 14, 60, -16, 106, 22, 70, 62, 36, 68, 110, 74, 96, 140, 40, 148, 6, 128 } },
	 },
	{
         { { 6, 3 },
	          { 20, 4, 12, 45, 6, 86, 6, 86, 50, 84, 98, 82, 74, 26, 70, 85, 66, 140 } },
         { { 6, 3 },
	          { 68, 0, 40, 45, 4, 94, 4, 94, 50, 95, 100, 94, 68, 0, 70, 70, 70, 140 } },
         { { 5, 3 }, { 12, 6, 4, 66, 30, 82, 60, 76, 86, 64, 88, 4, 84, 70, 78, 140 } },
	 },
	{
         { { 12, 0 }, { 90, 4,  54, 4,  18,  4,  18,  4,   14, 34,  12, 62,
	                       12, 62, 50, 38, 108, 60, 100, 142, 30, 150, 2,  120 } },
         { { 9, 3 }, { 20, 8,   16, 35,  13, 60,  13, 60, 62, 44, 108, 74,
	                      90, 148, 30, 146, 4,  124, 20, 7,  55, 6,  96,  2 } },
         { { 9, 0 },
	          { 92, 2, 50, 2, 26, 10, 10, 60, 40, 60, 100, 74, 90, 138, 40, 146, 4, 130 } },
	 },
	{
         { { 10, 0 }, { 78,  2,   30, 18, 0,  80, 4,  142, 60, 148,
	                       102, 132, 96, 76, 50, 62, 10, 88,  6,  112 } },
         { { 8, 0 }, { 60, 0, 22, 50, -6, 122, 40, 152, 98, 142, 92, 82, 40, 72, 10, 112 } },
         { { 9, 0 },
	          { 84, 12, 50, -8, 4, 40, -2, 140, 60, 150, 104, 124, 86, 70, 34, 70, 10, 98 } },
	 },
	{
         { { 6, 0 }, { 4, 6, 50, 6, 94, 4, 94, 4, 68, 56, 40, 140 } },
         { { 6, 3 },
	          { 4, 6, 50, 6, 94, 4, 94, 4, 68, 56, 40, 140, 26, 72, 55, 70, 88, 68 } },
         { { 8, 0 }, { 6, 28, 6, 14, 6, 5, 6, 5, 50, 8, 104, -2, 56, 62, 46, 140 } },
	 },
	{
         { { 13, 0 }, { 86,  20, 66,  -6, 14,  -4, 8,  44, 50, 68, 104, 92, 98,
	                       142, 50, 144, 2,  142, -2, 94, 52, 66, 96, 40,  84, 14 } },
         { { 6, 6 }, { 50, 0,  10, 0,  12, 66,  88,  66,  90,  0,  50, 0,
	                      50, 66, -4, 66, 0,  142, 100, 142, 104, 66, 50, 66 } },
         { { 12, 0 }, { 90, 8,   30, -10, 0,  34, 48, 66, 100, 96, 84, 144,
	                       40, 146, 0,  130, 14, 90, 56, 62, 90,  34, 92, 6 } },
	 },
	{
         { { 10, 0 }, { 88, 30, 80, -2, 10, -8, -2, 62, 30, 84,
	                       86, 62, 88, 24, 88, 24, 84, 90, 78, 140 } },
         { { 10, 0 }, { 90, 28, 72, -6, 6,  -8, 2,  78,  76, 84,
	                       92, 22, 92, 22, 98, 96, 70, 146, 12, 132 } },
         { { 9, 0 },
	          { 92, 12, 40, -12, 0, 26, 12, 78, 70, 74, 92, 10, 92, 10, 80, 80, 52, 140 } },
	 },
};

/* Splitmix64: a counter through a mixer, so any image starts from its own key. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Uniform in low .. high. */
static int between(uint64_t *state, int low, int high)
{
	return low + (int)((next(state) >> 33) % (uint64_t)(high - low + 1));
}

/* Bell-shaped in -spread .. spread: the mean of four uniform numbers, deviation about 0.29. */
static int bell(uint64_t *state, int spread)
{
	int sum = 0;

	for (int i = 0; i < 4; i++)
		sum += between(state, -spread, spread);
	return sum / 4;
}

struct hand {
	int xx, xy, yx, yy; /* linear map, 1/65536 pixel per sixteenth */
	int bow_x, bow_y;   /* quadratic bend */
	int cx, cy;         /* centre, 1/256 pixel */
	int wobble;         /* of each point, sixteenths */
	int radius;         /* of the pen, 1/256 pixel */
	int ink;            /* 0 .. 255 */
};

/* One statement per number drawn: C does not order the calls inside an initialiser or a sum. */
static struct hand draw_hand(uint64_t *state)
{
	int size = between(state, 440, 600), aspect = bell(state, 220);
	int middle = DIGITS_SIDE * PIXEL / 2;
	struct hand h = { .xx = size + size * aspect / 512, .yy = size - size * aspect / 1024 };

	h.xy = -60 + bell(state, 460);
	h.yx = bell(state, 340);
	h.bow_x = bell(state, 180);
	h.bow_y = bell(state, 150);
	h.cx = middle + bell(state, 6 * PIXEL);
	h.cy = middle + bell(state, 6 * PIXEL);
	h.wobble = between(state, 2, 14) * UNIT;
	h.wobble += between(state, 0, 16) * UNIT;
	h.radius = between(state, 170, 430);
	h.ink = between(state, 170, 255);
	return h;
}

/* Inks a disc whose edge is one pixel soft; coverage is linear in the squared distance, which
 * needs no square root. */
static void stamp(uint8_t *canvas, int x, int y, int radius, int ink)
{
	int reach = radius + PIXEL / 2, edge = 2 * PIXEL * radius;
	int left = (x - reach) / PIXEL - 1, top = (y - reach) / PIXEL - 1;
	int right = (x + reach) / PIXEL, bottom = (y + reach) / PIXEL;

	for (int j = top < 0 ? 0 : top; j <= bottom && j < DIGITS_SIDE; j++) {
		for (int i = left < 0 ? 0 : left; i <= right && i < DIGITS_SIDE; i++) {
			int dx = i * PIXEL + PIXEL / 2 - x, dy = j * PIXEL + PIXEL / 2 - y;
			int in = reach * reach - dx * dx - dy * dy;
			int level = in < edge ? ink * (in / 256) / (edge / 256) : ink;

			if (level > canvas[j * DIGITS_SIDE + i])
				canvas[j * DIGITS_SIDE + i] = (uint8_t)level;
		}
	}
}

/* From a skeleton point (sixteenths about the middle of the box) to the canvas, and inks it. */
static void ink_point(uint8_t *canvas, const struct hand *h, int x, int y, int radius)
{
	int bx = x + h->bow_x * (y / UNIT) * (y / UNIT) / 1024;
	int by = y + h->bow_y * (x / UNIT) * (x / UNIT) / 1024;

	stamp(canvas, h->cx + (h->xx * bx + h->xy * by) / PIXEL,
	      h->cy + (h->yx * bx + h->yy * by) / PIXEL, radius, h->ink);
}

static int quadratic(int a, int b, int c, int t)
{
	int u = STEPS - t;

	return (u * u * a + 2 * u * t * b + t * t * c) / (STEPS * STEPS);
}

static void draw_stroke(uint8_t *canvas, const struct hand *h, const short *xy, int n,
                        uint64_t *state)
{
	int x[GLYPH_POINTS], y[GLYPH_POINTS];
	int taper = bell(state, h->radius / 2);

	for (int i = 0; i < n; i++) {
		if (i > 0 && xy[2 * i] == xy[2 * i - 2] && xy[2 * i + 1] == xy[2 * i - 1]) {
			x[i] = x[i - 1];
			y[i] = y[i - 1];
			continue;
		}
		x[i] = (xy[2 * i] - 50) * UNIT + bell(state, h->wobble);
		y[i] = (xy[2 * i + 1] - 70) * UNIT + bell(state, h->wobble);
	}
	for (int i = 1; i + 1 < n; i++) {
		bool first = i == 1, last = i + 2 == n;
		int ax = first ? x[0] : (x[i - 1] + x[i]) / 2;
		int ay = first ? y[0] : (y[i - 1] + y[i]) / 2;
		int bx = last ? x[i + 1] : (x[i] + x[i + 1]) / 2;
		int by = last ? y[i + 1] : (y[i] + y[i + 1]) / 2;

		for (int t = 0; t <= STEPS; t++) {
			int along = ((i - 1) * STEPS + t) * 256 / ((n - 2) * STEPS);

			ink_point(canvas, h, quadratic(ax, x[i], bx, t), quadratic(ay, y[i], by, t),
			          h->radius + taper * (along - 128) / 256);
		}
	}
}

/* Up to three dots or dashes that belong to no digit. */
static void draw_specks(uint8_t *canvas, uint64_t *state)
{
	int n = between(state, -2, 3);

	for (int i = 0; i < n; i++) {
		int x = between(state, 0, DIGITS_SIDE * PIXEL),
		    y = between(state, 0, DIGITS_SIDE * PIXEL);
		int dx = bell(state, 4 * PIXEL), dy = bell(state, 4 * PIXEL);
		int radius = between(state, 80, 220), ink = between(state, 60, 230);

		for (int t = 0; t <= STEPS; t++)
			stamp(canvas, x + dx * t / STEPS, y + dy * t / STEPS, radius, ink);
	}
}

/* Blends the canvas with its 3 x 3 binomial blur, amount / 16 of it. */
static void blur(uint8_t *canvas, int amount)
{
	static const int weight[3] = { 1, 2, 1 };
	uint8_t sharp[DIGITS_SIDE * DIGITS_SIDE];

	memcpy(sharp, canvas, sizeof(sharp));
	for (int y = 0; y < DIGITS_SIDE; y++) {
		for (int x = 0; x < DIGITS_SIDE; x++) {
			int sum = 0, at = y * DIGITS_SIDE + x;

			for (int j = -1; j <= 1; j++)
				for (int i = -1; i <= 1; i++)
					if (y + j >= 0 && y + j < DIGITS_SIDE && x + i >= 0 &&
					    x + i < DIGITS_SIDE)
						sum += weight[j + 1] * weight[i + 1] *
						       sharp[at + j * DIGITS_SIDE + i];
			canvas[at] =
			        (uint8_t)((sharp[at] * (16 - amount) + sum * amount / 16) / 16);
		}
	}
}

static void add_noise(uint8_t *canvas, int spread, uint64_t *state)
{
	for (int i = 0; i < DIGITS_SIDE * DIGITS_SIDE; i++) {
		int level = canvas[i] + bell(state, spread);

		canvas[i] = (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level);
	}
}

uint16_t digits_draw(enum digits_split split, size_t index, uint8_t out[DIGITS_SIDE * DIGITS_SIDE])
{
	uint64_t state = ((uint64_t)split << 32 | (uint64_t)index) * 0xd1342543de82ef95u;
	int label = between(&state, 0, 9);
	const struct glyph *g = &glyphs[label][between(&state, 0, 2)];
	struct hand h = draw_hand(&state);

	memset(out, 0, DIGITS_SIDE * DIGITS_SIDE);
	draw_stroke(out, &h, g->xy, g->n[0], &state);
	draw_stroke(out, &h, g->xy + 2 * g->n[0], g->n[1], &state);
	draw_specks(out, &state);
	blur(out, between(&state, 0, 16));
	add_noise(out, between(&state, 0, 70), &state);
	return (uint16_t)label;
}
