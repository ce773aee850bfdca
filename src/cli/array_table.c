#include "cli/array_table.h"

#include "base/csv.h"
#include "base/text.h"
#include "hw/array.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { MAX_COLUMNS = 64, MAX_SIDE = 1 << 16, NAME_SHOWN = 40 };

#define MAX_SIZE (UINT64_C(1) << 32)
#define MAX_MACS (UINT64_C(1) << 60) /* so that every count is a whole number of 64 bits */

enum needed { M, N, K, ROWS, COLS, FLOW, N_NEEDED };

static const struct {
	const char *name;
	uint64_t most;
} needed[N_NEEDED] = {
	[M] = {"m",           MAX_SIZE},
	[N] = { "n",          MAX_SIZE},
	[K] = { "k",          MAX_SIZE},
	[ROWS] = { "array_rows", MAX_SIDE},
	[COLS] = { "array_cols", MAX_SIDE},
	[FLOW] = { "dataflow",   0       },
};

static const char *const results[] = {
	"cycles",      "ifmap_reads", "filter_reads",      "ofmap_writes",
	"utilization", "true_cycles", "true_ofmap_writes", "true_utilization",
};

enum { N_RESULTS = sizeof(results) / sizeof(results[0]) };

struct reader {
	struct table *t;
	const char *p, *end; /* unread text */
	const char *file;
	size_t line, n_columns;
	size_t at[N_NEEDED]; /* column of each */
	struct err *e;
};

/* Takes the next line with something in it; *line is NULL at the end. */
static enum status next_line(struct reader *r, char **line)
{
	*line = NULL;
	while (r->p < r->end) {
		const char *start = r->p, *nl = memchr(start, '\n', (size_t)(r->end - start));
		size_t n = (size_t)((nl ? nl : r->end) - start);

		r->p = nl ? nl + 1 : r->end;
		r->line++;
		if (memchr(start, '\0', n))
			return err_set(r->e, ST_DATA, "%s:%zu: a NUL byte: this is not a text file",
			               r->file, r->line);
		while (n && strchr(" \t\r", start[n - 1]))
			n--;
		if (!n || *start == '#')
			continue;
		*line = arena_strndup(&r->t->arena, start, n);
		return *line ? ST_OK : err_nomem(r->e);
	}
	return ST_OK;
}

/* Cuts a line into fields without the blanks around them. */
static enum status cut(struct reader *r, char *line, char *field[MAX_COLUMNS], size_t *n)
{
	bool more = true;

	for (*n = 0; more; ++*n) {
		char *end;

		if (*n == MAX_COLUMNS)
			return err_set(r->e, ST_DATA, "%s:%zu: more than %d columns", r->file,
			               r->line, MAX_COLUMNS);
		line += strspn(line, " \t");
		if (!csv_cut(&line, &field[*n], &more))
			return err_set(r->e, ST_DATA,
			               "%s:%zu: a quoted field must end with \" before the comma",
			               r->file, r->line);
		end = field[*n] + strlen(field[*n]);
		while (end > field[*n] && strchr(" \t", end[-1]))
			*--end = '\0';
	}
	return ST_OK;
}

static size_t find(char *const *name, size_t n, const char *wanted)
{
	size_t i = 0;

	while (i < n && strcmp(name[i], wanted) != 0)
		i++;
	return i;
}

static enum status check_header(struct reader *r, char **name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (find(name, i, name[i]) < i)
			return err_set(r->e, ST_DATA, "%s:%zu: the column '%.*s' stands twice",
			               r->file, r->line, NAME_SHOWN, name[i]);
	for (size_t i = 0; i < N_RESULTS; i++)
		if (find(name, n, results[i]) < n)
			return err_set(r->e, ST_DATA,
			               "%s:%zu: the column '%s' has the name of a result: rename "
			               "it",
			               r->file, r->line, results[i]);
	for (size_t i = 0; i < N_NEEDED; i++) {
		r->at[i] = find(name, n, needed[i].name);
		if (r->at[i] == n)
			return err_set(r->e, ST_DATA,
			               "%s:%zu: no column '%s' (expected a line of names with m, "
			               "n, k, array_rows, array_cols and dataflow)",
			               r->file, r->line, needed[i].name);
	}
	return ST_OK;
}

static enum status read_header(struct reader *r)
{
	char *line, *name[MAX_COLUMNS];
	struct table *t = r->t;
	enum status rc;

