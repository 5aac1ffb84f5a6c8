/*
 * Totals, facets and the histogram against counting each facet on its own, run by run.
 */
#include "data/base/die.h"
#include "tests/support/filter_of.h"
#include "tests/support/index_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    KEYS = 1u << FILTER_STATUS | 1u << FILTER_TRIGGER | 1u << FILTER_TOOL | 1u << FILTER_ELICITATION |
           1u << FILTER_AFTER | 1u << FILTER_BEFORE | 1u << FILTER_DURATION | 1u << FILTER_CODE |
           1u << FILTER_ID,
    BUCKETS = 40,
};

struct world {
    struct model model;
    struct run_index *index;
    struct arena arena;
};

static void world_init(struct world *world, uint64_t seed, size_t runs, uint32_t spread)
{
    model_init(&world->model, seed, spread);
    model_add_runs(&world->model, runs);
    world->index = run_index_new();
    model_build(&world->model, world->index);
    model_read_durations(&world->model, world->index, 1);
    arena_init(&world->arena);
}

static void world_release(struct world *world)
{
    arena_release(&world->arena);
    run_index_free(world->index);
    model_release(&world->model);
}

static struct meta ask(struct world *world, const struct index_question *question)
{
    struct meta meta;
    struct index_meta_options options = {.max_buckets = BUCKETS};
    run_index_lock(world->index);
    assert_int_equal(run_index_meta(world->index, question, &options, &world->arena, &meta), 0);
    run_index_unlock(world->index);
    return meta;
}

/* ---- the slow way ---- */

struct asked {
    const struct model *model;
    const struct filter *filter;
    const char *scope;
};

static bool passes_but(const struct asked *asked, const struct model_run *run, unsigned keys)
{
    struct filter rest;
    filter_copy(&rest, asked->filter);
    for (int key = 0; key < FILTER_KEY_COUNT; key++)
        if (keys & 1u << key)
            filter_clear_key(&rest, (enum filter_key)key);
    bool is_match = model_matches(run, &rest, asked->scope);
    filter_release(&rest);
    return is_match;
}

static int64_t count_word(const struct asked *asked, enum filter_key key, struct text word)
{
    int64_t n = 0;
    for (size_t i = 0; i < asked->model->count; i++) {
        const struct model_run *run = &asked->model->runs[i];
        const char *own = key == FILTER_STATUS ? run->status : run->trigger;
        n += text_eq(text_of(own), word) && passes_but(asked, run, 1u << key);
    }
    return n;
}

static int64_t count_scope(const struct asked *asked, struct text word)
{
    struct asked open = {asked->model, asked->filter, NULL};
    int64_t n = 0;
    for (size_t i = 0; i < asked->model->count; i++)
        n += text_is(word, asked->model->runs[i].scope) && passes_but(&open, &asked->model->runs[i], 0);
    return n;
}

static int64_t count_calls(const struct asked *asked, struct text pattern)
{
    int64_t n = 0;
    for (size_t i = 0; i < asked->model->count; i++) {
        const struct model_run *run = &asked->model->runs[i];
        bool is_match = passes_but(asked, run, 1u << FILTER_TOOL);
        for (size_t call = 0; is_match && call < run->tool_count; call++)
            n += tool_pattern_matches(pattern, text_of(run->tools[call]));
    }
    return n;
}

static int64_t count_since(const struct asked *asked, int64_t span)
{
    int64_t n = 0;
    for (size_t i = 0; i < asked->model->count; i++) {
        const struct model_run *run = &asked->model->runs[i];
        bool is_in = !span || run->created_at >= MODEL_NOW - span;
        n += is_in && passes_but(asked, run, 1u << FILTER_AFTER | 1u << FILTER_BEFORE);
    }
    return n;
}

static int64_t count_interactions(const struct asked *asked, bool with)
{
    int64_t n = 0;
    for (size_t i = 0; i < asked->model->count; i++) {
        const struct model_run *run = &asked->model->runs[i];
        n += run->has_interaction == with && passes_but(asked, run, 1u << FILTER_ELICITATION);
    }
    return n;
}

/* ---- comparing ---- */

static void assert_tally(struct tally tally, int64_t n)
{
    assert_int_equal(tally.n, n);
    assert_true(tally.is_exact);
}

static const struct facet_value *value_of(const struct facet *facet, struct text word)
{
    const struct facet_value *found = NULL;
    for (size_t i = 0; i < facet->count; i++) {
        if (!text_eq(facet->values[i].word, word))
            continue;
        assert_null(found); /* each word once */
        found = &facet->values[i];
    }
    return found;
}

