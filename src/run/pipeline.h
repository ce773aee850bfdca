/* The stages from a point to its rows, each result kept while the axes it depends on stay the
 * same: model and data -> quantized -> trimmed -> stream -> words -> coded (encoded, decoded,
 * compared) -> counts -> rows. Going through points in the order of point_compare() therefore
 * computes nothing twice. */
#ifndef HCB_RUN_PIPELINE_H
#define HCB_RUN_PIPELINE_H

#include "hw/tech.h"
#include "infer/dataset.h"
#include "model/model.h"
#include "run/catalog.h"
#include "run/row.h"

/* Models and data sets by the names that points use; loaded once, read-only, shared by all. */
struct library {
	struct arena arena;
	struct catalog catalog;
	struct library_model *models;
	struct library_data *data;
	struct library_tech *techs;
};

enum status library_init(struct library *l, struct err *e);
void library_release(struct library *l);
/* Loads on first use; the library keeps ownership. */
enum status library_model(struct library *l, const char *name, const struct model **out,
                          struct err *e);
/* The images of data set `name` as `model` takes them (photographs are prepared as the file beside
 * the model says). *out is NULL for "none". */
enum status library_data(struct library *l, const char *model, const char *name,
                         const struct dataset **out, struct err *e);
enum status library_tech(struct library *l, const char *name, const struct tech **out,
                         struct err *e);

/* Settles data=auto, loads what p refers to, checks that p fits it (group within every layer, data
 * set within the model's input) and gives its two keys. */
enum status library_settle(struct library *l, struct point *p, char key[DIGEST_HEX],
                           char lossy_key[DIGEST_HEX], struct err *e);

/* Order in which the pipeline reuses most: by the axes, earlier stages first. */
int point_compare(const struct point *a, const struct point *b);
/* Whether two points share quantization, or the whole lossy prefix. */
bool point_same_quantization(const struct point *a, const struct point *b);
bool point_same_lossy(const struct point *a, const struct point *b);

struct pipeline;

/* l must outlive the pipeline. */
enum status pipeline_create(struct pipeline **out, struct library *l, struct err *e);
void pipeline_free(struct pipeline *pl);

/* Row of p's lossy prefix: symbol statistics, and accuracy when there is a data set. */
enum status pipeline_lossy(struct pipeline *pl, const struct point *p, struct lossy_row *out,
                           struct err *e);

/* Histogram of the quantized integers (before trimming) of p's lossy prefix. *value and *count are
 * valid until the next call. */
enum status pipeline_histogram(struct pipeline *pl, const struct point *p, const int32_t **value,
                               const int64_t **count, size_t *n, struct err *e);

/* Everything of one point: sends the point row, then an energy row per technology and a layer row
 * per kernel to sink. lossy is its lossy row. */
enum status pipeline_point(struct pipeline *pl, const struct point *p, const char *key,
                           const struct lossy_row *lossy, const char *const *technology,
                           size_t n_technologies, const struct row_sink *sink, struct err *e);

/* Energy of stored counts with another technology. */
enum status pipeline_price(struct library *l, const struct point *p, const struct point_row *row,
                           unsigned wire_bits, const char *technology, struct energy_row *out,
                           struct err *e);

#endif
