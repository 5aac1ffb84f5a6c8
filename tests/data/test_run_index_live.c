/*
 * The index that moves: late runs, shared milliseconds, changes, calls and sweeps against the model; bitmaps that follow; and readers
 * at work while the writer is.
 */
#include "data/base/die.h"
#include "tests/support/index_model.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BATCH = 24 };

/* A batch of a model's fresh and changed runs, told to the index. */
struct batch {
    struct index_upsert upserts[BATCH];
    struct model_run runs[BATCH]; /* the upserts borrow their ids */
    size_t count, fresh;
};

static void add_fresh(struct model *model, struct batch *batch)
{
    struct model_run run = model_random_run(model);
    if (rand_chance(&model->rng, 0.5)) /* as a rule the newest */
        run.created_at = MODEL_NOW + rand_below(&model->rng, 3);
    run.is_read = rand_chance(&model->rng, 0.5);
    run.tool_count = 0;
    batch->runs[batch->count++] = run;
    batch->fresh++;
}

static void add_changed(struct model *model, struct batch *batch)
{
    struct model_run *run = &model->runs[rand_below(&model->rng, (uint32_t)model->count)];
    struct model_run other = model_random_run(model);
    for (size_t i = 0; i < batch->count; i++)
        if (batch->runs[i].rowid == run->rowid)
            return;
    run->status = other.status;
    run->trigger = other.trigger;
    run->scope = other.scope;
    run->has_interaction |= other.has_interaction;
    if (rand_chance(&model->rng, 0.5)) {
        run->is_read = true;
        run->duration_ms = other.duration_ms;
    }
    batch->runs[batch->count++] = *run;
}

static void merge_batch(struct model *model, struct run_index *index, struct batch *batch)
{
    struct index_merge merge;
    size_t moved = 0, old = model->count;
    int64_t newest = old ? model->runs[old - 1].created_at : INT64_MIN;
    for (size_t i = 0; i < batch->count; i++)
        batch->upserts[i] = model_upsert(index, &batch->runs[i], i < batch->fresh);
    enum err_code code =
        run_index_merge(index, batch->upserts, batch->count, model_compare_id, model, &merge, NULL);
    assert_int_equal(code, ERR_OK);
    assert_int_equal(merge.inserted, batch->fresh);
    assert_int_equal(merge.lost, 0);
    for (size_t i = 0; i < batch->fresh; i++) {
        moved += batch->runs[i].created_at < newest;
        model_insert(model, &batch->runs[i]);
    }
    assert_true(merge.moved >= moved);
}

static void random_merge(struct model *model, struct run_index *index)
{
    struct batch batch = {.count = 0};
    uint32_t fresh = rand_below(&model->rng, 12), changed = rand_below(&model->rng, 12);
    for (uint32_t i = 0; i < fresh; i++)
        add_fresh(model, &batch);
    for (uint32_t i = 0; i < changed && model->count; i++)
        add_changed(model, &batch);
    merge_batch(model, index, &batch);
}

static void random_calls(struct model *model, struct run_index *index)
{
    struct index_call calls[BATCH];
    size_t count = 0;
    for (uint32_t i = 0; model->count && i < BATCH; i++) {
        struct model_run *run = &model->runs[rand_below(&model->rng, (uint32_t)model->count)];
        const char *tool = rand_chance(&model->rng, 0.5) ? "search" : "brand.new";
        if (run->tool_count == MODEL_TOOLS)
            continue;
        run->tools[run->tool_count++] = tool;
        calls[count++] = (struct index_call){run->created_at, run->rowid,
                                             run_index_code(index, COLUMN_TOOLS, text_of(tool))};
    }
    assert_int_equal(run_index_add_calls(index, calls, count), count);
    const struct index_call nobodys = {MODEL_NOW, INT64_C(1) << 40, 0};
    assert_int_equal(run_index_add_calls(index, &nobodys, 1), 0);
}

static void random_sweep(struct model *model, struct run_index *index)
{
    struct index_row rows[10];
    size_t count = 0;
    for (size_t i = 0; i < 8 && model->count; i++) {
        size_t at = rand_below(&model->rng, (uint32_t)model->count);
        rows[count++] =
            (struct index_row){.created_at = model->runs[at].created_at, .rowid = model->runs[at].rowid};
        model_remove(model, at);
    }
    rows[count] = (struct index_row){.created_at = 5, .rowid = 5};
    size_t distinct = count;
    if (count)
        rows[count + 1] = rows[0]; /* named twice */
    assert_int_equal(run_index_remove(index, rows, count ? count + 2 : 1), distinct);
}

