#include "report/compare.h"
#include "report/figure_parts.h"
#include "report/table_rows.h"
#include "run/study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The families of codecs, in the order of the legend, which is the order of their colours. */
static const char *const families[] = { "dictionary", "sparse", "entropy", "general", "plain" };

enum { N_FAMILIES = sizeof(families) / sizeof(families[0]), MAX_CODECS = 64 };

/* A codec's line of the figure. */
struct entry {
	const char *name;
	char label[64];
	double same, own; /* bits per weight; NaN: no point */
	size_t family;
};

struct entries {
	size_t n;
	struct entry entry[MAX_CODECS];
	double reference, order0, order0_layer;
	const char *prefix; /* row of the reference, for the caption */
	bool seen[N_FAMILIES];
};

static size_t family_of(const char *name)
{
	const struct codec *c = codec_find(name);

	for (size_t i = 0; c && i < N_FAMILIES; i++)
		if (!strcmp(c->family, families[i]))
			return i;
	return N_FAMILIES - 1;
}

static struct entry *entry_of(struct entries *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->entry[i].name, name))
			return &all->entry[i];
	if (all->n == MAX_CODECS)
		return NULL;
	all->entry[all->n] =
	        (struct entry){ .name = name, .same = (double)NAN, .own = (double)NAN };
	all->entry[all->n].family = family_of(name);
	all->seen[all->entry[all->n].family] = true;
	return &all->entry[all->n++];
}

/* "dict:32 G=4": the codec as a point names it, with its words where it has any. */
static void set_label(struct entry *entry, const struct table *t, size_t row)
{
	const char *codec = table_cell(t, row, table_column(t, "codec"))->t;
	int64_t group = table_cell(t, row, table_column(t, "group_size"))->i;

	if (group > 1)
		snprintf(entry->label, sizeof(entry->label), "%.40s G=%d", codec, (int)group);
	else
		snprintf(entry->label, sizeof(entry->label), "%.40s", codec);
}

static void take_row(struct entries *all, const struct table *t, size_t row)
{
	const char *basis = table_cell(t, row, table_column(t, "basis"))->t;
	const char *name = table_cell(t, row, table_column(t, "name"))->t;
	double bits = figure_value(t, row, table_column(t, "bits_per_weight"));
	bool code = !strcmp(table_cell(t, row, table_column(t, "kind"))->t, "code");
	struct entry *entry = code ? entry_of(all, name) : NULL;

	if (!code && !strcmp(name, "order-0, model"))
		all->order0 = bits;
	if (!code && !strcmp(name, "order-0, per layer"))
		all->order0_layer = bits;
	if (!entry)
		return;
	if (!strcmp(basis, "own")) {
		entry->own = bits;
		if (isnan(entry->same))
			set_label(entry, t, row);
		return;
	}
	entry->same = bits;
	set_label(entry, t, row);
	if (!strcmp(name, COMPARE_REFERENCE)) {
		all->reference = bits;
		all->prefix = table_cell(t, row, table_column(t, "scope"))->t;
	}
}

/* Rows of the data set and of the activations that stand first. */
static enum status gather(struct entries *all, const struct table *t, const char *data,
                          struct err *e)
{
	size_t d = table_column(t, "data"), a = table_column(t, "activations");
	const char *activations = NULL;

	*all = (struct entries){ .reference = (double)NAN,
		                 .order0 = (double)NAN,
		                 .order0_layer = (double)NAN };
	for (size_t r = 0; r < t->n_rows; r++) {
		if (strcmp(table_cell(t, r, d)->t, data))
			continue;
		if (!activations)
			activations = table_cell(t, r, a)->t;
		if (!strcmp(table_cell(t, r, a)->t, activations))
			take_row(all, t, r);
	}
	return isnan(all->reference) ? err_set(e, ST_SKIP, "no dict point within half a point")
	                             : ST_OK;
}

/* Smallest first; a codec without a point on the prefix by its own. */
static void sort(struct entries *all)
{
	for (size_t i = 1; i < all->n; i++)
		for (size_t j = i; j > 0; j--) {
			struct entry *a = &all->entry[j - 1], *b = &all->entry[j], swap = *a;

			if (!((isnan(b->same) ? b->own : b->same) <
			      (isnan(a->same) ? a->own : a->same)))
				break;
			*a = *b;
			*b = swap;
		}
}

static enum status add_entries(struct figure_data *d, const struct entries *all, struct err *e)
{
	static const char *columns[] = { "place", "same", "own", "family", "label" };
	struct table t;
	enum status rc = ST_OK;

