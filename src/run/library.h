/* What points refer to by name: models, data sets, price tables. */
#ifndef HCB_RUN_LIBRARY_H
#define HCB_RUN_LIBRARY_H

#include "hw/tech.h"
#include "infer/dataset.h"
#include "model/model.h"
#include "run/catalog.h"
#include "run/point.h"
#include "run/reference.h"

/* Models and data sets by the names that points use; loaded once, read-only, shared by all. */
struct library {
	struct arena arena;
	struct catalog catalog;
	struct library_model *models;
	struct library_data *data;
	struct library_reference *references;
	struct library_tech *techs;
	bool paged; /* models are loaded for one walk over their layers: model_load_paged() */
};

enum status library_init(struct library *l, struct err *e);
void library_release(struct library *l);
/* Loads on first use; the library keeps ownership. */
enum status library_model(struct library *l, const char *name, const struct model **out,
                          struct err *e);
/* The network whose weights p compresses: the model, or a copy with its batch normalizations
 * folded.
 */
enum status library_network(struct library *l, const struct point *p, const struct model **out,
                            struct err *e);
/* The images of data set `name` as `model` takes them (photographs are prepared as the file beside
 * the model says). *out is NULL for "none". */
enum status library_data(struct library *l, const char *model, const char *name,
                         const struct dataset **out, struct err *e);
/* What the network itself makes of the data set: empty at first, filled by who needs it. */
enum status library_reference(struct library *l, const struct model *m, const struct dataset *d,
                              struct reference **out, struct err *e);
enum status library_tech(struct library *l, const char *name, const struct tech **out,
                         struct err *e);

/* Settles data=auto, loads what p refers to, checks that p fits it (group within every layer, data
 * set within the model's input), makes room for the reference and gives its two keys. */
enum status library_settle(struct library *l, struct point *p, char key[DIGEST_HEX],
                           char lossy_key[DIGEST_HEX], struct err *e);

#endif
