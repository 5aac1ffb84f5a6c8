/*
 * usage: bench_http [actions|keys]...
 *
 * Drives the real program behind the test server, whose answers are late by a known time: what is waited for is then told in round trips, and the
 * keys must not wait at all. A whole run also writes its section of bench/RESULTS.md.
 */
#include "bench/bench_http.h"

#include "bench/results.h"
#include "bench/start.h"

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

int main(int argc, char **argv)
{
    struct places places;
    char about[256];
    struct http_bench bench = {
        .program = places.program, .file = {"10k", "10000", NULL, 0.1}, .delays = {0, 50, 300}};
    places_find(&places);
    snprintf(bench.echo, sizeof bench.echo, "%s/bench/programs/echo", places.build);
    yardstick_need(bench.echo);
    files_make(&bench.file, 1, 1, places.program, places.directory);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!part_is_wanted(parts[i].name, argc, argv))
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
    results_machine(places.directory, stdout);
    if (argc == 1)
        results_write("Behind the remote API", places.directory, about, &bench.table);
    return results_status(&bench.table);
}
