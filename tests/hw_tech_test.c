#include "hw/decoder.h"
#include "hw/tech.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS "action,width_bits,capacity_bytes,energy_pj,source\n"

/* Parses from a buffer of exact size, so that the sanitizer sees an overread. */
static enum status parse(struct tech **t, const char *text, struct err *e)
{
	size_t n = strlen(text);
	char *exact = malloc(n ? n : 1);
	enum status rc;

	cr_assert_not_null(exact);
	memcpy(exact, text, n);
	rc = tech_parse(t, (struct span){ exact, n }, "t.csv", "t", e);
	free(exact);
	return rc;
}

static const char table[] = "# comment, \"with\" anything\r\n"
                            "\n" COLUMNS "sram_read,64,16384,8,s\r\n"
                            "sram_read,64,1024,2,s\n"
                            "sram_read,32,1024,1,s\n"
                            "# another\n"
                            "sram_write,64,1024,0,s\n"
                            "sram_write,64,4096,3,s\n"
                            "int_mult,32,,3.2,\"a, \"\"quoted\"\" source\"\n"
                            "int_mult,8,,0.2,s\n"
                            "fp_add,16,,0.4,s\n"
                            "fp_add,32,,0.9,s\n"
                            "decoder_ring_base,,,-0.5,s\n"
                            "dram_bit,,,\"8\",s";

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-12 * fabs(b);
}

Test(hw_tech, reads_and_sorts)
{
	struct span content = { table, sizeof(table) - 1 };
	struct digest d = digest_of(&content, 1);
	struct err e = { 0 };
	struct tech *t;

	cr_assert_eq(parse(&t, table, &e), ST_OK, "%s", e.msg);
	cr_expect_str_eq(t->name, "t");
	cr_expect_eq(t->n_prices, 11);
	cr_expect_arr_eq(t->digest.byte, d.byte, sizeof(d.byte));
	for (size_t i = 1; i < t->n_prices; i++)
		cr_expect_leq(strcmp(t->price[i - 1].action, t->price[i].action), 0);
	cr_expect_str_eq(t->price[5].action, "int_mult");
	cr_expect_str_eq(t->price[5].source, "a, \"quoted\" source");
	tech_free(t);
	tech_free(NULL);
}

/* sram_read at 64 bit goes from 2 pJ at 1 KiB to 8 pJ at 16 KiB: price x 4 for capacity x 16, so
 * half way in the logarithm, 4 KiB, costs 2 x 2 = 4. int_mult: 3.2 / 0.2 = 16 for width x 4, so 16
 * bits cost 0.2 x 4 = 0.8. */
Test(hw_tech, interpolates_in_logarithms)
{
	struct tech *t;
	double pj, last = 0;

	cr_assert_eq(parse(&t, table, NULL), ST_OK);
	cr_assert_eq(tech_sram(t, "sram_read", 4096, 64, &pj, NULL), ST_OK);
	cr_expect(near(pj, 4), "%.17g", pj);
	cr_assert_eq(tech_price(t, "int_mult", 16, &pj, NULL), ST_OK);
	cr_expect(near(pj, 0.8), "%.17g", pj);
	/* Rows themselves come back exactly. */
	cr_assert_eq(tech_sram(t, "sram_read", 16384, 64, &pj, NULL), ST_OK);
	cr_expect(pj == 8);
	cr_assert_eq(tech_sram(t, "sram_read", 1024, 64, &pj, NULL), ST_OK);
	cr_expect(pj == 2);
	cr_assert_eq(tech_price(t, "int_mult", 32, &pj, NULL), ST_OK);
	cr_expect(pj == 3.2);
	cr_assert_eq(tech_price(t, "decoder_ring_base", 0, &pj, NULL), ST_OK);
	cr_expect(pj == -0.5);
	/* Between rows it rises with the rows. */
	for (uint64_t c = 1024; c <= 16384; c += 512) {
		cr_assert_eq(tech_sram(t, "sram_read", c, 64, &pj, NULL), ST_OK);
		cr_expect_gt(pj, last);
		last = pj;
	}
	tech_free(t);
}

