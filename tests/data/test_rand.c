/*
 * Chance must be the same everywhere, within its bounds, and an id must be a UUID v4.
 */
#include "data/base/rand.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

static void test_the_sequence_is_fixed(void **state)
{
    (void)state;
    struct rand a, b;
    rand_seed(&a,
              0); /* splitmix64 from 0: e220a8397b1dcdaf, 6e789e6aa1b965f4, … (its authors' test vector) */
    assert_true(a.state[0] == UINT64_C(0xe220a8397b1dcdaf));
    assert_true(a.state[1] == UINT64_C(0x6e789e6aa1b965f4));
    b = (struct rand){{1, 2, 3, 4}}; /* xoshiro256** from 1, 2, 3, 4 */
    assert_true(rand_next(&b) == 11520);
    assert_true(rand_next(&b) == 0);
    assert_true(rand_next(&b) == 1509978240);
}

static void test_bounds(void **state)
{
    (void)state;
    struct rand rng;
    rand_seed(&rng, 9);
    unsigned seen = 0;
    for (int i = 0; i < 1000; i++) {
        seen |= 1U << rand_below(&rng, 5);
        assert_in_range(rand_between(&rng, 10, 12), 10, 12);
        double unit = rand_unit(&rng);
        assert_true(unit >= 0 && unit < 1);
        assert_false(rand_chance(&rng, 0));
        assert_true(rand_chance(&rng, 1));
    }
    assert_int_equal(seen, 0x1f);
    assert_int_equal(rand_below(&rng, 0), 0);
    assert_true(rand_between(&rng, -3, -3) == -3);
    assert_true(rand_between(&rng, 5, 4) == 5);
    (void)rand_between(&rng, INT64_MIN, INT64_MAX);
}

static void test_uuid(void **state)
{
    (void)state;
    struct rand rng;
    rand_seed(&rng, 1);
    char last[UUID_TEXT] = "";
    for (int i = 0; i < 200; i++) {
        char id[UUID_TEXT];
        rand_uuid(&rng, id);
        assert_int_equal(strlen(id), UUID_TEXT - 1);
        assert_int_equal(strspn(id, "0123456789abcdef-"), UUID_TEXT - 1);
        assert_true(id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-');
        assert_int_equal(id[14], '4');
        assert_non_null(strchr("89ab", id[19]));
        assert_string_not_equal(id, last);
        memcpy(last, id, sizeof last);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_sequence_is_fixed),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_uuid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
