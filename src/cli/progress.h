/* One line of progress on stderr: redrawn on a terminal, a plain line now and then elsewhere.
 * Silent for the first seconds. SIGUSR1 asks for a line at once. */
#ifndef HCB_CLI_PROGRESS_H
#define HCB_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
	bool terminal;
	double start_s, shown_s;
	size_t total, cached; /* points */
	double work;          /* seconds of one core that the plan expects */
	bool drawn;
};

struct progress_state {
	size_t done, failed;
	double work_done;
};

/* From here on SIGUSR1 is a question; without this call it ends the process. One that comes before
 * there is progress is answered with the first point. */
void progress_listen(void);

void progress_start(struct progress *p, size_t total, size_t cached, double work);
void progress_show(struct progress *p, const struct progress_state *s);
void progress_end(struct progress *p);

/* Seconds since progress_start(). */
double progress_elapsed(const struct progress *p);

/* "3:05", "1:02:03". */
void format_duration(double s, char out[32]);

#endif
