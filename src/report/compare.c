#include "report/compare.h"

#include "report/published.h"
#include "report/table_rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char compare_brief[] =
        "model,basis,codec,group_size,dict_scope,bits,scope,trim,bits_per_weight,ratio_fp32,"
        "ratio_int8,ratio_dense,efficiency,of_hardcompress,loss,decode_cycles,energy_pj,"
        "decode_mb_s";

/* Columns of compare_sql that are looked at here. */
struct columns {
	size_t model, data, activations, basis, kind, name, family, codec, bits_per_weight,
	        ratio_fp32, ratio_int8, of_hardcompress, loss, lossy, retrained, source;
};

struct comparison {
	struct table all; /* as the database gave it */
	struct columns c;
	const struct compare_request *request;
	struct published published;
};

static struct columns find_columns(const struct table *t)
{
	return (struct columns){
		.model = table_column(t, "model"),
		.data = table_column(t, "data"),
		.activations = table_column(t, "activations"),
		.basis = table_column(t, "basis"),
		.kind = table_column(t, "kind"),
		.name = table_column(t, "name"),
		.family = table_column(t, "family"),
		.codec = table_column(t, "codec"),
		.bits_per_weight = table_column(t, "bits_per_weight"),
		.ratio_fp32 = table_column(t, "ratio_fp32"),
		.ratio_int8 = table_column(t, "ratio_int8"),
		.of_hardcompress = table_column(t, "of_hardcompress"),
		.loss = table_column(t, "loss"),
		.lossy = table_column(t, "lossy"),
		.retrained = table_column(t, "retrained"),
		.source = table_column(t, "source"),
	};
}

static bool is_text(const struct table *t, size_t row, size_t column, const char *value)
{
	return !strcmp(table_cell(t, row, column)->t, value);
}

/* Rows of one network, data set and activations: first .. end - 1. */
static size_t end_of_group(const struct comparison *m, size_t first)
{
	const size_t by[] = { m->c.model, m->c.data, m->c.activations };
	size_t end = first + 1;

	for (; end < m->all.n_rows; end++)
		for (size_t i = 0; i < 3; i++)
			if (!is_text(&m->all, end, by[i], table_cell(&m->all, first, by[i])->t))
				return end;
	return end;
}

static bool has_code(const struct comparison *m, size_t first, size_t end, const char *basis,
                     const char *name)
{
	for (size_t r = first; r < end; r++)
		if (is_text(&m->all, r, m->c.kind, "code") &&
		    is_text(&m->all, r, m->c.basis, basis) && is_text(&m->all, r, m->c.name, name))
			return true;
	return false;
}

/* What the group has no point of, in one line. */
static void report_missing(const struct comparison *m, size_t first, size_t end, struct text *out)
{
	struct text list = { 0 };
	const char *model = table_cell(&m->all, first, m->c.model)->t;

	for (size_t i = 0; i < n_codecs; i++)
		if (!has_code(m, first, end, "same", codecs[i]->name))
			text_addf(&list, "%s%s", list.n ? ", " : "", codecs[i]->name);
	if (list.n)
		text_addf(out, "%s: no verified point of %s on the prefix of HardCompress\n", model,
		          text_str(&list));
	out->fail |= list.fail;
	text_release(&list);
}

static enum status add_published(const struct comparison *m, struct table *t,
                                 const struct published_row *p, size_t first, double reference,
                                 struct err *e)
{
	struct cell *row = table_add_row(t);
	const char *codec = arena_printf(&t->arena, "%s (published%s)", p->method,
	                                 p->retrained ? ", retrained" : "");
	const char *method = arena_strdup(&t->arena, p->method);
	const char *source = arena_strdup(&t->arena, p->source);

	if (!row || !codec || !method || !source)
		return err_nomem(e);
	row[m->c.model] = *table_cell(&m->all, first, m->c.model);
	row[m->c.data] = *table_cell(&m->all, first, m->c.data);
	row[m->c.activations] = *table_cell(&m->all, first, m->c.activations);
	row[m->c.basis] = cell_text("published");
	row[m->c.kind] = cell_text("published");
	row[m->c.name] = cell_text(method);
	row[m->c.codec] = cell_text(codec);
	row[m->c.bits_per_weight] = cell_real(p->bits_per_weight);
	row[m->c.ratio_fp32] = cell_real(p->ratio_fp32);
	row[m->c.ratio_int8] = cell_real(p->ratio_fp32 / 4);
	row[m->c.of_hardcompress] = cell_real(p->ratio_fp32 / reference);
	row[m->c.loss] = cell_real(p->loss);
	row[m->c.retrained] = cell_text(p->retrained ? "yes" : "no");
	row[m->c.source] = cell_text(source);
	return ST_OK;
}

static double reference_ratio(const struct comparison *m, size_t first, size_t end)
{
	for (size_t r = first; r < end; r++)
		if (is_text(&m->all, r, m->c.name, COMPARE_REFERENCE))
			return table_cell(&m->all, r, m->c.ratio_fp32)->r;
	return (double)NAN;
}

