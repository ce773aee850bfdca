#include "store/describe.h"

#include "base/text.h"
#include "store/internal.h"

#include <stdio.h>
#include <string.h>

/* Columns that a view computes; the others are those of the tables. */
static const struct {
	const char *name, *help;
} computed[] = {
	{"model_sha256",                   "SHA-256 of the network's file, in hexadecimal"              },
	{ "digest",	                "SHA-256 of its content, in hexadecimal"                     },
	{ "layer_name",                    "name of the layer"                                          },
	{ "layer_shape",                   "shape of its weights"                                       },
	{ "layer_weights",                 "its kernel weights [weights]"                               },
	{ "layer_energy_memory_pj",        "its share of the weight memory's energy [pJ]"               },
	{ "layer_energy_decoder_pj",       "its share of the decoder's energy [pJ]"                     },
	{ "layer_energy_decoder_clock_pj", "of that, clock [pJ]"                                        },
	{ "layer_energy_decoder_logic_pj", "of that, logic [pJ]"                                        },
	{ "layer_energy_decoder_dict_pj",  "of that, dictionary [pJ]"                                   },
	{ "layer_energy_decoder_wires_pj", "of that, wires [pJ]"                                        },
	{ "layer_energy_decoder_leak_pj",  "of that, leakage [pJ]"                                      },
	{ "layer_energy_activations_pj",   "its share of the activation buffer's energy [pJ]"           },
	{ "layer_energy_macs_pj",          "its share of the multiply-accumulates' energy [pJ]"         },
	{ "layer_energy_dram_pj",          "its share of the DRAM's energy [pJ]"                        },
	{ "layer_energy_leakage_pj",       "its share of the memories' leakage [pJ]"                    },
	{ "layer_energy_pj",               "sum of its shares [pJ]"                                     },
	{ "place",	                 "rank, from 1"	                                       },
	{ "component",                     "part of the hardware"                                       },
	{ "component_pj",                  "its energy per inference [pJ]"                              },
	{ "loss_level",                    "largest loss of top-1 accuracy allowed [percentage points]" },
	{ "kind",	                  "int8 (raw, 8 bits), raw, HardCompress (dict) or other"      },
	{ "passes",	                "how often the array takes a weight per inference"           },
	{ "saved_bits",                    "less than plain words of the same width [bits per weight]"  },
	{ "saved_int8_bits",               "less than plain words of 8 bits [bits per weight]"          },
	{ "decoder_pj",                    "energy of the decoder per weight taken [pJ]"                },
	{ "breakeven_pj_per_bit",          "energy of a memory above which decoding pays [pJ per bit]"  },
	{ "breakeven_int8_pj_per_bit",     "the same against plain 8-bit words [pJ per bit]"            },
	{ "batch",	                 "images that share the weights read [images]"                },
	{ "energy_per_image_pj",           "energy of one image of the batch [pJ]"                      },
	{ "points",	                "stored points that the run computed [points]"               },
	{ "samples",	               "repetitions"	                                        },
	{ "median_seconds",                "median duration [s]"                                        },
	{ "weights_mb_s",                  "speed that it means, a weight being a byte [MB/s]"          },
	{ "kernels",	               "convolution and dense layers"                               },
	{ "safe_ratio_fp32",               "ratio_fp32 of the safe configuration"                       },
	{ "safe_bits_per_weight",          "bits_per_weight of the safe configuration [bits per weight]"},
	{ "safe_top1_delta",               "top1_delta of the safe configuration [percentage points]"   },
	{ "safe_key",	              "key of the safe configuration"                              },
	{ "safe_point",                    "canonical point of the safe configuration"                  },
	{ "capacity_bytes",                "size of the memory [bytes]"                                 },
	{ "fp32_bytes",                    "kernel weights as fp32 [bytes]"                             },
	{ "int8_bytes",                    "kernel weights as plain 8 bits [bytes]"                     },
	{ "compressed_bytes",              "kernel weights in the chosen configuration [bytes]"         },
	{ "fp32_fits",                     "1: fp32 weights fit into the memory"                        },
	{ "int8_fits",                     "1: plain 8-bit weights fit into the memory"                 },
	{ "compressed_fits",               "1: the chosen configuration fits into the memory"           },
};

/* The comment lines that end just before `at`, without their marks, as one line. */
static const char *comment_before(struct arena *a, const char *text, const char *at)
{
	struct text out = { 0 };
	const char *first = at, *help;

	while (first > text) {
		const char *line = first - 1;

		while (line > text && line[-1] != '\n')
			line--;
		if (strncmp(line + strspn(line, "\t"), "-- ", 3))
			break;
		first = line;
	}
	while (first < at) {
		size_t n = strcspn(first, "\n"), mark = strspn(first, "\t") + 3;

		text_addf(&out, "%s%.*s", out.n ? " " : "", (int)(n - mark), first + mark);
		first += n + 1;
	}
	help = out.fail ? NULL : arena_strdup(a, text_str(&out));
	text_release(&out);
	return help;
}

static const char *relation_help(struct arena *a, const char *name, bool view)
{
	const char *text = view ? store_views_sql : store_schema_sql, *at;
	char create[96];

	snprintf(create, sizeof(create), view ? "\nCREATE VIEW %s AS" : "\nCREATE TABLE %s (",
	         name);
	at = strstr(text, create);
	return at ? comment_before(a, text, at + 1) : "";
}

