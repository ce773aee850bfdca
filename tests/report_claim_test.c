/* Claim files, and how they are judged. */
#include "report/claim.h"
#include "report/claim_check.h"

#include "run/study.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char head[] = "id: x\ntitle: t\nsource: s\nclaim: c\nconditions: k\n"
                           "published: 4\nunit: u\njudge: about\n";

static enum status parse(const char *more, struct claim *c, struct arena *a, struct err *e)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s%s", head, more);
	return claim_parse(c, a, (struct span){ (const unsigned char *)text, strlen(text) },
	                   "dir/x.yaml", e);
}

Test(claim, reads_every_key)
{
	struct arena a = { 0 };
	struct claim c;
	struct err e = { 0 };

	cr_assert_eq(parse("tolerance: 0.25\ninterval: i\nnetworks: [n, m]\nstudy: |\n  name: n\n"
	                   "sql: |\n  SELECT\n    1\n",
	                   &c, &a, &e),
	             ST_OK, "%s", e.msg);
	cr_expect_str_eq(c.id, "x");
	cr_expect_str_eq(c.title, "t");
	cr_expect_str_eq(c.source, "s");
	cr_expect_str_eq(c.statement, "c");
	cr_expect_str_eq(c.conditions, "k");
	cr_expect_str_eq(c.interval, "i");
	cr_expect_eq(c.published, 4);
	cr_expect_eq(c.tolerance, 0.25);
	cr_expect_eq(c.judge, JUDGE_ABOUT);
	cr_expect_eq(claim_rows(&c), 2);
	cr_expect_str_eq(claim_network(&c, 1), "m");
	cr_expect_str_eq(c.sql, "SELECT\n  1\n");
	/* Its one line is line 13 of the file: 8 of the head, four, and that of "study:". */
	cr_expect_str_eq(c.study, "\n\n\n\n\n\n\n\n\n\n\n\nname: n\n");
	arena_release(&a);
}

Test(claim, names_what_is_wrong)
{
	static const struct {
		const char *more, *says;
	} wrong[] = {
		{"together: a\n",                                 "expected one of the keys sql and check"         },
		{ "together: a\nsql: a\ncheck: b\n",              "expected one of the keys sql and check"         },
		{ "sql: a\n",		                     "expected networks, together or both"            },
		{ "together: a\nsql: a\nsql: b\n",                "dir/x.yaml:11: the key sql stands twice"        },
		{ "together: a\nsqll: a\n",
                 "dir/x.yaml:10: unknown key 'sqll'; did you mean 'sql'"                                           },
		{ "together: a\nsql: a\ntolerance: -1\n",         "dir/x.yaml:11: tolerance: expected 0"           },
		{ "together: a\nsql: a\ntolerance: much\n",       "tolerance: 'much' is no number"                 },
		{ "networks: []\nsql: a\n",                       "dir/x.yaml:9: networks: expected 1 to 256 names"},
		{ "networks: [[a]]\nsql: a\n",                    "dir/x.yaml:9: networks: expected a name"        },
		{ "together: \"a\\nb\"\nsql: a\n",                "together: expected a text of one line"          },
		{ "together: a\nsql: a\nstudy: b\nstudy_of: c\n", "has a study of its own"                         },
		{ "together: a\ncheck: a\nstudy: b\n",            "takes the place of study and sql"               },
		{ "together: [\n",                                "not valid YAML"                                 },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct arena a = { 0 };
		struct claim c;
		struct err e = { 0 };

		cr_expect_eq(parse(wrong[i].more, &c, &a, &e), ST_DATA, "%s", wrong[i].more);
		cr_expect_not_null(strstr(e.msg, wrong[i].says), "%s: %s", wrong[i].more, e.msg);
		arena_release(&a);
	}
}

Test(claim, id_is_the_name_of_the_file)
{
	static const char text[] = "id: y\ntitle: t\nsource: s\nclaim: c\nconditions: k\n"
	                           "published: 4\nunit: u\njudge: about\ntogether: a\nsql: b\n";
	struct arena a = { 0 };
	struct claim c;
	struct err e = { 0 };
	const struct span file = { (const unsigned char *)text, sizeof(text) - 1 };

	cr_expect_eq(claim_parse(&c, &a, file, "dir/y.yaml", &e), ST_OK, "%s", e.msg);
	cr_expect_eq(claim_parse(&c, &a, file, "dir/yy.yaml", &e), ST_DATA);
	cr_expect_eq(claim_parse(&c, &a, file, "dir/x.yaml", &e), ST_DATA);
	cr_expect_not_null(strstr(e.msg, "dir/x.yaml:1: id: expected the file's name"), "%s",
	                   e.msg);
	arena_release(&a);
}

