/* Where the photographs of a folder are looked for, and which class each has. */
#include "base/file.h"
#include "infer/photo_list.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char scratch[64];
static struct arena arena;

static void make_scratch(void)
{
	strcpy(scratch, "/tmp/hcbench-list-XXXXXX");
	cr_assert_not_null(mkdtemp(scratch));
}

static void remove_scratch(void)
{
	char command[96];

	arena_release(&arena);
	snprintf(command, sizeof(command), "rm -rf '%s'", scratch);
	cr_assert_eq(system(command), 0);
}

TestSuite(infer_photo_list, .init = make_scratch, .fini = remove_scratch);

/* Writes a file of the scratch folder, and the folders above it. */
static void put(const char *name, const char *text)
{
	char *path = arena_printf(&arena, "%s/%s", scratch, name), *slash = strrchr(path, '/');
	struct err e = { 0 };

	*slash = '\0';
	cr_assert(!file_mkdirs(path, &e), "%s", e.msg);
	*slash = '/';
	cr_assert(!file_write(path, text, strlen(text), &e), "%s", e.msg);
}

static struct photo_list list(unsigned n_classes)
{
	struct photo_list l = { .n_classes = n_classes };
	struct err e = { 0 };

	cr_assert(!photo_list_read(&l, &arena, scratch, true, &e), "%s", e.msg);
	return l;
}

static void expect(const struct photo_list *l, size_t i, const char *name, unsigned label)
{
	cr_assert_lt(i, l->n);
	cr_expect_str_eq(l->path[i], arena_printf(&arena, "%s/%s", scratch, name));
	cr_expect_eq(l->label[i], label);
}

static void refused(unsigned n_classes, bool synsets, enum status status, const char *part)
{
	struct photo_list l = { .n_classes = n_classes };
	struct err e = { 0 };

	cr_expect_eq(photo_list_read(&l, &arena, scratch, synsets, &e), status, "%s", e.msg);
	cr_expect(strstr(e.msg, part) && strstr(e.msg, scratch), "'%s' is not in '%s'", part,
	          e.msg);
}

/* Made out of order; the rank among the names decides, whatever is in the folders. */
Test(infer_photo_list, one_folder_per_synset)
{
	for (int below = 0; below < 2; below++) {
		const char *const prefix = below ? "val/" : "";
		struct photo_list l;

		put(arena_printf(&arena, "%sn02000003/c.JPEG", prefix), "");
		put(arena_printf(&arena, "%sn01000001/b.JPEG", prefix), "");
		put(arena_printf(&arena, "%sn01000001/a.JPEG", prefix), "");
		put(arena_printf(&arena, "%sn01000001/.hidden", prefix), "");
		put(arena_printf(&arena, "%sn01000002/d.jpg", prefix), "");
		put(arena_printf(&arena, "%sn0100000/x.JPEG", prefix), ""); /* no synsets */
		put(arena_printf(&arena, "%sn010000021/x.JPEG", prefix), "");
		put(arena_printf(&arena, "%sm01000002/x.JPEG", prefix), "");
		put(arena_printf(&arena, "%sn01000009", prefix), "a file");
		l = list(3);
		cr_assert_eq(l.n, 4);
		expect(&l, 0, arena_printf(&arena, "%sn01000001/a.JPEG", prefix), 0);
		expect(&l, 1, arena_printf(&arena, "%sn01000001/b.JPEG", prefix), 0);
		expect(&l, 2, arena_printf(&arena, "%sn01000002/d.jpg", prefix), 1);
		expect(&l, 3, arena_printf(&arena, "%sn02000003/c.JPEG", prefix), 2);
	}
	refused(4, true, ST_DATA, "holds 3 folders named by synset, expected 4");
	refused(2, true, ST_DATA, "holds 3 folders named by synset, expected 2");
	refused(3, false, ST_ENV, "holds no labelled photographs");
}

Test(infer_photo_list, empty_synset_folders)
{
	put("n00000001/.keep", "");
	refused(1, true, ST_DATA, "hold no photograph");
	put("n00000002/a.JPEG", "");
	cr_expect_eq(list(2).n, 1, "one may be empty");
}

Test(infer_photo_list, flat_with_a_text_file)
{
	struct photo_list l;

	put("val.txt", "a.JPEG 2\r\n\nwith blank.JPEG\t 0 \n");
	put("a.JPEG", "");
	l = list(3);
	cr_assert_eq(l.n, 2);
	expect(&l, 0, "a.JPEG", 2);
	expect(&l, 1, "with blank.JPEG", 0);
}

/* Names are relative to the folder, or to val in it where the first is only there. */
Test(infer_photo_list, flat_in_val)
{
	struct photo_list l;

	put("val.txt", "a.JPEG 2\nb.JPEG 1\n");
	put("val/a.JPEG", "");
	l = list(3);
	expect(&l, 1, "val/b.JPEG", 1);
	put("labels.csv", "class_index,file\n1,b.JPEG\n"); /* comes before val.txt */
	put("val/b.JPEG", "");
	l = list(3);
	cr_assert_eq(l.n, 1);
	expect(&l, 0, "val/b.JPEG", 1);
	put("b.JPEG", "");
	l = list(3);
	expect(&l, 0, "b.JPEG", 1);
}

Test(infer_photo_list, text_that_cannot_be_meant)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{"a.JPEG 3\n",             "val.txt:1: class_index is '3', expected 0 to 2" },
		{ "a.JPEG 1\nb.JPEG -1\n", "val.txt:2: class_index is '-1'"                 },
		{ "490\n361\n",            "val.txt:1: expected NAME CLASS, the class being"},
		{ " 490\n",                "val.txt:1: expected a file and a class"         },
		{ "a.JPEG n01440764\n",    "val.txt:1: class_index is 'n01440764'"          },
		{ "",		      "names no photograph"                            },
		{ " \n",                   "val.txt:1: expected NAME CLASS"                 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put("val.txt", cases[i].text);
		refused(3, true, ST_DATA, cases[i].part);
	}
}

/* The labels of the development kit use another order of the classes. */
Test(infer_photo_list, ground_truth_of_the_development_kit)
{
	put("ILSVRC2012_val_00000001.JPEG", "");
	refused(1000, true, ST_ENV, "or 1000 folders named by synset");
	put("data/ILSVRC2012_validation_ground_truth.txt", "490\n");
	refused(1000, true, ST_DATA, "in an order of its own (ILSVRC2012_ID)");
	refused(10, false, ST_ENV, "val.txt (lines 'NAME CLASS'), CLASS 0 to 9");
	put("val.txt", "ILSVRC2012_val_00000001.JPEG 65\n");
	cr_expect_eq(list(1000).n, 1);
}

Test(infer_photo_list, no_folder)
{
	strcat(scratch, "/none");
	refused(1000, true, ST_ENV, "there is no folder");
	*strrchr(scratch, '/') = '\0';
}
