#include "report/chart.h"

#include "report/page.h"

#include <math.h>
#include <stdlib.h>

/* Units of the viewBox; the page scales the whole. */
enum { WIDTH = 540, HEIGHT = 340, LEFT = 50, RIGHT = 16, TOP = 40, BOTTOM = 46 };
/* Of the dots behind the fronts one is kept per cell of this size. */
enum { CELL = 3, COLUMNS = WIDTH / CELL + 1, LINES = HEIGHT / CELL + 1 };

const char *const chart_series_name[CHART_SERIES] = { "any codec", "HardCompress", "plain words" };

struct frame {
	double left, right; /* log2 of bits per weight */
	double low, high;
};

static double x_of(const struct frame *f, double bits)
{
	return LEFT + (log2(bits) - f->left) / (f->right - f->left) * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct frame *f, double top1)
{
	return HEIGHT - BOTTOM - (top1 - f->low) / (f->high - f->low) * (HEIGHT - TOP - BOTTOM);
}

static bool inside(const struct chart_point *p, double low)
{
	return p->bits > 0 && p->top1 >= low;
}

/* Sizes of what is shown, with some room, at least an octave. */
static struct frame find_frame(const struct chart *c)
{
	double left = (double)INFINITY, right = -(double)INFINITY, middle;

	for (size_t s = 0; s < CHART_SERIES; s++)
		for (size_t i = 0; i < c->n[s]; i++)
			if (inside(&c->point[s][i], c->low)) {
				left = fmin(left, log2(c->point[s][i].bits));
				right = fmax(right, log2(c->point[s][i].bits));
			}
	if (left > right)
		left = right = 0;
	middle = (left + right) / 2;
	left = fmin(left - 0.15, middle - 0.5);
	right = fmax(right + 0.15, middle + 0.5);
	return (struct frame){ .left = left, .right = right, .low = c->low, .high = c->high };
}

/* 1, 2 or 5 times a power of ten. */
static double nice_step(double range, int steps)
{
	double step = range / steps, power = pow(10, floor(log10(step)));

	if (step <= power)
		return power;
	if (step <= 2 * power)
		return 2 * power;
	return step <= 5 * power ? 5 * power : 10 * power;
}

static void add_y_axis(const struct frame *f, struct text *out)
{
	double step = nice_step(f->high - f->low, 5);

	text_addf(out, "<text class=\"name\" x=\"%d\" y=\"%d\">top-1, %%</text>\n", 2, TOP - 22);
	for (double i = ceil(f->low / step); i * step <= f->high; i++) {
		double y = y_of(f, i * step);

		text_addf(out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>", LEFT, y, WIDTH - RIGHT);
		text_addf(out, "<text class=\"y\" x=\"%d\" y=\"%.1f\">%.*f</text>\n", LEFT - 7,
		          y + 4,
		          step < 0.1 ? 2
		          : step < 1 ? 1
		                     : 0,
		          i * step);
	}
}

/* Bits per weight below, the ratio to fp32 above: at every octave, or two or three in each. */
static void add_x_axis(const struct frame *f, struct text *out)
{
	static const double part[] = { 1, 1.5, 1.25 };
	double octaves = f->right - f->left;
	size_t parts = octaves > 3.2 ? 1 : octaves > 1.6 ? 2 : 3;

	for (double octave = floor(f->left); octave <= f->right; octave++)
		for (size_t i = 0; i < parts; i++) {
			double bits = exp2(octave) * part[i], x = x_of(f, bits);

			if (log2(bits) < f->left || log2(bits) > f->right)
				continue;
			text_addf(out, "<path class=\"grid\" d=\"M%.1f %dV%d\"/>", x, TOP,
			          HEIGHT - BOTTOM);
			text_addf(out, "<text class=\"x\" x=\"%.1f\" y=\"%d\">%.4g</text>", x,
			          HEIGHT - BOTTOM + 17, bits);
			text_addf(out,
			          "<text class=\"x\" x=\"%.1f\" y=\"%d\">%.3g\xc3\x97</text>\n", x,
			          TOP - 7, 32 / bits);
		}
	text_addf(out, "<text class=\"name x\" x=\"%d\" y=\"%d\">bits per weight</text>\n",
	          (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8);
	text_addf(out, "<text class=\"name end\" x=\"%d\" y=\"%d\">ratio to fp32</text>\n",
	          WIDTH - RIGHT, TOP - 22);
}

static void add_reference(const struct chart *c, const struct frame *f, struct text *out)
{
	double y = y_of(f, c->top1_fp32), below = fmin(y_of(f, c->top1_fp32 - 1), HEIGHT - BOTTOM);

	if (isnan(y) || y < TOP || y > HEIGHT - BOTTOM)
		return;
	text_addf(out,
	          "<rect class=\"point-band\" x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"/>",
	          LEFT, y, WIDTH - LEFT - RIGHT, below - y);
	text_addf(out, "<path class=\"fp32\" d=\"M%d %.1fH%d\"/>", LEFT, y, WIDTH - RIGHT);
	text_addf(out, "<text class=\"note\" x=\"%d\" y=\"%.1f\">fp32 %.2f %%</text>\n", LEFT + 6,
	          y - 5, c->top1_fp32);
	if (below - y > 14)
		text_addf(out, "<text class=\"note\" x=\"%d\" y=\"%.1f\">within one point</text>\n",
		          LEFT + 6, below - 5);
}

/* One path of dots, thinned so that its length does not grow with the number of points. */
static void add_cloud(const struct chart *c, const struct frame *f, struct text *out)
{
	unsigned char *taken = calloc(COLUMNS, LINES);

	if (!taken) {
		out->fail = true;
		return;
	}
	text_add(out, "<path class=\"cloud\" d=\"");
	for (size_t i = 0; i < c->n_cloud; i++) {
		double x = x_of(f, c->cloud[i].bits), y = y_of(f, c->cloud[i].top1);
		size_t cell;

		if (!(x >= LEFT && x <= WIDTH - RIGHT && y >= TOP && y <= HEIGHT - BOTTOM))
			continue;
		cell = (size_t)(y / CELL) * COLUMNS + (size_t)(x / CELL);
		if (taken[cell])
			continue;
		taken[cell] = 1;
		text_addf(out, "M%.0f %.0fh0", x, y);
	}
	text_add(out, "\"/>\n");
	free(taken);
}

static void add_shape(struct text *out, size_t series, double x, double y)
{
	if (series == 0)
		text_addf(out, "<path d=\"M%.1f %.1fl4.6 4.6l-4.6 4.6l-4.6 -4.6z\"/>", x, y - 4.6);
	else if (series == 1)
		text_addf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.4\"/>", x, y);
	else
		text_addf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"6\" height=\"6\"/>", x - 3,
		          y - 3);
}

