/*
 * See results.h. The file is read whole and written whole: it is a few pages.
 */
#include "bench/results.h"

#include "bench/machine.h"
#include "data/base/buf.h"
#include "data/base/die.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RESULTS "bench/RESULTS.md"
#define LIMITS "bench/LIMITS.md"
#define HEAD                                                                                                 \
    "# What `make bench` measured\n\nMade by `make bench`; times are those of the machine named, ratios "    \
    "travel. ×: times the yardstick.\n"

enum { RESULTS_MAX = 1 << 20 };

void results_machine(const char *directory, FILE *out)
{
    machine_write(directory, out);
}

static void read_file(const char *path, struct buf *text)
{
    char bytes[4096];
    FILE *file = fopen(path, "r");
    for (size_t n; file && (n = fread(bytes, 1, sizeof bytes, file)) > 0;)
        buf_add(text, bytes, n);
    if (file)
        fclose(file);
}

/* Where the section begins, with the newline before it, and what stands behind it; both at the end where there is none. */
static const char *find_section(const char *old, const char *section, const char **behind)
{
    char mark[128];
    snprintf(mark, sizeof mark, "\n## %s\n", section);
    const char *end = old + strlen(old), *at = strstr(old, mark);
    const char *next = at ? strstr(at + strlen(mark), "\n## ") : NULL;
    *behind = next ? next : end;
    return at ? at : end;
}

/* In its place, or behind all others. */
static void put_section(FILE *out, struct buf *old, const char *section, const char *body, bool is_last)
{
    const char *behind, *text = buf_cstr(old), *at = find_section(text, section, &behind);
    fprintf(out, "%.*s%s\n## %s\n\n%s%s", (int)(at - text), text, is_last ? behind : "", section, body,
            is_last ? "" : behind);
}

static void replace_section(const char *section, const char *body, bool is_last)
{
    struct buf old;
    buf_init(&old, RESULTS_MAX);
    read_file(RESULTS, &old);
    if (!old.len)
        buf_str(&old, HEAD);
    FILE *out = fopen(RESULTS, "w");
    if (!out)
        die(RESULTS ": %s", strerror(errno));
    put_section(out, &old, section, body, is_last);
    if (fclose(out) != 0)
        die(RESULTS ": %s", strerror(errno));
    buf_release(&old);
}

/* A target that is missed and of which nobody has said why. */
static void ask_for_limits(const struct table *table, const char *limits)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].verdict == VERDICT_MISSED && !strstr(limits, table->rows[i].what))
            fprintf(stderr, "missed, and " LIMITS " does not say why: %s\n", table->rows[i].what);
}

static void write_limits(const struct table *table)
{
    struct buf limits;
    buf_init(&limits, RESULTS_MAX);
    read_file(LIMITS, &limits);
    ask_for_limits(table, buf_cstr(&limits));
    if (limits.len)
        replace_section("Limits", buf_cstr(&limits), true);
    buf_release(&limits);
}

void results_write(const char *section, const char *directory, const char *about, const struct table *table)
{
    char *body = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&body, &size);
    if (!out)
        die("no memory for the results");
    results_machine(directory, out);
    fprintf(out, "%s\n\n", about);
    table_write(table, out);
    fclose(out);
    replace_section(section, body, false);
    free(body);
    write_limits(table);
}

int results_status(const struct table *table)
{
    return table_has_failed(table) ? EXIT_FAILURE : EXIT_SUCCESS;
}
