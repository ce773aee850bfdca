/* posix_spawn_file_actions_addchdir_np */
#define _GNU_SOURCE
#include "report/figure_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* What would make the drawing depend on the user's settings. */
static bool is_personal(const char *variable)
{
	static const char *const prefixes[] = { "LC_", "LANG", "GNUTERM=", "GNUPLOT_",
		                                "GDFONTPATH=" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(variable, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

static char **neutral_environment(void)
{
	static char locale[] = "LC_ALL=C.UTF-8";
	size_t n = 0, kept = 0;
	char **env;

	while (environ[n])
		n++;
	env = calloc(n + 2, sizeof(*env));
	if (!env)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (!is_personal(environ[i]))
			env[kept++] = environ[i];
	env[kept] = locale;
	return env;
}

/* Reads to the end; what does not fit is dropped. */
static void read_complaint(int fd, char *buf, size_t cap)
{
	size_t n = 0;
	char sink[512];

	for (;;) {
		bool full = n + 1 >= cap;
		ssize_t got = read(fd, full ? sink : buf + n, full ? sizeof(sink) : cap - 1 - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		if (!full)
			n += (size_t)got;
	}
	buf[n] = '\0';
}

/* gnuplot prints the statement, a caret and then the reason, with blank lines between. NULL when
 * there is no word in it. */
static const char *last_line(char *s)
{
	char *line = NULL, *save = NULL;

	for (char *p = strtok_r(s, "\n", &save); p; p = strtok_r(NULL, "\n", &save))
		if (strspn(p, " \t\r^") != strlen(p))
			line = p;
	return line;
}

/* gnuplot does not look at what its writes return: a file that reaches the size limit must stop it,
 * also where hcbench ignores that signal. */
static int reset_signals(posix_spawnattr_t *attr)
{
	sigset_t set;
	int rc;

	sigemptyset(&set);
	sigaddset(&set, SIGXFSZ);
	rc = posix_spawnattr_setsigdefault(attr, &set);
	return rc ? rc : posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGDEF);
}

static int spawn_gnuplot(pid_t *pid, const char *dir, char *const argv[], char *const env[],
                         const int complaint[2])
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int rc = posix_spawn_file_actions_init(&actions);

	if (rc)
		return rc;
	rc = posix_spawnattr_init(&attr);
	if (rc) {
		posix_spawn_file_actions_destroy(&actions);
		return rc;
	}
	rc = reset_signals(&attr);
	if (!rc)
		rc = posix_spawn_file_actions_addchdir_np(&actions, dir);
	if (!rc)
		rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (!rc)
		rc = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&actions, complaint[1], 2);
	if (!rc)
		rc = posix_spawnp(pid, argv[0], &actions, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static enum status judge(int exit_status, const char *dir, const char *script, char *complaint,
                         struct err *e)
{
	const char *reason = last_line(complaint);

	if (WIFEXITED(exit_status) && WEXITSTATUS(exit_status) == 0)
		return ST_OK;
	if (WIFSIGNALED(exit_status) && WTERMSIG(exit_status) == SIGXFSZ)
		return err_set(e, ST_ENV,
		               "cannot write the drawing of %s/%s: file incomplete (file size "
		               "limit, see ulimit -f)",
		               dir, script);
	if (WIFSIGNALED(exit_status))
		return err_set(e, ST_INTERNAL, "gnuplot died of signal %d on %s/%s",
		               WTERMSIG(exit_status), dir, script);
	if (!reason)
		return err_set(e, ST_ENV, "gnuplot exited with status %d on %s/%s",
		               WEXITSTATUS(exit_status), dir, script);
	return err_set(e, ST_INTERNAL, "gnuplot refused %s/%s: %s", dir, script, reason);
}

static enum status run(const char *dir, const char *script, char *settings, char **env,
                       struct err *e)
{
	char program[] = "gnuplot", option[] = "-d", execute[] = "-e", buf[2048];
	char *name = strdup(script);
	char *argv[] = { program, option, execute, settings, name, NULL };
	int pipe_fd[2], rc, exit_status = 0;
	pid_t pid;

	if (!name)
		return err_nomem(e);
	if (pipe(pipe_fd)) {
		free(name);
		return err_set(e, ST_ENV, "cannot start gnuplot: %s", strerror(errno));
	}
	fcntl(pipe_fd[0], F_SETFD, FD_CLOEXEC);
	fcntl(pipe_fd[1], F_SETFD, FD_CLOEXEC);
	rc = spawn_gnuplot(&pid, dir, argv, env, pipe_fd);
	free(name);
	close(pipe_fd[1]);
	if (rc) {
		close(pipe_fd[0]);
		if (rc == ENOENT)
			return err_set(e, ST_ENV,
			               "gnuplot is missing: apt-get install gnuplot-nox");
		return err_set(e, ST_ENV, "cannot start gnuplot: %s", strerror(rc));
	}
	read_complaint(pipe_fd[0], buf, sizeof(buf));
	close(pipe_fd[0]);
	while (waitpid(pid, &exit_status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, ST_ENV, "lost gnuplot: %s", strerror(errno));
	return judge(exit_status, dir, script, buf, e);
}

enum status figure_gnuplot(const char *dir, const char *script, const char *format,
                           const char *target, struct err *e)
{
	struct text settings = { 0 };
	char **env = neutral_environment();
	enum status rc;

	text_add(&settings, "format = ");
	figure_quote(&settings, format);
	text_add(&settings, "; target = ");
	figure_quote(&settings, target);
	rc = settings.fail || !env ? err_nomem(e) : run(dir, script, settings.s, env, e);
	text_release(&settings);
	free(env);
	return rc;
}
