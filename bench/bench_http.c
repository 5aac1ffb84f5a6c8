/*
 * usage: bench_http [actions|keys]...
 *
 * Drives the real program behind the test server, whose answers are late by a known time: what is waited for is then told in round trips, and the
 * keys must not wait at all. A whole run also writes its section of bench/RESULTS.md.
 */
#include "bench/bench_http.h"

#include "bench/results.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct part {
    const char *name;
    void (*run)(struct http_bench *bench);
} parts[] = {{"actions", bench_http_actions}, {"keys", bench_http_keys}};

double http_stand_start(struct http_bench *bench, struct api_server *server, struct stand *stand,
                        bool is_frozen)
{
    char url[HTTP_URL];
    snprintf(url, sizeof url, "%s/api", api_server_url(server));
    stand_start(stand, bench->program, url, is_frozen);
    return stand_until_rows(stand);
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
    char program[256], directory[256], about[256];
    struct http_bench bench = {
        .program = program, .file = {"10k", "10000", NULL, 0.1}, .delays = {0, 50, 300}};
    snprintf(program, sizeof program, "%s/executor-runs", build);
    const char *files = getenv("BENCH_DIR");
    snprintf(directory, sizeof directory, "%s%s", files && *files ? files : build,
             files && *files ? "" : "/bench/files");
    snprintf(bench.echo, sizeof bench.echo, "%s/bench/programs/echo", build);
    yardstick_need(bench.echo);
    files_make(&bench.file, 1, 1, program, directory);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!is_wanted(parts[i].name, argc, argv))
            continue;
        fprintf(stderr, "measuring: %s\n", parts[i].name);
        parts[i].run(&bench);
    }
    snprintf(
        about, sizeof about,
        "The test server on loopback, %s runs; every answer of it is late by the time named, the yardstick's "
        "too.",
        bench.file.name);
    table_write(&bench.table, stdout);
    results_machine(directory, stdout);
    if (argc == 1)
        results_write("Behind the remote API", directory, about, &bench.table);
    return results_status(&bench.table);
}
