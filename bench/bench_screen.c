/*
 * usage: bench_screen [start|exact|filter|search|scroll|keys|memory|live|bytes|storm|again|compare]...
 *
 * Drives the real program in a pty and measures what it promises, as ratios to something bare that runs in the same minute on the same machine where
 * there is such a thing. Prints one table; a whole run also writes its section of bench/RESULTS.md.
 *
 * BENCH_DIR: where the files are kept. DBPAGE_LIB: a libsqlite3.so.0 that has sqlite_dbpage, to measure with as well.
 */
#include "bench/bench_screen.h"

#include "bench/results.h"
#include "bench/start.h"
#include "data/base/die.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEEDS_ALL (NEEDS(FILE_TINY) | NEEDS(FILE_100K) | NEEDS(FILE_1M) | NEEDS(FILE_10M))

static const struct part {
    const char *name;
    void (*run)(struct bench *bench);
    unsigned needs;
} parts[] = {
    {"start", bench_start, NEEDS_ALL},
    {"exact", bench_exact, NEEDS_ALL},
    {"filter", bench_filter, NEEDS(FILE_1M) | NEEDS(FILE_10M)},
    {"search", bench_search, NEEDS(FILE_1M)},
    {"scroll", bench_scroll, NEEDS(FILE_1M) | NEEDS(FILE_10M)},
    {"keys", bench_keys, NEEDS(FILE_1M)},
    {"memory", bench_memory, NEEDS_ALL},
    {"live", bench_live, NEEDS(FILE_WRITTEN)},
    {"bytes", bench_bytes, NEEDS(FILE_1M) | NEEDS(FILE_WRITTEN)},
    {"storm", bench_storm, NEEDS(FILE_1M)},
    {"again", bench_again, NEEDS(FILE_1M) | NEEDS(FILE_10M)},
    {"compare", bench_compare, NEEDS(FILE_100K) | NEEDS(FILE_1M) | NEEDS(FILE_10M)},
};
enum { PARTS = sizeof parts / sizeof *parts };

const struct bench_file *bench_file(const struct bench *bench, enum which_file which)
{
    return &bench->files[which];
}

static void say_files(const struct bench *bench, char *about, size_t size)
{
    size_t at = (size_t)snprintf(about, size, "Files:");
    for (size_t i = 0; i < FILE_COUNT && at < size; i++)
        at += (size_t)snprintf(about + at, size - at, "%s %s %.0f MB", i ? "," : "", bench->files[i].name,
                               (double)bench->files[i].bytes / 1e6);
    if (at < size)
        snprintf(about + at, size - at, ". Warm unless said otherwise, medians unless said otherwise.");
}

static unsigned needed(int argc, char **argv)
{
    unsigned files = 0;
    for (size_t i = 0; i < PARTS; i++)
        files |= part_is_wanted(parts[i].name, argc, argv) ? parts[i].needs : 0;
    return files;
}

static void check_words(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool is_known = false;
        for (size_t part = 0; part < PARTS; part++)
            is_known |= strcmp(argv[i], parts[part].name) == 0;
        if (!is_known)
            die("there is no part %s", argv[i]);
    }
}

/* The directory of the library, as the loader wants it. */
static const char *dbpage_road(char *road, size_t size)
{
    const char *library = getenv("DBPAGE_LIB");
    const char *slash = library ? strrchr(library, '/') : NULL;
    if (!slash)
        return NULL;
    snprintf(road, size, "LD_LIBRARY_PATH=%.*s", (int)(slash - library), library);
    return road;
}

static void run_parts(struct bench *bench, int argc, char **argv)
{
    for (size_t i = 0; i < PARTS; i++) {
        if (!part_is_wanted(parts[i].name, argc, argv))
            continue;
        size_t before = bench->table.count;
        int64_t start = now_ns();
        fprintf(stderr, "measuring: %s\n", parts[i].name);
        parts[i].run(bench);
        if (argc != 2)
            table_write_from(&bench->table, before, stderr);
        fprintf(stderr, "%s took %.0f s\n", parts[i].name, (double)(now_ns() - start) / 1e9);
    }
}

int main(int argc, char **argv)
{
    struct places places;
    char road[300], about[512];
    struct bench bench = {.files = {{"tiny", "300", NULL, 0.02},
                                    {"100k", "100000", "--large", 0.7},
                                    {"1M", "1000000", "--large", 6.7},
                                    {"10M-small", "10000000", "--small", 4.7},
                                    {"1M-small", "1000000", "--small", 0.5}}};
    bench.program = places.program;
    bench.directory = places.directory;
    bench.dbpage = dbpage_road(road, sizeof road);
    places_find(&places);
    snprintf(bench.first_page, sizeof bench.first_page, "%s/bench/programs/first_page", places.build);
    snprintf(bench.echo, sizeof bench.echo, "%s/bench/programs/echo", places.build);
    snprintf(bench.slow_line, sizeof bench.slow_line, "%s/bench/programs/slow_line", places.build);
    snprintf(bench.api_only, sizeof bench.api_only, "LD_PRELOAD=%s/bench/preload/api_only.so", places.build);
    yardstick_need(bench.first_page);
    yardstick_need(bench.echo);
    yardstick_need(bench.slow_line);
    yardstick_need(strchr(bench.api_only, '=') + 1);
    check_words(argc, argv);
    files_make(bench.files, FILE_COUNT, needed(argc, argv), places.program, places.directory);
    run_parts(&bench, argc, argv);
    say_files(&bench, about, sizeof about);
    table_write(&bench.table, stdout);
    results_machine(places.directory, stdout);
    puts(about);
    if (argc == 1)
        results_write("Local files", places.directory, about, &bench.table);
    return results_status(&bench.table);
}
