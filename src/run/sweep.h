/* Running a study: a plan of tasks (one per lossy prefix), worker processes that compute them, and
 * one parent that hands rows to the sink. A worker that dies takes only the unfinished points of
 * its task along, which become `failed` rows. */
#ifndef HCB_RUN_SWEEP_H
#define HCB_RUN_SWEEP_H

#include "run/pipeline.h"
#include "run/study.h"

#include <signal.h>

struct planned {
	struct point p;
	char key[DIGEST_HEX], lossy_key[DIGEST_HEX];
	unsigned line;
	bool done; /* already stored */
};

/* Points of one lossy prefix: points[first .. first + n - 1]. */
struct task {
	size_t first, n;
	size_t todo;  /* points not yet stored */
	bool confirm; /* its stored accuracy is of a part of the images: evaluate on all */
	double work;  /* rough cost in seconds of one core, for progress */
};

struct plan {
	size_t n_points, n_tasks, n_cached;
	struct planned *point; /* in point_compare() order, without duplicates */
	struct task *task;
	struct planned **by_key; /* in key order */
};

/* Settles every point of the study; checks that every price exists. */
enum status plan_make(struct plan **out, const struct study *s, struct library *l, struct err *e);
void plan_free(struct plan *p);
/* The planned point with this key, or NULL. */
struct planned *plan_find(const struct plan *p, const char *key);
/* Notes that a key is stored; unknown keys are ignored. */
void plan_mark_done(struct plan *p, const char *key);
/* The task of a lossy prefix has to be confirmed. */
void plan_mark_unconfirmed(struct plan *p, const char *lossy_key);
/* Counts what is left, after marking. */
void plan_count(struct plan *p, struct library *l);

struct sweep_counts {
	size_t done, failed, skipped;
	size_t evaluations;          /* of accuracy */
	uint64_t images, all_images; /* that they saw, and that there were */
	size_t pruned; /* evaluations that were not made, and their points with them */
	size_t pruned_points;
	size_t timed; /* points */
	double work_done;
};

struct sweep_options {
	unsigned jobs; /* worker processes, at least 1 */
	const char *const *technology;
	size_t n_technologies;
	/* Percentage points of loss above which an evaluation may stop early; 0: all images. */
	double limit;
	/* Leaves out dominated evaluations (run/prune.h): what loses at most prune_loss points
	 * loses nothing. */
	bool prune;
	double prune_loss;
	/* How often the code of every point is timed, stored points too; 0: not at all. In as many
	 * rounds over the whole plan after everything else, so that a disturbance of the machine
	 * does not meet all samples of one point. now_s: seconds of the process that asks, from any
	 * moment, never running backwards. */
	unsigned repeats;
	double (*now_s)(void);
	const volatile sig_atomic_t *stop; /* not 0: stop, keep what was received; or NULL */
	/* A stored lossy row, so that accuracy is not evaluated again. ST_SKIP when absent. */
	enum status (*find_lossy)(void *arg, const char *lossy_key, struct lossy_row *out,
	                          struct err *e);
	void (*progress)(void *arg, const struct sweep_counts *c); /* may be NULL */
	void *arg;
};

/* The caller ignores SIGPIPE: a worker that died must not end the parent.
 * ST_OK; ST_FAILED: some points failed (their rows say why); ST_INTERRUPTED: stopped by request,
 * every point that was received whole has gone to the sink; otherwise an error that ended the
 * sweep. */
enum status sweep_run(struct plan *p, struct library *l, const struct sweep_options *o,
                      const struct row_sink *sink, struct sweep_counts *counts, struct err *e);

#endif