/* Comment of a column of that table; of any table when table is NULL. */
static const char *table_column_help(struct arena *a, const char *table, const char *column)
{
	const char *from = store_schema_sql, *at, *end = NULL;
	char text[96];

	if (table) {
		snprintf(text, sizeof(text), "\nCREATE TABLE %s (", table);
		from = strstr(store_schema_sql, text);
		end = from ? strstr(from, "\n)") : NULL;
	}
	snprintf(text, sizeof(text), "\n\t%s ", column);
	at = from ? strstr(from, text) : NULL;
	if (!at || (end && at > end))
		return "";
	return comment_before(a, store_schema_sql, at + 1);
}

/* A view's column is looked up in the table that the view is named after, then where it is most
 * likely meant: several tables have a "status". */
static const char *column_help(struct arena *a, const char *relation, bool view, const char *column)
{
	static const char *const likely[] = { "point", "lossy", "energy", "layer", NULL };
	char named[64];
	const char *help;

	if (!view)
		return table_column_help(a, relation, column);
	for (size_t i = 0; i < sizeof(computed) / sizeof(computed[0]); i++)
		if (!strcmp(computed[i].name, column))
			return computed[i].help;
	snprintf(named, sizeof(named), "%.*s", (int)strlen(relation) - 1, relation);
	help = table_column_help(a, named, column);
	for (size_t i = 0; i < sizeof(likely) / sizeof(likely[0]) && help && !*help; i++)
		help = table_column_help(a, likely[i], column);
	return help;
}

/* One SELECT with the relation's name as its parameter; *n rows of three texts. */
static enum status texts(sqlite3 *db, struct arena *a, const char *sql, const char *name,
                         const char *out[][3], size_t room, size_t *n, struct err *e)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	*n = 0;
	if (!rc && name)
		rc = sqlite3_bind_text(st, 1, name, -1, SQLITE_TRANSIENT);
	while (!rc && *n < room && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		for (int i = 0; i < 3; i++) {
			const unsigned char *t = sqlite3_column_text(st, i);

			out[*n][i] = t ? arena_strdup(a, (const char *)t) : NULL;
		}
		++*n;
		rc = 0;
	}
	sqlite3_finalize(st);
	if (rc && rc != SQLITE_DONE)
		return err_set(e, ST_INTERNAL, "schema: %s", sqlite3_errmsg(db));
	return ST_OK;
}

enum { MAX_RELATIONS = 64, MAX_COLUMNS = 256 };

static enum status describe(sqlite3 *db, struct arena *a, struct store_relation *r, struct err *e)
{
	const char *(*row)[3] = (const char *(*)[3])arena_alloc(a, MAX_COLUMNS * sizeof(*row),
	                                                        sizeof(const char *));
	struct store_column *column;
	enum status rc;

	if (!row)
		return err_nomem(e);
	rc = texts(
	        db, a,
	        "SELECT c.name, c.type, (SELECT f.\"table\" FROM pragma_foreign_key_list(?1) AS f "
	        "WHERE f.\"from\" = c.name) FROM pragma_table_info(?1) AS c",
	        r->name, row, MAX_COLUMNS, &r->n_columns, e);
	column = ARENA_NEW(a, struct store_column, r->n_columns);
	if (rc || !column)
		return rc ? rc : err_nomem(e);
	for (size_t i = 0; i < r->n_columns; i++) {
		column[i] = (struct store_column){ row[i][0], row[i][1],
			                           column_help(a, r->name, r->view, row[i][0]),
			                           row[i][2] };
		if (!column[i].name || !column[i].help)
			return err_nomem(e);
	}
	r->column = column;
	r->help = relation_help(a, r->name, r->view);
	return r->help ? ST_OK : err_nomem(e);
}

static enum status describe_all(sqlite3 *db, struct arena *a, struct store_relation *r, size_t *n,
                                struct err *e)
{
	const char *row[MAX_RELATIONS][3];
	enum status rc = texts(db, a,
	                       "SELECT name, type, NULL FROM sqlite_master WHERE type IN ('table', "
	                       "'view') AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
	                       NULL, row, MAX_RELATIONS, n, e);

	for (size_t i = 0; i < *n && !rc; i++) {
		if (!row[i][0] || !row[i][1])
			return err_nomem(e);
		r[i].name = row[i][0];
		r[i].view = !strcmp(row[i][1], "view");
		rc = describe(db, a, &r[i], e);
	}
	return rc;
}

enum status store_describe(struct arena *a, const struct store_relation **out, size_t *n,
                           struct err *e)
{
	struct store_relation *r = ARENA_NEW(a, struct store_relation, MAX_RELATIONS);
	sqlite3 *db = NULL;
	enum status rc = r ? ST_OK : err_nomem(e);

	if (!rc && (sqlite3_open(":memory:", &db) ||
	            sqlite3_exec(db, store_schema_sql, NULL, NULL, NULL) ||
	            sqlite3_exec(db, store_views_sql, NULL, NULL, NULL)))
		rc = err_set(e, ST_INTERNAL, "schema: %s", sqlite3_errmsg(db));
	if (!rc)
		rc = describe_all(db, a, r, n, e);
	sqlite3_close(db);
	*out = r;
	return rc;
}
