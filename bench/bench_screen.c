/*
 * usage: bench_screen [start|keys|filter|memory|live]...
 *
 * Drives the real program in a pty and measures what it promises, as ratios to something bare that runs in the same minute on the same machine where
 * there is such a thing. Prints one table; a whole run also writes its section of bench/RESULTS.md.
 */
#include "bench/bench_screen.h"

#include "bench/results.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct part {
    const char *name;
    void (*run)(struct bench *bench);
} parts[] = {
    {"start", bench_start},   {"keys", bench_keys}, {"filter", bench_filter},
    {"memory", bench_memory}, {"live", bench_live},
};

static void say_files(const struct bench *bench, char *about, size_t size)
{
    size_t at = (size_t)snprintf(about, size, "Files:");
    for (size_t i = 0; i < FILE_COUNT && at < size; i++)
        at += (size_t)snprintf(about + at, size - at, "%s %s runs %.1f MB", i ? "," : "",
                               bench->files[i].name, (double)bench->files[i].bytes / 1e6);
    if (at < size)
        snprintf(about + at, size - at, ".");
}

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc == 1;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8"); /* the table's columns are measured by wcwidth */
    const char *build = getenv("BUILD");
    build = build && *build ? build : "build";
    char program[256], directory[256], about[512];
    struct bench bench = {
        .program = program,
        .files = {{"tiny", "300", false},
                  {"48k", "48000", false},
                  {"1M", "1000000", false},
                  {"1M-small", "1000000", true}},
    };
    snprintf(program, sizeof program, "%s/executor-runs", build);
    snprintf(directory, sizeof directory, "%s/bench", build);
    snprintf(bench.first_page, sizeof bench.first_page, "%s/bench/programs/first_page", build);
    snprintf(bench.echo, sizeof bench.echo, "%s/bench/programs/echo", build);
    yardstick_need(bench.first_page);
    yardstick_need(bench.echo);
    files_make(bench.files, FILE_COUNT, program, directory);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!is_wanted(parts[i].name, argc, argv))
            continue;
        fprintf(stderr, "measuring: %s\n", parts[i].name);
        parts[i].run(&bench);
    }
    say_files(&bench, about, sizeof about);
    table_write(&bench.table, stdout);
    results_machine(stdout);
    puts(about);
    if (argc == 1)
        results_write("Local files", about, &bench.table);
    return results_status(&bench.table);
}