static void assert_facets(const struct meta *meta, const struct asked *asked)
{
    assert_true(meta->status.is_counted && meta->trigger.is_counted && meta->tools.is_counted &&
                meta->scopes.is_counted);
    for (size_t i = 0; i < meta->status.count; i++)
        assert_int_equal(meta->status.values[i].count,
                         count_word(asked, FILTER_STATUS, meta->status.values[i].word));
    for (size_t i = 0; i < meta->trigger.count; i++)
        assert_int_equal(meta->trigger.values[i].count,
                         count_word(asked, FILTER_TRIGGER, meta->trigger.values[i].word));
    for (size_t i = 0; i < meta->tools.count; i++)
        assert_int_equal(meta->tools.values[i].count, count_calls(asked, meta->tools.values[i].word));
    for (size_t i = 0; i < meta->scopes.count; i++)
        assert_int_equal(meta->scopes.values[i].count, count_scope(asked, meta->scopes.values[i].word));
}

/* Every word of the data and of the filter is in its facet. */
static void assert_words_present(const struct meta *meta, const struct asked *asked)
{
    for (size_t i = 0; i < asked->model->count; i++) {
        const struct model_run *run = &asked->model->runs[i];
        assert_non_null(value_of(&meta->status, text_of(run->status)));
        assert_non_null(value_of(&meta->trigger, text_of(run->trigger)));
        assert_non_null(value_of(&meta->scopes, text_of(run->scope)));
        for (size_t call = 0; call < run->tool_count; call++)
            assert_true(value_of(&meta->tools, text_of(run->tools[call])) ||
                        !count_calls(asked, text_of(run->tools[call])));
    }
    for (size_t i = 0; i < asked->filter->count; i++) {
        const struct filter_term *term = &asked->filter->terms[i];
        for (size_t v = 0; v < term->count; v++) {
            struct text word = text_of(term->values[v].text);
            if (term->key == FILTER_STATUS)
                assert_non_null(value_of(&meta->status, word));
            if (term->key == FILTER_TRIGGER)
                assert_non_null(value_of(&meta->trigger, text_is(word, "unknown") ? TEXT_NULL : word));
            if (term->key == FILTER_TOOL)
                assert_non_null(value_of(&meta->tools, word));
        }
    }
}

static void assert_totals(const struct meta *meta, const struct asked *asked)
{
    static const int64_t spans[] = {
#define X(id, label, span) span,
        TIME_PRESETS(X)
#undef X
    };
    int64_t total = 0, filtered = 0, from = INT64_MAX, to = INT64_MIN;
    for (size_t i = 0; i < asked->model->count; i++) {
        const struct model_run *run = &asked->model->runs[i];
        filtered += passes_but(asked, run, 0);
        if (asked->scope && strcmp(asked->scope, run->scope) != 0)
            continue;
        total++;
        from = run->created_at < from ? run->created_at : from;
        to = run->created_at >= to ? run->created_at + 1 : to;
    }
    assert_tally(meta->total, total);
    assert_tally(meta->filtered, filtered);
    assert_tally(meta->with_interaction, count_interactions(asked, true));
    assert_tally(meta->without_interaction, count_interactions(asked, false));
    for (int i = 0; i < PRESET_COUNT; i++)
        assert_tally(meta->presets[i], count_since(asked, spans[i]));
    if (total) {
        assert_int_equal(meta->extent.from, from);
        assert_int_equal(meta->extent.to, to);
    } else {
        assert_true(meta->extent.from >= meta->extent.to);
    }
}

static void assert_histogram(const struct meta *meta, const struct asked *asked)
{
    const struct histogram *histogram = &meta->histogram;
    struct bucket *expected = mem_new_array(histogram->count + 1, sizeof *expected);
    for (size_t i = 0; i < asked->model->count; i++) {
        const struct model_run *run = &asked->model->runs[i];
        if (!passes_but(asked, run, 0))
            continue;
        assert_true(histogram->width > 0);
        size_t bucket = (size_t)((run->created_at - histogram->start) / histogram->width);
        assert_in_range(bucket, 0, histogram->count - 1); /* nothing filtered falls out */
        expected[bucket].counts[run_status_of(text_of(run->status))]++;
    }
    assert_true(histogram->count <= BUCKETS);
    if (histogram->count)
        assert_memory_equal(histogram->buckets, expected, histogram->count * sizeof *expected);
    assert_true(meta->histogram_is_exact);
    free(expected);
}