/* A price that is not there is an error that names action, key and file. */
Test(hw_tech, missing_price_is_an_error)
{
	static const struct {
		const char *action;
		uint64_t capacity, width;
		const char *words[4];
	} missing[] = {
		{"sram_read",              1023,  64, { "sram_read", "1023", "1024 to 16384", "t.csv" }  },
		{ "sram_read",             16385, 64, { "sram_read", "16385", "1024 to 16384", "t.csv" } },
		{ "sram_read",             2048,  32, { "sram_read", "2048", "1024 to 1024", "t.csv" }   },
		{ "sram_read",             1024,  48, { "sram_read", "48 bits", "t.csv", "add rows" }    },
		{ "sram_write",            2048,  64, { "sram_write", "2048", "price of 0", "t.csv" }    },
		{ "int_mult",              0,     7,  { "int_mult", "7 bits", "int_mult,7,,", "t.csv" }  },
		{ "int_mult",              0,     33, { "int_mult", "33 bits", "int_mult,33,,", "t.csv" }},
		{ "int_add",               0,     32, { "int_add", "32 bits", "int_add,32,,", "t.csv" }  },
		{ "fp_add",                0,     24, { "fp_add", "24 bits", "fp_add,24,,", "t.csv" }    },
		{ "fp_mult",               0,     32, { "fp_mult", "32 bits", "fp_mult,32,,", "t.csv" }  },
		{ "decoder_ring_dict_bit", 0,     0,  { "decoder_ring_dict_bit,,,", "t.csv", "t", "" }   },
		{ "zzz",                   0,     0,  { "zzz", "t.csv", "add a row", "" }                },
		{ "aaa",                   0,     0,  { "aaa", "t.csv", "add a row", "" }                },
	};
	struct tech *t;

	cr_assert_eq(parse(&t, table, NULL), ST_OK);
	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
		struct err e = { 0 };
		double pj = -1;
		enum status rc;

		rc = missing[i].capacity
		             ? tech_sram(t, missing[i].action, missing[i].capacity,
		                         missing[i].width, &pj, &e)
		             : tech_price(t, missing[i].action, missing[i].width, &pj, &e);
		cr_expect_eq(rc, ST_USAGE, "%s", missing[i].action);
		for (size_t j = 0; j < 4; j++)
			cr_expect_not_null(strstr(e.msg, missing[i].words[j]), "%s: %s",
			                   missing[i].words[j], e.msg);
	}
	tech_free(t);
}

