/*
 * Lists, ranks, anchors and orders against a plain sorted array.
 */
#include "data/base/die.h"
#include "tests/support/index_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct sort sorts[] = {
    {SORT_CREATED, false}, {SORT_CREATED, true}, {SORT_DURATION, false}, {SORT_DURATION, true}};
enum { SORTS = sizeof sorts / sizeof *sorts };

/* The list as product and contract define it: positions in the model, in list order. */
struct expected {
    const struct model *model;
    struct sort sort;
    size_t *at;
    size_t count;
};

static int64_t known_duration(const struct model_run *run)
{
    return run->is_read ? run->duration_ms : DURATION_NONE;
}

static int newest_first(size_t a, size_t b)
{
    return a > b ? -1 : a < b; /* the model is sorted by (created_at, id) */
}

static int by_duration(const struct model *model, size_t a, size_t b, bool is_ascending)
{
    int64_t x = known_duration(&model->runs[a]), y = known_duration(&model->runs[b]);
    if (x == y)
        return newest_first(a, b);
    if (x == DURATION_NONE || y == DURATION_NONE)
        return x == DURATION_NONE ? 1 : -1;
    return (x < y) == is_ascending ? -1 : 1;
}

static int compare_expected(const void *a, const void *b, void *context)
{
    const struct expected *expected = context;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    if (expected->sort.field == SORT_DURATION)
        return by_duration(expected->model, x, y, expected->sort.is_ascending);
    return expected->sort.is_ascending ? -newest_first(x, y) : newest_first(x, y);
}

static struct expected expect_list(const struct model *model, const struct filter *filter, struct sort sort)
{
    struct expected expected = {model, sort, mem_new_array(model->count, sizeof(size_t)), 0};
    for (size_t i = 0; i < model->count; i++)
        if (model_matches(&model->runs[i], filter, NULL))
            expected.at[expected.count++] = i;
    qsort_r(expected.at, expected.count, sizeof *expected.at, compare_expected, &expected);
    return expected;
}

struct world {
    struct model model;
    struct run_index *index;
    struct index_list list;
};

static void world_init(struct world *world, uint64_t seed, size_t runs, uint32_t spread, double read)
{
    model_init(&world->model, seed, spread);
    model_add_runs(&world->model, runs);
    world->index = run_index_new();
    model_build(&world->model, world->index);
    model_read_durations(&world->model, world->index, read);
    run_index_list_init(&world->list);
}

static void world_release(struct world *world)
{
    run_index_list_release(&world->list);
    run_index_free(world->index);
    model_release(&world->model);
}

static void assert_window(struct world *world, const struct expected *expected)
{
    struct index_row rows[40];
    size_t from = rand_below(&world->model.rng, (uint32_t)expected->count + 2),
           n = rand_below(&world->model.rng, 40);
    size_t left = from < expected->count ? expected->count - from : 0;
    size_t got = run_index_list_rows(world->index, &world->list, from, n, rows);
    assert_int_equal(got, n < left ? n : left);
    for (size_t i = 0; i < got; i++) {
        assert_int_equal(rows[i].position, expected->at[from + i]);
        assert_int_equal(rows[i].rowid, world->model.runs[expected->at[from + i]].rowid);
        assert_int_equal(rows[i].created_at, world->model.runs[expected->at[from + i]].created_at);
    }
}

/* How many rows of the list come before a run, that need not be in it. */
static size_t rank_of(struct expected *expected, size_t position)
{
    size_t rank = 0;
    for (size_t i = 0; i < expected->count; i++)
        rank += compare_expected(&expected->at[i], &position, expected) < 0;
    return rank;
}

static void assert_ranks(struct world *world, struct expected *expected)
{
    for (size_t i = 0; i < expected->count; i++)
        assert_int_equal(run_index_list_at(&world->list, i), expected->at[i]);
    for (size_t i = 0; i < world->model.count; i += 1 + rand_below(&world->model.rng, 9))
        assert_int_equal(run_index_list_rank(world->index, &world->list, (uint32_t)i), rank_of(expected, i));
}

static void assert_failed_found(struct world *world, const struct expected *expected)
{
    ptrdiff_t count = (ptrdiff_t)expected->count;
    ptrdiff_t from = (ptrdiff_t)rand_below(&world->model.rng, (uint32_t)count + 2) - 1;
    for (int step = -1; step <= 1; step += 2) {
        size_t wanted = BITMAP_NONE;
        for (ptrdiff_t i = from + step; i >= 0 && i < count && wanted == BITMAP_NONE; i += step)
            if (run_status_of(text_of(world->model.runs[expected->at[i]].status)) == STATUS_FAILED)
                wanted = (size_t)i;
        assert_int_equal(run_index_list_find_status(world->index, &world->list, from, step, STATUS_FAILED),
                         wanted);
    }
}

