/*
 * The bitmap against an array of bool, over sizes around the word and block borders.
 */
#include "data/base/bitmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MODEL_MAX = 2100 };

struct model {
    bool bits[MODEL_MAX];
    size_t count;
};

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

static void fill(struct bitmap *bitmap, struct model *model, size_t bits, uint64_t *seed)
{
    memset(model, 0, sizeof *model);
    model->count = bits;
    bitmap_resize(bitmap, 0);
    bitmap_resize(bitmap, bits);
    unsigned one_in = 1 + next_random(seed) % 9;
    for (size_t i = 0; i < bits; i++) {
        if (next_random(seed) % one_in)
            continue;
        model->bits[i] = true;
        bitmap_set(bitmap, i);
    }
}

static void assert_same(const struct bitmap *bitmap, const struct model *model)
{
    assert_int_equal(bitmap->bits, model->count);
    size_t count = 0;
    for (size_t i = 0; i < model->count; i++) {
        assert_int_equal(bitmap_get(bitmap, i), model->bits[i]);
        count += model->bits[i];
    }
    assert_int_equal(bitmap_count(bitmap), count);
    assert_false(bitmap_get(bitmap, model->count));
}

static const size_t sizes[] = {0, 1, 63, 64, 65, 127, 128, 511, 512, 513, 1024, 2000};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static void steps_and_counts(void **state)
{
    (void)state;
    uint64_t seed = 1;
    struct bitmap bitmap;
    struct model model;
    bitmap_init(&bitmap);
    for (size_t s = 0; s < SIZES; s++) {
        fill(&bitmap, &model, sizes[s], &seed);
        assert_same(&bitmap, &model);
        size_t before = BITMAP_NONE;
        for (size_t i = 0; i < model.count; i++) {
            before = model.bits[i] ? i : before;
            assert_int_equal(bitmap_prev(&bitmap, i), before);
        }
        assert_int_equal(bitmap_prev(&bitmap, SIZE_MAX), before);
        size_t after = BITMAP_NONE;
        assert_int_equal(bitmap_next(&bitmap, model.count), BITMAP_NONE);
        for (size_t i = model.count; i-- > 0;) {
            after = model.bits[i] ? i : after;
            assert_int_equal(bitmap_next(&bitmap, i), after);
        }
    }
    bitmap_release(&bitmap);
}

static void ranks_are_inverse(void **state)
{
    (void)state;
    uint64_t seed = 2;
    struct bitmap bitmap;
    struct bitmap_ranks ranks;
    struct model model;
    bitmap_init(&bitmap);
    bitmap_ranks_init(&ranks);
    for (size_t s = 0; s < SIZES; s++) {
        fill(&bitmap, &model, sizes[s], &seed);
        bitmap_ranks_build(&ranks, &bitmap);
        size_t count = 0;
        for (size_t i = 0; i < model.count; i++) {
            assert_int_equal(bitmap_rank(&bitmap, &ranks, i), count);
            if (model.bits[i])
                assert_int_equal(bitmap_select(&bitmap, &ranks, count++), i);
        }
        assert_int_equal(ranks.total, count);
        assert_int_equal(bitmap_rank(&bitmap, &ranks, model.count + 5), count);
        assert_int_equal(bitmap_select(&bitmap, &ranks, count), BITMAP_NONE);
    }
    bitmap_ranks_release(&ranks);
    bitmap_release(&bitmap);
}

static void insert_and_remove_shift(void **state)
{
    (void)state;
    uint64_t seed = 3;
    struct bitmap bitmap;
    struct model model;
    bitmap_init(&bitmap);
    for (size_t s = 0; s < SIZES; s++) {
        fill(&bitmap, &model, sizes[s], &seed);
        for (int round = 0; round < 40; round++) {
            size_t at = next_random(&seed) % (model.count + 1);
            bitmap_insert(&bitmap, at);
            memmove(model.bits + at + 1, model.bits + at, (model.count - at) * sizeof *model.bits);
            model.bits[at] = false;
            model.count++;
            assert_same(&bitmap, &model);
            at = next_random(&seed) % model.count;
            bitmap_set(&bitmap, at);
            model.bits[at] = true;
            if (round % 3 == 0)
                continue;
            at = next_random(&seed) % model.count;
            bitmap_remove(&bitmap, at);
            memmove(model.bits + at, model.bits + at + 1, (model.count - at - 1) * sizeof *model.bits);
            model.count--;
            assert_same(&bitmap, &model);
        }
    }
    bitmap_release(&bitmap);
}

static void ranges_are_clamped(void **state)
{
    (void)state;
    struct bitmap bitmap;
    bitmap_init(&bitmap);
    bitmap_resize(&bitmap, 200);
    bitmap_set_range(&bitmap, 60, 130);
    assert_int_equal(bitmap_count(&bitmap), 70);
    assert_int_equal(bitmap_count_range(&bitmap, 0, 64), 4);
    assert_int_equal(bitmap_count_range(&bitmap, 129, 1000), 1);
    assert_false(bitmap_get(&bitmap, 59) || bitmap_get(&bitmap, 130));
    bitmap_set_range(&bitmap, 190, 1000);
    bitmap_resize(&bitmap, 195);
    bitmap_resize(&bitmap, 200);
    assert_int_equal(bitmap_count_range(&bitmap, 130, 200), 5); /* shrinking forgets */
    bitmap_set_range(&bitmap, 150, 140);
    assert_int_equal(bitmap_count(&bitmap), 75);
    struct bitmap other;
    bitmap_init(&other);
    bitmap_copy(&other, &bitmap);
    bitmap_clear(&bitmap);
    assert_int_equal(bitmap_count(&other), 75);
    assert_int_equal(bitmap_count(&bitmap), 0);
    bitmap_move(&bitmap, &other);
    assert_int_equal(bitmap_count(&bitmap), 75);
    assert_int_equal(other.bits, 0);
    bitmap_release(&other);
    bitmap_release(&bitmap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_and_counts),
        cmocka_unit_test(ranks_are_inverse),
        cmocka_unit_test(insert_and_remove_shift),
        cmocka_unit_test(ranges_are_clamped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