static void every_number_is_the_counted_one(void **state)
{
    (void)state;
    static const struct {
        size_t runs;
        uint32_t spread;
    } shapes[] = {{0, 100}, {1, 100}, {70, 1}, {90, 7200000}, {120, 100000000}};
    static const char *const scopes[] = {NULL, NULL, "main-1", "other-2", "no-such"};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        struct world world;
        world_init(&world, s + 1, shapes[s].runs, shapes[s].spread);
        for (int round = 0; round < 40; round++) {
            char line[MODEL_LINE_MAX];
            struct filter filter;
            struct model_externals externals;
            model_filter(&world.model, round % 5, KEYS, line, &filter);
            model_search(&world.model, &filter, true, &externals);
            struct asked asked = {&world.model, &filter, scopes[rand_below(&world.model.rng, 5)]};
            struct index_question question = {.filter = &filter,
                                              .now = MODEL_NOW,
                                              .scope = asked.scope,
                                              .externals = externals.list,
                                              .external_count = externals.count};
            struct meta meta = ask(&world, &question);
            assert_totals(&meta, &asked);
            assert_facets(&meta, &asked);
            assert_words_present(&meta, &asked);
            assert_histogram(&meta, &asked);
            model_externals_release(&externals);
            filter_release(&filter);
        }
        world_release(&world);
    }
}

static void facets_are_in_order(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 5, 300, 1000);
    struct filter filter = filter_of("status:cancelled");
    struct meta meta = ask(&world, &(struct index_question){.filter = &filter, .now = MODEL_NOW});
    for (int i = 0; i < STATUS_OTHER; i++)
        assert_true(text_is(meta.status.values[i].word, run_status_word((enum run_status)i)));
    assert_true(text_is(meta.status.values[STATUS_OTHER].word, "odd"));
    assert_int_equal(meta.status.count, STATUS_OTHER + 1);
    filter_release(&filter);
    filter = filter_of("");
    meta = ask(&world, &(struct index_question){.filter = &filter, .now = MODEL_NOW});
    for (size_t i = 1; i < meta.trigger.count; i++)
        assert_true(meta.trigger.values[i - 1].count >= meta.trigger.values[i].count);
    for (size_t i = 1; i < meta.tools.count; i++)
        assert_true(meta.tools.values[i - 1].count >= meta.tools.values[i].count);
    world_release(&world);
}

/* Whole blocks are counted in other ways than a few runs, and few words in others than many. */
static void check_large(size_t words, const char *line, size_t failed_every)
{
    enum { RUNS = 13000, WORDS_MAX = 400, FAILED_EVERY = 3 };
    static struct index_row rows[RUNS];
    static int64_t expected[WORDS_MAX];
    struct world world = {.index = run_index_new()};
    arena_init(&world.arena);
    for (uint32_t i = 0; i < RUNS; i++)
        rows[i] = (struct index_row){.created_at = MODEL_NOW - i * 1000, .rowid = RUNS - i};
    assert_int_equal(run_index_load(world.index, rows, RUNS, NULL), 0);
    run_index_publish(world.index);
    uint16_t failed = run_index_code(world.index, COLUMN_STATUS, TEXT_LIT("failed"));
    memset(expected, 0, sizeof expected);
    for (uint32_t i = 0; i < RUNS; i++) {
        char word[16];
        size_t number = i % 7 ? i % words : 0;
        snprintf(word, sizeof word, "w%zu", number);
        run_index_put(world.index, COLUMN_TRIGGER, i,
                      run_index_code(world.index, COLUMN_TRIGGER, text_of(word)));
        if (i % FAILED_EVERY == 0)
            run_index_put(world.index, COLUMN_STATUS, i, failed);
        if (i % 5 == 0)
            run_index_put(world.index, COLUMN_INTERACTION, i, 0);
        expected[number] += i % failed_every == 0;
    }
    run_index_complete(world.index, COLUMN_STATUS,
                       run_index_code(world.index, COLUMN_STATUS, TEXT_LIT("completed")));
    for (int column = COLUMN_TRIGGER; column <= COLUMN_TOOLS; column++)
        run_index_complete(world.index, (enum index_column)column, 0);

    struct filter filter = filter_of(line);
    struct meta meta = ask(&world, &(struct index_question){.filter = &filter, .now = MODEL_NOW});
    int64_t bars = 0, failed_bars = 0;
    for (size_t i = 0; i < meta.histogram.count; i++)
        for (int status = 0; status < STATUS_COUNT; status++) {
            bars += meta.histogram.buckets[i].counts[status];
            failed_bars += status == STATUS_FAILED ? meta.histogram.buckets[i].counts[status] : 0;
        }
    assert_int_equal(meta.trigger.count, words);
    for (size_t i = 0; i < words; i++)
        assert_int_equal(meta.trigger.values[i].count,
                         expected[strtoul(meta.trigger.values[i].word.s + 1, NULL, 10)]);
    assert_int_equal(meta.filtered.n, (RUNS + (int64_t)failed_every - 1) / (int64_t)failed_every);
    assert_int_equal(bars, meta.filtered.n);
    assert_int_equal(failed_bars, (RUNS + FAILED_EVERY - 1) / FAILED_EVERY);
    if (failed_every == 1)
        assert_int_equal(meta.with_interaction.n, (RUNS + 4) / 5);
    assert_int_equal(meta.with_interaction.n + meta.without_interaction.n, meta.filtered.n);
    filter_release(&filter);
    arena_release(&world.arena);
    run_index_free(world.index);
}

