/*
 * Building the index: order, ties, words, widening, and what an empty or a strange table does.
 */
#include "data/base/die.h"
#include "tests/support/index_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void build_matches_model(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        uint32_t spread;
    } shapes[] = {{0, 10}, {1, 10}, {2, 1}, {300, 1}, {300, 40}, {1000, 100000}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct model model;
        struct run_index *index = run_index_new();
        model_init(&model, i, shapes[i].spread);
        model_add_runs(&model, shapes[i].count);
        model_build(&model, index);
        assert_index_is_model(index, &model);
        model_read_durations(&model, index, 0.5);
        assert_index_is_model(index, &model);
        model_read_durations(&model, index, 1);
        assert_index_is_model(index, &model);
        assert_int_equal(run_index_ready(index), COLUMNS_ALL);
        run_index_free(index);
        model_release(&model);
    }
}

static void columns_get_ready_one_by_one(void **state)
{
    (void)state;
    struct model model;
    struct run_index *index = run_index_new();
    model_init(&model, 1, 50);
    model_add_runs(&model, 100);
    assert_int_equal(run_index_ready(index), 0);
    model_load(&model, index);
    assert_int_equal(run_index_ready(index), COLUMN_BIT(COLUMN_CREATED));
    uint64_t revision = run_index_revision(index);
    model_fill(&model, index, COLUMN_TRIGGER);
    assert_int_equal(run_index_ready(index), COLUMN_BIT(COLUMN_CREATED) | COLUMN_BIT(COLUMN_TRIGGER));
    assert_true(run_index_revision(index) > revision);
    assert_index_is_model(index, &model);
    run_index_put(index, COLUMN_TRIGGER, 0, 0); /* too late: does nothing */
    assert_index_is_model(index, &model);
    run_index_reset(index);
    assert_int_equal(run_index_ready(index), 0);
    assert_int_equal(run_index_count(index), 0);
    run_index_free(index);
    model_release(&model);
}

static void load_rows(struct run_index *index, const struct index_row *rows, size_t count)
{
    assert_int_equal(run_index_load(index, rows, count, NULL), ERR_OK);
    run_index_publish(index);
}

static void assert_rowids(struct run_index *index, const int64_t *rowids, size_t count)
{
    struct index_row rows[16];
    run_index_lock(index);
    assert_int_equal(run_index_rows(index, 0, 16, rows), count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(rows[i].rowid, rowids[i]);
    run_index_unlock(index);
}

static void any_order_and_repeated_rows(void **state)
{
    (void)state;
    struct run_index *index = run_index_new();
    const struct index_row rows[] = {{50, 1}, {40, 2}, {40, 3}, {40, 2}, {70, 4}, {-5, 9}, {50, 1}};
    load_rows(index, rows, 7);
    assert_rowids(index, (const int64_t[]){9, 2, 3, 1, 4}, 5);
    run_index_free(index);
}

static void rowids_of_any_size(void **state)
{
    (void)state;
    struct run_index *index = run_index_new();
    const int64_t huge = INT64_MAX, low = INT64_MIN;
    const struct index_row rows[] = {{6, 5}, {5, huge}, {4, 3}, {3, low}, {2, 4294967296}, {1, 4294967295}};
    load_rows(index, rows, 6);
    assert_rowids(index, (const int64_t[]){4294967295, 4294967296, low, 3, huge, 5}, 6);
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t position = 99;
        assert_true(run_index_find_rowid(index, rows[i].rowid, &position));
        assert_int_equal(position, 5 - i);
        assert_true(run_index_find(index, rows[i].created_at, rows[i].rowid, &position));
        assert_int_equal(position, 5 - i);
    }
    uint32_t position;
    assert_false(run_index_find_rowid(index, 4, &position));
    assert_false(run_index_find(index, 6, 3, &position));
    run_index_free(index);
}

static void dense_lookup_knows_its_gaps(void **state)
{
    (void)state;
    struct run_index *index = run_index_new();
    const struct index_row rows[] = {{9, 100}, {8, 107}, {7, 103}};
    uint32_t position;
    load_rows(index, rows, 3);
    assert_true(run_index_find_rowid(index, 107, &position));
    assert_int_equal(position, 1);
    assert_false(run_index_find_rowid(index, 101, &position));
    assert_false(run_index_find_rowid(index, 99, &position));
    assert_false(run_index_find_rowid(index, 108, &position));
    assert_false(run_index_find_rowid(index, INT64_MIN, &position));
    run_index_free(index);
}

