/*
 * What the index costs at a million runs (or the number given): times, and each as a multiple of one plain pass over the index's bytes,
 * which is what the memory itself would take. Ratios stay when the machine changes.
 */
#include "data/base/die.h"
#include "data/base/rand.h"
#include "data/index/run_index_kept.h"
#include "tests/support/filter_of.h"

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

/* What a tenth of a second of a busy history brings: the newest runs change, and others come. */
static void change_some(struct run_index *index)
{
    enum { SOME = 25 };
    struct index_row rows[SOME];
    struct index_upsert upserts[2 * SOME];
    struct index_merge merge;
    run_index_lock(index);
    size_t count = run_index_count(index);
    run_index_rows(index, (uint32_t)(count - SOME), SOME, rows);
    run_index_unlock(index);
    for (size_t i = 0; i < SOME; i++) {
        upserts[i] = (struct index_upsert){.created_at = rows[i].created_at,
                                           .rowid = rows[i].rowid,
                                           .status = (uint16_t)(count / SOME % 3),
                                           .duration_ms = 1000};
        upserts[SOME + i] = (struct index_upsert){.created_at = rows[SOME - 1].created_at + 1 + (int64_t)i,
                                                  .rowid = (INT64_C(1) << 31) + (int64_t)(count + i),
                                                  .duration_ms = DURATION_NONE,
                                                  .is_new = true};
    }
    if (run_index_merge(index, upserts, 2 * SOME, NULL, NULL, &merge, NULL) || merge.inserted != SOME)
        die("the merge failed");
}

/* One who looks: the list and the counts of a filter, as the two lanes of a source ask for them. */
struct look {
    struct filter filter;
    struct index_question question;
    struct index_external externals[FILTER_TERMS_MAX];
    struct bitmap hits;
    struct sort sort;
    struct index_list list;
    double list_took, meta_took;
};

/* A code search that is through: every seventh run has the word. */
static void look_begin(struct look *look, const struct run_index *index, const char *line, struct sort sort)
{
    *look = (struct look){.filter = filter_of(line), .sort = sort};
    run_index_list_init(&look->list);
    bitmap_init(&look->hits);
    bitmap_resize(&look->hits, run_index_count(index));
    for (size_t i = 0; i < look->hits.bits; i += 7)
        bitmap_set(&look->hits, i);
    look->question =
        (struct index_question){.filter = &look->filter, .now = NOW, .externals = look->externals};
    for (size_t term = 0; term < look->filter.count; term++)
        if (look->filter.terms[term].key == FILTER_CODE)
            look->externals[look->question.external_count++] =
                (struct index_external){.term = term, .hits = &look->hits};
}

static void look_end(struct look *look)
{
    run_index_list_release(&look->list);
    bitmap_release(&look->hits);
    filter_release(&look->filter);
}

static void look_once(struct look *look, struct run_index *index)
{
    struct index_meta_options options = {.max_buckets = 120};
    struct index_row rows[40];
    struct arena arena;
    struct meta meta;
    arena_init(&arena);
    run_index_lock(index);
    double start = seconds();
    unsigned missing = run_index_list_build(index, &look->question, look->sort, &look->list);
    run_index_list_rows(index, &look->list, look->list.result.count / 2, 40, rows);
    double listed = seconds();
    missing |= run_index_meta(index, &look->question, &options, &arena, &meta);
    look->meta_took = seconds() - listed;
    look->list_took = listed - start;
    run_index_unlock(index);
    if (missing || meta.filtered.n != (int64_t)look->list.result.count)
        die("the list and the counts disagree");
    arena_release(&arena);
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* As if the whole history had just been shown, and nothing else been asked. */
static void forget(struct run_index *index, struct index_list *list)
{
    struct look all;
    kept_answers_free(index->kept);
    kept_tools_free(index->tools);
    index->kept = kept_answers_new();
    index->tools = kept_tools_new();
    run_index_list_release(list);
    look_begin(&all, index, "", (struct sort){SORT_CREATED, false});
    look_once(&all, index);
    look_end(&all);
}

/* The question as a new one each time, so that nothing kept answers it; and then as live asks it, after five runs changed and five came. */
static void measure_look(struct run_index *index, const char *line, struct sort sort)
{
    enum { ROUNDS = 5 };
    struct look look;
    double list = 1e9, meta = 1e9, both = 1e9, live_list = 1e9, live_meta = 1e9;
    look_begin(&look, index, line, sort);
    for (int round = 0; round < ROUNDS; round++) {
        forget(index, &look.list);
        look_once(&look, index);
        list = least(list, look.list_took);
        meta = least(meta, look.meta_took);
        both = least(both, look.list_took + look.meta_took);
    }
    for (int round = 0; round < ROUNDS; round++) {
        change_some(index);
        look_once(&look, index);
        live_list = least(live_list, look.list_took);
        live_meta = least(live_meta, look.meta_took);
    }
    printf("  %-62s %8.2f + %8.2f = %8.2f ms   live %8.3f + %8.3f ms\n", line, list * 1e3, meta * 1e3,
           both * 1e3, live_list * 1e3, live_meta * 1e3);
    look_end(&look);
}

static void measure_looks(struct run_index *index)
{
    static const char *const lines[] = {
        "after:90d",
        "status:failed",
        "-status:completed",
        "status:completed",
        "trigger:mcp",
        "status:failed,running trigger:mcp,http",
        "tool:space1.tool9",
        "tool:space1.*",
        "-tool:space1.*",
        "tool:space0.tool1 tool:space2.tool17",
        "tool:space0.*,space1.*,space2.* -tool:space3.*",
        "elicitation:true",
        "elicitation:false",
        "duration:>5s",
        "-duration:>5s duration:<50s",
        "after:1h",
        "after:7d",
        "after:2023-11-01 before:2023-11-10",
        "code:word",
        "-code:word",
        "code:word status:failed",
        "status:failed trigger:mcp,http elicitation:false after:7d",
        "status:failed trigger:mcp tool:space1.* duration:>5s",
    };
    struct sort newest = {SORT_CREATED, false}, oldest = {SORT_CREATED, true},
                longest = {SORT_DURATION, false};
    printf("a changed filter: list + counts of it; and once more after a few runs changed\n");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        measure_look(index, lines[i], newest);
    printf("oldest first\n");
    measure_look(index, "status:failed", oldest);
    printf("by duration\n");
    measure_look(index, "", longest);
    measure_look(index, "status:failed", longest);
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
    for (uint32_t i = 0; i < runs; i += 1 + rand_below(&rng, 20))
        run_index_put(index, COLUMN_INTERACTION, i, 0);
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
    measure_looks(index);
    measure_merge(index, pass);
    run_index_free(index);
    return 0;
}
