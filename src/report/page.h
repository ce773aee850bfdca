/* Between the files of the report: the sections, and what they are written with. Everything that
 * comes from a database goes through page_escape. */
#ifndef HCB_REPORT_PAGE_H
#define HCB_REPORT_PAGE_H

#include "base/arena.h"
#include "base/text.h"
#include "report/report.h"

#include <stddef.h>
#include <stdint.h>

struct page {
	struct store *s;
	const struct report_request *r;
	struct text *out;
	struct arena arena;
	const char *technology; /* the request's, or the first of the database; NULL: none */
	/* Codecs at equal accuracy, read once for several sections; ST_SKIP with a reason. */
	struct table compare;
	struct text compare_missing;
	enum status compare_status;
	struct err compare_err;
};

/* A section writes its content, without the heading, to p->out. ST_SKIP with the reason: left out,
 * whatever it wrote. */
struct report_section {
	const char *id, *title;
	enum status (*write)(struct page *p, struct err *e);
};

#define REPORT_SECTIONS(X) \
	X(summary)         \
	X(networks)        \
	X(fronts)          \
	X(codecs)          \
	X(claims)          \
	X(published)       \
	X(energy)          \
	X(provenance)

#define DECLARE_SECTION(n) extern const struct report_section report_##n;
REPORT_SECTIONS(DECLARE_SECTION)
#undef DECLARE_SECTION

/* src/report/page.css and page.js. */
extern const char page_css[], page_js[];

/* For statements over lossy AS l and model AS m: a network's name, with a piece of its digest where
 * two contents bear it, and the images and activations of its accuracy. */
#define PAGE_NETWORK                                                                    \
	"l.model || iif((SELECT count(*) FROM model AS z WHERE z.name = l.model) > 1, " \
	"' ' || substr(lower(hex(m.digest)), 1, 8), '')"
#define PAGE_SETTING "l.data || iif(l.activations = 'f32', '', ', ' || l.activations)"
/* The order in which networks stand everywhere. */
#define PAGE_ORDER "l.model, l.data, l.activations, m.digest"
/* The smallest verified point of a lossy prefix `l`, of a code. */
#define PAGE_SMALLEST(code)                                                                     \
	"(SELECT p.point_id FROM point AS p WHERE p.lossy_id = l.lossy_id AND p.status = 'ok' " \
	"AND p.verified = 1 " code                                                              \
	" ORDER BY p.ratio_fp32 DESC, p.compressed_bits, p.point LIMIT 1)"

/* Text of the database: inert in content and in attributes. */
void page_escape(struct text *out, const char *s);
/* Text with markup of our own, whose arguments are numbers or escaped already. */
void page_add(struct page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What stands for a value that does not exist. */
void page_none(struct text *out, const char *why);
/* A number with a true minus and thousands apart; NaN is page_none. */
void page_fixed(struct text *out, double value, int decimals);
void page_significant(struct text *out, double value, int digits);
double page_value(const struct cell *c);

/* "hcbench COMMAND --db DB REST" as a shell takes it; rest is ours. */
void page_command(struct page *p, const char *command, const char *rest);
/* A canonical point line, folded away. */
void page_point(struct text *out, const char *point);

enum page_format {
	PAGE_TEXT,
	PAGE_CODE,  /* text of a machine: a digest, a command */
	PAGE_POINT, /* page_point */
	PAGE_FIXED, /* digits: decimals */
	PAGE_SIGNIFICANT,
};
struct page_column {
	const char *column; /* of the table */
	const char *head;
	const char *title; /* what it is, with the unit; may be NULL */
	enum page_format format;
	int digits;
	double scale;           /* factor of numbers; 0 is 1 */
	const char *low, *high; /* an interval to put behind it; NULL: none */
};
/* A table with a caption, the first column heading its rows; at most max_rows, and a line on how
 * many more there are. PAGE_ROWS: any number. A long one is folded into parts, one for each value
 * of its first column where equal ones stand together, of which the first is open. */
#define PAGE_ROWS SIZE_MAX
void page_table(struct page *p, const struct table *t, const char *caption,
                const struct page_column *column, size_t n_columns, size_t max_rows);
/* One cell of it, without <td>. */
void page_cell(struct text *out, const struct table *t, size_t row, const struct page_column *c);

/* The statement's result as such a table. ST_SKIP without rows; `why` is the reason. */
enum status page_query_table(struct page *p, const char *sql, const char *const *args,
                             const char *caption, const struct page_column *column,
                             size_t n_columns, size_t max_rows, const char *why, struct err *e);

/* Draws a figure with gnuplot in the scratch folder and appends its images while they fit into
 * *budget bytes. ST_SKIP: no scratch folder, no gnuplot or no data. */
enum status page_figure(struct page *p, const char *name, size_t *budget, struct err *e);

#endif