void chart_mark(struct text *out, size_t series)
{
	text_addf(out,
	          "<svg class=\"mark\" viewBox=\"0 0 28 12\" role=\"img\" aria-hidden=\"true\" "
	          "focusable=\"false\"><g class=\"s%zu\"><path class=\"line\" d=\"M0 6H28\"/>",
	          series);
	add_shape(out, series, 14, 6);
	text_add(out, "</g></svg>");
}

/* The front as steps: between two points the worse size and the worse accuracy are reached. */
static void add_line(const struct chart *c, const struct frame *f, size_t series, struct text *out)
{
	bool first = true;

	text_add(out, "<path class=\"line\" d=\"");
	for (size_t i = 0; i < c->n[series]; i++) {
		const struct chart_point *p = &c->point[series][i];

		if (!inside(p, f->low))
			continue;
		text_addf(out, first ? "M%.1f %.1f" : "H%.1fV%.1f", x_of(f, p->bits),
		          y_of(f, p->top1));
		first = false;
	}
	text_add(out, "\"/>\n");
}

static void add_point(const struct chart_point *p, const struct frame *f, size_t series,
                      struct text *out)
{
	double x = x_of(f, p->bits), y = y_of(f, p->top1);

	text_addf(out, "<a href=\"#p%zu\"><title>", p->row);
	page_escape(out, p->tip);
	text_add(out, "</title>");
	if (!isnan(p->top1_low) && !isnan(p->top1_high))
		text_addf(out, "<path class=\"bar\" d=\"M%.1f %.1fV%.1f\"/>", x,
		          fmin(y_of(f, p->top1_low), HEIGHT - BOTTOM),
		          fmax(y_of(f, p->top1_high), TOP));
	text_addf(out, "<circle class=\"hit\" cx=\"%.1f\" cy=\"%.1f\" r=\"9\"/>", x, y);
	add_shape(out, series, x, y);
	text_add(out, "</a>\n");
}

void chart_write(const struct chart *c, struct text *out)
{
	struct frame f = find_frame(c);

	text_addf(out,
	          "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"group\" "
	          "aria-labelledby=\"%s-t %s-d\">\n<title id=\"%s-t\">",
	          WIDTH, HEIGHT, c->id, c->id, c->id);
	page_escape(out, c->title);
	text_addf(out, "</title><desc id=\"%s-d\">", c->id);
	page_escape(out, c->about);
	text_add(out, "</desc>\n<g aria-hidden=\"true\">\n");
	add_y_axis(&f, out);
	add_x_axis(&f, out);
	add_reference(c, &f, out);
	add_cloud(c, &f, out);
	text_add(out, "</g>\n");
	for (size_t s = 0; s < CHART_SERIES; s++) {
		text_addf(out, "<g class=\"s%zu\">", s);
		add_line(c, &f, s, out);
		for (size_t i = 0; i < c->n[s]; i++)
			if (inside(&c->point[s][i], f.low))
				add_point(&c->point[s][i], &f, s, out);
		text_add(out, "</g>\n");
	}
	text_add(out, "</svg>\n");
}
