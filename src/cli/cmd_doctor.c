#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/check_data.h"
#include "cli/command.h"
#include "cli/provenance.h"
#include "infer/dataset.h"
#include "infer/image.h"
#include "model/importer.h"
#include "model/keras_file.h"
#include "run/catalog.h"
#include "run/study.h"

/* Each check prints one line: ok, note or FAIL, what, what was found, and the mend. */
struct checkup {
	struct arena arena;
	unsigned failures;
};

static void line(const char *verdict, const char *what, const char *found)
{
	printf("%-5s %-14s %s\n", verdict, what, found);
}

/* sqlite.org/wal.html: versions 3.7.0 to 3.51.2 may lose a checkpoint of a WAL file that two
 * connections write; 3.44.6 and 3.50.7 have the mend too. */
static void check_sqlite(struct checkup *c)
{
	unsigned major = 0, minor = 0, patch = 0;
	const char *version = store_library_version();
	bool mended = sscanf(version, "%u.%u.%u", &major, &minor, &patch) == 3 &&
	              (major > 3 || minor > 51 || (minor == 51 && patch > 2) ||
	               (minor == 50 && patch >= 7) || (minor == 44 && patch >= 6));

	line(mended ? "ok" : "note", "sqlite",
	     mended ? version
	            : arena_printf(&c->arena,
	                           "%s can damage a WAL file that two programs write at once; "
	                           "hcbench takes a lock, so do not write its databases with "
	                           "another program meanwhile, or take 3.51.3",
	                           version));
}

/* Instructions that make a difference here. */
static void check_cpu(struct checkup *c)
{
#if defined(__x86_64__) && defined(__GNUC__)
	static const char without[] = "no AVX2: inference and packing are several times slower";
	const char *has = "SSE2";

	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx2"))
		has = arena_printf(&c->arena, "%s, AVX2", has);
	if (has && __builtin_cpu_supports("avx512f"))
		has = arena_printf(&c->arena, "%s, AVX-512", has);
	if (has && __builtin_cpu_supports("avx512vbmi2"))
		has = arena_printf(&c->arena, "%s, VBMI2", has);
	if (has && __builtin_cpu_supports("avx512bf16"))
		has = arena_printf(&c->arena, "%s, bf16", has);
	line(__builtin_cpu_supports("avx2") ? "ok" : "note", "instructions",
	     __builtin_cpu_supports("avx2") ? has : without);
	if (!__builtin_cpu_supports("avx512f"))
		line("note", "bf16", "activations=bf16 needs AVX-512: take f32 or int8 here");
#else
	(void)c;
	line("note", "instructions", "not an x86-64 processor: portable code is used");
#endif
}

/* The libraries that read files and hash: no result depends on their version. */
static const char *reader_versions(struct arena *a)
{
	char hdf5[32], nettle[32];

	keras_library_version(hdf5);
	hash_library_version(nettle);
	return arena_printf(a,
	                    "protobuf-c %s, HDF5 %s, libjpeg-turbo %s, libyaml %s, Jansson %s, "
	                    "zlib %s, Nettle %s",
	                    onnx_library_version(), hdf5, image_library_version(),
	                    study_library_version(), jansson_version_str(), file_library_version(),
	                    nettle);
}

static void check_libraries(struct checkup *c)
{
	struct run_info info = provenance(&c->arena, "", "");

	line("ok", "hcbench",
	     arena_printf(&c->arena, "%s, commit %s, %s", info.version, info.git_commit,
	                  info.compiler));
	line("ok", "libraries", info.libraries);
	line("ok", "readers", reader_versions(&c->arena));
	line("ok", "processor",
	     arena_printf(&c->arena, "%s, %ld cores", info.cpu, sysconf(_SC_NPROCESSORS_ONLN)));
	check_sqlite(c);
}

