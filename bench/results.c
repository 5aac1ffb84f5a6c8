/*
 * See results.h. The file is read whole and written whole: it is a few pages.
 */
#include "bench/results.h"

#include "data/base/buf.h"
#include "data/base/die.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define RESULTS "bench/RESULTS.md"
#define HEAD                                                                                                 \
    "# What `make bench` measured\n\nMade by `make bench`; times are those of the machine named, ratios "    \
    "travel. ×: times the yardstick.\n"

enum { RESULTS_MAX = 1 << 20 };

void results_machine(FILE *out)
{
    struct utsname system;
    double load[3] = {0};
    char model[128] = "unknown processor", line[256];
    uname(&system);
    getloadavg(load, 3);
    FILE *cpus = fopen("/proc/cpuinfo", "r");
    while (cpus && fgets(line, sizeof line, cpus))
        if (sscanf(line, "model name : %127[^\n]", model) == 1)
            break;
    if (cpus)
        fclose(cpus);
    fprintf(out, "%s, %ld cores, %s %s, SQLite %s, load %.1f at the end.\n", model,
            sysconf(_SC_NPROCESSORS_ONLN), system.sysname, system.release, sqlite3_libversion(), load[0]);
}

static void read_old(struct buf *old)
{
    char bytes[4096];
    FILE *file = fopen(RESULTS, "r");
    for (size_t n; file && (n = fread(bytes, 1, sizeof bytes, file)) > 0;)
        buf_add(old, bytes, n);
    if (file)
        fclose(file);
    if (!old->len)
        buf_str(old, HEAD);
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

void results_write(const char *section, const char *about, const struct table *table)
{
    struct buf old;
    const char *behind;
    buf_init(&old, RESULTS_MAX);
    read_old(&old);
    const char *text = buf_cstr(&old), *at = find_section(text, section, &behind);
    FILE *out = fopen(RESULTS, "w");
    if (!out)
        die(RESULTS ": %s", strerror(errno));
    fprintf(out, "%.*s\n## %s\n\n", (int)(at - text), text, section);
    results_machine(out);
    fprintf(out, "%s\n\n", about);
    table_write(table, out);
    fputs(behind, out);
    if (fclose(out) != 0)
        die(RESULTS ": %s", strerror(errno));
    buf_release(&old);
}

int results_status(const struct table *table)
{
    return table_has_failed(table) ? EXIT_FAILURE : EXIT_SUCCESS;
}
