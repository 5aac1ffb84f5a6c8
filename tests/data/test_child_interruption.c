/*
 * Whether a command was interrupted, by a clock that the test holds.
 */
#include "data/record/child_int.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#define SECOND_NS INT64_C(1000000000)

static const struct child_end ended_with_5 = {.exit_status = 5};

static void test_nothing_came(void **state)
{
    (void)state;
    struct child_interruption none = {0};
    assert_int_equal(child_interruption_of(&none, &ended_with_5, 0), 0);
    assert_int_equal(child_interruption_of(&none, &(struct child_end){.signal = SIGINT}, 0), 0);
}

/* Whoever sends these wants it to end, however long it takes. */
static void test_asked_to_end(void **state)
{
    (void)state;
    struct child_interruption i = {0};
    child_interruption_note(&i, SIGHUP, SECOND_NS);
    child_interruption_note(&i, SIGTERM, 2 * SECOND_NS);
    child_interruption_note(&i, SIGINT, 3 * SECOND_NS);
    assert_int_equal(child_interruption_of(&i, &ended_with_5, 9000 * SECOND_NS), SIGHUP);
}

/* A shell in which Ctrl-C was pressed goes on. */
static void test_a_key(void **state)
{
    (void)state;
    struct child_interruption i = {0};
    child_interruption_note(&i, SIGQUIT, SECOND_NS);
    child_interruption_note(&i, SIGINT, 100 * SECOND_NS);
    assert_int_equal(child_interruption_of(&i, &ended_with_5, 105 * SECOND_NS), SIGINT);
    assert_int_equal(child_interruption_of(&i, &ended_with_5, 105 * SECOND_NS + 1), 0);
    int64_t late = 9000 * SECOND_NS;
    assert_int_equal(child_interruption_of(&i, &(struct child_end){.signal = SIGINT}, late), SIGINT);
    assert_int_equal(child_interruption_of(&i, &(struct child_end){.exit_status = 128 + SIGINT}, late),
                     SIGINT);
    assert_int_equal(child_interruption_of(&i, &(struct child_end){.signal = SIGKILL}, late), 0);
    assert_int_equal(child_interruption_of(&i, &(struct child_end){0}, late), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_came),
        cmocka_unit_test(test_asked_to_end),
        cmocka_unit_test(test_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
