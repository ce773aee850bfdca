/* Study files: which points to run. YAML (libyaml), strict.
 *
 *   name: mnist
 *   help: one line
 *   technologies: [45nm-lstp, unit]     price tables for energy (default 45nm-lstp)
 *   evaluate: adaptive:1                as many images as it takes to say whether more than one
 *                                       point is lost, and all of them for the front (default all)
 *   time: 20                            repetitions of timed encoding and decoding, default 0
 *   defaults: { port: 64 }              axis values for every grid
 *   grids:                              each a cross product of its axes
 *     - { model: [lenet300-mnist], bits: 2..9, trim: 0, codec: [raw, dict:1..4096*2] }
 *   points: ["model=lenet5-mnist bits=4 group=8"]
 *
 * A value is a scalar or a list; "a..b", "a..b:step" and "a..b*factor" are ranges of whole
 * numbers, also behind "dict:". The codec "all" is every codec there is; one whose first argument
 * must be given (dictionary entries) is taken with the powers of four up to 4096. An unknown key or
 * value is ST_USAGE with file:line and a suggestion. Points that come out equal (axes that do not
 * apply) are kept once. */
#ifndef HCB_RUN_STUDY_H
#define HCB_RUN_STUDY_H

#include "base/arena.h"
#include "base/span.h"
#include "run/point.h"

/* Price table where nothing else is said: low standby power, so that the leakage which is not
 * priced yet matters least. */
#define DEFAULT_TECHNOLOGY "45nm-lstp"

struct study_point {
	struct point p; /* finished, but data may still be "auto" */
	unsigned line;  /* in the study file, for messages; 0 for --set */
};

struct study {
	struct arena arena;
	const char *name, *help, *path;
	const char *text; /* of the file, for provenance */
	size_t n_technologies;
	const char **technology;
	double limit;     /* of an adaptive evaluation in percentage points; 0: all images */
	unsigned repeats; /* of timing; 0: none */
	size_t n_points;
	struct study_point *point;
};

/* "all", or "adaptive:POINTS" (up to 100): the limit as above. */
enum status study_evaluation(const char *text, double *limit, struct err *e);

/* How often a point may be timed in one run. */
enum { STUDY_MAX_REPEATS = 1000 };

/* sets: "axis=value" texts that replace the axis in every grid (values as in the file, a list in
 * brackets allowed). */
enum status study_load(struct study **out, const char *path, const char *const *sets, size_t n_sets,
                       struct err *e);
enum status study_parse(struct study **out, struct span file, const char *path,
                        const char *const *sets, size_t n_sets, struct err *e);
void study_free(struct study *s);

/* Of libyaml. */
const char *study_library_version(void);

#endif
