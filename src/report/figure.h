/* Figures from the database (the only user of gnuplot): one const struct per figure, one gnuplot
 * script of the same name in plots/, one line in the list below. */
#ifndef HCB_REPORT_FIGURE_H
#define HCB_REPORT_FIGURE_H

#include "base/err.h"
#include "store/store.h"

/* What a figure puts beside its script: named blocks of tab-separated rows. */
struct figure_data;

/* Appends a table as gnuplot block `name` ("front_lenet5"): columns in order, NULL as NaN. */
enum status figure_block(struct figure_data *d, const char *name, const struct table *t,
			 struct err *e);
/* Defines a gnuplot string variable; the value is quoted so that nothing in it is executed. */
enum status figure_string(struct figure_data *d, const char *variable, const char *value,
			  struct err *e);
enum status figure_number(struct figure_data *d, const char *variable, double value, struct err *e);

struct figure {
	const char *name, *help;
	/* Collects the data; ST_SKIP with a reason when the database has none for it. sql_out
	 * receives the statements used (caller frees). */
	enum status (*collect)(struct store *s, const char *model, struct figure_data *d,
			       struct err *e);
	bool per_model; /* drawn once per model, file NAME-MODEL.svg */
};

#define FIGURES(X) X(pareto_accuracy) X(pareto_energy) X(histogram) X(dictionary)

#define DECLARE_FIGURE(n) extern const struct figure figure_##n;
FIGURES(DECLARE_FIGURE)
#undef DECLARE_FIGURE

extern const struct figure *const figures[];
extern const size_t n_figures;

struct figure_request {
	const char *out_dir;
	const char *formats;   /* "svg,pdf,png" */
	double width_in;       /* 3.5 (IEEE column) or 7.16 (page) */
	/* Called for every file written. */
	void (*wrote)(void *arg, const char *path);
	void *arg;
};

/* Draws figure f (for every model of the database when per_model): NAME.svg/.pdf/.png and beside
 * them NAME.gp (complete, runs with plain gnuplot), NAME.dat, NAME.sql. ST_SKIP: no data. */
enum status figure_draw(const struct figure *f, struct store *s, const struct figure_request *r,
			struct err *e);

#endif
