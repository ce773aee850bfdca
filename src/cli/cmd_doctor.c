#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/command.h"
#include "cli/provenance.h"
#include "infer/dataset.h"
#include "run/catalog.h"

/* Each check prints one line: ok, note or FAIL, what, what was found, and the mend. */
struct checkup {
	struct arena arena;
	unsigned failures;
};

static void line(const char *verdict, const char *what, const char *found)
{
	printf("%-5s %-14s %s\n", verdict, what, found);
}

static void check_libraries(struct checkup *c)
{
	struct run_info info = provenance(&c->arena, "", "");

	line("ok", "hcbench",
	     arena_printf(&c->arena, "%s, commit %s, %s", info.version, info.git_commit,
	                  info.compiler));
	line("ok", "libraries", info.libraries);
	line("ok", "processor",
	     arena_printf(&c->arena, "%s, %ld cores", info.cpu, sysconf(_SC_NPROCESSORS_ONLN)));
	line("note", "sqlite",
	     "3.7.0 to 3.51.2 can damage a WAL file when two connections write; hcbench keeps one");
}

static void check_gnuplot(struct checkup *c)
{
	FILE *p = popen("gnuplot --version 2>/dev/null", "r");
	char text[128] = "";

	if (p && fgets(text, sizeof(text), p))
		text[strcspn(text, "\n")] = '\0';
	if (p)
		pclose(p);
	if (*text) {
		line("ok", "gnuplot", text);
		return;
	}
	line("FAIL", "gnuplot", "not found; figures need it: apt-get install gnuplot-nox");
	c->failures++;
}

static void check_shipped(struct checkup *c)
{
	struct catalog catalog;
	struct err e;

	if (catalog_load(&catalog, &e)) {
		line("FAIL", "networks", e.msg);
		c->failures++;
	} else {
		line("ok", "networks", arena_printf(&c->arena, "%zu ship with hcbench", catalog.n));
	}
	catalog_release(&catalog);
}

static void check_datasets(struct checkup *c)
{
	for (size_t i = 0; i < n_datasets; i++) {
		struct dataset *d = NULL;
		struct err e;
		char hex[DIGEST_HEX];

		if (datasets[i]->photos) { /* decoding all of them is no check of a machine */
			size_t n;

			if (dataset_count(datasets[i]->name, &n, &e))
				line("note", datasets[i]->name, arena_strdup(&c->arena, e.msg));
			else
				line("ok", datasets[i]->name,
				     arena_printf(&c->arena, "%zu photographs", n));
			continue;
		}
		if (dataset_load(&d, datasets[i]->name, NULL, &e)) {
			line("note", datasets[i]->name, arena_strdup(&c->arena, e.msg));
			continue;
		}
		digest_hex(&d->digest, hex);
		line("ok", datasets[i]->name,
		     arena_printf(&c->arena, "%zu images, sha256 %.16s", d->n, hex));
		dataset_free(d);
	}
}

static void check_disk(struct checkup *c)
{
	struct statvfs v;
	double gib;

	if (statvfs(".", &v)) {
		line("FAIL", "disk", "cannot ask for free space here");
		c->failures++;
		return;
	}
	gib = (double)v.f_bavail * (double)v.f_frsize / (1 << 30);
	line(gib < 1 ? "note" : "ok", "disk",
	     arena_printf(&c->arena, "%.1f GiB free here%s", gib,
	                  gib < 1 ? "; a large study needs about 1 GiB per million points" : ""));
	if (access(".", W_OK)) {
		line("FAIL", "folder", "not writable: results go to ./results by default");
		c->failures++;
	}
}

static enum status run(const struct invocation *in, struct err *e)
{
	struct checkup c = { 0 };

	(void)in;
	check_libraries(&c);
	check_gnuplot(&c);
	check_shipped(&c);
	check_datasets(&c);
	check_disk(&c);
	arena_release(&c.arena);
	if (c.failures)
		return err_set(e, ST_ENV, "%u of the checks failed (marked FAIL above)",
		               c.failures);
	return ST_OK;
}

const struct command command_doctor = {
	.name = "doctor",
	.args = "",
	.help = "checks libraries, tools, data sets and disk, and says how to mend what is missing",
	.examples = "  hcbench doctor\n",
	.run = run,
};
