/*
 * Columns as bytes and back: the same answers, whatever the width of a column; and bytes that are not ours are refused.
 */
#include "data/base/die.h"
#include "data/index/run_index_file.h"
#include "data/index/run_index_private.h"
#include "tests/support/index_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    KEYS = 1u << FILTER_STATUS | 1u << FILTER_TRIGGER | 1u << FILTER_TOOL | 1u << FILTER_ELICITATION |
           1u << FILTER_AFTER | 1u << FILTER_BEFORE,
};

static struct run_index *index_of(struct model *model, uint64_t seed, size_t runs, uint32_t spread)
{
    struct run_index *index = run_index_new();
    model_init(model, seed, spread);
    model_add_runs(model, runs);
    model_build(model, index);
    return index;
}

static void ask(struct run_index *index, const struct filter *filter, const char *scope, struct arena *arena,
                struct meta *meta)
{
    struct index_question question = {.filter = filter, .now = MODEL_NOW, .scope = scope};
    struct index_meta_options options = {.max_buckets = 30};
    run_index_lock(index);
    assert_int_equal(run_index_meta(index, &question, &options, arena, meta), 0);
    run_index_unlock(index);
}

static void assert_same_facet(const struct facet *a, const struct facet *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_true(text_eq(a->values[i].word, b->values[i].word));
        assert_int_equal(a->values[i].count, b->values[i].count);
    }
}

static void assert_same_meta(const struct meta *a, const struct meta *b)
{
    assert_int_equal(a->total.n, b->total.n);
    assert_int_equal(a->filtered.n, b->filtered.n);
    assert_int_equal(a->with_interaction.n, b->with_interaction.n);
    assert_int_equal(a->extent.from, b->extent.from);
    assert_int_equal(a->extent.to, b->extent.to);
    assert_same_facet(&a->status, &b->status);
    assert_same_facet(&a->trigger, &b->trigger);
    assert_same_facet(&a->tools, &b->tools);
    assert_same_facet(&a->scopes, &b->scopes);
    for (int i = 0; i < PRESET_COUNT; i++)
        assert_int_equal(a->presets[i].n, b->presets[i].n);
    assert_int_equal(a->histogram.width, b->histogram.width);
    assert_int_equal(a->histogram.count, b->histogram.count);
    for (size_t i = 0; i < a->histogram.count; i++)
        assert_memory_equal(&a->histogram.buckets[i], &b->histogram.buckets[i], sizeof *a->histogram.buckets);
}

/* Through bytes and back; what comes out makes the same bytes. */
static struct run_index *copy_of(const struct run_index *index)
{
    size_t size = 0, again_size = 0;
    uint8_t *bytes = run_index_pack(index, &size);
    assert_non_null(bytes);
    struct run_index *copy = run_index_new();
    assert_true(run_index_unpack(copy, bytes, size));
    uint8_t *again = run_index_pack(copy, &again_size);
    assert_non_null(again);
    assert_int_equal(again_size, size);
    assert_memory_equal(again, bytes, size);
    free(again);
    free(bytes);
    return copy;
}

static void assert_copies(struct model *model, struct run_index *index)
{
    struct run_index *copy = copy_of(index);
    for (int round = 0; round < 20; round++) {
        char line[MODEL_LINE_MAX];
        struct filter filter;
        struct meta meta, copied;
        struct arena arena;
        arena_init(&arena);
        model_filter(model, 3, KEYS, line, &filter);
        const char *scope = round % 4 == 3 ? "main-1" : NULL;
        ask(index, &filter, scope, &arena, &meta);
        ask(copy, &filter, scope, &arena, &copied);
        assert_same_meta(&meta, &copied);
        filter_release(&filter);
        arena_release(&arena);
    }
    run_index_free(copy);
}

static void columns_come_back(void **state)
{
    (void)state;
    static const struct {
        size_t runs;
        uint32_t spread;
    } shapes[] = {{1, 10}, {2, 1}, {300, 1}, {300, 40}, {4096, 5000}, {4097, 100000}, {5000, UINT32_MAX}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct model model;
        struct run_index *index = index_of(&model, i + 1, shapes[i].runs, shapes[i].spread);
        assert_copies(&model, index);
        run_index_free(index);
        model_release(&model);
    }
}

static void codes_of_every_width_come_back(void **state)
{
    (void)state;
    struct model model;
    for (int words = 1; words < 800; words += 266) { /* no array, bytes, words of two bytes */
        struct run_index *index = run_index_new();
        model_init(&model, 5, 1000);
        model_add_runs(&model, 1000);
        model_load(&model, index);
        for (int column = COLUMN_STATUS; column <= COLUMN_SCOPE; column++) {
            for (uint32_t at = 0; at < model.count; at++) {
                char word[20];
                snprintf(word, sizeof word, "word %d", (int)at % words);
                uint16_t code = run_index_code(index, (enum index_column)column, text_of(word));
                if (code)
                    run_index_put(index, (enum index_column)column, at, code);
            }
            run_index_complete(index, (enum index_column)column, 0);
        }
        model_fill(&model, index, COLUMN_INTERACTION);
        for (int call = 0; call < 300 + words; call++) { /* more of one run than a byte can count */
            char word[20];
            snprintf(word, sizeof word, "tool.%d", call % words);
            run_index_put(index, COLUMN_TOOLS, 7, run_index_code(index, COLUMN_TOOLS, text_of(word)));
        }
        run_index_complete(index, COLUMN_TOOLS, 0);
        assert_copies(&model, index);
        run_index_free(index);
        model_release(&model);
    }
}