static void a_tie_of_other_rows_is_refused(void **state)
{
    (void)state;
    struct run_index *index = run_index_new();
    const struct index_row rows[] = {{5, 1}, {5, 2}, {5, 3}, {4, 4}};
    assert_int_equal(run_index_load(index, rows, 4, NULL), ERR_OK);
    run_index_seal(index);
    struct index_tie tie = {0};
    assert_true(run_index_next_tie(index, &tie));
    assert_int_equal(tie.first, 1);
    assert_int_equal(tie.count, 3);
    assert_false(run_index_order_tie(index, &tie, (const int64_t[]){3, 1, 4}));
    assert_false(run_index_order_tie(index, &tie, (const int64_t[]){3, 1, 1}));
    assert_true(run_index_order_tie(index, &tie, (const int64_t[]){3, 1, 2}));
    assert_false(run_index_next_tie(index, &tie));
    run_index_publish(index);
    assert_rowids(index, (const int64_t[]){4, 3, 1, 2}, 4);
    run_index_free(index);
}

/* More words than a byte can name, in a column that is filled and in one that is already shown. */
static void many_words_widen_the_column(void **state)
{
    (void)state;
    enum { RUNS = 600 };
    struct model model;
    struct run_index *index = run_index_new();
    static char words[RUNS][16];
    model_init(&model, 5, 100);
    model_add_runs(&model, RUNS);
    for (size_t i = 0; i < RUNS; i++) {
        snprintf(words[i], sizeof words[i], "word%zu", i);
        model.runs[i].status = words[i];
    }
    model_build(&model, index);
    assert_index_is_model(index, &model);
    for (size_t i = 0; i < RUNS; i++) {
        model.runs[i].trigger = words[i];
        struct index_upsert upsert = model_upsert(index, &model.runs[i], false);
        struct index_merge merge;
        assert_int_equal(run_index_merge(index, &upsert, 1, NULL, NULL, &merge, NULL), ERR_OK);
        assert_int_equal(merge.changed, 1);
    }
    assert_index_is_model(index, &model);
    run_index_free(index);
    model_release(&model);
}

static void too_many_words_make_the_column_unusable(void **state)
{
    (void)state;
    struct model model;
    struct run_index *index = run_index_new();
    model_init(&model, 6, 100);
    model_add_runs(&model, 20);
    model_build(&model, index);
    char word[32];
    uint16_t code = 0;
    for (int i = 0; i <= INDEX_WORDS_MAX; i++) {
        snprintf(word, sizeof word, "w%d", i);
        code = run_index_code(index, COLUMN_TRIGGER, text_of(word));
    }
    assert_int_equal(code, INDEX_CODE_OVERFLOW);
    assert_int_equal(run_index_code(index, COLUMN_TRIGGER, text_of("mcp")),
                     run_index_code(index, COLUMN_TRIGGER, text_of("mcp")));
    struct filter filter;
    struct filter_mistake mistake;
    assert_int_equal(filter_parse(text_of("trigger:mcp"), TIME_IN_UTC, &filter, &mistake), ERR_OK);
    struct index_question question = {.filter = &filter, .now = MODEL_NOW};
    run_index_lock(index);
    assert_int_equal(run_index_missing(index, &question), 1u << FILTER_TRIGGER);
    run_index_unlock(index);
    filter_release(&filter);
    run_index_free(index);
    model_release(&model);
}

static void long_durations_stay_exact(void **state)
{
    (void)state;
    struct model model;
    struct run_index *index = run_index_new();
    model_init(&model, 7, 100);
    model_add_runs(&model, 50);
    model_build(&model, index);
    model_read_durations(&model, index, 0.5);
    model.runs[3].duration_ms = INT64_C(1) << 40;
    model.runs[4].duration_ms = -(INT64_C(1) << 40);
    model.runs[5].duration_ms = INT32_MAX;
    model.runs[6].duration_ms = INT32_MIN;
    model_read_durations(&model, index, 1);
    assert_index_is_model(index, &model);
    run_index_free(index);
    model_release(&model);
}

