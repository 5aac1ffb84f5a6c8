/*
 * Narrowing a history down, by the bar and by the rail: both change one filter, every change can be taken back, and the numbers are those that SQL
 * finds in the same file.
 */
#include "tests/support/app.h"
#include "tests/support/pty_expect.h"
#include "tests/support/sequences.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = app_history();
    return 0;
}

static int tear_down(void **state)
{
    history_free(*state);
    return 0;
}

static struct pty *start(void **state)
{
    struct pty *pty = app_start(*state, &(struct app_options){.cols = 120, .rows = 60});
    assert_true(app_is_exact(pty));
    return pty;
}

static void stop(struct pty *pty)
{
    sequences_expect(pty, SEQUENCES_PLAIN);
    pty_keys(pty, "<C-c>");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

/* ---- the rail ---- */

static void test_the_rail_narrows_down(void **state)
{
    struct pty *pty = start(state);
    pty_keys(pty, "<Tab>");
    pty_expect_text(pty, "Space toggle");
    pty_keys(pty, "<Home><Down><Down><Down><Space>");
    pty_expect_line(pty, 0, " 12 of 144 runs");
    pty_expect_line(pty, 1, "/ status:waiting");
    pty_expect_match(pty, "\\[x\\] ◐ Waiting +12 ");
    /* Its siblings are counted under all the other filters, so they stay. */
    pty_expect_match(pty, "\\[ \\] ✓ Completed +72 ");
    pty_expect_match(pty, "\\] unknown +12 ");
    pty_expect_match(pty, "\\] cli +0 ");

    pty_keys(pty, "<Down><Space>");
    pty_expect_line(pty, 0, " 84 of 144 runs");
    pty_expect_line(pty, 1, "/ status:waiting,completed");
    pty_keys(pty, "<Down>o");
    pty_expect_line(pty, 0, " 36 of 144 runs");
    pty_expect_line(pty, 1, "/ status:failed");
    pty_keys(pty, "x");
    pty_expect_line(pty, 0, " 108 of 144 runs");
    pty_expect_line(pty, 1, "/ -status:failed");
    pty_expect_match(pty, "\\[-\\] ✗ Failed +36 ");
    pty_keys(pty, "<Space>");
    pty_expect_gone(pty, " 108 of 144");
    stop(pty);
}

static void test_all_of_between_sections(void **state)
{
    struct pty *pty = start(state);
    pty_keys(pty, "/status:failed trigger:cli<Enter>");
    pty_expect_line(pty, 0, " 12 of 144 runs");
    pty_expect_match(pty, "\\[x\\] ✗ Failed +12 ");
    pty_expect_match(pty, "\\[x\\] cli +12 ");
    pty_expect_match(pty, "\\] http +12 ");
    pty_keys(pty, "<Tab><Home><Down><Down><Down><Down><Down><Space>");
    pty_expect_line(pty, 1, "/ trigger:cli");
    pty_expect_line(pty, 0, " 36 of 144 runs");
    stop(pty);
}

static void test_a_section_folds(void **state)
{
    struct pty *pty = start(state);
    pty_keys(pty, "<Tab><Home><Enter>");
    pty_expect_match(pty, "▸ Status");
    pty_expect_gone(pty, "Waiting  ");
    pty_keys(pty, "<Enter>");
    pty_expect_match(pty, "▾ Status");
    pty_expect_text(pty, "Waiting  ");
    stop(pty);
}

/* ---- the bar ---- */

static void test_undo_and_redo(void **state)
{
    struct pty *pty = start(state);
    pty_keys(pty, "/status:failed<Enter>");
    pty_expect_line(pty, 0, " 36 of 144 runs");
    pty_keys(pty, "/<Space>tool:slack.*<Enter>");
    pty_expect_line(pty, 1, "/ status:failed tool:slack.*");
    pty_expect_line(pty, 0, " 12 of 144 runs");
    pty_keys(pty, "u");
    pty_expect_line(pty, 0, " 36 of 144 runs");
    pty_keys(pty, "u");
    pty_expect_line(pty, 1, "/ no filter");
    pty_expect_line(pty, 0, " 144 runs");
    pty_keys(pty, "UU");
    pty_expect_line(pty, 0, " 12 of 144 runs");
    pty_keys(pty, "X");
    pty_expect_line(pty, 1, "/ no filter");
    pty_expect_line(pty, 0, " 144 runs");
    pty_keys(pty, "u");
    pty_expect_line(pty, 0, " 12 of 144 runs");
    stop(pty);
}

static void test_a_mistake_is_marked_and_nothing_lost(void **state)
{
    struct pty *pty = start(state);
    pty_keys(pty, "/status:failed<Enter>");
    pty_expect_line(pty, 0, " 36 of 144 runs");
    pty_keys(pty, "/<C-u>trigger:cli stauts:failed after:noon<Enter>");
    pty_expect_line(pty, 2, "unknown key 'stauts'");
    int word, mark, row;
    assert_true(pty_find(pty, "stauts:failed", &row, &word));
    assert_int_equal(row, 1);
    assert_true(pty_find(pty, "^^^^^^", &row, &mark));
    assert_int_equal(row, 2);
    assert_int_equal(mark, word);
    /* Still being typed, and the old filter still holds. */
    pty_expect_line(pty, 1, "/ trigger:cli stauts:failed after:noon");
    pty_expect_line(pty, 0, " 36 of 144 runs");
    pty_keys(pty, "<Esc>");
    pty_expect_line(pty, 1, "/ status:failed");
    pty_expect_gone(pty, "stauts");
    pty_expect_line(pty, 0, " 36 of 144 runs");
    stop(pty);
}

static void test_completion_of_keys_and_values(void **state)
{
    struct pty *pty = start(state);
    pty_keys(pty, "/sta<Tab>");
    pty_expect_line(pty, 1, "/ status:");
    pty_keys(pty, "fa<Tab>");
    pty_expect_line(pty, 1, "/ status:failed");
    pty_keys(pty, "<Space>trigger:");
    pty_expect_match(pty, "mcp +.*36");
    pty_keys(pty, "mc<Tab><Enter>");
    pty_expect_line(pty, 1, "/ status:failed trigger:mcp");
    pty_expect_line(pty, 0, " 0 of 144 runs");
    pty_expect_idle(pty);
    pty_keys(pty, "X");
    pty_expect_match(pty, "issues\\.list +48");
    pty_keys(pty, "/tool:github.is<Tab><Tab><Enter>");
    pty_expect_line(pty, 1, "/ tool:github.issues.list");
    pty_expect_line(pty, 0, " 48 of 144 runs");
    stop(pty);
}

static void test_the_history_of_the_bar(void **state)
{
    struct pty *pty = start(state);
    pty_keys(pty, "/status:failed<Enter>/<C-u>trigger:mcp<Enter>X");
    pty_expect_line(pty, 0, " 144 runs");
    pty_keys(pty, "/<Up>");
    pty_expect_line(pty, 1, "/ trigger:mcp");
    pty_keys(pty, "<Up>");
    pty_expect_line(pty, 1, "/ status:failed");
    pty_keys(pty, "<Down><Enter>");
    pty_expect_line(pty, 1, "/ trigger:mcp");
    pty_expect_line(pty, 0, " 36 of 144 runs");
    stop(pty);
}

static void test_a_paste_is_one_line(void **state)
{
    struct pty *pty = start(state);
    static const char paste[] = "\033[200~status:failed\ntrigger:cli\033[201~";
    pty_keys(pty, "/");
    pty_expect_text(pty, "/ ");
    pty_type(pty, paste, sizeof paste - 1);
    pty_expect_line(pty, 1, "status:failed");
    pty_expect_line(pty, 0, " 144 runs"); /* not applied by the newline in it */
    pty_keys(pty, "<Enter>");
    pty_expect_line(pty, 0, " 12 of 144 runs");
    stop(pty);
}

static void test_no_match_says_what_to_widen(void **state)
{
    struct pty *pty = start(state);
    pty_keys(pty, "/status:failed code:nowhere<Enter>");
    pty_expect_line(pty, 0, " 0 of 144 runs");
    pty_expect_match(pty, "[Nn]o run");
    pty_keys(pty, "<Down><Up>Gg<Enter>e");
    pty_expect_idle(pty);
    pty_keys(pty, "X");
    pty_expect_line(pty, 0, " 144 runs");
    stop(pty);
}

static void test_a_filter_from_the_command_line(void **state)
{
    static const char *const args[] = {"-f", "status:failed after:1h", NULL};
    struct pty *pty = app_start(*state, &(struct app_options){.args = args});
    pty_expect_line(pty, 1, "/ status:failed after:1h");
    pty_expect_line(pty, 0, " 2 of 144 runs");
    stop(pty);

    static const char *const wrong[] = {"-f", "stauts:failed", NULL};
    pty = app_start(*state, &(struct app_options){.args = wrong});
    pty_expect_text(pty, "stauts");
    pty_expect_exit(pty, 2);
    pty_free(pty);
}

/* ---- numbers ---- */

static const struct {
    const char *filter, *where;
} lines[] = {
    {"status:failed", "status = 'failed'"},
    {"status:failed,waiting", "status IN ('failed', 'waiting_for_interaction')"},
    {"-status:completed", "status <> 'completed'"},
    {"trigger:unknown,cli", "trigger_kind IS NULL OR trigger_kind = 'cli'"},
    {"elicitation:true", "EXISTS (SELECT 1 FROM execution_interaction i WHERE i.execution_id = e.id)"},
    {"elicitation:false status:failed",
     "NOT EXISTS (SELECT 1 FROM execution_interaction i WHERE i.execution_id = e.id) AND status = 'failed'"},
    {"tool:github.*", "EXISTS (SELECT 1 FROM execution_tool_call c WHERE c.execution_id = e.id AND "
                      "(tool_path = 'github' OR substr(tool_path, 1, 7) = 'github.'))"},
    {"after:24h", "created_at >= 1795266185000 - 86400000"},
    {"before:2026-11-20", "created_at < 1795132800000"},
    {"duration:>5s", "completed_at - started_at > 5000"},
    {"duration:<=200ms status:completed", "completed_at - started_at <= 200 AND status = 'completed'"},
    {"code:\"await tools\"", "instr(lower(code), 'await tools') > 0"},
    {"%", "instr(code, '%') > 0"},
};

static char *demo(void)
{
    char *path = strdup("/tmp/executor-runs-filter-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    fclose(fdopen(fd, "r"));
    char now[32];
    snprintf(now, sizeof now, "%" PRId64, APP_NOW);
    assert_int_equal(app_run((const char *const[]){"demo", path, "--force", "--runs", "1500", "--days", "9",
                                                   "--seed", "3", "--now", now, NULL},
                             NULL, NULL),
                     0);
    return path;
}

static void add_commas(int64_t number, char *out, size_t size)
{
    if (number >= 1000)
        snprintf(out, size, "%" PRId64 ",%03" PRId64, number / 1000, number % 1000);
    else
        snprintf(out, size, "%" PRId64, number);
}

/* Plain SQLite leaves a log beside what it has read. */
static void remove_with_log(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

static void test_the_header_counts_as_sql_does(void **state)
{
    (void)state;
    char *path = demo();
    struct pty *pty = app_start_file(path, &(struct app_options){.cols = 100, .rows = 24});
    pty_expect_line(pty, 0, " 1,500 runs");
    assert_true(app_is_exact(pty));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char sql[400], count[32], wanted[64];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM execution e WHERE %s", lines[i].where);
        add_commas(app_count(path, sql), count, sizeof count);
        snprintf(wanted, sizeof wanted, "  %s of 1,500 runs", count);
        pty_keys(pty, "/<C-u>");
        pty_type(pty, lines[i].filter, strlen(lines[i].filter));
        pty_keys(pty, "<Enter>");
        pty_expect_idle(pty);
        pty_expect_line(pty, 0, wanted);
    }
    stop(pty);
    remove_with_log(path);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_rail_narrows_down),
        cmocka_unit_test(test_all_of_between_sections),
        cmocka_unit_test(test_a_section_folds),
        cmocka_unit_test(test_undo_and_redo),
        cmocka_unit_test(test_a_mistake_is_marked_and_nothing_lost),
        cmocka_unit_test(test_completion_of_keys_and_values),
        cmocka_unit_test(test_the_history_of_the_bar),
        cmocka_unit_test(test_a_paste_is_one_line),
        cmocka_unit_test(test_no_match_says_what_to_widen),
        cmocka_unit_test(test_a_filter_from_the_command_line),
        cmocka_unit_test(test_the_header_counts_as_sql_does),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