static const struct {
	const char *text, *where, *what;
} malformed[] = {
	{"",	                                                  "t.csv:1", "expected the columns"      },
	{ "# only this\n",	                                    "t.csv:1", "expected the columns"      },
	{ "action,width,capacity,pj,source\n",                        "t.csv:1", "expected the columns"      },
	{ COLUMNS,	                                            "t.csv:1", "no prices"                 },
	{ COLUMNS "dram_bit,,,8\n",                                   "t.csv:2", "4 fields"                  },
	{ COLUMNS "dram_bit,,,8,a,b\n",                               "t.csv:2", "more than 5"               },
	{ COLUMNS "dram_bit,,,8,\n",                                  "t.csv:2", "no source"                 },
	{ COLUMNS "dram_bit,,,8,  \n",                                "t.csv:2", "no source"                 },
	{ COLUMNS "dram_bit,,,8,\"  \"\n",                            "t.csv:2", "no source"                 },
	{ COLUMNS "dram_bit,,,-8,s\n",                                "t.csv:2", "0 or more"                 },
	{ COLUMNS "decoder_ring_port_bit,,,-8,s\n",                   "t.csv:2", "0 or more"                 },
	{ COLUMNS "dram_bit,,,nan,s\n",                               "t.csv:2", "finite"                    },
	{ COLUMNS "dram_bit,,,inf,s\n",                               "t.csv:2", "finite"                    },
	{ COLUMNS "dram_bit,,,8pJ,s\n",                               "t.csv:2", "finite"                    },
	{ COLUMNS "dram_bit,,,,s\n",                                  "t.csv:2", "finite"                    },
	{ COLUMNS "dram_bits,,,8,s\n",                                "t.csv:2", "unknown action 'dram_bits'"},
	{ COLUMNS "decoder_ring,,,8,s\n",                             "t.csv:2", "unknown action"            },
	{ COLUMNS "decoder_rung_base,,,8,s\n",                        "t.csv:2", "unknown action"            },
	{ COLUMNS ",,,8,s\n",	                                 "t.csv:2", "unknown action ''"         },
	{ COLUMNS "dram_bit,64,,8,s\n",                               "t.csv:2", "no width_bits"             },
	{ COLUMNS "int_add,8,64,8,s\n",                               "t.csv:2", "no capacity_bytes"         },
	{ COLUMNS "int_add,,,8,s\n",                                  "t.csv:2", "1 or more"                 },
	{ COLUMNS "int_add,0,,8,s\n",                                 "t.csv:2", "1 or more"                 },
	{ COLUMNS "sram_read,64,8KiB,8,s\n",                          "t.csv:2", "1 or more"                 },
	{ COLUMNS "sram_read,64,,8,s\n",                              "t.csv:2", "1 or more"                 },
	{ COLUMNS "\n# c\ndram_bit,,,\"8,s\n",                        "t.csv:4", "quoted"                    },
	{ COLUMNS "dram_bit,,,\"8\"x,s\n",                            "t.csv:2", "quoted"                    },
	{ COLUMNS "dram_bit,,,8,s\nint_add,8,,1,s\ndram_bit,,,9,s\n", "t.csv:4", "line 2"                    },
};

Test(hw_tech, malformed_rows_name_file_and_line)
{
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		struct err e = { 0 };
		struct tech *t = NULL;

		cr_expect_eq(parse(&t, malformed[i].text, &e), ST_DATA, "%s", malformed[i].text);
		cr_expect_null(t);
		cr_expect_eq(strncmp(e.msg, malformed[i].where, strlen(malformed[i].where)), 0,
		             "%s", e.msg);
		cr_expect_not_null(strstr(e.msg, malformed[i].what), "%s", e.msg);
	}
}

Test(hw_tech, nul_byte_is_no_text)
{
	static const char text[] = COLUMNS "dram_bit,,,8,s\0";
	struct err e = { 0 };
	struct tech *t;

	cr_expect_eq(tech_parse(&t, (struct span){ text, sizeof(text) - 1 }, "t.csv", "t", &e),
	             ST_DATA);
	cr_expect_not_null(strstr(e.msg, "t.csv:2"), "%s", e.msg);
}

/* Every prefix of a good table is a good table or a clean error. */
Test(hw_tech, truncated_anywhere)
{
	for (size_t n = 0; n < sizeof(table); n++) {
		char *exact = malloc(n + 1);
		struct tech *t = NULL;
		enum status rc;

		cr_assert_not_null(exact);
		memcpy(exact, table, n);
		exact[n] = '\0';
		rc = parse(&t, exact, NULL);
		cr_expect(rc == ST_OK ? t != NULL : rc == ST_DATA && !t, "%zu", n);
		tech_free(t);
		free(exact);
	}
}

