/* Running a plan into a database: what every command that sweeps does, with progress on stderr. */
#ifndef HCB_CLI_SWEEPING_H
#define HCB_CLI_SWEEPING_H

#include "run/sweep.h"
#include "store/store.h"

/* SIGINT, SIGTERM and SIGHUP stop a sweep between points; a second one ends the program. */
void sweep_catch_signals(void);
/* The signal that came, or 0. */
int sweep_signal(void);

/* Seconds of one core that the plan expects, and how many lossy prefixes it evaluates. */
double plan_work(const struct plan *p, size_t *evaluations);

/* For store_keys(): marks in the plan (arg) what needs no second run. */
void plan_mark_stored(void *arg, const char *key, const char *status);

struct sweep_request {
	struct store *store; /* a run has begun */
	struct library *library;
	struct plan *plan; /* with what is stored marked */
	const struct study *study;
	unsigned jobs;
	bool prune; /* with the loss below, as struct sweep_options */
	double prune_loss;
};

struct sweep_outcome {
	struct sweep_counts counts;
	size_t stored; /* points that were there before */
	double elapsed_s;
};

/* Facts, prices of stored points, the sweep, and for an adaptive study the front on all images.
 * Status as sweep_run(). *out is valid where out->elapsed_s is not 0: the sweep began. */
enum status sweep_into_store(const struct sweep_request *r, struct sweep_outcome *out,
                             struct err *e);

/* Whatever became of a run that began, its row says so. The first error is the one that is
 * returned; ST_INTERRUPTED or ST_STOPPED, by the signal, with no message. */
enum status sweep_end_run(struct store *s, enum status rc, struct err *e);

#endif