	table_begin(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < all->n && !rc; i++) {
		const struct entry *entry = &all->entry[i];
		struct cell *row = table_add_row(&t);

		if (!row) {
			rc = err_nomem(e);
			break;
		}
		row[0] = cell_int((int64_t)i + 1);
		row[1] = cell_real(entry->same);
		row[2] = cell_real(entry->own);
		row[3] = cell_int((int64_t)entry->family + 1);
		row[4] = cell_text(entry->label);
	}
	if (!rc)
		rc = figure_block(d, "codecs", &t, e);
	table_release(&t);
	return rc;
}

/* The axis begins at 0 where that leaves the half of it to the points. */
static enum status add_range(struct figure_data *d, const struct entries *all, struct err *e)
{
	double low = all->reference, high = all->reference;
	enum status rc;

	for (size_t i = 0; i < all->n; i++) {
		const struct entry *entry = &all->entry[i];

		low = fmin(low, fmin(entry->same, entry->own));
		high = fmax(high, fmax(entry->same, entry->own));
	}
	low = fmin(low, fmin(all->order0, all->order0_layer));
	low = low < high / 2 ? 0 : low - 0.15 * (high - low);
	rc = figure_number(d, "x_low", low, e);
	return rc ? rc : figure_number(d, "x_high", high + 0.04 * (high - low), e);
}

static enum status add_names(struct figure_data *d, const struct table *t,
                             const struct entries *all, struct err *e)
{
	const char *quant = "symmetric";
	enum status rc = ST_OK;

	for (size_t r = 0; r < t->n_rows && !rc; r++) {
		if (strcmp(table_cell(t, r, table_column(t, "name"))->t, COMPARE_REFERENCE) ||
		    table_cell(t, r, table_column(t, "scope"))->t != all->prefix)
			continue;
		quant = table_cell(t, r, table_column(t, "quant"))->t;
		rc = figure_number(d, "bits", figure_value(t, r, table_column(t, "bits")), e);
		if (!rc)
			rc = figure_number(d, "trim", figure_value(t, r, table_column(t, "trim")),
			                   e);
		if (!rc)
			rc = figure_number(d, "loss", figure_value(t, r, table_column(t, "loss")),
			                   e);
	}
	if (!rc)
		rc = figure_string(d, "quantizer", strcmp(quant, "symmetric") ? quant : "", e);
	if (!rc)
		rc = figure_string(d, "scope", all->prefix, e);
	for (size_t i = 0; i < N_FAMILIES && !rc; i++) {
		char name[32];

		snprintf(name, sizeof(name), "family_%zu", i + 1);
		rc = figure_string(d, name, all->seen[i] ? families[i] : "", e);
	}
	return rc;
}

static enum status draw(struct figure_data *d, const struct table *t, const char *data,
                        struct entries *all, struct err *e)
{
	enum status rc = gather(all, t, data, e);

	if (rc)
		return rc;
	sort(all);
	rc = add_names(d, t, all, e);
	if (!rc)
		rc = add_entries(d, all, e);
	if (!rc)
		rc = add_range(d, all, e);
	if (!rc)
		rc = figure_number(d, "reference", all->reference, e);
	if (!rc)
		rc = figure_number(d, "order0", all->order0, e);
	if (!rc)
		rc = figure_number(d, "order0_layer", all->order0_layer, e);
	/* inches: a line of 8 pt text per codec, and what stands above and below */
	return rc ? rc : figure_number(d, "height", 1.6 + 0.155 * (double)all->n, e);
}

static enum status collect(struct store *s, const char *model, struct figure_data *d, struct err *e)
{
	const char *args[] = { "0.5", model, DEFAULT_TECHNOLOGY, COMPARE_REFERENCE, NULL };
	struct figure_subject subject;
	struct entries *all = calloc(1, sizeof(*all));
	struct table t = { 0 };
	enum status rc = all ? figure_subject(&subject, d, s, model, e) : err_nomem(e);

	if (!all)
		return rc;
	if (!rc)
		rc = figure_query(d, s, compare_sql, args, &t, e);
	if (!rc)
		rc = draw(d, &t, subject.data, all, e);
	figure_subject_release(&subject);
	table_release(&t);
	free(all);
	return rc;
}

const struct figure figure_codecs = {
	.name = "codecs",
	.help = "size of every codec at equal accuracy, HardCompress as the reference",
	.collect = collect,
	.per_model = true,
};
