#include "report/published.h"

#include "base/file.h"
#include "base/text.h"

#include <fnmatch.h>
#include <math.h>
#include <string.h>

enum { NETWORK, METHOD, RATIO, BITS, LOSS, RETRAINED, SOURCE, N_COLUMNS };

static const char header[] = "network,method,ratio_fp32,bits_per_weight,loss,retrained,source";

/* Splits in place; the last column takes the rest of the line, without its quotes. */
static bool split(char *line, char *column[N_COLUMNS])
{
	size_t n;

	for (size_t i = 0; i < N_COLUMNS; i++) {
		char *comma = i + 1 < N_COLUMNS ? strchr(line, ',') : NULL;

		column[i] = line;
		if (i + 1 == N_COLUMNS)
			break;
		if (!comma)
			return false;
		*comma = '\0';
		line = comma + 1;
	}
	n = strlen(column[SOURCE]);
	if (n >= 2 && column[SOURCE][0] == '"' && column[SOURCE][n - 1] == '"') {
		column[SOURCE][n - 1] = '\0';
		column[SOURCE]++;
	}
	return *column[NETWORK] && *column[METHOD] && *column[SOURCE];
}

/* An empty cell is NaN. */
static bool number(const char *cell, double *out)
{
	*out = (double)NAN;
	return !*cell || parse_double(cell, out);
}

static bool parse(char *line, struct published_row *r)
{
	char *column[N_COLUMNS];

	if (!split(line, column) || !number(column[RATIO], &r->ratio_fp32) ||
	    !number(column[BITS], &r->bits_per_weight) || !number(column[LOSS], &r->loss))
		return false;
	if (isnan(r->ratio_fp32))
		r->ratio_fp32 = 32 / r->bits_per_weight;
	if (isnan(r->bits_per_weight))
		r->bits_per_weight = 32 / r->ratio_fp32;
	r->network = column[NETWORK];
	r->method = column[METHOD];
	r->source = column[SOURCE];
	r->retrained = !strcmp(column[RETRAINED], "yes");
	return r->ratio_fp32 > 0 && r->bits_per_weight > 0 && isfinite(r->ratio_fp32) &&
	       isfinite(r->bits_per_weight) && (r->retrained || !strcmp(column[RETRAINED], "no"));
}

static size_t count_lines(const struct span *file)
{
	size_t n = 1;

	for (size_t i = 0; i < file->n; i++)
		n += ((const char *)file->p)[i] == '\n';
	return n;
}

enum status published_read(struct published *out, const char *path, struct err *e)
{
	struct span file;
	bool seen_header = false;
	unsigned number_of_line = 0;
	char *next;
	enum status rc;

	*out = (struct published){ 0 };
	rc = file_read(&out->arena, path, 1 << 20, &file, e);
	if (rc)
		return rc;
	out->row = ARENA_NEW(&out->arena, struct published_row, count_lines(&file));
	if (!out->row)
		return err_nomem(e);
	for (char *line = (char *)file.p; line && !rc; line = next) {
		char *end = strchr(line, '\n');

		next = end ? end + 1 : NULL;
		if (end)
			*end = '\0';
		number_of_line++;
		if (!*line || *line == '#')
			continue;
		if (!seen_header && strcmp(line, header))
			rc = err_set(e, ST_DATA, "%s:%u: expected the header %s", path,
			             number_of_line, header);
		else if (seen_header && !parse(line, &out->row[out->n++]))
			rc = err_set(e, ST_DATA,
			             "%s:%u: expected %s with a ratio or bits, retrained yes or no",
			             path, number_of_line, header);
		seen_header = true;
	}
	return rc;
}

void published_release(struct published *p)
{
	arena_release(&p->arena);
	*p = (struct published){ 0 };
}

bool published_applies(const struct published_row *r, const char *model, double loss)
{
	return !fnmatch(r->network, model, 0) && !(r->loss > loss + 1e-9);
}