	if (r->end - r->p >= 3 && !memcmp(r->p, "\xef\xbb\xbf", 3))
		r->p += 3; /* a byte order mark, as spreadsheets write it */
	rc = next_line(r, &line);
	if (!rc && !line)
		rc = err_set(r->e, ST_DATA,
		             "%s: empty (expected a line of names with m, n, k, array_rows, "
		             "array_cols and dataflow)",
		             r->file);
	if (!rc)
		rc = cut(r, line, name, &r->n_columns);
	if (!rc)
		rc = check_header(r, name, r->n_columns);
	if (rc)
		return rc;
	t->n_columns = r->n_columns + N_RESULTS;
	t->column = ARENA_NEW(&t->arena, const char *, t->n_columns);
	if (!t->column)
		return err_nomem(r->e);
	for (size_t i = 0; i < r->n_columns; i++)
		t->column[i] = name[i];
	memcpy(t->column + r->n_columns, results, sizeof(results));
	return ST_OK;
}

static enum status read_layer(struct reader *r, char **field, struct array *a, struct gemm *g)
{
	uint64_t value[FLOW];
	const char *flow = field[r->at[FLOW]];

	for (size_t i = 0; i < FLOW; i++)
		if (!parse_u64(field[r->at[i]], needed[i].most, &value[i]) || !value[i])
			return err_set(r->e, ST_DATA,
			               "%s:%zu: %s is '%.*s', expected a whole number in "
			               "1..%" PRIu64,
			               r->file, r->line, needed[i].name, NAME_SHOWN,
			               field[r->at[i]], needed[i].most);
	if (value[M] > MAX_MACS / value[N] / value[K])
		return err_set(r->e, ST_DATA, "%s:%zu: m n k is more than 2^60 multiplications",
		               r->file, r->line);
	*g = (struct gemm){ value[M], value[N], value[K], 1 };
	*a = (struct array){ (uint32_t)value[ROWS], (uint32_t)value[COLS], DATAFLOW_WS };
	for (size_t i = 0; i < N_DATAFLOWS; i++)
		if (!strcmp(dataflow_names[i], flow)) {
			a->flow = (enum dataflow)i;
			return ST_OK;
		}
	return err_set(r->e, ST_DATA, "%s:%zu: dataflow is '%.*s', expected ws, os or is", r->file,
	               r->line, NAME_SHOWN, flow);
}

static struct cell whole(uint64_t n)
{
	return (struct cell){ .type = CELL_INT, .i = (int64_t)n };
}

static struct cell real(double x)
{
	return isnan(x) ? (struct cell){ .type = CELL_NULL }
	                : (struct cell){ .type = CELL_REAL, .r = x };
}

static void put_results(struct cell *cell, struct array a, struct gemm g)
{
	struct array_counts c = array_count(a, g);
	struct array_report r = array_scalesim(a, &c);

	cell[0] = whole(r.cycles);
	cell[1] = whole(c.ifmap_reads);
	cell[2] = whole(c.filter_reads);
	cell[3] = whole(r.ofmap_writes);
	cell[4] = real(r.utilization);
	cell[5] = whole(c.cycles);
	cell[6] = whole(c.ofmap_writes);
	cell[7] = real(array_utilization(a, c.macs, c.cycles));
}

static enum status read_row(struct reader *r, char *line, struct cell *cell)
{
	char *field[MAX_COLUMNS];
	struct array a;
	struct gemm g;
	size_t n;
	enum status rc = cut(r, line, field, &n);

	if (!rc && n != r->n_columns)
		rc = err_set(r->e, ST_DATA, "%s:%zu: %zu fields, expected %zu as in the header",
		             r->file, r->line, n, r->n_columns);
	if (!rc)
		rc = read_layer(r, field, &a, &g);
	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++)
		cell[i] = (struct cell){ .type = CELL_TEXT, .t = field[i] };
	cell[r->at[M]] = whole(g.m);
	cell[r->at[N]] = whole(g.n);
	cell[r->at[K]] = whole(g.k);
	cell[r->at[ROWS]] = whole(a.rows);
	cell[r->at[COLS]] = whole(a.cols);
	put_results(cell + n, a, g);
	return ST_OK;
}

static enum status read_rows(struct reader *r)
{
	struct table *t = r->t;
	size_t most = 1;
	char *line;
	enum status rc;

	for (const char *s = r->p; s < r->end; s++)
		most += *s == '\n';
	t->cell = ARENA_NEW(&t->arena, struct cell, most * t->n_columns);
	if (!t->cell)
		return err_nomem(r->e);
	while (!(rc = next_line(r, &line)) && line) {
		rc = read_row(r, line, &t->cell[t->n_rows * t->n_columns]);
		if (rc)
			break;
		t->n_rows++;
	}
	return rc;
}

enum status array_table(struct table *out, struct span content, const char *file, struct err *e)
{
	struct reader r = { .t = out, .p = content.p, .file = file, .e = e };
	enum status rc;

	*out = (struct table){ 0 };
	r.end = content.n ? r.p + content.n : r.p;
	rc = read_header(&r);
	if (!rc)
		rc = read_rows(&r);
	if (rc)
		table_release(out);
	return rc;
}
