/*
 * See table.h.
 */
#include "bench/table.h"

#include "data/base/die.h"
#include "data/base/utf8.h"

#include <stdarg.h>
#include <string.h>

struct row *table_add(struct table *table, const char *what)
{
    if (table->count == TABLE_ROWS_MAX)
        die("more than %d rows of results", TABLE_ROWS_MAX);
    struct row *row = &table->rows[table->count++];
    *row = (struct row){0};
    cell_set(row->what, "%s", what);
    cell_set(row->measured, "-");
    cell_set(row->yardstick, "-");
    cell_set(row->target, "-");
    return row;
}

void cell_set(char cell[TABLE_CELL], const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(cell, TABLE_CELL, fmt, args);
    va_end(args);
}

void row_target(struct row *row, const char *target, bool is_met)
{
    cell_set(row->target, "%s", target);
    if (row->verdict != VERDICT_FAILED)
        row->verdict = is_met ? VERDICT_MET : VERDICT_MISSED;
}

void row_fail(struct row *row, const char *why)
{
    cell_set(row->measured, "failed: %s", why);
    row->verdict = VERDICT_FAILED;
}

bool table_has_failed(const struct table *table)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].verdict == VERDICT_FAILED)
            return true;
    return false;
}

/* ---- writing ---- */

enum { COLUMNS = 5 };
static const char *const heads[COLUMNS] = {"what", "measured", "yardstick, ratio", "target", ""};

static const char *cell_of(const struct row *row, int column)
{
    static const char *const verdicts[] = {"", "met", "MISSED", "FAILED"};
    switch (column) {
    case 0: return row->what;
    case 1: return row->measured;
    case 2: return row->yardstick;
    case 3: return row->target;
    default: return verdicts[row->verdict];
    }
}

static int width_of(const char *cell)
{
    return text_width(text_of(cell), false);
}

static void write_cell(FILE *out, const char *cell, int width)
{
    fprintf(out, "| %s%*s ", cell, width - width_of(cell), "");
}

static void write_rule(FILE *out, const int *widths)
{
    for (int column = 0; column < COLUMNS; column++) {
        fputs("| ", out);
        for (int i = 0; i < widths[column]; i++)
            putc('-', out);
        putc(' ', out);
    }
    fputs("|\n", out);
}

void table_write_from(const struct table *table, size_t from, FILE *out)
{
    int widths[COLUMNS];
    for (int column = 0; column < COLUMNS; column++) {
        widths[column] = width_of(heads[column]) > 3 ? width_of(heads[column]) : 3;
        for (size_t i = from; i < table->count; i++) {
            int width = width_of(cell_of(&table->rows[i], column));
            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    for (int column = 0; column < COLUMNS; column++)
        write_cell(out, heads[column], widths[column]);
    fputs("|\n", out);
    write_rule(out, widths);
    for (size_t i = from; i < table->count; i++) {
        for (int column = 0; column < COLUMNS; column++)
            write_cell(out, cell_of(&table->rows[i], column), widths[column]);
        fputs("|\n", out);
    }
}

void table_write(const struct table *table, FILE *out)
{
    table_write_from(table, 0, out);
}
