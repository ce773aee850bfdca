/* One error type, passed by the caller, wrapped on the way up, printed only by the command line. */
#ifndef HCB_BASE_ERR_H
#define HCB_BASE_ERR_H

/* Values below 256 are the documented exit codes. */
enum status {
	ST_OK = 0,
	ST_FAILED = 1,    /* a comparison or claim failed, some points failed */
	ST_USAGE = 2,     /* wrong command line, study file or point */
	ST_ENV = 3,       /* missing file, disk full, out of memory, lock held */
	ST_DATA = 4,      /* bad model, damaged store, stream that does not decode */
	ST_INTERNAL = 70, /* a broken promise of hcbench itself */
	ST_STOPPED = 75,  /* stopped by request, resumable */
	ST_INTERRUPTED = 130,
	ST_SKIP = 256 /* not applicable: a value a sweep records, never an exit code */
};

/* msg says what, where (file:line or offset), what was expected and how to mend it; one line. */
struct err {
	enum status code;
	char msg[640];
};

/* Both return the code so that callers can write `return err_set(e, ...)`. e may be NULL. */
enum status err_set(struct err *e, enum status code, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/* Puts context in front of the message: "bench/ci.yaml:3: unknown axis 'bots'". Keeps the code; the
 * caller returns the status that it has. */
void err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The ST_ENV error of a failed allocation. */
enum status err_nomem(struct err *e);

#endif