Test(hw_tech, unknown_names_list_what_there_is)
{
	static const char *const names[] = { "45nm", "", ".", "../tech/unit", "/etc/passwd" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct err e = { 0 };
		struct tech *t = NULL;

		cr_expect_eq(tech_load(&t, names[i], &e), ST_USAGE);
		cr_expect_null(t);
		cr_expect_not_null(strstr(e.msg, "22nm-hp, 22nm-lop, 22nm-lstp, 32nm-hp, 32nm-lop, "
		                                 "32nm-lstp, 45nm-hp, 45nm-lop, 45nm-lstp, unit"),
		                   "%s", e.msg);
		cr_expect_null(strstr(e.msg, "decoder_synth"));
	}
}

Test(hw_tech, missing_file_is_the_environment)
{
	struct err e = { 0 };
	struct tech *t = NULL;

	cr_expect_eq(tech_load_file(&t, "no/such.csv", "x", &e), ST_ENV);
	cr_expect_null(t);
	cr_expect_not_null(strstr(e.msg, "no/such.csv"));
}

static void expect_coefficients(const struct tech *t, const struct decoder *d)
{
	static const char *const suffix[] = { "base", "port_bit", "window_bit", "dict_bit" };

	for (size_t i = 0; d->action && i < 4; i++) {
		char action[64];
		struct err e;
		double pj;

		snprintf(action, sizeof(action), "%s_%s", d->action, suffix[i]);
		cr_expect_eq(tech_price(t, action, 0, &pj, &e), ST_OK, "%s", e.msg);
	}
}

/* Every shipped technology prices every action, at every port width and whole memory range of the
 * SRAM table; at a fixed width a larger memory never costs less. */
Test(hw_tech, shipped_tables_are_complete)
{
	static const char *const plain[] = { "dram_bit", "clock_mhz" };
	static const char *const sram[] = { "sram_read", "sram_write", "sram_leakage" };
	struct arena a = { 0 };
	const char **names;
	struct err e = { 0 };
	size_t n;

	cr_assert_eq(tech_names(&a, &names, &n, &e), ST_OK, "%s", e.msg);
	cr_assert_eq(n, 10);
	for (size_t i = 0; i < n; i++) {
		struct tech *t;
		double pj;

		cr_assert_eq(tech_load(&t, names[i], &e), ST_OK, "%s", e.msg);
		cr_expect_str_eq(t->name, names[i]);
		for (size_t j = 0; j < sizeof(plain) / sizeof(plain[0]); j++)
			cr_expect_eq(tech_price(t, plain[j], 0, &pj, &e), ST_OK, "%s", e.msg);
		for (size_t j = 0; j < n_decoders; j++)
			expect_coefficients(t, decoders[j]);
		for (uint64_t w = 8; w <= 32; w++) {
			cr_expect_eq(tech_price(t, "int_mult", w, &pj, &e), ST_OK, "%s", e.msg);
			cr_expect_eq(tech_price(t, "int_add", w, &pj, &e), ST_OK, "%s", e.msg);
		}
		cr_expect_eq(tech_price(t, "fp_mult", 32, &pj, &e), ST_OK, "%s", e.msg);
		cr_expect_eq(tech_price(t, "fp_add", 32, &pj, &e), ST_OK, "%s", e.msg);
		for (uint64_t w = 32; w <= 256; w *= 2)
			for (size_t j = 0; j < 3; j++) {
				double last = 0;

				for (uint64_t c = 8 << 10; c <= 16 << 20; c += c / 2) {
					cr_expect_eq(tech_sram(t, sram[j], c, w, &pj, &e), ST_OK,
					             "%s", e.msg);
					cr_expect(pj >= last, "%s %s", names[i], sram[j]);
					last = pj;
				}
			}
		tech_free(t);
	}
	arena_release(&a);
}

