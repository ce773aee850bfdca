#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/claim_table.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/provenance.h"
#include "cli/sweeping.h"
#include "report/claim.h"

#define REPRODUCE_DB DEFAULT_FOLDER "/reproduce.db"

/* What every claim needs. */
struct session {
	const struct invocation *in;
	struct claims claims;
	struct store *store;
	struct library library;
	unsigned jobs;
	struct arena arena; /* texts of the results */
	struct claim_table table;
};

static const struct claims
        *known; /* for claim_id(), which err_unknown() calls without an argument */

static const char *claim_id(size_t i)
{
	return known && i < known->n ? known->claim[i].id : NULL;
}

static bool wanted(const struct invocation *in, const struct claim *c)
{
	for (int i = 0; i < in->n_args; i++)
		if (!fnmatch(in->args[i], c->id, 0))
			return true;
	return in->n_args == 0;
}

static bool wanted_network(const struct invocation *in, const char *name)
{
	const char *pattern = opt_text(in, "network");

	return !pattern || !fnmatch(pattern, name, 0);
}

static enum status check_names(const struct invocation *in, const struct claims *claims,
                               struct err *e)
{
	for (int a = 0; a < in->n_args; a++) {
		size_t i = 0;

		while (i < claims->n && fnmatch(in->args[a], claims->claim[i].id, 0))
			i++;
		if (i == claims->n) {
			known = claims;
			return err_unknown(e, "claim", in->args[a], claim_id, "--help");
		}
	}
	return ST_OK;
}

/* Why a network cannot be run here; ST_OK: it can. */
static enum status available(struct session *s, const struct study *study, const char *network,
                             struct err *e)
{
	const char *slash = strchr(network, '/'), *path;
	enum status rc = catalog_resolve(&s->library.catalog, network, &path, e);
	bool any = false;

	if (rc == ST_ENV && slash)
		return err_set(e, rc, "needs %s: scripts/fetch_datasets %.*s", network,
		               (int)(slash - network), network);
	for (size_t i = 0; i < study->n_points && !rc && !any; i++) {
		struct point p = study->point[i].p;
		char key[DIGEST_HEX], lossy_key[DIGEST_HEX];

		if (strcmp(p.model, network))
			continue;
		any = true;
		rc = library_settle(&s->library, &p, key, lossy_key, e);
	}
	if (!rc && !any)
		rc = err_set(e, ST_DATA, "the study of the claim has no point of %s", network);
	return rc;
}

/* The networks of a claim that can be run, and why the others cannot. */
struct available {
	bool *runs;
	const char **why; /* NULL where it runs, or was not asked for */
	size_t n;
	struct text missing; /* names, for a verdict on all together */
};

static enum status find_available(struct session *s, const struct claim *c,
                                  const struct study *study, struct available *out, struct err *e)
{
	*out = (struct available){ .runs = ARENA_NEW(&s->arena, bool, c->n_networks),
		                   .why = ARENA_NEW(&s->arena, const char *, c->n_networks) };
	if (!out->runs || !out->why)
		return err_nomem(e);
	for (size_t i = 0; i < c->n_networks; i++) {
		struct err why = { 0 };

		if (!c->together && !wanted_network(s->in, c->network[i]))
			continue;
		out->runs[i] = available(s, study, c->network[i], &why) == ST_OK;
		out->n += out->runs[i];
		if (out->runs[i])
			continue;
		out->why[i] = arena_strdup(&s->arena, why.msg);
		if (!out->why[i])
			return err_nomem(e);
		text_addf(&out->missing, "%s%s", out->missing.n ? ", " : "without ", c->network[i]);
	}
	return ST_OK;
}

/* Leaves the points of networks that can be run. */
static void keep_points(struct study *study, const struct claim *c, const struct available *has)
{
	size_t n = 0;

	for (size_t p = 0; p < study->n_points; p++)
		for (size_t i = 0; i < c->n_networks; i++)
			if (has->runs[i] && !strcmp(study->point[p].p.model, c->network[i])) {
				study->point[n++] = study->point[p];
				break;
			}
	study->n_points = n;
}

/* Brings the points of the study into the database. */
static enum status sweep_study(struct session *s, const struct claim *c, const struct study *study,
                               struct err *e)
{
	struct sweep_request r = {
		.store = s->store, .library = &s->library, .study = study, .jobs = s->jobs
	};
	struct sweep_outcome out = { 0 };
	enum status rc = plan_make(&r.plan, study, &s->library, e);
	size_t evaluations;
	char text[32];

