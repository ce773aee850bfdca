#include "report/figure_parts.h"

#include <math.h>

static bool meet(const struct figure_box *a, const struct figure_box *b)
{
	return fabs(a->x - b->x) < (a->w + b->w) / 2 && fabs(a->y - b->y) < (a->h + b->h) / 2;
}

static bool inside(const struct figure_box *a, double width, double height)
{
	return a->x - a->w / 2 >= 0 && a->x + a->w / 2 <= width && a->y - a->h / 2 >= 0 &&
	       a->y + a->h / 2 <= height;
}

static bool is_free(const struct figure_box *at, const struct figure_box *placed, size_t n_placed,
                    const struct figure_box *obstacle, size_t n_obstacles)
{
	for (size_t i = 0; i < n_placed; i++)
		if (meet(at, &placed[i]))
			return false;
	for (size_t i = 0; i < n_obstacles; i++)
		if (meet(at, &obstacle[i]))
			return false;
	return true;
}

void figure_place(struct figure_box *label, size_t n, const struct figure_box *obstacle,
                  size_t n_obstacles, double width, double height)
{
	/* right, left, above, below, then between */
	static const double way[][2] = {
		{1,   0   },
                { -1, 0   },
                { 0,  1   },
                { 0,  -1  },
		{ 1,  0.7 },
                { -1, 0.7 },
                { 1,  -0.7},
                { -1, -0.7}
	};

	for (size_t i = 0; i < n; i++) {
		struct figure_box at = label[i];
		bool found = false;

		for (double away = 0.05; away < 2 && !found; away += 0.05)
			for (size_t k = 0; k < sizeof(way) / sizeof(way[0]) && !found; k++) {
				at.x = label[i].x + way[k][0] * (away + at.w / 2);
				at.y = label[i].y + way[k][1] * (away + at.h / 2);
				found = inside(&at, width, height) &&
				        is_free(&at, label, i, obstacle, n_obstacles);
			}
		if (found)
			label[i] = at;
	}
}
