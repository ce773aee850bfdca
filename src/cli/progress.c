#include "cli/progress.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double SILENT_S = 3, TERMINAL_S = 0.2, PLAIN_S = 30;

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void format_duration(double s, char out[32])
{
	long n = (long)(s + 0.5);

	if (n >= 3600)
		snprintf(out, 32, "%ld:%02ld:%02ld", n / 3600, n / 60 % 60, n % 60);
	else
		snprintf(out, 32, "%ld:%02ld", n / 60, n % 60);
}

static volatile sig_atomic_t asked;

static void on_question(int sig)
{
	(void)sig;
	asked = 1;
}

void progress_listen(void)
{
	struct sigaction sa = { .sa_handler = on_question, .sa_flags = SA_RESTART };

	sigemptyset(&sa.sa_mask);
	sigaction(SIGUSR1, &sa, NULL);
}

void progress_start(struct progress *p, size_t total, size_t cached, double work)
{
	const char *term = getenv("TERM");

	*p = (struct progress){
		.terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0,
		.start_s = now_s(),
		.total = total,
		.cached = cached,
		.work = work,
	};
	p->shown_s = p->start_s;
}

double progress_elapsed(const struct progress *p)
{
	return now_s() - p->start_s;
}

void progress_show(struct progress *p, const struct progress_state *s)
{
	double now = now_s(), elapsed = now - p->start_s;
	char eta[32] = "?";
	bool plain;

	if (!asked &&
	    (elapsed < SILENT_S || now - p->shown_s < (p->terminal ? TERMINAL_S : PLAIN_S)))
		return;
	plain = asked || !p->terminal;
	asked = 0;
	p->shown_s = now;
	if (s->work_done > 0)
		format_duration(elapsed * (p->work - s->work_done) / s->work_done, eta);
	fprintf(stderr, "%s%zu of %zu points, %zu cached, %zu failed, %.0f/s, %s left%s",
	        p->terminal ? "\r\033[K" : "", p->cached + s->done, p->total, p->cached, s->failed,
	        (double)s->done / elapsed, eta, plain ? "\n" : "");
	p->drawn = !plain;
}

void progress_end(struct progress *p)
{
	if (p->drawn)
		fprintf(stderr, "\r\033[K");
	p->drawn = false;
}