/* The null technology: exactly 1 pJ at any capacity, width and operation. */
Test(hw_tech, unit_is_exactly_1)
{
	struct tech *t;
	double pj;

	cr_assert_eq(tech_load(&t, "unit", NULL), ST_OK);
	for (uint64_t w = 32; w <= 256; w *= 2)
		for (uint64_t c = 1; c <= UINT64_C(1) << 40; c = 3 * c + 1) {
			cr_assert_eq(tech_sram(t, "sram_read", c, w, &pj, NULL), ST_OK);
			cr_expect(pj == 1);
			cr_assert_eq(tech_sram(t, "sram_write", c, w, &pj, NULL), ST_OK);
			cr_expect(pj == 1);
		}
	for (uint64_t w = 8; w <= 32; w++) {
		cr_assert_eq(tech_price(t, "int_mult", w, &pj, NULL), ST_OK);
		cr_expect(pj == 1);
	}
	tech_free(t);
}

/* A memory type after the plus sign takes the place of the plain DRAM; the rest stays. */
Test(hw_tech, dram_of_another_type)
{
	struct tech *plain, *other;
	struct err e = { 0 };
	double pj;

	cr_assert_eq(tech_load(&plain, "45nm-hp", &e), ST_OK, "%s", e.msg);
	cr_assert_eq(tech_load(&other, "45nm-hp+hbm2", &e), ST_OK, "%s", e.msg);
	cr_expect_str_eq(other->name, "45nm-hp+hbm2");
	cr_expect(!memcmp(&plain->digest, &other->digest, sizeof(plain->digest)));
	cr_assert_eq(tech_price(plain, "dram_bit", 0, &pj, &e), ST_OK);
	cr_expect_eq(pj, 8);
	cr_assert_eq(tech_price(other, "dram_bit", 0, &pj, &e), ST_OK);
	cr_expect_eq(pj, 3.9);
	for (size_t i = 0; i < plain->n_prices; i++)
		if (strcmp(plain->price[i].action, "dram_bit") != 0)
			cr_expect_eq(plain->price[i].energy_pj, other->price[i].energy_pj);
	tech_free(plain);
	tech_free(other);
	cr_expect_eq(tech_load(&other, "45nm-hp+sdram", &e), ST_USAGE);
	cr_expect_null(other);
	cr_expect_not_null(
	        strstr(e.msg, "no option 'sdram', expected one of gated, sg13g2, rom, sram, ddr3"),
	        "%s", e.msg);
	cr_expect_eq(tech_load(&other, "unit+hbm2", &e), ST_USAGE);
	cr_expect_eq(tech_load(&other, "+hbm2", &e), ST_USAGE);
	cr_expect_eq(tech_load(&other, "7nm+hbm2", &e), ST_USAGE);
}

/* Control: three values read off the CACTI run by hand (leakage: sub-threshold plus gate). */
Test(hw_tech, shipped_memories_leak_as_cacti_says)
{
	static const struct {
		const char *name;
		uint64_t bytes;
		double mw;
	} want[] = {
		{"45nm-hp",    1 << 20, 1104.8739},
		{ "45nm-lstp", 1 << 20, 0.2345   },
		{ "22nm-lop",  1 << 20, 386.6759 },
	};
	double mw, small;

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct tech *t;
		struct err e;

		cr_assert_eq(tech_load(&t, want[i].name, &e), ST_OK, "%s", e.msg);
		cr_assert_eq(tech_sram(t, "sram_leakage", want[i].bytes, 64, &mw, &e), ST_OK);
		cr_expect(fabs(mw - want[i].mw) < 1e-3 * want[i].mw, "%g", mw);
		cr_assert_eq(tech_sram(t, "sram_leakage", 8192, 64, &small, &e), ST_OK);
		cr_expect_lt(small, mw);
		cr_expect_eq(tech_smallest_sram(t, 1, 64), 8192);
		cr_expect_eq(tech_smallest_sram(t, 8193, 64), 16384);
		cr_expect_eq(tech_smallest_sram(t, 16 << 20, 64), 16 << 20);
		cr_expect_eq(tech_smallest_sram(t, (16 << 20) + 1, 64), 0);
		cr_expect_eq(tech_smallest_sram(t, 1, 48), 0);
		tech_free(t);
	}
}