static void large_blocks_are_counted_too(void **state)
{
    (void)state;
    static const size_t words[] = {3, 12, 13, 254, 300};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        check_large(words[i], "", 1);
        check_large(words[i], "status:failed", 3);
    }
}

static void twenty_tools_and_those_of_the_filter(void **state)
{
    (void)state;
    static char paths[40][16];
    struct model model;
    model_init(&model, 6, 1000);
    model_add_runs(&model, 41 * 20);
    size_t at = 0;
    for (size_t tool = 0; tool < 40; tool++) {
        snprintf(paths[tool], sizeof paths[tool], "t%zu.x", tool);
        for (size_t call = 0; call <= tool; call++, at++) {
            model.runs[at].tool_count = 1;
            model.runs[at].tools[0] = paths[tool];
        }
    }
    struct world world = {.model = model, .index = run_index_new()};
    arena_init(&world.arena);
    model_build(&world.model, world.index);
    struct filter filter = filter_of("tool:t3.x,t39.x,t1.*");
    struct meta meta = ask(&world, &(struct index_question){.filter = &filter, .now = MODEL_NOW});
    assert_int_equal(meta.tools.count, 22);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(meta.tools.values[i].count, 40 - (int64_t)i);
    assert_int_equal(value_of(&meta.tools, text_of("t3.x"))->count, 4);
    assert_int_equal(value_of(&meta.tools, text_of("t1.*"))->count, 2);
    filter_release(&filter);
    world_release(&world);
}

static void the_chart_covers_what_was_asked(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 7, 100, 3600000);
    struct filter filter = filter_of("after:2h");
    struct meta meta = ask(&world, &(struct index_question){.filter = &filter, .now = MODEL_NOW});
    const struct histogram *histogram = &meta.histogram;
    int64_t end = histogram->start + (int64_t)histogram->count * histogram->width;
    assert_true(histogram->start <= MODEL_NOW - 2 * HOUR_MS &&
                histogram->start + histogram->width > MODEL_NOW - 2 * HOUR_MS);
    assert_true(end > MODEL_NOW &&
                end - histogram->width <= MODEL_NOW); /* up to now, though nothing ran lately */
    filter_release(&filter);

    filter_init(&filter);
    filter_set_range(&filter, (struct time_range){MODEL_NOW - 90 * DAY_MS, MODEL_NOW - 80 * DAY_MS});
    struct index_meta_options options = {.max_buckets = BUCKETS, .bucket_width = DAY_MS};
    struct index_question question = {.filter = &filter, .now = MODEL_NOW};
    run_index_lock(world.index);
    run_index_meta(world.index, &question, &options, &world.arena, &meta);
    assert_int_equal(meta.histogram.width, DAY_MS); /* an empty window is shown as one */
    assert_in_range(meta.histogram.count, 10, 11);
    options = (struct index_meta_options){.max_buckets = 0};
    run_index_meta(world.index, &question, &options, &world.arena, &meta);
    assert_int_equal(meta.histogram.width, 0);
    filter_clear(&filter);
    options = (struct index_meta_options){.want_api_chart = true};
    run_index_meta(world.index, &question, &options, &world.arena, &meta);
    run_index_unlock(world.index);
    assert_int_equal(meta.histogram.width, 2 * MINUTE_MS); /* of a span just under an hour */
    assert_int_equal(meta.histogram.start, bucket_start(world.model.runs[0].created_at, 2 * MINUTE_MS));
    filter_release(&filter);
    world_release(&world);
}