static void durations_of_gone_rows_are_skipped(void **state)
{
    (void)state;
    struct run_index *index = run_index_new();
    const struct index_row rows[] = {{9, 1}, {8, 2}};
    load_rows(index, rows, 2);
    const struct index_duration read[] = {{{9, 7, 0}, 5}, {{7, 1, 40}, 5}, {{9, 1, 77}, 6}};
    run_index_put_durations(index, read, 3);
    int64_t ms = 0;
    run_index_lock(index);
    assert_true(run_index_duration(index, 1, &ms));
    assert_int_equal(ms, 6);
    assert_false(run_index_duration(index, 0, &ms));
    assert_false(run_index_duration(index, 2, &ms));
    assert_int_equal(run_index_durations_missing(index, 0, 99), 1);
    run_index_unlock(index);
    assert_false(run_index_ready(index) & COLUMN_BIT(COLUMN_DURATION));
    run_index_free(index);
}

static void a_new_index_takes_the_place_of_the_old(void **state)
{
    (void)state;
    struct model old, fresh;
    struct run_index *index = run_index_new(), *behind = run_index_new();
    model_init(&old, 8, 100);
    model_add_runs(&old, 50);
    model_build(&old, index);
    model_init(&fresh, 9, 100);
    model_add_runs(&fresh, 70);
    model_build(&fresh, behind);
    struct bitmap bitmap;
    uint64_t layout = run_index_layout(index);
    bitmap_init(&bitmap);
    bitmap_resize(&bitmap, 50);
    run_index_take(index, behind);
    assert_index_is_model(index, &fresh);
    assert_false(run_index_carry(index, &layout, &bitmap, NULL));
    assert_int_equal(run_index_count(behind), 0);
    bitmap_release(&bitmap);
    run_index_free(index);
    run_index_free(behind);
    model_release(&old);
    model_release(&fresh);
}

static void memory_stays_in_its_budget(void **state)
{
    (void)state;
    enum { RUNS = 20000 };
    struct run_index *index = run_index_new();
    struct index_row *rows = mem_new_array(RUNS, sizeof *rows);
    for (size_t i = 0; i < RUNS; i++)
        rows[i] = (struct index_row){.created_at = 1000000 - (int64_t)i, .rowid = (int64_t)(RUNS - i)};
    load_rows(index, rows, RUNS);
    for (uint32_t i = 0; i < RUNS; i++) {
        run_index_put(index, COLUMN_STATUS, i,
                      run_index_code(index, COLUMN_STATUS, text_of(i % 3 ? "a" : "b")));
        run_index_put(index, COLUMN_TRIGGER, i,
                      run_index_code(index, COLUMN_TRIGGER, text_of(i % 3 ? "a" : "b")));
        for (uint32_t call = 0; call < 2 + i % 2; call++)
            run_index_put(index, COLUMN_TOOLS, i, run_index_code(index, COLUMN_TOOLS, text_of("tool")));
    }
    for (int column = COLUMN_STATUS; column <= COLUMN_TOOLS; column++)
        run_index_complete(index, (enum index_column)column, 0);
    run_index_lock(index);
    size_t a_run = run_index_memory(index) / RUNS;
    run_index_unlock(index);
    assert_in_range(a_run, 20, 36);
    free(rows);
    run_index_free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(build_matches_model),
        cmocka_unit_test(columns_get_ready_one_by_one),
        cmocka_unit_test(any_order_and_repeated_rows),
        cmocka_unit_test(rowids_of_any_size),
        cmocka_unit_test(dense_lookup_knows_its_gaps),
        cmocka_unit_test(a_tie_of_other_rows_is_refused),
        cmocka_unit_test(many_words_widen_the_column),
        cmocka_unit_test(too_many_words_make_the_column_unusable),
        cmocka_unit_test(long_durations_stay_exact),
        cmocka_unit_test(durations_of_gone_rows_are_skipped),
        cmocka_unit_test(a_new_index_takes_the_place_of_the_old),
        cmocka_unit_test(memory_stays_in_its_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