static void random_step(struct model *model, struct run_index *index)
{
    switch (rand_below(&model->rng, 4)) {
    case 0: random_calls(model, index); break;
    case 1: random_sweep(model, index); break;
    default: random_merge(model, index); break;
    }
}

static void changes_follow_the_model(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        uint32_t spread;
    } shapes[] = {{0, 50}, {1, 1}, {200, 1}, {200, 60}, {400, 100000}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct model model;
        struct run_index *index = run_index_new();
        model_init(&model, i + 40, shapes[i].spread);
        model_add_runs(&model, shapes[i].count);
        model_build(&model, index);
        for (int round = 0; round < 60; round++) {
            random_step(&model, index);
            assert_index_is_model(index, &model);
        }
        model_read_durations(&model, index, 1);
        assert_index_is_model(index, &model);
        assert_int_equal(run_index_ready(index), COLUMNS_ALL);
        run_index_free(index);
        model_release(&model);
    }
}

/* The poller and the projection are one thread but two tasks: a merge may come between any two columns, and the lookup goes on. */
static void changes_come_while_columns_are_filled(void **state)
{
    (void)state;
    struct model model;
    struct run_index *index = run_index_new();
    model_init(&model, 50, 200);
    model_add_runs(&model, 300);
    model_load(&model, index);
    for (size_t i = 0; i < 300; i += 2) /* half of the calls are known when the first changes come */
        for (size_t call = 0; call < model.runs[i].tool_count; call++)
            run_index_put(index, COLUMN_TOOLS, (uint32_t)i,
                          run_index_code(index, COLUMN_TOOLS, text_of(model.runs[i].tools[call])));
    for (size_t i = 1; i < 300; i += 2)
        model.runs[i].tool_count = 0;
    for (int column = COLUMN_STATUS; column < COLUMN_TOOLS; column++) {
        for (int step = 0; step < 6; step++)
            random_step(&model, index);
        model_fill(&model, index, (enum index_column)column);
        assert_index_is_model(index, &model);
    }
    for (int step = 0; step < 6; step++)
        random_step(&model, index);
    run_index_complete(index, COLUMN_TOOLS, 0);
    assert_index_is_model(index, &model);
    uint32_t position;
    for (size_t i = 0; i < model.count; i++) {
        assert_true(run_index_find_rowid(index, model.runs[i].rowid, &position));
        assert_int_equal(position, i);
    }
    run_index_free(index);
    model_release(&model);
}

static void the_lookup_follows_merges(void **state)
{
    (void)state;
    struct model model;
    uint32_t position;
    struct run_index *index = run_index_new();
    model_init(&model, 53, 50);
    model_add_runs(&model, 100);
    model_build(&model, index);
    for (int round = 0; round < 30; round++) {
        random_merge(&model, index);
        for (size_t i = 0; i < model.count; i++) {
            assert_true(run_index_find_rowid(index, model.runs[i].rowid, &position));
            assert_int_equal(position, i);
        }
        assert_false(run_index_find_rowid(index, model.last_rowid + 1, &position));
    }
    run_index_free(index);
    model_release(&model);
}

static struct index_merge merge_one(struct run_index *index, struct index_upsert upsert)
{
    struct index_merge merge;
    assert_int_equal(run_index_merge(index, &upsert, 1, NULL, NULL, &merge, NULL), ERR_OK);
    return merge;
}

static void merges_tell_what_they_did(void **state)
{
    (void)state;
    struct model model;
    struct run_index *index = run_index_new();
    struct index_upsert early = {.created_at = 1, .rowid = 1, .is_new = true};
    struct index_merge merge;
    assert_int_equal(run_index_merge(index, &early, 1, NULL, NULL, &merge, NULL), ERR_UNSUPPORTED);
    model_init(&model, 51, 100);
    model_add_runs(&model, 20);
    model_build(&model, index);
    model_read_durations(&model, index, 1);
    uint64_t revision = run_index_revision(index);
    merge = merge_one(index, model_upsert(index, &model.runs[4], false));
    assert_int_equal(merge.changed + merge.inserted + merge.lost, 0);
    merge = merge_one(index, model_upsert(index, &model.runs[4], true)); /* known after all */
    assert_int_equal(merge.changed + merge.inserted + merge.lost, 0);
    assert_int_equal(run_index_revision(index), revision); /* nothing happened, nobody need look */
    struct index_upsert moved = model_upsert(index, &model.runs[4], false);
    moved.created_at -= 1000;
    assert_int_equal(merge_one(index, moved).lost, 1);
    assert_int_equal(run_index_revision(index), revision);

    struct index_upsert unread = model_upsert(index, &model.runs[0], true);
    unread.created_at = MODEL_NOW + 5;
    unread.rowid = 99;
    unread.duration_ms = DURATION_UNREAD;
    struct index_upsert twice[2] = {unread, unread};
    twice[1].duration_ms = 7;
    assert_int_equal(merge_one(index, unread).inserted, 1);
    assert_false(run_index_ready(index) & COLUMN_BIT(COLUMN_DURATION)); /* one is missing again */
    unread.duration_ms = 3;
    unread.is_new = false;
    assert_int_equal(merge_one(index, unread).changed, 1);
    assert_true(run_index_ready(index) & COLUMN_BIT(COLUMN_DURATION));
    twice[0].rowid = twice[1].rowid = 100;
    assert_int_equal(run_index_merge(index, twice, 2, NULL, NULL, &merge, NULL), ERR_OK);
    assert_int_equal(merge.inserted, 1);
    int64_t ms = 0;
    run_index_lock(index);
    assert_true(run_index_duration(index, 21, &ms));
    run_index_unlock(index);
    assert_int_equal(ms, 7); /* the later of the two */
    run_index_free(index);
    model_release(&model);
}

