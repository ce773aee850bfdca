/* What goes into a figure's script and data file, and where its labels stand. */
#include "plugins.h"
#include "report/figure.h"
#include "report/figure_parts.h"
#include "small_tables.h"
#include "store_rows.h"

#include <math.h>

/* What is not a single quote or a control character goes through; a literal ends where it should.
 */
Test(report_script, quoting)
{
	static const struct {
		const char *value, *quoted;
	} cases[] = {
		{"lenet",             "'lenet'"        },
		{ "it's",             "'it''s'"        },
		{ "'",                "''''"           },
		{ "a`touch x`b",      "'a`touch x`b'"  },
		{ "a\nquit",          "'a?quit'"       },
		{ "\"%s\\",           "'\"%s\\'"       },
		{ "\x1b[31m\xc2\xb5", "'?[31m\xc2\xb5'"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text t = { 0 };

		figure_quote(&t, cases[i].value);
		cr_assert_str_eq(text_str(&t), cases[i].quoted);
		text_release(&t);
	}
}

/* Blocks are separated by two empty lines, which is how gnuplot counts them; an empty table draws
 * nothing; integers look real so that gnuplot does not divide them as integers. */
Test(report_script, data_format)
{
	static const char *const columns[] = { "x", "name" };
	struct figure_data d = { 0 };
	struct table t = table_of(columns, 2, 2), none = table_of(columns, 2, 0);
	struct err err = { 0 };

	put_int(&t, 0, 0, 7);
	put_real(&t, 1, 0, 0.25);
	t.cell[1] = (struct cell){ .type = CELL_TEXT, .t = "a\tb#" };
	OK(figure_block(&d, "one", &t, &err));
	OK(figure_block(&d, "empty", &none, &err));
	OK(figure_block(&d, "two", &t, &err));
	OK(figure_number(&d, "n", 32, &err));
	OK(figure_number(&d, "h", 0.5, &err));
	OK(figure_number(&d, "missing", (double)NAN, &err));
	OK(figure_string(&d, "s", "it's", &err));
	cr_assert_str_eq(text_str(&d.dat), "# one\n# x\tname\n7\ta?b?\n0.25\tNaN\n"
	                                   "\n\n# empty\n# x\tname\nNaN\tNaN\n"
	                                   "\n\n# two\n# x\tname\n7\ta?b?\n0.25\tNaN\n");
	cr_assert_str_eq(text_str(&d.variables), "one = 0\nn_one = 2\nempty = 1\nn_empty = 0\n"
	                                         "two = 2\nn_two = 2\nn = 32.0\nh = 0.5\n"
	                                         "missing = NaN\ns = 'it''s'\n");
	figure_data_release(&d);
	table_release(&t);
	table_release(&none);
}

/* Labels end up apart, inside and in their order, and stay where they are when nothing is wrong. */
Test(report_script, labels_spread)
{
	uint32_t seed = 2;

	for (size_t trial = 0; trial < 200; trial++) {
		size_t n = 1 + next_random(&seed) % 8;
		double y[8], before[8];

		for (size_t i = 0; i < n; i++)
			before[i] = y[i] = next_random(&seed) % 1000 / 1000.0;
		figure_spread(y, n, 0.1, 0, 1);
		for (size_t i = 0; i < n; i++) {
			cr_assert(y[i] >= -1e-9 && y[i] <= 1 + 1e-9, "%g", y[i]);
			for (size_t j = 0; j < n; j++)
				if (before[i] < before[j])
					cr_assert(y[j] - y[i] > 0.099, "%g %g", y[i], y[j]);
		}
	}
	{
		double y[] = { 0.5, 0.1, (double)NAN, 0.9 };

		figure_spread(y, 4, 0.1, 0, 1);
		cr_assert(y[0] == 0.5 && y[1] == 0.1 && isnan(y[2]) && y[3] == 0.9);
	}
}
