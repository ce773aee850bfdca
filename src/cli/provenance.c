#include "cli/provenance.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/stats.h"
#include "codec/codec.h"
#include "infer/net.h"

void time_stamp(char out[32])
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

const char *compiler_text(void)
{
#ifdef __clang__
	return "clang " __clang_version__;
#else
	return "gcc " __VERSION__;
#endif
}

const char *processor_name(struct arena *a)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	char line[256];
	const char *name = "unknown";

	while (f && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (!strncmp(line, "model name", 10) && colon) {
			line[strcspn(line, "\n")] = '\0';
			name = arena_strdup(a, colon + 2);
			break;
		}
	}
	if (f)
		fclose(f);
	return name ? name : "unknown";
}

/* "SQLite .., oneDNN .., GSL .., zstd ..": all that a result may depend on. */
static const char *library_versions(struct arena *a)
{
	char *all = arena_printf(a, "SQLite %s, %s, GSL %s", store_library_version(),
	                         net_library_version(), stats_library_version());

	for (size_t i = 0; i < n_codecs && all; i++) {
		char one[CODEC_LIBRARY_TEXT];

		if (!codecs[i]->library)
			continue;
		codecs[i]->library(one);
		all = arena_printf(a, "%s, %s", all, one);
	}
	return all;
}

struct run_info provenance(struct arena *a, const char *command_line, const char *study)
{
	struct utsname u = { 0 };
	char now[32];

	time_stamp(now);
	uname(&u);
	return (struct run_info){
		.command = command_line,
		.version = HCBENCH_VERSION,
		.git_commit = HCBENCH_COMMIT,
		.compiler = compiler_text(),
		.host = arena_strdup(a, u.nodename),
		.cpu = processor_name(a),
		.kernel = arena_printf(a, "%s %s %s", u.sysname, u.release, u.machine),
		.started = arena_strdup(a, now),
		.libraries = library_versions(a),
		.study = study,
	};
}
