/*
 * usage: bench_screen [start|keys|filter|memory|live]...
 *
 * Drives the real program in a pty and measures what it promises, as ratios to something bare that runs in the same minute on the same machine where
 * there is such a thing. Prints one table; a whole run also writes bench/RESULTS.md.
 */
#include "bench/bench_screen.h"

#include <locale.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const struct part {
    const char *name;
    void (*run)(struct bench *bench);
} parts[] = {
    {"start", bench_start},   {"keys", bench_keys}, {"filter", bench_filter},
    {"memory", bench_memory}, {"live", bench_live},
};

static void write_machine(const struct bench *bench, FILE *out)
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
    fputs("Files:", out);
    for (size_t i = 0; i < FILE_COUNT; i++)
        fprintf(out, "%s %s runs %.1f MB", i ? "," : "", bench->files[i].name,
                (double)bench->files[i].bytes / 1e6);
    fputs(".\n\n", out);
}

static void write_results(const struct bench *bench)
{
    FILE *out = fopen("bench/RESULTS.md", "w");
    if (!out)
        return;
    fputs("# What `make bench` measured\n\nMade by `make bench`; times are those of the machine below, "
          "ratios travel. ×: times the yardstick.\n\n",
          out);
    write_machine(bench, out);
    table_write(&bench->table, out);
    fclose(out);
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
    char program[256], directory[256];
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
    files_make(bench.files, FILE_COUNT, program, directory);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!is_wanted(parts[i].name, argc, argv))
            continue;
        fprintf(stderr, "measuring: %s\n", parts[i].name);
        parts[i].run(&bench);
    }
    table_write(&bench.table, stdout);
    write_machine(&bench, stdout);
    if (argc == 1)
        write_results(&bench);
    return EXIT_SUCCESS;
}