static void open_runs_are_those_that_can_change(void **state)
{
    (void)state;
    struct model model;
    struct index_row rows[200];
    struct run_index *index = run_index_new();
    model_init(&model, 52, 100);
    model_add_runs(&model, 200);
    model_build(&model, index);
    size_t expected = 0;
    size_t found = run_index_open_runs(index, rows, 200);
    for (size_t i = 0; i < 200; i++) {
        if (run_status_is_terminal(run_status_of(text_of(model.runs[i].status))))
            continue;
        assert_true(expected < found);
        assert_int_equal(rows[expected].rowid, model.runs[i].rowid);
        assert_int_equal(rows[expected].position, i);
        expected++;
    }
    assert_int_equal(found, expected);
    assert_true(expected > 5);
    assert_int_equal(run_index_open_runs(index, rows, 3), expected);
    run_index_free(index);
    model_release(&model);
}

/* ---- bitmaps by position ---- */

/* Marks the runs with an odd rowid; after any changes the bits must be on the same runs. */
static void assert_carried(struct run_index *index, const struct model *model, uint64_t *layout,
                           struct bitmap *bitmap, int64_t last_known)
{
    struct bitmap added;
    bitmap_init(&added);
    run_index_lock(index);
    assert_true(run_index_carry(index, layout, bitmap, &added));
    assert_int_equal(*layout, run_index_layout(index));
    run_index_unlock(index);
    assert_int_equal(bitmap->bits, model->count);
    assert_int_equal(added.bits, model->count);
    for (size_t i = 0; i < model->count; i++) {
        bool is_added = model->runs[i].rowid > last_known;
        assert_int_equal(bitmap_get(&added, i), is_added);
        assert_int_equal(bitmap_get(bitmap, i), !is_added && model->runs[i].rowid % 2);
    }
    bitmap_release(&added);
}

static void bitmaps_follow_their_runs(void **state)
{
    (void)state;
    struct model model;
    struct bitmap bitmap;
    struct run_index *index = run_index_new();
    bitmap_init(&bitmap);
    model_init(&model, 60, 80);
    model_add_runs(&model, 150);
    model_build(&model, index);
    for (int round = 0; round < 40; round++) {
        uint64_t layout = run_index_layout(index);
        int64_t last_known = model.last_rowid;
        bitmap_resize(&bitmap, 0);
        bitmap_resize(&bitmap, model.count);
        for (size_t i = 0; i < model.count; i++)
            if (model.runs[i].rowid % 2)
                bitmap_set(&bitmap, i);
        for (int step = 0; step < round % 6; step++)
            random_step(&model, index);
        assert_carried(index, &model, &layout, &bitmap, last_known);
    }
    bitmap_release(&bitmap);
    run_index_free(index);
    model_release(&model);
}

static void too_many_moves_end_a_bitmap(void **state)
{
    (void)state;
    struct bitmap bitmap;
    struct run_index *index = run_index_new();
    struct index_row row = {.created_at = 1 << 20, .rowid = 1};
    bitmap_init(&bitmap);
    bitmap_resize(&bitmap, 1);
    assert_int_equal(run_index_load(index, &row, 1, NULL), ERR_OK);
    run_index_publish(index);
    uint64_t layout = run_index_layout(index), first = layout;
    for (int i = 0; i < INDEX_MOVES_KEPT; i++)
        merge_one(index, (struct index_upsert){.created_at = i, .rowid = i + 2, .is_new = true});
    assert_true(run_index_carry(index, &layout, &bitmap, NULL));
    merge_one(index, (struct index_upsert){.created_at = 5, .rowid = 1 << 20, .is_new = true});
    assert_false(run_index_carry(index, &first, &bitmap, NULL));
    assert_true(run_index_carry(index, &layout, &bitmap, NULL));
    bitmap_release(&bitmap);
    run_index_free(index);
}