/* Without a terminal its format cannot be drawn; SVG, the default, is needed. */
static void check_terminals(struct checkup *c)
{
	static const struct {
		const char *name, *format;
		bool needed;
	} terminals[] = {
		{"svg",       "svg", true },
                { "pdfcairo", "pdf", false},
                { "pngcairo", "png", false}
	};

	for (size_t i = 0; i < sizeof(terminals) / sizeof(terminals[0]); i++) {
		const char *command =
		        arena_printf(&c->arena, "gnuplot -e 'set terminal %s' >/dev/null 2>&1",
		                     terminals[i].name);

		if (!command || system(command) == 0)
			continue;
		line(terminals[i].needed ? "FAIL" : "note", "gnuplot",
		     arena_printf(
		             &c->arena,
		             "no terminal %s: figures as %s need it: apt-get install gnuplot-nox",
		             terminals[i].name, terminals[i].format));
		c->failures += terminals[i].needed;
	}
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
		check_terminals(c);
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

static void check_datasets(struct checkup *c, bool full)
{
	for (size_t i = 0; i < n_datasets; i++) {
		struct dataset *d = NULL;
		struct err e;
		char hex[DIGEST_HEX];
		size_t n;

		if (datasets[i]->photos ||
		    !full) { /* decoding all of them is no check of a machine */
			if (dataset_count(datasets[i]->name, &n, &e))
				line("note", datasets[i]->name, arena_strdup(&c->arena, e.msg));
			else
				line("ok", datasets[i]->name,
				     arena_printf(&c->arena, "%zu images", n));
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

/* A packed copy of the same data may have another size: no failure, but worth a look. */
static void say_wrong_size(void *arg, const struct wrong_size *w)
{
	struct checkup *c = arg;

	line("note", w->set,
	     arena_printf(&c->arena,
	                  "%s has %llu bytes where datasets/manifest has %llu: let "
	                  "scripts/fetch_datasets %s check it and get it again if it is damaged",
	                  w->path, w->bytes, w->expected, w->set));
}

static void check_sizes(struct checkup *c)
{
	size_t n_right;
	struct err e;

	if (check_data_sizes(&c->arena, say_wrong_size, c, &n_right, &e))
		line("note", "data sizes", e.msg);
	else
		line("ok", "data sizes",
		     arena_printf(&c->arena,
		                  "%zu fetched files are as long as datasets/manifest says",
		                  n_right));
}

/* The nearest folder of path that exists: "." for "new/results.db". */
static const char *folder_of(struct checkup *c, const char *path)
{
	char *folder = arena_strdup(&c->arena, path), *slash;

	while (folder && (slash = strrchr(folder, '/'))) {
		*slash = '\0';
		if (!*folder)
			return "/";
		if (file_is_directory(folder))
			return folder;
	}
	return ".";
}

static void check_disk(struct checkup *c, const char *db)
{
	const char *folder = folder_of(c, db);
	struct statvfs v;
	struct statfs fs;
	double gib;

	if (statvfs(folder, &v) || statfs(folder, &fs)) {
		line("FAIL", "disk", arena_printf(&c->arena, "%s: cannot be asked", folder));
		c->failures++;
		return;
	}
	gib = (double)v.f_bavail * (double)v.f_frsize / (1 << 30);
	line(gib < 1 ? "note" : "ok", "disk",
	     arena_printf(&c->arena, "%.1f GiB free in %s%s", gib, folder,
	                  gib < 1 ? "; a large study needs about 1 GiB per million points" : ""));
	if (store_fs_is_remote((unsigned long)fs.f_type)) {
		line("FAIL", "file system",
		     arena_printf(&c->arena,
		                  "%s is on a network file system, where SQLite files get damaged: "
		                  "take --db on a local disk and copy the file afterwards",
		                  folder));
		c->failures++;
	} else {
		line("ok", "file system",
		     arena_printf(&c->arena, "local (type 0x%lx)",
		                  (unsigned long)fs.f_type & 0xffffffff));
	}
	if (access(folder, W_OK)) {
		line("FAIL", "folder",
		     arena_printf(&c->arena, "%s is not writable: name another place with --db",
		                  folder));
		c->failures++;
	}
}

static enum status run(const struct invocation *in, struct err *e)
{
	struct checkup c = { 0 };

	check_libraries(&c);
	check_cpu(&c);
	check_gnuplot(&c);
	check_shipped(&c);
	check_datasets(&c, opt_flag(in, "full"));
	check_sizes(&c);
	check_disk(&c, opt_text(in, "db"));
	arena_release(&c.arena);
	if (c.failures)
		return err_set(e, ST_ENV, "%u of the checks failed (marked FAIL above)",
		               c.failures);
	return ST_OK;
}

static const struct opt opts[] = {
	{"db",    'd', "FILE", DEFAULT_DB, false, "results database that will be written"           },
	{ "full", 'F', NULL,   NULL,       false, "reads and hashes data sets, not only their sizes"},
};

const struct command command_doctor = {
	.name = "doctor",
	.args = "",
	.help = "checks libraries, tools, data sets and disk, and says how to mend what is missing",
	.examples = "  hcbench doctor\n  hcbench doctor --full --db /scratch/me/results.db\n",
	.details =
	        "ok, note (something is missing or slow) or FAIL (exit status 3), each with its mend.\n",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.run = run,
};
