/* Published claims as data: datasets/claims/ID.yaml, one claim each (libyaml), strict.
 *
 *   id: nvdla-bound                      as the file's name
 *   title: NVDLA mask, int8              short, for the figure
 *   source: who said it, with DOI, arXiv or URL; "second-hand" where the source was not read itself
 *   claim: what is said
 *   conditions: how it is tested here, and what differs
 *   interval: what low and high are      optional
 *   published: 8                         the value, in
 *   unit: x
 *   judge: at_least | at_most | about    ours against it
 *   tolerance: 0.5                       in the unit, default 0
 *   networks: [lenet5-mnist]             a verdict for each; or
 *   together: two networks               one verdict, for all of them, under this name
 *   study: |                             points to have in the database, as bench/STUDY.yaml; or
 *   study_of: ID                         those of another claim
 *   sql: |                               one row: ours, low, high, point and, where it helps,
 * reason; ?1 is the network, '' with together; or check: NAME:ARGUMENTS                a function
 * of claim_check.h, in place of study and sql
 *
 * An unknown, missing or doubled key is ST_DATA with file:line. */
#ifndef HCB_REPORT_CLAIM_H
#define HCB_REPORT_CLAIM_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "store/store.h"

enum claim_judge { JUDGE_AT_LEAST, JUDGE_AT_MOST, JUDGE_ABOUT, N_CLAIM_JUDGES };

struct claim {
	const char *path; /* of its file */
	const char *id, *title, *source, *statement, *conditions, *unit;
	const char *interval; /* "" where nothing is said */
	double published, tolerance;
	enum claim_judge judge;
	size_t n_networks;
	const char **network;
	const char *together;    /* NULL: a verdict for each network */
	const char *study;       /* text, its lines numbered as in the file; NULL: none */
	const char *study_of;    /* or NULL */
	const char *sql, *check; /* one is NULL */
};

struct claims {
	struct arena arena;
	size_t n;
	struct claim *claim; /* in the order of the files */
};

/* One file; strings live in a. */
enum status claim_parse(struct claim *out, struct arena *a, struct span file, const char *path,
                        struct err *e);
/* Every *.yaml of a folder, with study_of replaced by that study. Release *out whatever the
 * status. */
enum status claims_load(struct claims *out, const char *dir, struct err *e);
void claims_release(struct claims *c);

enum claim_verdict { CLAIM_REPRODUCED, CLAIM_NOT_REPRODUCED, CLAIM_CANNOT_RUN };
extern const char *const claim_verdict_names[]; /* as they are printed */

struct claim_result {
	enum claim_verdict verdict;
	double ours, low, high;     /* NaN: there is none */
	const char *point, *reason; /* or NULL */
};

/* Verdicts that a claim has: its networks, or one. */
size_t claim_rows(const struct claim *c);
/* Name of the network of row i. */
const char *claim_network(const struct claim *c, size_t i);

/* Whether a value of ours meets the claim. */
bool claim_holds(const struct claim *c, double ours);

/* Judges row i by what the store holds (checks need no store: it may be NULL for them). Without a
 * point that meets the conditions ours is NaN and the verdict "not reproduced". Texts live in a. */
enum status claim_evaluate(const struct claim *c, size_t i, struct store *s, struct arena *a,
                           struct claim_result *out, struct err *e);

#endif