/* published 4, tolerance 0.5: at_least from 3.5, at_most to 4.5, about from 3.5 to 4.5. */
Test(claim, judges_by_hand)
{
	struct claim c = { .published = 4, .tolerance = 0.5 };
	static const bool holds[N_CLAIM_JUDGES][4] = {
		[JUDGE_AT_LEAST] = {false,  true, true, true },
		[JUDGE_AT_MOST] = { true,  true, true, false},
		[JUDGE_ABOUT] = { false, true, true, false},
	};
	static const double ours[4] = { 3.49, 3.5, 4.5, 4.51 };

	for (c.judge = 0; c.judge < N_CLAIM_JUDGES; c.judge++)
		for (size_t i = 0; i < 4; i++)
			cr_expect_eq(claim_holds(&c, ours[i]), holds[c.judge][i], "%d %g",
			             (int)c.judge, ours[i]);
}

static struct claim_result check(const char *text, enum status expected)
{
	struct claim c = { .path = "x.yaml", .check = text, .together = "-", .judge = JUDGE_ABOUT };
	struct claim_result r = { .ours = (double)NAN };
	struct arena a = { 0 };
	struct err e = { 0 };

	cr_expect_eq(claim_evaluate(&c, 0, NULL, &a, &r, &e), expected, "%s: %s", text, e.msg);
	r.reason = r.point = NULL;
	arena_release(&a);
	return r;
}

/* A 2 x 2 weight-stationary array, M = 3, N = 3, K = 5: 3 x 2 folds of 4 + 2 + 3 - 2 = 7 cycles,
 * and the report is one less. 8 KiB of 45nm-lstp read 6.137 pJ in its table. */
Test(claim, checks_by_hand)
{
	cr_expect_eq(check("array:ws:2x2 3 3 5", ST_OK).ours, 41);
	cr_expect_eq(check("scalesim", ST_OK).ours, 302);
	cr_expect_float_eq(check("sram:45nm-lstp 8KiB 64", ST_OK).ours, 6.137, 1e-9);
	check("array:ws:2x2 3 3", ST_USAGE);
	check("array:ws:2x2 3 3 0", ST_USAGE);
	check("sram:45nm-lstp", ST_USAGE);
	check("sram:nothing 8KiB 64", ST_USAGE);
	check("geometric:dict 0.5", ST_USAGE);
	check("geometric:tans 1", ST_USAGE);
	check("none:x", ST_DATA);
}

/* At p = 1/2 the Huffman code is unary without loss: 2 bits a symbol on average, 4x; tables and
 * rounding take less than 2 %. At 0.7 a unary code takes 1 / 0.7 bits (5.6x), and the entropy is
 * h(0.7) / 0.7 = 0.88129 / 0.7 bits (6.354x), which tANS comes within 1 % of. */
Test(claim, geometric_sources_meet_their_entropy)
{
	double half = check("geometric:huffman 0.5", ST_OK).ours;
	double huffman = check("geometric:huffman 0.7", ST_OK).ours;
	double tans = check("geometric:tans 0.7", ST_OK).ours;

	cr_expect(half > 0.98 * 4 && half < 4.005, "%g", half);
	cr_expect(huffman > 0.99 * 5.6 && huffman < 5.61, "%g", huffman);
	cr_expect(tans > 0.99 * 6.354 && tans < 6.36, "%g", tans);
}

/* The shipped claims: at least 20, each with a study that parses and has points of every network.
 */
Test(claim, shipped_ones_are_sound)
{
	struct claims all;
	struct err e = { 0 };

	cr_assert_eq(claims_load(&all, SOURCE_DIR "/datasets/claims", &e), ST_OK, "%s", e.msg);
	cr_expect_geq(all.n, 20);
	for (size_t i = 0; i < all.n; i++) {
		const struct claim *c = &all.claim[i];
		struct study *study;

		if (!c->study)
			continue;
		cr_assert_eq(study_parse(&study,
		                         (struct span){ (const unsigned char *)c->study,
		                                        strlen(c->study) },
		                         c->path, NULL, 0, &e),
		             ST_OK, "%s", e.msg);
		for (size_t n = 0; n < c->n_networks; n++) {
			size_t points = 0;

			for (size_t p = 0; p < study->n_points; p++)
				points += !strcmp(study->point[p].p.model, c->network[n]);
			cr_expect_gt(points, 0, "%s: %s", c->id, c->network[n]);
		}
		study_free(study);
	}
	claims_release(&all);
}

Test(claim, a_study_is_shared_by_name)
{
	struct claims all;
	struct err e = { 0 };

	cr_assert_eq(claims_load(&all, TEST_VECTORS "/claims", &e), ST_OK, "%s", e.msg);
	cr_assert_eq(all.n, 4);
	cr_expect_str_eq(all.claim[0].id, "digits-again");
	cr_expect_str_eq(all.claim[1].id, "digits");
	cr_expect_eq(all.claim[0].study, all.claim[1].study);
	claims_release(&all);
	cr_expect_eq(claims_load(&all, TEST_VECTORS "/nowhere", &e), ST_ENV);
	claims_release(&all);
}
