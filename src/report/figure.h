/* Figures from the database (the only user of gnuplot): one const struct per figure, one gnuplot
 * script of the same name in plots/, one line in the list below. */
#ifndef HCB_REPORT_FIGURE_H
#define HCB_REPORT_FIGURE_H

#include "base/err.h"
#include "store/store.h"

/* What a figure puts beside its script: blocks of tab-separated rows, variables, statements. */
struct figure_data;

/* Runs a SELECT as store_query does and keeps it, with its arguments filled in, for NAME.sql. */
enum status figure_query(struct figure_data *d, struct store *s, const char *sql,
                         const char *const *args, struct table *out, struct err *e);
/* Appends a table as a gnuplot block: columns in order, NULL as NaN. Defines the variables `name`
 * (its index in the data file) and `n_name` (rows); a table without rows becomes a row of NaN,
 * which draws nothing. name must be a gnuplot identifier. */
enum status figure_block(struct figure_data *d, const char *name, const struct table *t,
                         struct err *e);
/* Defines a gnuplot string variable; the value is quoted so that nothing in it is executed. */
enum status figure_string(struct figure_data *d, const char *variable, const char *value,
                          struct err *e);
/* Defines a gnuplot number; NaN is allowed. */
enum status figure_number(struct figure_data *d, const char *variable, double value, struct err *e);
/* Defines a variable by a gnuplot expression over `width` and what was defined before, e.g. the
 * height of panels in rows. The expression is the figure's own text, never a user's. */
enum status figure_formula(struct figure_data *d, const char *variable, const char *expression,
                           struct err *e);
/* Adds a sentence to the caption, about the data that was found. */
enum status figure_about(struct figure_data *d, struct err *e, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));
/* Names a file that the data was read from, for NAME.sql. */
enum status figure_source(struct figure_data *d, const char *path, struct err *e);

struct figure {
	const char *name, *help;
	const char *caption; /* how to read it, whole sentences; NULL: help says all */
	/* Collects the data; ST_SKIP with a reason when there is none for it. model is NULL unless
	 * per_model, s may be NULL when from_tables. */
	enum status (*collect)(struct store *s, const char *model, struct figure_data *d,
	                       struct err *e);
	bool per_model;   /* drawn once per model, file NAME-MODEL.svg */
	bool from_tables; /* drawn from shipped tables, without a database */
};

#define FIGURES(X)          \
	X(pareto_accuracy)  \
	X(pareto_all)       \
	X(pareto_energy)    \
	X(pareto_latency)   \
	X(pareto_three)     \
	X(histogram)        \
	X(heatmap)          \
	X(dictionary)       \
	X(codecs)           \
	X(efficiency)       \
	X(layers)           \
	X(energy_breakdown) \
	X(breakeven)        \
	X(decode_rate)      \
	X(decoder_area)     \
	X(claims)           \
	X(reach137)

#define DECLARE_FIGURE(n) extern const struct figure figure_##n;
FIGURES(DECLARE_FIGURE)
#undef DECLARE_FIGURE

extern const struct figure *const figures[];
extern const size_t n_figures;

struct figure_request {
	const char *out_dir;
	const char *formats; /* "svg,pdf,png" */
	double width_in;     /* 3.5 (IEEE column) or 7.16 (page) */
	/* Called for every file written; may be NULL. */
	void (*wrote)(void *arg, const char *path);
	void *arg;
};

/* Draws figure f (for every model of the database when per_model): NAME.svg/.pdf/.png and beside
 * them NAME.gp (complete, runs with plain gnuplot in its folder), NAME.dat, NAME.sql, and the
 * caption NAME.txt. A file under its own name is complete. ST_SKIP: no data; ST_USAGE: unknown
 * format, width out of 2..20 in; ST_ENV: no gnuplot, out_dir not writable, or a file that could not
 * be written to its end. */
enum status figure_draw(const struct figure *f, struct store *s, const struct figure_request *r,
                        struct err *e);

#endif
