/*
 * The result of a bench: rows of "what was measured, what it is measured against, what was asked for", written as one Markdown table that also
 * reads well on a terminal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TABLE_ROWS_MAX = 256, TABLE_CELL = 128 };

enum verdict { VERDICT_NONE, VERDICT_MET, VERDICT_MISSED, VERDICT_FAILED };

struct row {
    char what[TABLE_CELL], measured[TABLE_CELL], yardstick[TABLE_CELL], target[TABLE_CELL];
    enum verdict verdict;
};

struct table {
    struct row rows[TABLE_ROWS_MAX];
    size_t count;
};

/* Borrowed; its cells are empty but for `what`. */
struct row *table_add(struct table *table, const char *what);

/* One cell, "-" where it stays empty. */
void cell_set(char cell[TABLE_CELL], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What was asked for, in words, and whether it came to be. */
void row_target(struct row *row, const char *target, bool is_met);
/* It could not be measured, and why. */
void row_fail(struct row *row, const char *why);
bool table_has_failed(const struct table *table);

void table_write(const struct table *table, FILE *out);
/* Only the rows from `from` on. */
void table_write_from(const struct table *table, size_t from, FILE *out);