/* ---- threads ---- */

enum { READERS = 2, STEPS = 60 };

struct reader {
    struct run_index *index;
    atomic_bool *is_over;
    pthread_t thread;
    size_t answers;
};

/* What must hold at any moment: counts agree with one another, and rows with their order. */
static bool is_sound(struct run_index *index, struct index_list *list, const struct filter *filter,
                     struct arena *arena)
{
    struct index_question question = {.filter = filter, .now = MODEL_NOW};
    struct index_meta_options options = {.max_buckets = 20};
    struct index_row rows[20];
    struct meta meta;
    int64_t in_facet = 0;
    bool is_right = true;
    run_index_lock(index);
    if (run_index_list_build(index, &question, (struct sort){SORT_DURATION, false}, list) == 0 &&
        run_index_meta(index, &question, &options, arena, &meta) == 0) {
        for (size_t i = 0; i < meta.trigger.count; i++)
            in_facet += meta.trigger.values[i].count;
        is_right = meta.filtered.n == (int64_t)list->result.count &&
                   (!meta.trigger.is_counted || in_facet == meta.filtered.n);
        size_t n = run_index_rows(index, 0, 20, rows);
        for (size_t i = 1; i < n; i++)
            is_right &= rows[i - 1].created_at <= rows[i].created_at;
        if (list->result.count)
            is_right &= run_index_list_rank(index, list, run_index_list_at(list, 0)) == 0;
    }
    run_index_unlock(index);
    return is_right;
}

static void *read_until_over(void *context)
{
    struct reader *reader = context;
    struct index_list list;
    struct filter filter;
    struct filter_mistake mistake;
    run_index_list_init(&list);
    if (filter_parse(text_of("status:failed,completed tool:github.*"), TIME_IN_UTC, &filter, &mistake))
        abort();
    while (!atomic_load(reader->is_over)) {
        struct arena arena;
        arena_init(&arena);
        if (!is_sound(reader->index, &list, &filter, &arena))
            abort();
        arena_release(&arena);
        reader->answers++;
    }
    filter_release(&filter);
    run_index_list_release(&list);
    return NULL;
}

/* Reads durations of what is there, as a scan would. */
static void *scan_until_over(void *context)
{
    struct reader *reader = context;
    struct index_row rows[16];
    struct index_duration read[16];
    while (!atomic_load(reader->is_over)) {
        size_t count = run_index_count(reader->index);
        run_index_lock(reader->index);
        size_t n = run_index_rows(reader->index, (uint32_t)(reader->answers * 16 % (count + 1)), 16, rows);
        run_index_unlock(reader->index);
        for (size_t i = 0; i < n; i++)
            read[i] = (struct index_duration){rows[i], rows[i].rowid};
        run_index_put_durations(reader->index, read, n);
        reader->answers++;
    }
    return NULL;
}

static void readers_see_whole_steps(void **state)
{
    (void)state;
    struct model model;
    struct run_index *index = run_index_new();
    atomic_bool is_over = false;
    struct reader readers[READERS + 1];
    model_init(&model, 70, 300);
    model_add_runs(&model, 300);
    for (int i = 0; i <= READERS; i++) {
        readers[i] = (struct reader){.index = index, .is_over = &is_over};
        assert_int_equal(pthread_create(&readers[i].thread, NULL,
                                        i < READERS ? read_until_over : scan_until_over, &readers[i]),
                         0);
    }
    model_load(&model, index);
    for (int column = COLUMN_STATUS; column <= COLUMN_TOOLS; column++) {
        random_merge(&model, index);
        model_fill(&model, index, (enum index_column)column);
    }
    for (int step = 0; step < STEPS; step++)
        random_step(&model, index);
    atomic_store(&is_over, true);
    for (int i = 0; i <= READERS; i++)
        assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
    assert_int_equal(run_index_count(index), model.count);
    run_index_free(index);
    model_release(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_follow_the_model),
        cmocka_unit_test(changes_come_while_columns_are_filled),
        cmocka_unit_test(the_lookup_follows_merges),
        cmocka_unit_test(merges_tell_what_they_did),
        cmocka_unit_test(open_runs_are_those_that_can_change),
        cmocka_unit_test(bitmaps_follow_their_runs),
        cmocka_unit_test(too_many_moves_end_a_bitmap),
        cmocka_unit_test(readers_see_whole_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