/* The group's own rows with their families, and what is published of its network. */
static enum status add_group(const struct comparison *m, struct table *out, size_t first,
                             size_t end, struct err *e)
{
	const char *model = table_cell(&m->all, first, m->c.model)->t;
	double reference = reference_ratio(m, first, end);
	enum status rc = ST_OK;

	for (size_t r = first; r < end; r++) {
		const struct codec *codec = codec_find(table_cell(&m->all, r, m->c.name)->t);
		struct cell *row = table_add_row(out);

		if (!row)
			return err_nomem(e);
		memcpy(row, table_cell(&m->all, r, 0), out->n_columns * sizeof(*row));
		row[m->c.family] = cell_text(
		        codec ? codec->family
		              : (is_text(&m->all, r, m->c.kind, "bound") ? "bound" : NULL));
	}
	for (size_t i = 0; i < m->published.n && !rc; i++)
		if (published_applies(&m->published.row[i], model, m->request->loss))
			rc = add_published(m, out, &m->published.row[i], first, reference, e);
	return rc;
}

/* Networks of the database that have no row, and why. */
static enum status report_absent(struct store *s, const struct comparison *m, struct text *out,
                                 struct err *e)
{
	static const char sql[] =
	        "SELECT model, data, activations, max(selection_delta), max(EXISTS (SELECT 1 FROM "
	        "point AS p WHERE p.lossy_id = l.lossy_id AND p.codec LIKE 'dict:%' "
	        "AND p.verified = 1)) FROM lossy AS l WHERE ?1 = '' OR model = ?1 "
	        "GROUP BY model_id, data, activations ORDER BY model, data, activations";
	const char *args[] = { m->request->model ? m->request->model : "", NULL };
	struct table t;
	enum status rc = store_query(s, sql, args, 0, &t, e);

	if (rc)
		return rc;
	if (t.n_rows == 0 && m->request->model)
		rc = err_set(e, ST_USAGE,
		             "no results of the network '%.80s'; see 'hcbench query --view models'",
		             m->request->model);
	for (size_t r = 0; r < t.n_rows; r++) {
		const char *model = table_cell(&t, r, 0)->t;
		bool there = false;

		for (size_t i = 0; i < m->all.n_rows; i++)
			there |= is_text(&m->all, i, m->c.model, model) &&
			         is_text(&m->all, i, m->c.data, table_cell(&t, r, 1)->t) &&
			         is_text(&m->all, i, m->c.activations, table_cell(&t, r, 2)->t);
		if (there)
			continue;
		if (table_cell(&t, r, 3)->type == CELL_NULL)
			text_addf(out, "%s: no accuracy (data=%s)\n", model,
			          table_cell(&t, r, 1)->t);
		else if (!table_cell(&t, r, 4)->i)
			text_addf(out, "%s: no verified point of HardCompress (dict)\n", model);
		else
			text_addf(out,
			          "%s: no point of HardCompress (dict) within %g points of loss\n",
			          model, m->request->loss);
	}
	table_release(&t);
	return rc;
}

/* Energies are missing for one of two reasons; this one is mended by another option. */
static enum status report_technology(struct store *s, const struct comparison *m, struct text *out,
                                     struct err *e)
{
	static const char sql[] =
	        "SELECT group_concat(name, ', ') FROM (SELECT name FROM technology "
	        "ORDER BY name) HAVING max(name = ?1) = 0";
	const char *args[] = { m->request->technology, NULL };
	struct table t;
	enum status rc = store_query(s, sql, args, 0, &t, e);

	if (rc)
		return rc;
	if (t.n_rows && table_cell(&t, 0, 0)->type == CELL_TEXT)
		text_addf(out, "no energies priced with %s; this database has %s\n",
		          m->request->technology, table_cell(&t, 0, 0)->t);
	table_release(&t);
	return ST_OK;
}

static enum status select_rows(struct store *s, struct comparison *m, struct err *e)
{
	char loss[40];
	const char *args[] = { loss, m->request->model ? m->request->model : "",
		               m->request->technology, COMPARE_REFERENCE, NULL };
	enum status rc;

	snprintf(loss, sizeof(loss), "%.17g", m->request->loss);
	rc = store_query(s, compare_sql, args, 0, &m->all, e);
	if (rc)
		return rc;
	m->c = find_columns(&m->all);
	return m->request->published ? published_read(&m->published, m->request->published, e)
	                             : ST_OK;
}

/* Takes over the memory of m->all, in which the texts lie. */
static enum status assemble(struct comparison *m, struct table *out, struct text *missing,
                            struct err *e)
{
	enum status rc = ST_OK;

	table_begin(out, m->all.column, m->all.n_columns);
	out->arena = m->all.arena;
	m->all.arena = (struct arena){ 0 };
	for (size_t first = 0, end; first < m->all.n_rows && !rc; first = end) {
		end = end_of_group(m, first);
		rc = add_group(m, out, first, end, e);
		report_missing(m, first, end, missing);
	}
	return rc;
}

enum status compare_table(struct store *s, const struct compare_request *r, struct table *out,
                          struct text *missing, struct err *e)
{
	struct comparison m = { .request = r };
	enum status rc = select_rows(s, &m, e);

	*out = (struct table){ 0 };
	if (!rc)
		rc = report_absent(s, &m, missing, e);
	if (!rc)
		rc = report_technology(s, &m, missing, e);
	if (!rc && m.all.n_rows == 0)
		rc = err_set(e, ST_SKIP,
		             "nothing to compare: no network has a verified dict point within %g "
		             "points of loss",
		             r->loss);
	if (!rc)
		rc = assemble(&m, out, missing, e);
	if (!rc && missing->fail)
		rc = err_nomem(e);
	published_release(&m.published);
	table_release(&m.all);
	if (rc)
		table_release(out);
	return rc;
}
