#include "hw/tech_rows.h"

#include "base/csv.h"
#include "base/text.h"
#include "hw/decoder.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS "action,width_bits,capacity_bytes,energy_pj,source"

enum { N_FIELDS = 5 };

struct row {
	struct price price;
	size_t line;
};

struct reader {
	struct tech *t;
	const char *p, *end; /* unread text */
	size_t line;
	struct row *rows; /* malloced */
	size_t n, cap;
};

static const struct {
	const char *action;
	bool width, capacity;
} operations[] = {
	{"sram_leakage", true,  true },
        { "clock_mhz",   false, false},
        { "sram_read",   true,  true },
	{ "sram_write",  true,  true },
        { "int_mult",    true,  false},
        { "int_add",     true,  false},
	{ "fp_mult",     true,  false},
        { "fp_add",      true,  false},
        { "dram_bit",    false, false},
};

static const char *const coefficients[] = { "_base", "_port_bit", "_window_bit", "_dict_bit",
	                                    "_rom_bit" };
static const char *const parts[] = { "_clock", "_wires", "_leakage" };
static const char *const dict_in = "_dict_in";

/* What follows prefix in text, or NULL: it does not start with it. */
static const char *after(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) != 0 ? NULL : text + n;
}

/* Is it "" or "_" and the name of an option, of small letters and digits? */
static bool is_option(const char *text)
{
	return !*text || (text[0] == '_' && text[1] &&
	                  !text[1 + strspn(text + 1, "abcdefghijklmnopqrstuvwxyz0123456789")]);
}

/* Is it "D_base", "D_clock_base", "D_base_OPTION", "D_dict_in" and the like of a decoder D that
 * has an energy? */
static bool is_coefficient(const char *action)
{
	for (size_t i = 0; i < n_decoders; i++) {
		const char *rest = decoders[i]->action ? after(action, decoders[i]->action) : NULL;

		if (rest && after(rest, dict_in) && is_option(after(rest, dict_in)))
			return true;
		for (size_t j = 0; rest && j < sizeof(parts) / sizeof(parts[0]); j++)
			if (after(rest, parts[j])) {
				rest = after(rest, parts[j]);
				break;
			}
		for (size_t j = 0; rest && j < sizeof(coefficients) / sizeof(coefficients[0]); j++)
			if (after(rest, coefficients[j]) && is_option(after(rest, coefficients[j])))
				return true;
	}
	return false;
}

/* Is it "dram_bit_" and a name? */
static bool is_dram_type(const char *action)
{
	const char *rest = after(action, "dram_bit");

	return rest && *rest && is_option(rest);
}

/* Where a dictionary is. */
static bool is_dict_in(const char *action)
{
	const char *rest = strstr(action, dict_in);

	return rest && is_option(rest + strlen(dict_in));
}

/* The intercept of a fit. */
static bool may_be_negative(const char *action)
{
	const char *base = strstr(action, "_base");

	return base && is_option(base + strlen("_base"));
}

static enum status bad(const struct reader *r, struct err *e, const char *what)
{
	return err_set(e, ST_DATA, "%s:%zu: %s", r->t->file, r->line ? r->line : 1, what);
}

/* Takes the next line that is neither empty nor a comment; *line is NULL at the end. */
static enum status next_line(struct reader *r, char **line, struct err *e)
{
	*line = NULL;
	while (r->p < r->end) {
		const char *start = r->p;
		const char *nl = memchr(start, '\n', (size_t)(r->end - start));
		size_t n = (size_t)((nl ? nl : r->end) - start);

		r->p = nl ? nl + 1 : r->end;
		r->line++;
		if (n && start[n - 1] == '\r')
			n--;
		if (!n || *start == '#')
			continue;
		if (memchr(start, '\0', n))
			return bad(r, e, "a NUL byte: this is not a text file");
		*line = arena_strndup(&r->t->arena, start, n);
		return *line ? ST_OK : err_nomem(e);
	}
	return ST_OK;
}

static enum status cut_fields(const struct reader *r, char *line, char *field[N_FIELDS],
                              struct err *e)
{
	bool more = true;

	for (size_t i = 0; i < N_FIELDS; i++) {
		if (!more)
			return err_set(e, ST_DATA, "%s:%zu: %zu fields, expected %d (%s)",
			               r->t->file, r->line, i, N_FIELDS, COLUMNS);
		if (!csv_cut(&line, &field[i], &more))
			return bad(r, e, "a quoted field must end with \" before the comma");
	}
	if (more)
		return err_set(e, ST_DATA,
		               "%s:%zu: more than %d fields (%s): quote a field that holds a comma",
		               r->t->file, r->line, N_FIELDS, COLUMNS);
	return ST_OK;
}

static enum status read_key(const struct reader *r, const char *action, const char *column,
                            const char *text, bool wanted, uint64_t *out, struct err *e)
{
	*out = 0;
	if (!wanted && !*text)
		return ST_OK;
	if (!wanted)
		return err_set(e, ST_DATA, "%s:%zu: %s has no %s: leave the field empty",
		               r->t->file, r->line, action, column);
	if (!parse_u64(text, UINT64_C(1) << 48, out) || !*out)
		return err_set(e, ST_DATA,
		               "%s:%zu: %s of %s is '%s', expected a whole number of 1 or more",
		               r->t->file, r->line, column, action, text);
	return ST_OK;
}

static enum status read_keys(const struct reader *r, char *field[N_FIELDS], struct price *p,
                             struct err *e)
{
	size_t n = sizeof(operations) / sizeof(operations[0]), i = 0;
	bool width, capacity;
	enum status rc;

