/* The YAML file beside a model. */
#include "infer/dataset.h"
#include "run/sidecar.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static enum status parse(const char *text, struct preprocess *p, struct err *e)
{
	return sidecar_parse(p, (struct span){ text, strlen(text) }, "net.yaml", e);
}

Test(run_sidecar, values)
{
	struct preprocess p;
	struct err e = { 0 };
	char text[PREPROCESS_TEXT];

	cr_assert(!parse("input: 224\nresize_short_side: 256\nchannel_order: BGR\n"
	                 "mean: [104, 117.5, 123]\nstd: [1, 0.5, 58.395]\n",
	                 &p, &e),
	          "%s", e.msg);
	cr_expect(p.input == 224 && p.resize_short_side == 256 && p.bgr);
	cr_expect(p.mean[0] == 104 && p.mean[1] == 117.5f && p.mean[2] == 123);
	cr_expect(p.std[0] == 1 && p.std[1] == 0.5f && p.std[2] == 58.395f);
	preprocess_text(&p, text);
	cr_expect_str_eq(text, "input=224 resize_short_side=256 channel_order=BGR "
	                       "mean=104,117.5,123 std=1,0.5,58.3950005");
	/* what may be left out, in any order and style */
	cr_assert(!parse("{std: [1, 1, 1], mean: [0, -1e0, 0], input: 32}", &p, &e), "%s", e.msg);
	cr_expect(p.input == 32 && !p.resize_short_side && !p.bgr && p.mean[1] == -1);
	cr_assert(!parse("# note\nresize_short_side: 0\nchannel_order: RGB\ninput: 32\n"
	                 "mean:\n  - 0\n  - 0\n  - 0\nstd: [1, 1, 1]",
	                 &p, &e),
	          "%s", e.msg);
}

#define SIDE  "input: 8\n"
#define ZEROS "mean: [0, 0, 0]\n"
#define ONES  "std: [1, 1, 1]\n"
#define REST  ZEROS ONES

Test(run_sidecar, faults_are_named_with_their_line)
{
	static const char *const faults[][2] = {
		{"",		                       ": expected the keys"                              },
		{ "- 1\n",		                 ": expected the keys"                              },
		{ "input: [\n",                            "not valid YAML"                                   },
		{ "input: 224\n",                          ": the key mean is missing"                        },
		{ REST,		                    ": the key input is missing"                       },
		{ "input: 8\ninputs: 8\n" REST,            ":2: unknown key 'inputs'; did you mean 'input'?"  },
		{ "input: 8\ncolour: 8\n" REST,            ":2: unknown key 'colour': expected input"         },
		{ "input: 8\n[a]: 8\n" REST,               ":2: unknown key"                                  },
		{ "input: 8\n" REST "input: 8\n",          ":4: input stands twice"                           },
		{ "input: 224px\n" REST,                   ":1: input: expected a number of pixels"           },
		{ "input: -1\n" REST,                      ":1: input: expected a number of pixels"           },
		{ "input: 5000\n" REST,                    ":1: input: expected a number of pixels up to 4096"},
		{ "input: 0\n" REST,                       ": input is 0"                                     },
		{ "input: 8\nresize_short_side: 7\n" REST, ": resize_short_side (7) is smaller"               },
		{ "input: 8\nchannel_order: rgb\n" REST,   ":2: channel_order: expected RGB"                  },
		{ SIDE "mean: [0, 0]\n" ONES,              ":2: mean: expected a list of three"               },
		{ SIDE "mean: 0\n" ONES,                   ":2: mean: expected a list of three"               },
		{ SIDE "mean: [0, [1], 0]\n" ONES,         ":2: mean: '?' is not a number"                    },
		{ SIDE "mean: [0, nan, 0]\n" ONES,         ":2: mean: 'nan' is not a number"                  },
		{ SIDE "mean: [0, 1e39, 0]\n" ONES,        ":2: mean: '1e39' is not a number"                 },
		{ SIDE ZEROS "std: [1, 0, 1]\n",           ": std: expected positive"                         },
		{ SIDE ZEROS "std: [1, 1e-60, 1]\n",       ": std: expected positive"                         },
		{ SIDE ZEROS "std: [1, -1, 1]\n",          ": std: expected positive"                         },
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct preprocess p;
		struct err e = { 0 };

		cr_expect_eq(parse(faults[i][0], &p, &e), ST_USAGE, "%s", faults[i][0]);
		cr_expect(strstr(e.msg, "net.yaml:") == e.msg && strstr(e.msg, faults[i][1]),
		          "'%s' gives '%s'", faults[i][0], e.msg);
	}
}

Test(run_sidecar, beside_the_model)
{
	static const char *const pairs[][2] = {
		{"net.onnx",          "net.yaml"        },
		{ "a.b/net.onnx.gz",  "a.b/net.yaml"    },
		{ "a.b/net",          "a.b/net.yaml"    },
		{ "a.b/.net",         "a.b/.net.yaml"   },
		{ "net_1.0_224.onnx", "net_1.0_224.yaml"},
		{ "./x.gz",           "./x.yaml"        },
	};
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		cr_expect_str_eq(sidecar_path(&a, pairs[i][0]), pairs[i][1]);
	arena_release(&a);
}

Test(run_sidecar, only_photographs_need_one)
{
	const struct preprocess *p = NULL;
	struct preprocess room;
	struct err e = { 0 };

	cr_expect(!sidecar_for("/nowhere/net.onnx", "mnist", &room, &p, &e));
	cr_expect_null(p);
	cr_expect_eq(sidecar_for("/nowhere/net.onnx", "imagenet:x", &room, &p, &e), ST_USAGE);
	cr_expect(strstr(e.msg, "/nowhere/net.yaml"), "%s", e.msg);
	cr_expect_null(p);
}
