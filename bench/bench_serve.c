/*
 * usage: bench_serve [application|program]...
 *
 * What the server of the executions API costs over a large file: the application alone, in this process, and
 * the program behind its port. What counts is processor time: other work on the machine and the client's own
 * share do not blur it. A whole run also writes its section of bench/RESULTS.md.
 */
#include "bench/files.h"
#include "bench/results.h"
#include "bench/samples.h"
#include "bench/stand.h"
#include "bench/start.h"
#include "bench/table.h"
#include "data/api/api.h"
#include "data/base/die.h"
#include "tests/support/api_client.h"
#include "tests/support/plain_http.h"
#include "tests/support/served.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PAGES = 3000, FIRST_PAGES = 300, ROUNDS = 5, LINE = 1200 };
#define MS 1e6 /* ns */

struct serve_bench {
    const char *program;
    struct bench_file file;
    struct table table;
};

/* Filters that a person might go through: each answer counts everything anew. */
static const char *const filters[] = {
    "status=failed",
    "trigger=mcp",
    "status=failed,running&trigger=mcp,http",
    "tool=github.*",
    "tool=github.*&status=failed",
    "elicitation=true",
    "from=1763000000000",
    "status=completed&elicitation=false",
};
enum { FILTERS = sizeof filters / sizeof *filters };

/* ---- clocks and memory ---- */

