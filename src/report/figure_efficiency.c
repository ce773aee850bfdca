#include "report/figure_parts.h"
#include "report/table_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of each network the prefix that loses at most half a point with the most codecs, of equals the
 * smallest; on it each codec at its best. A codec's name ends before its first parameter. */
static const char cells_sql[] =
        "WITH row AS (SELECT model, lossy_id, bits_per_weight, entropy0_bits,\n"
        "    iif(instr(codec, ':'), substr(codec, 1, instr(codec, ':') - 1), codec) AS name\n"
        "  FROM points WHERE status = 'ok' AND verified = 1 AND top1_delta >= -0.5 - 1e-9\n"
        "    AND verdict IS NULL AND quant <> 'none' AND entropy0_bits > 0),\n"
        "prefix AS (SELECT model, lossy_id, row_number() OVER (PARTITION BY model\n"
        "    ORDER BY count(DISTINCT name) DESC, min(bits_per_weight), lossy_id) AS place\n"
        "  FROM row GROUP BY model, lossy_id)\n"
        "SELECT row.model, name, 100 * max(entropy0_bits / bits_per_weight) AS efficiency_percent,\n"
        "  min(bits_per_weight) AS bits_per_weight, entropy0_bits\n"
        "FROM row JOIN prefix ON prefix.lossy_id = row.lossy_id AND place = 1\n"
        "GROUP BY row.model, name ORDER BY row.model, name";

enum { MODEL, NAME, EFFICIENCY };
enum { MAX_NETWORKS = 12, MAX_CODECS = 40, MAX_NAME = 24 };

struct matrix {
	const char *model[MAX_NETWORKS], *codec[MAX_CODECS];
	double value[MAX_CODECS][MAX_NETWORKS], mean[MAX_CODECS];
	size_t place[MAX_CODECS]; /* from the most efficient */
	size_t n_models, n_codecs;
};

static size_t index_of(const char **names, size_t *n, size_t max, const char *name)
{
	for (size_t i = 0; i < *n; i++)
		if (!strcmp(names[i], name))
			return i;
	if (*n < max)
		names[(*n)++] = name;
	else
		return max;
	return *n - 1;
}

static void gather(struct matrix *m, const struct table *t)
{
	*m = (struct matrix){ .n_models = 0 };
	for (size_t i = 0; i < MAX_CODECS; i++)
		for (size_t j = 0; j < MAX_NETWORKS; j++)
			m->value[i][j] = (double)NAN;
	for (size_t r = 0; r < t->n_rows; r++) {
		size_t i = index_of(m->codec, &m->n_codecs, MAX_CODECS, table_cell(t, r, NAME)->t);
		size_t j =
		        index_of(m->model, &m->n_models, MAX_NETWORKS, table_cell(t, r, MODEL)->t);

		if (i < MAX_CODECS && j < MAX_NETWORKS)
			m->value[i][j] = figure_value(t, r, EFFICIENCY);
	}
}

/* By mean over the networks, the best first; of equals by name. */
static void rank(struct matrix *m)
{
	for (size_t i = 0; i < m->n_codecs; i++) {
		double sum = 0, n = 0;

		for (size_t j = 0; j < m->n_models; j++)
			if (!isnan(m->value[i][j])) {
				sum += m->value[i][j];
				n += 1;
			}
		m->mean[i] = n > 0 ? sum / n : 0;
	}
	for (size_t i = 0; i < m->n_codecs; i++)
		for (size_t k = 0; k < m->n_codecs; k++)
			m->place[i] +=
			        m->mean[k] > m->mean[i] || (k < i && !(m->mean[k] < m->mean[i]));
}

static enum status add_matrix(struct figure_data *d, const struct matrix *m, struct err *e)
{
	static const char *columns[] = { "network", "codec", "efficiency_percent" };
	struct table t;
	char name[32];
	enum status rc = ST_OK;

	table_begin(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < m->n_codecs && !rc; i++) {
		snprintf(name, sizeof(name), "codec_%zu", m->place[i]);
		rc = figure_string(d, name, m->codec[i], e);
		for (size_t j = 0; j < m->n_models && !rc; j++) {
			struct cell *cell = isnan(m->value[i][j]) ? NULL : table_add_row(&t);

			if (isnan(m->value[i][j]))
				continue;
			if (!cell) {
				rc = err_nomem(e);
				break;
			}
			cell[0] = cell_int((int64_t)j);
			cell[1] = cell_int((int64_t)m->place[i]);
			cell[2] = cell_real(m->value[i][j]);
		}
	}
	if (!rc)
		rc = figure_block(d, "cells", &t, e);
	table_release(&t);
	return rc;
}

static enum status add_names(struct figure_data *d, const struct matrix *m, struct err *e)
{
	char name[32];
	enum status rc = ST_OK;

	for (size_t j = 0; j < m->n_models && !rc; j++) {
		snprintf(name, sizeof(name), "network_%zu", j);
		rc = figure_string(d, name, m->model[j], e);
	}
	if (!rc)
		rc = figure_number(d, "n_networks", (double)m->n_models, e);
	if (!rc)
		rc = figure_number(d, "n_codecs", (double)m->n_codecs, e);
	/* inches: heading, the names of networks upright, a line per codec */
	if (!rc)
		rc = figure_formula(d, "names_in", "n_networks > 4 ? 1.35 : 0.2", e);
	return rc ? rc : figure_formula(d, "height", "0.3 + names_in + 0.165 * n_codecs", e);
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	struct matrix *m = calloc(1, sizeof(*m));
	struct table t = { 0 };
	enum status rc = m ? figure_query(d, s, cells_sql, NULL, &t, e) : err_nomem(e);

	(void)model;
	if (!rc && t.n_rows == 0)
		rc = err_set(e, ST_SKIP, "no verified point loses at most half a point");
	if (!rc)
		rc = figure_short_names(&t, MODEL, MAX_NAME, e);
	if (!rc) {
		gather(m, &t);
		rank(m);
		rc = add_matrix(d, m, e);
	}
	if (!rc)
		rc = add_names(d, m, e);
	table_release(&t);
	free(m);
	return rc;
}

const struct figure figure_efficiency = {
	.name = "efficiency",
	.help = "Entropy efficiency of every codec: order-0 bound over what it takes, per network",
	.caption =
	        "Percent: the order-0 entropy of the network's symbols over all bits that the codec "
	        "stores, side information included. Each network is quantized and trimmed alike for "
	        "all codecs, with at most half a point of loss. More than 100 has who codes several "
	        "weights together or each layer by itself. Codecs by their mean.",
	.collect = collect,
};
