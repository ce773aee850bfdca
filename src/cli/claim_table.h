/* The table of "hcbench reproduce": a row per verdict, or with --list per claim. */
#ifndef HCB_CLI_CLAIM_TABLE_H
#define HCB_CLI_CLAIM_TABLE_H

#include "report/claim.h"

/* Borrows the texts of claims and results. */
struct claim_table {
	struct table table; /* table_release() it */
};

/* Columns that people read. */
extern const char claim_table_brief[], claim_list_brief[];

void claim_table_begin(struct claim_table *t);
enum status claim_table_add(struct claim_table *t, const struct claim *c, size_t i,
                            const struct claim_result *r, struct err *e);
/* Rows of each verdict. This and the next before output_choose(). */
void claim_table_count(const struct claim_table *t, size_t count[3]);
/* Prints once each why claims cannot be run, to stderr. */
void claim_table_reasons(const struct claim_table *t);

void claim_table_list(struct claim_table *t);
enum status claim_table_list_add(struct claim_table *t, const struct claim *c, struct err *e);

#endif