	if (!rc)
		rc = store_flush(s->store, e);
	if (!rc)
		rc = store_keys(s->store, plan_mark_stored, r.plan, e);
	if (!rc) {
		plan_count(r.plan, &s->library);
		format_duration(plan_work(r.plan, &evaluations) / (double)s->jobs, text);
		if (r.plan->n_cached < r.plan->n_points)
			fprintf(stderr, "%s: %zu points to run in %zu lossy prefixes, about %s\n",
			        c->id, r.plan->n_points - r.plan->n_cached, evaluations, text);
		rc = sweep_into_store(&r, &out, e);
	}
	if (!rc || rc == ST_FAILED) {
		enum status flushed = store_flush(s->store, e);

		rc = flushed ? flushed : rc;
	}
	plan_free(r.plan);
	return rc;
}

static enum status cannot_run(struct session *s, const struct claim *c, size_t i, const char *why,
                              struct err *e)
{
	struct claim_result r = { .verdict = CLAIM_CANNOT_RUN,
		                  .ours = (double)NAN,
		                  .low = (double)NAN,
		                  .high = (double)NAN,
		                  .reason = arena_strdup(&s->arena, why) };

	return r.reason ? claim_table_add(&s->table, c, i, &r, e) : err_nomem(e);
}

/* Judges row i; what goes wrong with one claim is its verdict. `swept` is the error of its study.
 */
static enum status judge(struct session *s, const struct claim *c, size_t i, const char *missing,
                         const struct err *swept, struct err *e)
{
	struct claim_result r;
	struct err why = { 0 };

	if (*swept->msg && swept->code != ST_FAILED)
		return cannot_run(s, c, i, swept->msg, e);
	if (claim_evaluate(c, i, s->store, &s->arena, &r, &why))
		return cannot_run(s, c, i, why.msg, e);
	if (missing && *missing)
		r.reason = arena_printf(&s->arena, "%s%s%s", r.reason ? r.reason : "",
		                        r.reason ? "; " : "", missing);
	if (*swept->msg)
		r.reason = arena_printf(&s->arena, "%s%s%s", r.reason ? r.reason : "",
		                        r.reason ? "; " : "", swept->msg);
	return claim_table_add(&s->table, c, i, &r, e);
}

/* A claim with a study. */
static enum status run_study(struct session *s, const struct claim *c, struct err *e)
{
	const struct span text = { (const unsigned char *)c->study, strlen(c->study) };
	struct available has = { 0 };
	struct err swept = { 0 };
	struct study *study = NULL;
	enum status rc = ST_OK, sweep = study_parse(&study, text, c->path, NULL, 0, &swept);

	if (!sweep)
		rc = find_available(s, c, study, &has, e);
	if (!rc && !sweep && has.n) {
		keep_points(study, c, &has);
		sweep = sweep_study(s, c, study, &swept);
		if (!sweep)
			swept = (struct err){ 0 }; /* a row that was not there is no error */
	}
	study_free(study);
	if (sweep == ST_INTERRUPTED)
		rc = err_set(e, sweep, "interrupted; everything computed is stored");
	if (!rc && c->together)
		rc = sweep || has.n ? judge(s, c, 0, text_str(&has.missing), &swept, e)
		                    : cannot_run(s, c, 0, c->n_networks ? has.why[0] : "", e);
	for (size_t i = 0; i < c->n_networks && !rc && !c->together; i++) {
		if (!wanted_network(s->in, c->network[i]))
			continue;
		rc = has.why && has.why[i] ? cannot_run(s, c, i, has.why[i], e)
		                           : judge(s, c, i, NULL, &swept, e);
	}
	text_release(&has.missing);
	return rc;
}

static enum status run_claim(struct session *s, const struct claim *c, struct err *e)
{
	const struct err none = { 0 };
	enum status rc = ST_OK;

	if (c->together && !wanted_network(s->in, c->together))
		return ST_OK;
	if (c->study && c->n_networks)
		return run_study(s, c, e);
	for (size_t i = 0; i < claim_rows(c) && !rc; i++)
		if (wanted_network(s->in, claim_network(c, i)))
			rc = judge(s, c, i, NULL, &none, e);
	return rc;
}

static enum status run_all(struct session *s, struct err *e)
{
	struct run_info info = provenance(&s->arena, s->in->command_line, "");
	enum status rc = store_begin_run(s->store, &info, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < s->claims.n && !rc; i++)
		if (wanted(s->in, &s->claims.claim[i]))
			rc = run_claim(s, &s->claims.claim[i], e);
	return sweep_end_run(s->store, rc, e);
}

static enum status with_store(struct session *s, struct err *e)
{
	const char *db = opt_text(s->in, "db");
	struct err closing = { 0 };
	enum status closed, rc = ST_OK;

