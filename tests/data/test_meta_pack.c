/*
 * Counts as bytes and back, and what they answer at another time and width.
 */
#include "data/base/die.h"
#include "data/meta_pack.h"
#include "tests/support/index_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RUNS = 3000, SPREAD = 40 * 86400 * 1000u };

struct fixture {
    struct arena arena;
    struct model model;
    struct run_index *index;
    struct buf bytes;
    struct meta meta; /* of everything */
};

static struct meta count(struct fixture *f, int64_t now, size_t max_buckets)
{
    struct filter all = {0};
    struct index_question question = {.filter = &all, .now = now};
    struct index_meta_options options = {.max_buckets = max_buckets};
    struct meta meta;
    run_index_lock(f->index);
    assert_int_equal(run_index_meta(f->index, &question, &options, &f->arena, &meta), 0);
    run_index_unlock(f->index);
    return meta;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    arena_init(&f->arena);
    model_init(&f->model, 1, SPREAD);
    model_add_runs(&f->model, RUNS);
    f->index = run_index_new();
    model_build(&f->model, f->index);
    f->meta = count(f, MODEL_NOW, HISTOGRAM_MAX);
    buf_init(&f->bytes, 1 << 20);
    meta_pack(&f->meta, &f->bytes);
    assert_false(buf_is_cut(&f->bytes));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_release(&f->arena);
    run_index_free(f->index);
    model_release(&f->model);
    buf_release(&f->bytes);
    free(f);
    return 0;
}

static void assert_same_facet(const struct facet *a, const struct facet *b)
{
    assert_false(a->is_counted);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_true(text_eq(a->values[i].word, b->values[i].word));
        assert_int_equal(text_is_null(a->values[i].word), text_is_null(b->values[i].word));
        assert_int_equal(a->values[i].count, b->values[i].count);
    }
}

static void counts_come_back_as_estimates(void **state)
{
    struct fixture *f = *state;
    struct meta back;
    assert_true(meta_unpack(buf_as_text(&f->bytes), &f->arena, &back));
    assert_int_equal(back.total.n, RUNS);
    assert_int_equal(back.filtered.n, RUNS);
    assert_int_equal(back.with_interaction.n, f->meta.with_interaction.n);
    assert_int_equal(back.without_interaction.n, f->meta.without_interaction.n);
    assert_false(back.total.is_exact || back.filtered.is_exact || back.with_interaction.is_exact ||
                 back.histogram_is_exact);
    assert_int_equal(back.extent.from, f->meta.extent.from);
    assert_int_equal(back.extent.to, f->meta.extent.to);
    assert_same_facet(&back.status, &f->meta.status);
    assert_same_facet(&back.trigger, &f->meta.trigger);
    assert_same_facet(&back.tools, &f->meta.tools);
    assert_same_facet(&back.scopes, &f->meta.scopes);
}

static int64_t distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

static void other_widths_and_times_are_answered(void **state)
{
    struct fixture *f = *state;
    struct meta kept;
    assert_true(meta_unpack(buf_as_text(&f->bytes), &f->arena, &kept));
    for (size_t buckets = 1; buckets < 200; buckets += 7) {
        int64_t now = MODEL_NOW + (int64_t)buckets * 1000000;
        struct meta truth = count(f, now, buckets);
        struct meta back = meta_recall(&kept, now, buckets, 0, &f->arena);
        assert_int_equal(back.histogram.start, truth.histogram.start);
        assert_int_equal(back.histogram.width, truth.histogram.width);
        assert_int_equal(back.histogram.count, truth.histogram.count);
        int64_t total = 0, wrong = 0;
        for (size_t i = 0; i < truth.histogram.count; i++) {
            total += bucket_total(&back.histogram.buckets[i]);
            wrong +=
                distance(bucket_total(&back.histogram.buckets[i]), bucket_total(&truth.histogram.buckets[i]));
        }
        assert_int_equal(total, RUNS);
        assert_true(wrong < RUNS / 10);
        for (int i = 0; i < PRESET_COUNT; i++) {
            assert_false(back.presets[i].is_exact);
            assert_true(distance(back.presets[i].n, truth.presets[i].n) < RUNS / 100);
        }
        assert_same_facet(&back.status, &truth.status);
    }
    assert_int_equal(meta_recall(&kept, MODEL_NOW, 0, 0, &f->arena).histogram.count, 0);
    assert_int_equal(meta_recall(&kept, MODEL_NOW, 10, 3600000, &f->arena).histogram.width, 3600000);
}

static void other_bytes_are_refused_or_harmless(void **state)
{
    struct fixture *f = *state;
    struct meta back;
    f->meta = count(f, MODEL_NOW, 5);
    buf_clear(&f->bytes);
    meta_pack(&f->meta, &f->bytes);
    for (size_t n = 0; n < f->bytes.len;
         n++) { /* a block of exactly that size: a sanitizer sees what is beyond */
        char *cut = mem_new(n);
        memcpy(cut, f->bytes.data, n);
        assert_false(meta_unpack((struct text){cut, n}, &f->arena, &back));
        free(cut);
    }
    for (size_t bit = 0; bit < 8 * f->bytes.len; bit++) {
        f->bytes.data[bit / 8] ^= (char)(1 << bit % 8);
        if (meta_unpack(buf_as_text(&f->bytes), &f->arena, &back))
            meta_recall(&back, MODEL_NOW, 20, 0, &f->arena);
        f->bytes.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    buf_char(&f->bytes, 0);
    assert_false(meta_unpack(buf_as_text(&f->bytes), &f->arena, &back));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(counts_come_back_as_estimates),
        TEST(other_widths_and_times_are_answered),
        TEST(other_bytes_are_refused_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
