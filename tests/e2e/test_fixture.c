/*
 * The history that a real executor left behind, in the hands of a person at the keyboard. It lies beside the repository, and is skipped where it does not.
 */
#include "tests/support/app.h"
#include "tests/support/pty_expect.h"
#include "tests/support/sequences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FIXTURE "../shared/fixtures/executor-local.db"

static bool is_there(void)
{
    if (access(FIXTURE, R_OK) == 0)
        return true;
    printf("skip: " FIXTURE " is not here\n");
    return false;
}

static void stop(struct pty *pty)
{
    sequences_expect(pty, SEQUENCES_PLAIN);
    pty_keys(pty, "<C-c>");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

static struct pty *start(void)
{
    struct pty *pty = app_start_file(FIXTURE, &(struct app_options){.cols = 140, .rows = 60});
    pty_expect_line(pty, 0, " 42 runs");
    assert_true(app_is_exact(pty));
    return pty;
}

static void test_its_numbers(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    struct pty *pty = start();
    pty_expect_match(pty, "✗ Failed +6 ");
    pty_expect_match(pty, "◐ Waiting +3 ");
    pty_expect_match(pty, "✓ Completed +32 ");
    pty_expect_match(pty, "● Running +1 ");
    pty_expect_match(pty, "\\] unknown +2 ");
    pty_expect_match(pty, "crm\\.contacts\\.search +8 ");
    pty_expect_match(pty, "Elicited +8 ");
    pty_expect_match(pty, "No elicitation +34 ");
    stop(pty);
}

static void test_every_run_in_the_drawer(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    struct pty *pty = start();
    pty_keys(pty, "<Enter>");
    pty_expect_text(pty, "1 of 42");
    for (int i = 0; i < 42; i++)
        pty_keys(pty, "123<Down>");
    pty_expect_text(pty, "42 of 42");
    pty_keys(pty, "<Esc>");
    pty_expect_idle(pty);
    stop(pty);
}

static void test_triage(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    struct pty *pty = start();
    pty_keys(pty, "/status:failed<Enter>");
    pty_expect_line(pty, 0, " 6 of 42 runs");
    pty_expect_idle(pty);
    pty_keys(pty, "<Enter>");
    pty_expect_match(pty, "status +✗ failed");
    pty_expect_match(pty, "▾ Error");
    stop(pty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_its_numbers),
        cmocka_unit_test(test_every_run_in_the_drawer),
        cmocka_unit_test(test_triage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