static void assert_counted_after(struct world *world, const struct expected *expected)
{
    int64_t cutoff = MODEL_NOW - rand_below(&world->model.rng, world->model.spread), total, failed;
    int64_t wanted = 0, wanted_failed = 0;
    for (size_t i = 0; i < expected->count; i++) {
        const struct model_run *run = &world->model.runs[expected->at[i]];
        wanted += run->created_at > cutoff;
        wanted_failed += run->created_at > cutoff && run_status_of(text_of(run->status)) == STATUS_FAILED;
    }
    run_index_list_count_after(world->index, &world->list, cutoff, &total, &failed);
    assert_int_equal(total, wanted);
    assert_int_equal(failed, wanted_failed);
}

static void build_list(struct world *world, const struct filter *filter, struct sort sort)
{
    struct index_question question = {.filter = filter, .now = MODEL_NOW};
    assert_int_equal(run_index_list_build(world->index, &question, sort, &world->list), 0);
}

static void assert_list(struct world *world, const struct filter *filter, struct sort sort)
{
    struct expected expected = expect_list(&world->model, filter, sort);
    run_index_lock(world->index);
    build_list(world, filter, sort);
    assert_int_equal(world->list.result.count, expected.count);
    assert_ranks(world, &expected);
    for (int i = 0; i < 5; i++) {
        assert_window(world, &expected);
        assert_failed_found(world, &expected);
        assert_counted_after(world, &expected);
    }
    run_index_unlock(world->index);
    free(expected.at);
}

enum { PLAIN_KEYS = 1u << FILTER_STATUS | 1u << FILTER_TRIGGER | 1u << FILTER_TOOL | 1u << FILTER_AFTER };

static void lists_are_sorted_matches(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 200, 900};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct world world;
        world_init(&world, s + 1, sizes[s], s % 2 ? 30 : 5000, s == 3 ? 0.7 : 1);
        for (int round = 0; round < 24; round++) {
            char line[MODEL_LINE_MAX];
            struct filter filter;
            model_filter(&world.model, round % 3, PLAIN_KEYS, line, &filter);
            assert_list(&world, &filter, sorts[round % SORTS]);
            filter_release(&filter);
        }
        world_release(&world);
    }
}

static void long_durations_are_sorted_too(void **state)
{
    (void)state;
    struct world world;
    struct filter all;
    filter_init(&all);
    world_init(&world, 9, 300, 100, 1);
    for (size_t i = 0; i < 300; i += 3)
        world.model.runs[i].duration_ms =
            rand_between(&world.model.rng, -(INT64_C(1) << 50), INT64_C(1) << 50);
    model_read_durations(&world.model, world.index, 1);
    for (int i = 0; i < SORTS; i++)
        assert_list(&world, &all, sorts[i]);
    world_release(&world);
}

static void unread_durations_stand_last(void **state)
{
    (void)state;
    struct world world;
    struct filter all;
    filter_init(&all);
    world_init(&world, 10, 200, 100, 0.5);
    run_index_lock(world.index);
    build_list(&world, &all, sorts[2]);
    size_t unread = 0, reach = 0;
    for (size_t i = 0; i < world.model.count; i++) {
        unread += !world.model.runs[i].is_read;
        reach = world.model.runs[i].is_read ? reach : i + 1;
    }
    assert_true(world.list.result.is_partial);
    assert_int_equal(world.list.result.unsearched, unread);
    assert_int_equal(world.list.result.reach, reach);
    build_list(&world, &all, sorts[0]);
    assert_false(world.list.result.is_partial);
    run_index_unlock(world.index);
    world_release(&world);
}

/* ---- anchors ---- */

static size_t anchor_rank(struct world *world, struct index_anchor anchor, bool *found)
{
    return run_index_list_anchor(world->index, &world->list, &anchor, found);
}

/* Every run of the model, in the list or not, known by its rowid or only by its id. */
static void assert_anchors_of(struct world *world, struct expected *expected, size_t position, bool has_rowid)
{
    const struct model_run *run = &world->model.runs[position];
    bool is_member = false, found;
    for (size_t i = 0; i < expected->count; i++)
        is_member |= expected->at[i] == position;
    struct index_anchor anchor = {.kind = ANCHOR_KEY,
                                  .created_at = run->created_at,
                                  .duration_ms = known_duration(run),
                                  .id = model_run_id(run),
                                  .has_rowid = has_rowid,
                                  .rowid = run->rowid,
                                  .compare = model_compare_id,
                                  .context = &world->model};
    size_t rank = rank_of(expected, position);
    assert_int_equal(anchor_rank(world, anchor, &found), rank);
    assert_int_equal(found, is_member);
    anchor.kind = ANCHOR_AFTER;
    assert_int_equal(anchor_rank(world, anchor, &found), rank + is_member);
}

/* A key whose run is gone: every row before it in the order, none at it. */
static void assert_anchors_of_gone(struct world *world, struct expected *expected)
{
    struct model_run gone = model_random_run(&world->model);
    struct index_anchor anchor = {.created_at = gone.created_at,
                                  .duration_ms = gone.duration_ms,
                                  .id = model_run_id(&gone),
                                  .has_rowid = true,
                                  .rowid = gone.rowid,
                                  .compare = model_compare_id,
                                  .context = &world->model};
    bool found = true;
    anchor.kind = ANCHOR_KEY;
    size_t key = anchor_rank(world, anchor, &found);
    assert_false(found);
    anchor.kind = ANCHOR_AFTER;
    assert_int_equal(anchor_rank(world, anchor, &found), key);
    gone.is_read = true;
    size_t position = model_insert(&world->model, &gone); /* where it would stand */
    for (size_t i = 0; i < expected->count; i++)
        expected->at[i] += expected->at[i] >= position;
    assert_int_equal(rank_of(expected, position), key);
    for (size_t i = 0; i < expected->count; i++)
        expected->at[i] -= expected->at[i] > position;
    model_remove(&world->model, position);
}