static void times_far_apart_come_back(void **state)
{
    (void)state;
    struct run_index *index = run_index_new();
    struct index_row rows[] = {{INT64_MAX, 1, 0}, {1000, 2, 0}, {-5, 3, 0}, {INT64_MIN, 4, 0}};
    assert_int_equal(run_index_load(index, rows, 4, NULL), ERR_OK);
    run_index_publish(index);
    for (int column = COLUMN_STATUS; column <= COLUMN_TOOLS; column++)
        run_index_complete(
            index, (enum index_column)column,
            column <= COLUMN_SCOPE ? run_index_code(index, (enum index_column)column, TEXT_NULL) : 0);
    struct run_index *copy = copy_of(index);
    struct index_row back[4];
    run_index_lock(copy);
    assert_int_equal(run_index_rows(copy, 0, 4, back), 4);
    run_index_unlock(copy);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(back[i].created_at, rows[3 - i].created_at);
    run_index_free(copy);
    run_index_free(index);
}

static void what_is_not_complete_is_not_packed(void **state)
{
    (void)state;
    struct model model;
    size_t size;
    struct run_index *index = run_index_new();
    assert_null(run_index_pack(index, &size));
    model_init(&model, 3, 100);
    model_add_runs(&model, 50);
    model_load(&model, index);
    for (int column = COLUMN_STATUS; column <= COLUMN_TOOLS; column++) {
        assert_null(run_index_pack(index, &size));
        model_fill(&model, index, (enum index_column)column);
    }
    uint8_t *bytes = run_index_pack(index, &size);
    assert_non_null(bytes);
    free(bytes);
    index->store.dictionaries[3].is_overflowed = true; /* some calls have no word */
    assert_null(run_index_pack(index, &size));
    run_index_free(index);
    model_release(&model);
}

/* Bytes of an index that contradicts itself. */
static void assert_refused(struct run_index *index)
{
    size_t size;
    uint8_t *bytes = run_index_pack(index, &size);
    struct run_index *copy = run_index_new();
    assert_non_null(bytes);
    assert_false(run_index_unpack(copy, bytes, size));
    assert_int_equal(run_index_ready(copy), 0);
    assert_int_equal(run_index_count(copy), 0);
    run_index_free(copy);
    free(bytes);
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    struct model model;
    struct run_index *index = index_of(&model, 9, 6000, 1000000);
    struct index_store *store = &index->store;
    run_index_free(copy_of(index));

    uint8_t *const codes[] = {store->status.narrow, store->trigger.narrow, store->scope.narrow,
                              store->interaction};
    for (size_t i = 0; i < 4; i++) {
        uint8_t kept = codes[i][4500];
        codes[i][4500] = 200;
        assert_refused(index);
        codes[i][4500] = NARROW_UNSET;
        assert_refused(index);
        codes[i][4500] = kept;
    }
    uint16_t tool = store->calls.tools[11];
    store->calls.tools[11] = 77;
    assert_refused(index);
    store->calls.tools[11] = tool;

    static const size_t places[] = {1, 4095, 4096, 5999}; /* inside a block, at its ends */
    for (size_t i = 0; i < 4; i++) {
        int64_t kept = store->created[places[i]];
        store->created[places[i]] = store->created[places[i] - 1] - 1;
        assert_refused(index);
        store->created[places[i]] = kept;
    }

    uint32_t offset = store->calls.offsets[6000];
    store->calls.offsets[6000]++;
    assert_refused(index); /* more calls than there are */
    store->calls.offsets[6000] = offset - 1;
    assert_refused(index); /* fewer */
    store->calls.offsets[6000] = offset;

    struct text word = store->dictionaries[1].words[0];
    store->dictionaries[1].words[0] = store->dictionaries[1].words[1];
    assert_refused(index);
    store->dictionaries[1].words[0] = word;
    run_index_free(copy_of(index));
    run_index_free(index);
    model_release(&model);
}

static void damaged_bytes_are_refused_or_harmless(void **state)
{
    (void)state;
    struct model model;
    struct run_index *index = index_of(&model, 4, 60, 1000), *copy = run_index_new();
    size_t size;
    uint8_t *bytes = run_index_pack(index, &size);
    assert_non_null(bytes);
    for (size_t n = 0; n < size; n++) { /* a block of exactly that size: a sanitizer sees what is beyond */
        uint8_t *cut = mem_new(n);
        memcpy(cut, bytes, n);
        assert_false(run_index_unpack(copy, cut, n));
        free(cut);
    }
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (run_index_unpack(copy, bytes, size)) {
            struct arena arena;
            struct meta meta;
            struct filter all = {0};
            arena_init(&arena);
            ask(copy, &all, NULL, &arena, &meta);
            arena_release(&arena);
        }
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(run_index_unpack(copy, bytes, size));
    free(bytes);
    run_index_free(copy);
    run_index_free(index);
    model_release(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_come_back),          cmocka_unit_test(codes_of_every_width_come_back),
        cmocka_unit_test(times_far_apart_come_back),  cmocka_unit_test(what_is_not_complete_is_not_packed),
        cmocka_unit_test(contradictions_are_refused), cmocka_unit_test(damaged_bytes_are_refused_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