static double own_cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double cpu_of(pid_t pid)
{
    clockid_t clock;
    struct timespec now;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &now) != 0)
        die("bench: no clock of process %d", (int)pid);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double resident_mb(pid_t pid)
{
    char path[64];
    long pages = 0, all = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%ld %ld", &all, &pages) != 2)
        die("bench: cannot read %s", path);
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

/* ---- rows of the table ---- */

static void add_times(struct serve_bench *bench, const char *what, const struct samples *ms,
                      const char *yardstick, const char *target, bool is_met)
{
    struct row *row = table_add(&bench->table, what);
    cell_set(row->measured, "%.2f ms, worst %.2f (%zu)", samples_quantile(ms, 0.5), samples_quantile(ms, 1),
             ms->n);
    if (yardstick)
        cell_set(row->yardstick, "%s", yardstick);
    if (target)
        row_target(row, target, is_met);
}

static void add_rate(struct serve_bench *bench, const char *what, double cpu_ns, double wall_ns, int count,
                     double kb)
{
    struct row *row = table_add(&bench->table, what);
    double per_second = count * 1e9 / cpu_ns;
    cell_set(row->measured, "%.0f a second of one core, %.2f ms each", per_second, cpu_ns / MS / count);
    cell_set(row->yardstick, "%.0f kB each; one client saw %.0f a second", kb, count * 1e9 / wall_ns);
    row_target(row, "\u2265 1,000", per_second >= 1000);
}

static void add_memory(struct serve_bench *bench, const char *what, double before, double after)
{
    struct row *row = table_add(&bench->table, what);
    cell_set(row->measured, "%.1f MB, then %.1f MB", before, after);
    row_target(row, "flat: \u2264 4 MB more", after - before <= 4);
}

/* ---- the application alone ---- */

static void ask_application(struct api *api, const char *line, struct api_response *response)
{
    api_ask(api, line, response);
    if (response->status != 200)
        die("bench: %s: %d %s", line, response->status, buf_cstr(&response->body));
}

static void next_line(const char *body, const char *start, char line[LINE])
{
    static const char mark[] = "\"nextCursor\":\"";
    const char *next = body;
    for (const char *at = body; (at = strstr(at, mark)); at += sizeof mark - 1)
        next = at + sizeof mark - 1;
    if (next == body)
        snprintf(line, LINE, "%s", start);
    else
        snprintf(line, LINE, "%s&cursor=%.*s", start, (int)strcspn(next, "\""), next);
}

static void time_first_pages(struct serve_bench *bench, struct api *api, struct api_response *response)
{
    struct samples same, changed;
    samples_init(&same);
    samples_init(&changed);
    ask_application(api, "GET /executions", response);
    for (int i = 0; i < FIRST_PAGES; i++) {
        char line[LINE];
        int64_t begun = now_ns();
        ask_application(api, "GET /executions", response);
        samples_add(&same, (double)(now_ns() - begun) / MS);
        snprintf(line, sizeof line, "GET /executions?%s", filters[i % FILTERS]);
        begun = now_ns();
        ask_application(api, line, response);
        samples_add(&changed, (double)(now_ns() - begun) / MS);
    }
    add_times(bench, "application: first page with meta", &same, "the reference server: 5 to 9 s",
              "\u2264 5 ms", samples_quantile(&same, 0.5) <= 5);
    add_times(bench, "application: first page with meta of a changed filter", &changed, NULL, "\u2264 5 ms",
              samples_quantile(&changed, 0.5) <= 5);
    samples_release(&same);
    samples_release(&changed);
}

static void walk_application(struct serve_bench *bench, struct api *api, const char *query, const char *what,
                             struct api_response *response)
{
    char start[LINE], line[LINE];
    double kb = 0;
    snprintf(start, sizeof start, "GET /executions?%s", query);
    ask_application(api, start, response);
    next_line(buf_cstr(&response->body), start, line);
    double cpu = own_cpu_ns();
    int64_t begun = now_ns();
    for (int i = 0; i < PAGES; i++) {
        ask_application(api, line, response);
        kb += (double)response->body.len / 1e3 / PAGES;
        next_line(buf_cstr(&response->body), start, line);
    }
    add_rate(bench, what, own_cpu_ns() - cpu, (double)(now_ns() - begun), PAGES, kb);
}

static void time_start(struct serve_bench *bench)
{
    struct samples ms;
    samples_init(&ms);
    for (int i = 0; i < ROUNDS; i++) {
        struct api *api;
        struct err err;
        struct api_response response;
        api_response_init(&response);
        int64_t begun = now_ns();
        if (api_open(&(struct api_options){.path = bench->file.path}, &api, &err))
            die("bench: %s", err.what);
        ask_application(api, "GET /executions", &response);
        samples_add(&ms, (double)(now_ns() - begun) / MS);
        api_close(api);
        api_response_release(&response);
    }
    add_times(bench, "application: from opening the file to the first exact answer", &ms, NULL, NULL, false);
    samples_release(&ms);
}

static void measure_application(struct serve_bench *bench)
{
    struct api *api;
    struct err err;
    struct api_response response;
    time_start(bench);
    api_response_init(&response);
    if (api_open(&(struct api_options){.path = bench->file.path}, &api, &err))
        die("bench: %s", err.what);
    time_first_pages(bench, api, &response);
    walk_application(bench, api, "limit=25", "application: cursor pages of 25", &response);
    double before = resident_mb(getpid());
    walk_application(bench, api, "limit=25&status=completed", "application: the same under a filter",
                     &response);
    walk_application(bench, api, "limit=10&sort=durationMs,desc",
                     "application: cursor pages of 10 by duration", &response);
    add_memory(bench, "application: memory behind 3,000 pages, behind 9,000", before, resident_mb(getpid()));
    api_close(api);
    api_response_release(&response);
}

/* ---- the program behind its port ---- */

static void ask_program(int fd, const char *target, struct plain_answer *answer)
{
    enum { ALL = 1 << 24, PATIENCE_MS = 20000 };
    plain_ask(fd, target, "");
    plain_receive(fd, ALL, PATIENCE_MS, answer);
    if (answer->status != 200 || !answer->is_whole)
        die("bench: %s: %d", target, answer->status);
}

static void time_program_pages(struct serve_bench *bench, int fd)
{
    struct samples ms;
    samples_init(&ms);
    for (int i = 0; i < FIRST_PAGES; i++) {
        struct plain_answer answer;
        int64_t begun = now_ns();
        ask_program(fd, "/api/executions", &answer);
        samples_add(&ms, (double)(now_ns() - begun) / MS);
        plain_release(&answer);
    }
    add_times(bench, "program: first page with meta, request to last byte", &ms, NULL, "\u2264 5 ms",
              samples_quantile(&ms, 0.5) <= 5);
    samples_release(&ms);
}

static void walk_program(struct serve_bench *bench, const struct served *served, int fd)
{
    static const char start[] = "/api/executions?limit=25";
    char line[LINE] = "/api/executions?limit=25&cursor=";
    double kb = 0, cpu = 0, before = 0;
    int64_t begun = 0;
    for (int i = -PAGES; i < PAGES; i++) {
        struct plain_answer answer;
        if (i == 0) {
            cpu = cpu_of(served_pid(served));
            before = resident_mb(served_pid(served));
            begun = now_ns();
        }
        ask_program(fd, line, &answer);
        kb += i >= 0 ? (double)answer.body_len / 1e3 / PAGES : 0;
        next_line(answer.body, start, line);
        plain_release(&answer);
    }
    add_rate(bench, "program: cursor pages of 25 over one connection", cpu_of(served_pid(served)) - cpu,
             (double)(now_ns() - begun), PAGES, kb);
    add_memory(bench, "program: memory behind 3,000 pages, behind 6,000", before,
               resident_mb(served_pid(served)));
}

static void measure_program(struct serve_bench *bench)
{
    struct served *served = served_start(bench->program, bench->file.path, NULL);
    int fd = plain_connect(served_port(served));
    if (fd < 0)
        die("bench: cannot connect");
    time_program_pages(bench, fd);
    walk_program(bench, served, fd);
    close(fd);
    served_stop(served);
}

/* ---- the whole ---- */

static const struct part {
    const char *name;
    void (*run)(struct serve_bench *bench);
} parts[] = {{"application", measure_application}, {"program", measure_program}};

int main(int argc, char **argv)
{
    struct places places;
    char about[256];
    struct serve_bench bench = {.program = places.program, .file = {"100k", "100000", NULL, 0.7}};
    places_find(&places);
    files_make(&bench.file, 1, 1, places.program, places.directory);
    files_make_warm(bench.file.path);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!part_is_wanted(parts[i].name, argc, argv))
            continue;
        fprintf(stderr, "measuring: %s\n", parts[i].name);
        parts[i].run(&bench);
    }
    snprintf(about, sizeof about,
             "`serve` over a file of 100,000 runs (%.0f MB), warm. Rates are by the server's processor time.",
             (double)bench.file.bytes / 1e6);
    table_write(&bench.table, stdout);
    results_machine(places.directory, stdout);
    if (argc == 1)
        results_write("Serving", places.directory, about, &bench.table);
    return results_status(&bench.table);
}
