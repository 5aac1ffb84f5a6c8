/*
 * What the index costs at a million runs (or the number given): times, and each as a multiple of one plain pass over the index's bytes,
 * which is what the memory itself would take. Ratios stay when the machine changes.
 */
#include "data/base/die.h"
#include "data/base/rand.h"
#include "data/index/run_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOW INT64_C(1700000000000)

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now); /* others on the machine do not count */
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double plain_pass(size_t bytes)
{
    uint64_t *words = mem_new(bytes), sum = 0;
    size_t n = bytes / sizeof *words;
    memset(words, 1, bytes);
    double start = seconds();
    for (size_t i = 0; i < n; i++)
        sum += words[i];
    double took = seconds() - start;
    volatile uint64_t sink = sum;
    (void)sink;
    free(words);
    return took;
}

static void load(struct run_index *index, struct rand *rng, uint32_t runs)
{
    enum { SLICE = 10000 };
    struct index_row *rows = mem_new_array(SLICE, sizeof *rows);
    int64_t t = NOW;
    for (uint32_t done = 0; done < runs; done += SLICE) {
        uint32_t n = runs - done < SLICE ? runs - done : SLICE;
        for (uint32_t i = 0; i < n; i++) {
            t -= rand_below(rng, 5000);
            rows[i] = (struct index_row){.created_at = t, .rowid = (int64_t)(runs - done - i)};
        }
        if (run_index_load(index, rows, n, NULL))
            die("too many runs");
    }
    free(rows);
    run_index_publish(index);
}

static void fill_words(struct run_index *index, struct rand *rng, enum index_column column,
                       const char *const *words)
{
    uint16_t codes[3];
    for (int i = 0; i < 3; i++)
        codes[i] = run_index_code(index, column, text_of(words[i]));
    for (uint32_t rowid = 1; rowid <= run_index_count(index); rowid++) {
        uint32_t position, kind = rand_below(rng, 10);
        if (kind < 2 && run_index_find_rowid(index, rowid, &position))
            run_index_put(index, column, position, codes[1 + kind]);
    }
    run_index_complete(index, column, codes[0]);
}

static void fill_calls(struct run_index *index, struct rand *rng)
{
    uint16_t codes[40];
    char path[32];
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof path, "space%d.tool%d", i / 8, i);
        codes[i] = run_index_code(index, COLUMN_TOOLS, text_of(path));
    }
    uint32_t count = (uint32_t)run_index_count(index);
    for (uint32_t i = 0; i < count / 2 * 5; i++) /* as they come: by the call's own rowid */
        run_index_put(index, COLUMN_TOOLS, rand_below(rng, count), codes[rand_below(rng, 40)]);
    run_index_complete(index, COLUMN_TOOLS, 0);
}

static void fill_durations(struct run_index *index, struct rand *rng)
{
    enum { CHUNK = 1000 };
    struct index_row rows[CHUNK];
    struct index_duration read[CHUNK];
    for (uint32_t from = 0; from < run_index_count(index); from += CHUNK) {
        run_index_lock(index);
        size_t n = run_index_rows(index, from, CHUNK, rows);
        run_index_unlock(index);
        for (size_t i = 0; i < n; i++)
            read[i] = (struct index_duration){rows[i], rand_below(rng, 60000)};
        run_index_put_durations(index, read, n);
    }
}

static void report(const char *what, double took, double pass)
{
    printf("  %-44s %8.2f ms  %6.1f passes\n", what, took * 1e3, took / pass);
}

static struct filter filter_of(const char *line)
{
    struct filter filter;
    struct filter_mistake mistake;
    if (filter_parse(text_of(line), TIME_UTC, &filter, &mistake))
        die("%s: %s", line, mistake.what);
    return filter;
}

static void measure_filter(struct run_index *index, const char *line, double pass)
{
    struct filter filter = filter_of(line);
    struct index_question question = {.filter = &filter, .now = NOW};
    struct index_meta_options options = {.max_buckets = 120};
    struct index_result result;
    struct arena arena;
    struct meta meta;
    char what[200];
    arena_init(&arena);
    run_index_result_init(&result);
    run_index_lock(index);
    run_index_eval(index, &question, &result);
    double start = seconds();
    run_index_eval(index, &question, &result);
    double took = seconds() - start;
    snprintf(what, sizeof what, "eval <%s>", line);
    report(what, took, pass);
    start = seconds();
    run_index_meta(index, &question, &options, &arena, &meta);
    snprintf(what, sizeof what, "meta <%s>", line);
    report(what, seconds() - start, pass);
    run_index_unlock(index);
    run_index_result_release(&result);
    arena_release(&arena);
    filter_release(&filter);
}

static void measure_sort(struct run_index *index, double pass)
{
    struct filter all;
    struct index_list list;
    filter_init(&all);
    run_index_list_init(&list);
    struct index_question question = {.filter = &all, .now = NOW};
    run_index_lock(index);
    double start = seconds();
    run_index_list_build(index, &question, (struct sort){SORT_DURATION, false}, &list);
    report("order by duration", seconds() - start, pass);
    run_index_unlock(index);
    run_index_list_release(&list);
}

static void measure_merge(struct run_index *index, double pass)
{
    struct index_upsert upserts[50];
    struct index_merge merge;
    for (int late = 0; late < 2; late++) {
        for (int i = 0; i < 50; i++)
            upserts[i] = (struct index_upsert){.created_at = late ? NOW - i * DAY_MS / 4 : NOW + i,
                                               .rowid = (INT64_C(1) << 30) + late * 50 + i,
                                               .duration_ms = DURATION_NONE,
                                               .is_new = true};
        double start = seconds();
        if (run_index_merge(index, upserts, 50, NULL, NULL, &merge, NULL))
            die("the merge failed");
        report(late ? "merge of 50 late runs" : "merge of 50 runs at the end", seconds() - start, pass);
    }
}

int main(int argc, char **argv)
{
    static const char *const statuses[] = {"completed", "failed", "running"};
    static const char *const triggers[] = {"mcp", "cli", "http"};
    uint32_t runs = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
    struct run_index *index = run_index_new();
    struct rand rng;
    rand_seed(&rng, 1);
    double start = seconds();
    load(index, &rng, runs);
    double loaded = seconds();
    fill_words(index, &rng, COLUMN_STATUS, statuses);
    fill_words(index, &rng, COLUMN_TRIGGER, triggers);
    run_index_complete(index, COLUMN_SCOPE, run_index_code(index, COLUMN_SCOPE, text_of("main")));
    run_index_complete(index, COLUMN_INTERACTION, 0);
    run_index_lookup_free(index);
    double filled = seconds();
    fill_calls(index, &rng);
    double called = seconds();
    fill_durations(index, &rng);
    double ended = seconds();

    run_index_lock(index);
    size_t bytes = run_index_memory(index);
    run_index_unlock(index);
    double pass = plain_pass(bytes);
    printf("index of %u runs: %.1f bytes a run; a plain pass over them takes %.2f ms\n", runs,
           (double)bytes / runs, pass * 1e3);
    report("build: created_at and order", loaded - start, pass);
    report("build: two columns of words by rowid", filled - loaded, pass);
    report("build: 2.5 calls a run", called - filled, pass);
    report("build: durations", ended - called, pass);
    measure_filter(index, "", pass);
    measure_filter(index, "status:failed", pass);
    measure_filter(index, "status:failed trigger:mcp,http elicitation:false after:7d", pass);
    measure_filter(index, "status:failed trigger:mcp tool:space1.* duration:>5s", pass);
    measure_sort(index, pass);
    measure_merge(index, pass);
    run_index_free(index);
    return 0;
}