	if (!strcmp(db, REPRODUCE_DB)) /* a folder that the user named must exist */
		rc = file_mkdirs(DEFAULT_FOLDER, e);
	if (!rc)
		rc = store_open(&s->store, db, STORE_WRITE, e);
	if (!rc)
		rc = library_init(&s->library, e);
	if (!rc) {
		sweep_catch_signals();
		rc = run_all(s, e);
	}
	library_release(&s->library);
	closed = store_close(s->store, &closing);
	if (!rc && closed) {
		*e = closing;
		rc = closed;
	}
	return rc;
}

static enum status load(struct session *s, struct err *e)
{
	const char *dir = opt_text(s->in, "claims");

	if (!dir)
		dir = file_shipped(&s->arena, "datasets/claims");
	if (!dir)
		return err_set(e, ST_ENV,
		               "datasets/claims is not installed: name a folder of claims with "
		               "--claims");
	return claims_load(&s->claims, dir, e);
}

static enum status print(struct session *s, struct err *e)
{
	const char *format = opt_text(s->in, "format"), *columns = opt_text(s->in, "columns");
	bool list = opt_flag(s->in, "list");
	enum status rc = ST_OK;

	if (!columns && output_is_for_reading(format))
		columns = list ? claim_list_brief : claim_table_brief;
	if (columns && strcmp(columns, "all"))
		rc = output_choose(&s->table.table, columns, e);
	return rc ? rc : output_table(&s->table.table, format, e);
}

static enum status judge_all(struct session *s, struct err *e)
{
	size_t count[3];
	enum status rc;

	claim_table_begin(&s->table);
	rc = with_store(s, e);
	if (!rc && s->table.table.n_rows == 0)
		rc = err_set(e, ST_USAGE, "no such network in these claims: --network %s",
		             opt_text(s->in, "network"));
	if (rc)
		return rc;
	claim_table_count(&s->table, count);
	claim_table_reasons(&s->table);
	rc = print(s, e);
	if (rc)
		return rc;
	fflush(stdout);
	fprintf(stderr, "%zu reproduced, %zu not reproduced, %zu cannot be run here\n",
	        count[CLAIM_REPRODUCED], count[CLAIM_NOT_REPRODUCED], count[CLAIM_CANNOT_RUN]);
	return count[CLAIM_NOT_REPRODUCED]
	               ? err_set(e, ST_FAILED, "%zu of %zu verdicts: not reproduced",
	                         count[CLAIM_NOT_REPRODUCED], s->table.table.n_rows)
	               : ST_OK;
}

static enum status run(const struct invocation *in, struct err *e)
{
	struct session s = { .in = in };
	uint64_t jobs = 0;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	enum status rc = output_check(opt_text(in, "format"), e);

	if (!rc && strcmp(opt_text(in, "jobs"), "auto"))
		rc = opt_uint(in, "jobs", 1, 256, &jobs, e);
	s.jobs = jobs ? (unsigned)jobs : cores > 0 ? (unsigned)cores : 1;
	if (!rc)
		rc = load(&s, e);
	if (!rc)
		rc = check_names(in, &s.claims, e);
	if (!rc && opt_flag(in, "list")) {
		claim_table_list(&s.table);
		for (size_t i = 0; i < s.claims.n && !rc; i++)
			if (wanted(in, &s.claims.claim[i]))
				rc = claim_table_list_add(&s.table, &s.claims.claim[i], e);
		if (!rc)
			rc = print(&s, e);
	} else if (!rc) {
		rc = judge_all(&s, e);
	}
	table_release(&s.table.table);
	claims_release(&s.claims);
	arena_release(&s.arena);
	return rc;
}

static const struct opt opts[] = {
	{"db",       'd', "FILE",    REPRODUCE_DB, false, "results database, created where missing"},
	{ "jobs",    'j', "N",       "auto",       false, "worker processes; auto: one per core"   },
	{ "network", 'n', "PATTERN", NULL,         false, "only verdicts on networks of this name" },
	{ "list",    'l', NULL,      NULL,         false, "prints the claims and runs nothing"     },
	{ "claims",  'C', "DIR",     NULL,         false,
         "folder of claim files, in place of the shipped ones"                                     },
	{ "columns", 'c', "COLUMNS", NULL,         false, "only these, in this order; or all"      },
	{ "format",  'f', "FORMAT",  "table",      false, OUTPUT_FORMATS                           },
};

const struct command command_reproduce = {
	.name = "reproduce",
	.args = "[CLAIM..]",
	.max_args = 64,
	.help = "published claims as checks: their value, ours, the verdict",
	.details =
	        "CLAIM is the id of a claim, or a pattern as the shell's. Each claim has a small study,\n"
	        "which is swept into the database first, so that the second time costs nothing.\n"
	        "Exit status 1: a claim was not reproduced. One that cannot be run here says why.\n",
	.examples = "  hcbench reproduce --list\n"
	            "  hcbench reproduce 'deepcomp-*' nvdla-bound\n"
	            "  hcbench reproduce --network '*mnist' --format json\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