static void what_is_not_ready_is_said(void **state)
{
    (void)state;
    struct world world = {.index = run_index_new()};
    struct meta meta;
    struct filter filter = filter_of("");
    struct index_question question = {.filter = &filter, .now = MODEL_NOW};
    struct index_meta_options options = {.max_buckets = BUCKETS};
    arena_init(&world.arena);
    model_init(&world.model, 8, 1000);
    model_add_runs(&world.model, 50);
    assert_int_equal(run_index_meta(world.index, &question, &options, &world.arena, &meta),
                     INDEX_MISSING_ALL);
    assert_int_equal(meta.total.n, -1);

    model_load(&world.model, world.index);
    meta = ask(&world, &question);
    assert_tally(meta.total, 50);
    assert_tally(meta.filtered, 50);
    assert_false(meta.status.is_counted || meta.trigger.is_counted || meta.tools.is_counted ||
                 meta.histogram_is_exact);
    assert_int_equal(meta.with_interaction.n, -1);
    uint32_t others = 0;
    for (size_t i = 0; i < meta.histogram.count; i++)
        others += meta.histogram.buckets[i].counts[STATUS_OTHER];
    assert_int_equal(others, 50);
    assert_true(meta.progress > 0 && meta.progress < 1);

    model_fill(&world.model, world.index, COLUMN_STATUS);
    meta = ask(&world, &question);
    assert_true(meta.status.is_counted && meta.histogram_is_exact);
    filter_release(&filter);
    filter = filter_of("trigger:mcp");
    assert_int_equal(run_index_meta(world.index, &question, &options, &world.arena, &meta),
                     1u << FILTER_TRIGGER);
    assert_tally(meta.total, 50);
    assert_int_equal(meta.filtered.n, -1);
    assert_int_equal(meta.extent.from, world.model.runs[0].created_at);
    filter_release(&filter);

    for (int column = COLUMN_TRIGGER; column <= COLUMN_TOOLS; column++)
        model_fill(&world.model, world.index, (enum index_column)column);
    filter = filter_of("duration:>=0ms"); /* none read yet */
    meta = ask(&world, &question);
    assert_true(meta.progress == 1.0);
    assert_int_equal(meta.filtered.n, 0);
    assert_false(meta.filtered.is_exact || meta.status.is_counted || meta.histogram_is_exact);
    assert_true(meta.total.is_exact);
    filter_release(&filter);
    world_release(&world);
}

/* Times at the very ends of the number line come from outside. */
static void extreme_times_do_no_harm(void **state)
{
    (void)state;
    struct run_index *index = run_index_new();
    const struct index_row rows[] = {
        {INT64_MAX, 1}, {INT64_MAX - 1, 2}, {0, 3}, {INT64_MIN + 1, 4}, {INT64_MIN, 5}};
    assert_int_equal(run_index_load(index, rows, 5, NULL), ERR_OK);
    run_index_publish(index);
    struct arena arena;
    struct meta meta;
    struct filter filter = filter_of("");
    struct index_question question = {.filter = &filter, .now = MODEL_NOW};
    struct index_meta_options options = {.max_buckets = BUCKETS};
    arena_init(&arena);
    run_index_lock(index);
    assert_int_equal(run_index_meta(index, &question, &options, &arena, &meta), 0);
    assert_tally(meta.filtered, 5);
    options.want_api_chart = true;
    assert_int_equal(run_index_meta(index, &question, &options, &arena, &meta), 0);
    filter_set_range(&filter, (struct time_range){0, INT64_MAX});
    assert_int_equal(run_index_meta(index, &question, &options, &arena, &meta), 0);
    assert_tally(meta.filtered, 3);
    run_index_unlock(index);
    filter_release(&filter);
    arena_release(&arena);
    run_index_free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_is_the_counted_one),
        cmocka_unit_test(facets_are_in_order),
        cmocka_unit_test(large_blocks_are_counted_too),
        cmocka_unit_test(twenty_tools_and_those_of_the_filter),
        cmocka_unit_test(the_chart_covers_what_was_asked),
        cmocka_unit_test(what_is_not_ready_is_said),
        cmocka_unit_test(extreme_times_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