static void assert_anchors_by_number(struct world *world, const struct expected *expected)
{
    bool found;
    size_t last = expected->count ? expected->count - 1 : 0;
    assert_int_equal(anchor_rank(world, (struct index_anchor){.kind = ANCHOR_FIRST}, &found), 0);
    assert_int_equal(found, expected->count > 0);
    assert_int_equal(anchor_rank(world, (struct index_anchor){.kind = ANCHOR_LAST}, &found), last);
    assert_int_equal(anchor_rank(world, (struct index_anchor){.kind = ANCHOR_RANK, .rank = -5}, NULL), 0);
    assert_int_equal(anchor_rank(world, (struct index_anchor){.kind = ANCHOR_RANK, .rank = 1 << 20}, NULL),
                     last);
}

static void assert_anchor_by_time(struct world *world, const struct expected *expected)
{
    if (expected->sort.field != SORT_CREATED)
        return;
    int64_t t = MODEL_NOW - rand_below(&world->model.rng, world->model.spread + 2);
    size_t rank = 0;
    for (; rank < expected->count; rank++) {
        int64_t created = world->model.runs[expected->at[rank]].created_at;
        if (expected->sort.is_ascending ? created >= t : created <= t)
            break;
    }
    bool found;
    struct index_anchor anchor = {.kind = ANCHOR_TIME, .created_at = t};
    assert_int_equal(anchor_rank(world, anchor, &found), rank);
    assert_int_equal(found, rank < expected->count);
}

static void anchors_find_their_place(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 21, 150, 25, 1);
    for (int round = 0; round < 40; round++) {
        char line[MODEL_LINE_MAX];
        struct filter filter;
        model_filter(&world.model, round % 3, PLAIN_KEYS, line, &filter);
        struct expected expected = expect_list(&world.model, &filter, sorts[round % SORTS]);
        run_index_lock(world.index);
        build_list(&world, &filter, sorts[round % SORTS]);
        for (size_t i = 0; i < world.model.count; i += 7)
            assert_anchors_of(&world, &expected, i, i % 2);
        for (int i = 0; i < 10; i++) {
            assert_anchors_of_gone(&world, &expected);
            assert_anchor_by_time(&world, &expected);
        }
        assert_anchors_by_number(&world, &expected);
        run_index_unlock(world.index);
        free(expected.at);
        filter_release(&filter);
    }
    world_release(&world);
}

/* ---- keeping ---- */

static void a_list_is_kept_while_nothing_changed(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 31, 100, 1000, 1);
    struct filter filter;
    filter_init(&filter);
    filter_set_recent(&filter, HOUR_MS);
    struct index_question question = {.filter = &filter, .now = MODEL_NOW};
    run_index_lock(world.index);
    run_index_list_build(world.index, &question, sorts[2], &world.list);
    const uint32_t *order = world.list.order;
    world.list.order[0] = UINT32_MAX; /* a mark */
    question.now += 5;                /* slides, and nothing falls out */
    run_index_list_build(world.index, &question, sorts[2], &world.list);
    assert_ptr_equal(world.list.order, order);
    assert_int_equal(world.list.order[0], UINT32_MAX);
    question.now += HOUR_MS - 500; /* now some do */
    run_index_list_build(world.index, &question, sorts[2], &world.list);
    assert_in_range(world.list.result.count, 1, 99);
    assert_int_not_equal(world.list.order[0], UINT32_MAX);
    world.list.order[0] = UINT32_MAX;
    run_index_list_build(world.index, &question, sorts[3], &world.list);
    assert_int_not_equal(world.list.order[0], UINT32_MAX);
    question.scope = "main-1";
    run_index_list_build(world.index, &question, sorts[0], &world.list);
    assert_null(world.list.order);
    size_t in_scope = world.list.result.count;
    run_index_unlock(world.index);
    world.model.runs[99].scope = "other-2";
    struct index_upsert upsert = model_upsert(world.index, &world.model.runs[99], false);
    struct index_merge merge;
    assert_int_equal(run_index_merge(world.index, &upsert, 1, NULL, NULL, &merge, NULL), ERR_OK);
    run_index_lock(world.index);
    run_index_list_build(world.index, &question, sorts[0], &world.list);
    assert_int_equal(world.list.result.count, in_scope - merge.changed);
    run_index_unlock(world.index);
    filter_release(&filter);
    world_release(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_sorted_matches),
        cmocka_unit_test(long_durations_are_sorted_too),
        cmocka_unit_test(unread_durations_stand_last),
        cmocka_unit_test(anchors_find_their_place),
        cmocka_unit_test(a_list_is_kept_while_nothing_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
