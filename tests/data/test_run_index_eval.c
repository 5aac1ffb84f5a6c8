/*
 * Filters on the columns against filter_matches, run by run, over random data and random filters.
 */
#include "tests/support/filter_of.h"
#include "tests/support/index_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ALL_KEYS ((1u << FILTER_KEY_COUNT) - 1)
#define SEARCHED_KEYS (1u << FILTER_CODE | 1u << FILTER_ID)

struct world {
    struct model model;
    struct run_index *index;
};

static struct world world_make(uint64_t seed, size_t runs, uint32_t spread, double read)
{
    struct world world;
    model_init(&world.model, seed, spread);
    model_add_runs(&world.model, runs);
    world.index = run_index_new();
    model_build(&world.model, world.index);
    if (read > 0)
        model_read_durations(&world.model, world.index, read);
    return world;
}

static void world_release(struct world *world)
{
    run_index_free(world->index);
    model_release(&world->model);
}

static const char *random_scope(struct model *model)
{
    static const char *const scopes[] = {NULL, NULL, "main-1", "other-2", "no-such"};
    return scopes[rand_below(&model->rng, 5)];
}

static void assert_same_answer(struct world *world, const struct index_question *question, const char *line)
{
    struct index_result result;
    size_t count = 0;
    run_index_result_init(&result);
    run_index_lock(world->index);
    assert_int_equal(run_index_eval(world->index, question, &result), 0);
    run_index_unlock(world->index);
    assert_int_equal(result.bits.bits, world->model.count);
    for (size_t i = 0; i < world->model.count; i++) {
        bool expected = model_matches(&world->model.runs[i], question->filter, question->scope);
        count += expected;
        if (bitmap_get(&result.bits, i) != expected)
            fail_msg("<%s> at %zu: expected %d", line, i, expected);
    }
    assert_int_equal(result.count, count);
    assert_false(result.is_partial);
    assert_int_equal(result.reach, 0);
    run_index_result_release(&result);
}

static void answers_are_those_of_filter_matches(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 63, 64, 65, 700, 4096 + 30};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct world world = world_make(s + 1, sizes[s], s % 2 ? 300 : 20, 1);
        for (int round = 0; round < 120; round++) {
            char line[MODEL_LINE_MAX];
            struct filter filter;
            struct model_externals externals;
            model_filter(&world.model, 4, ALL_KEYS, line, &filter);
            model_search(&world.model, &filter, true, &externals);
            struct index_question question = {.filter = &filter,
                                              .now = MODEL_NOW,
                                              .scope = random_scope(&world.model),
                                              .externals = externals.list,
                                              .external_count = externals.count};
            assert_same_answer(&world, &question, line);
            model_externals_release(&externals);
            filter_release(&filter);
        }
        world_release(&world);
    }
}

/* What a term says of a run while only some of it is known: 1 yes, 0 no, -1 not known. */
static int term_known(const struct world *world, const struct filter *filter, size_t term, size_t at,
                      const struct model_externals *externals)
{
    const struct model_run *run = &world->model.runs[at];
    struct filter one = {&filter->terms[term], 1};
    if (filter->terms[term].key == FILTER_DURATION && !run->is_read)
        return -1;
    for (size_t i = 0; i < externals->count; i++)
        if (externals->list[i].term == term && !bitmap_get(externals->list[i].searched, at))
            return -1;
    return model_matches(run, &one, NULL);
}

struct known {
    bool matches, is_open, is_candidate;
};

static struct known run_known(const struct world *world, const struct filter *filter, size_t at,
                              const struct model_externals *externals)
{
    bool has_no = false, has_open = false, is_candidate = true;
    for (size_t term = 0; term < filter->count; term++) {
        int known = term_known(world, filter, term, at, externals);
        enum filter_key key = filter->terms[term].key;
        bool is_searched = key == FILTER_DURATION || SEARCHED_KEYS & 1u << key;
        has_no |= known == 0;
        has_open |= known < 0;
        is_candidate &= is_searched || known == 1;
    }
    return (struct known){!has_no && !has_open, !has_no && has_open, is_candidate};
}