	while (i < n && strcmp(operations[i].action, field[0]) != 0)
		i++;
	if (i == n && !is_coefficient(field[0]) && !is_dram_type(field[0]))
		return err_set(
		        e, ST_DATA,
		        "%s:%zu: unknown action '%s', expected sram_read, sram_write, "
		        "sram_leakage, int_mult, int_add, fp_mult, fp_add, dram_bit, dram_bit_TYPE, "
		        "clock_mhz or a decoder's "
		        "decoder_NAME_base, _port_bit, _window_bit, _dict_bit, _rom_bit (or "
		        "decoder_NAME_clock_base.., _wires_.., _leakage_..), _dict_in",
		        r->t->file, r->line, field[0]);
	width = i < n && operations[i].width;
	capacity = i < n && operations[i].capacity;
	p->action = field[0];
	rc = read_key(r, field[0], "width_bits", field[1], width, &p->width_bits, e);
	if (!rc)
		rc = read_key(r, field[0], "capacity_bytes", field[2], capacity, &p->capacity_bytes,
		              e);
	return rc;
}

static enum status read_row(struct reader *r, char *line, struct row *row, struct err *e)
{
	struct price *p = &row->price;
	char *field[N_FIELDS];
	enum status rc = cut_fields(r, line, field, e);

	if (!rc)
		rc = read_keys(r, field, p, e);
	if (rc)
		return rc;
	if (!parse_double(field[3], &p->energy_pj))
		return err_set(e, ST_DATA, "%s:%zu: energy_pj is '%s', expected a finite number",
		               r->t->file, r->line, field[3]);
	if (p->energy_pj < 0 && !may_be_negative(p->action))
		return err_set(e, ST_DATA, "%s:%zu: energy_pj of %s is %s, expected 0 or more",
		               r->t->file, r->line, p->action, field[3]);
	if (p->energy_pj <= 0 && !strcmp(p->action, "clock_mhz"))
		return bad(r, e, "clock_mhz must be above 0");
	if (is_dict_in(p->action) && p->energy_pj != 0 && p->energy_pj != 1 && p->energy_pj != 2)
		return err_set(e, ST_DATA,
		               "%s:%zu: %s is %s, expected 0 (flip-flops), 1 (ROM) or 2 (SRAM)",
		               r->t->file, r->line, p->action, field[3]);
	if (!field[4][strspn(field[4], " \t")])
		return bad(r, e, "no source: every price names where it comes from");
	p->source = field[4];
	row->line = r->line;
	return ST_OK;
}

static enum status grow(struct reader *r, struct err *e)
{
	size_t cap = r->cap ? 2 * r->cap : 64;
	struct row *rows;

	if (r->n < r->cap)
		return ST_OK;
	rows = realloc(r->rows, cap * sizeof(*rows));
	if (!rows)
		return err_nomem(e);
	r->rows = rows;
	r->cap = cap;
	return ST_OK;
}

static enum status read_all(struct reader *r, struct err *e)
{
	char *line;
	enum status rc = next_line(r, &line, e);

	if (rc)
		return rc;
	if (!line || strcmp(line, COLUMNS) != 0)
		return bad(r, e, "expected the columns " COLUMNS);
	for (;;) {
		rc = next_line(r, &line, e);
		if (!rc && line)
			rc = grow(r, e);
		if (!rc && line)
			rc = read_row(r, line, &r->rows[r->n], e);
		if (rc)
			return rc;
		if (!line)
			return r->n ? ST_OK : bad(r, e, "no prices below the columns");
		r->n++;
	}
}

int price_compare(const struct price *a, const struct price *b)
{
	int by_action = strcmp(a->action, b->action);

	if (by_action)
		return by_action;
	if (a->width_bits != b->width_bits)
		return a->width_bits < b->width_bits ? -1 : 1;
	return (a->capacity_bytes > b->capacity_bytes) - (a->capacity_bytes < b->capacity_bytes);
}

static int row_compare(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;
	int by_key = price_compare(&a->price, &b->price);

	return by_key ? by_key : (a->line > b->line) - (a->line < b->line);
}

static enum status store_rows(struct reader *r, struct err *e)
{
	struct tech *t = r->t;

	qsort(r->rows, r->n, sizeof(r->rows[0]), row_compare);
	t->price = ARENA_NEW(&t->arena, struct price, r->n);
	if (!t->price)
		return err_nomem(e);
	for (size_t i = 0; i < r->n; i++) {
		if (i && !price_compare(&r->rows[i - 1].price, &r->rows[i].price))
			return err_set(e, ST_DATA,
			               "%s:%zu: a second price for %s with the same keys as line "
			               "%zu: remove one",
			               t->file, r->rows[i].line, r->rows[i].price.action,
			               r->rows[i - 1].line);
		t->price[i] = r->rows[i].price;
	}
	t->n_prices = r->n;
	return ST_OK;
}

enum status tech_read_rows(struct tech *t, struct span content, struct err *e)
{
	struct reader r = { .t = t, .p = content.p };
	enum status rc;

	r.end = content.n ? r.p + content.n : r.p;
	rc = read_all(&r, e);
	if (!rc)
		rc = store_rows(&r, e);
	free(r.rows);
	return rc;
}

bool tech_has_columns(struct span content)
{
	struct tech t = { .file = "" };
	struct reader r = { .t = &t, .p = content.p };
	char *line = NULL;
	bool found;

	r.end = content.n ? r.p + content.n : r.p;
	found = !next_line(&r, &line, NULL) && line && !strcmp(line, COLUMNS);
	arena_release(&t.arena);
	return found;
}