static void assert_partial_answer(struct world *world, const struct filter *filter, const char *line)
{
    struct model_externals externals;
    struct index_result result;
    size_t open = 0, candidates = 0, reach = 0;
    model_search(&world->model, filter, false, &externals);
    run_index_result_init(&result);
    struct index_question question = {
        .filter = filter, .now = MODEL_NOW, .externals = externals.list, .external_count = externals.count};
    run_index_lock(world->index);
    assert_int_equal(run_index_eval(world->index, &question, &result), 0);
    run_index_unlock(world->index);
    for (size_t i = 0; i < world->model.count; i++) {
        struct known known = run_known(world, filter, i, &externals);
        if (bitmap_get(&result.bits, i) != known.matches)
            fail_msg("<%s> at %zu: expected %d", line, i, known.matches);
        open += known.is_open;
        candidates += known.is_candidate;
        reach = known.is_open ? i + 1 : reach;
    }
    assert_int_equal(result.unsearched, open);
    assert_int_equal(result.candidates, candidates);
    assert_int_equal(result.reach, reach);
    assert_int_equal(result.is_partial, open > 0);
    run_index_result_release(&result);
    model_externals_release(&externals);
}

static void what_is_not_searched_does_not_match(void **state)
{
    (void)state;
    struct world world = world_make(11, 500, 100, 0.6);
    for (int round = 0; round < 200; round++) {
        char line[MODEL_LINE_MAX];
        struct filter filter;
        model_filter(&world.model, 4, ALL_KEYS, line, &filter);
        assert_partial_answer(&world, &filter, line);
        filter_release(&filter);
    }
    world_release(&world);
}

static unsigned missing_of(struct run_index *index, const struct index_question *question)
{
    struct index_result result;
    run_index_result_init(&result);
    run_index_lock(index);
    unsigned missing = run_index_eval(index, question, &result);
    run_index_unlock(index);
    assert_int_equal(result.count, 0);
    run_index_result_release(&result);
    return missing;
}

static void columns_not_ready_are_named(void **state)
{
    (void)state;
    struct model model;
    struct run_index *index = run_index_new();
    struct filter filter =
        filter_of("status:none trigger:none tool:none elicitation:true code:x id:y duration:>1s after:90m");
    struct index_question question = {.filter = &filter, .now = MODEL_NOW, .scope = "none"};
    unsigned dear = 1u << FILTER_CODE | 1u << FILTER_ID;
    unsigned all = 1u << FILTER_STATUS | 1u << FILTER_TRIGGER | 1u << FILTER_TOOL | 1u << FILTER_ELICITATION |
                   dear | INDEX_MISSING_SCOPE;
    assert_int_equal(missing_of(index, &question), all | INDEX_MISSING_ALL);
    model_init(&model, 3, 10);
    model_add_runs(&model, 10);
    model_load(&model, index);
    assert_int_equal(missing_of(index, &question), all);
    model_fill(&model, index, COLUMN_TOOLS);
    assert_int_equal(missing_of(index, &question), all & ~(1u << FILTER_TOOL));
    model_fill(&model, index, COLUMN_STATUS);
    model_fill(&model, index, COLUMN_TRIGGER);
    model_fill(&model, index, COLUMN_SCOPE);
    model_fill(&model, index, COLUMN_INTERACTION);
    assert_int_equal(missing_of(index, &question), dear);
    question.without = dear;
    assert_int_equal(missing_of(index, &question), 0);
    filter_release(&filter);
    run_index_free(index);
    model_release(&model);
}

static void without_leaves_terms_out(void **state)
{
    (void)state;
    struct world world = world_make(4, 300, 100, 1);
    for (int round = 0; round < 60; round++) {
        char line[MODEL_LINE_MAX];
        struct filter filter, rest;
        model_filter(&world.model, 5, ALL_KEYS & ~SEARCHED_KEYS, line, &filter);
        filter_copy(&rest, &filter);
        filter_clear_key(&rest, FILTER_STATUS);
        filter_clear_key(&rest, FILTER_AFTER);
        filter_clear_key(&rest, FILTER_BEFORE);
        unsigned without = 1u << FILTER_STATUS | 1u << FILTER_AFTER | 1u << FILTER_BEFORE;
        struct index_question question = {.filter = &filter, .now = MODEL_NOW, .without = without};
        struct index_question plain = {.filter = &rest, .now = MODEL_NOW};
        struct index_result a, b;
        run_index_result_init(&a);
        run_index_result_init(&b);
        run_index_lock(world.index);
        assert_int_equal(run_index_eval(world.index, &question, &a), 0);
        assert_int_equal(run_index_eval(world.index, &plain, &b), 0);
        run_index_unlock(world.index);
        assert_int_equal(a.count, b.count);
        for (size_t i = 0; i < world.model.count; i++)
            assert_int_equal(bitmap_get(&a.bits, i), bitmap_get(&b.bits, i));
        run_index_result_release(&a);
        run_index_result_release(&b);
        filter_release(&rest);
        filter_release(&filter);
    }
    world_release(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_those_of_filter_matches),
        cmocka_unit_test(what_is_not_searched_does_not_match),
        cmocka_unit_test(columns_not_ready_are_named),
        cmocka_unit_test(without_leaves_terms_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
