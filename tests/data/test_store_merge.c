/*
 * Runs that come from elsewhere, in every order, meet those that are there.
 */
#include "data/store/store_merge.h"

#include "tests/support/stored.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include <cmocka.h>

#define T(s) TEXT_LIT(s)

static struct run run_of(const char *status, int64_t updated_at)
{
    return (struct run){.id = T("r"),
                        .scope_id = T("s"),
                        .status = text_of(status),
                        .code = T("x"),
                        .started_at = TIME_NONE,
                        .completed_at = TIME_NONE,
                        .created_at = 1,
                        .updated_at = updated_at};
}

static struct tool_call call_of(const char *id, const char *status)
{
    return (struct tool_call){.id = text_of(id),
                              .execution_id = T("r"),
                              .status = text_of(status),
                              .tool_path = T("a.b"),
                              .started_at = 2,
                              .completed_at = TIME_NONE,
                              .duration_ms = DURATION_NONE};
}

static struct interaction asked_of(const char *id, const char *status, int64_t updated_at)
{
    return (struct interaction){.id = text_of(id),
                                .execution_id = T("r"),
                                .status = text_of(status),
                                .kind = T("FormElicitation"),
                                .created_at = 2,
                                .updated_at = updated_at};
}

static enum store_merged merge(struct stored *f, const struct run_record *record)
{
    enum store_merged merged = MERGE_ADDED;
    if (store_merge(f->store, record, &merged, &f->err))
        fail_msg("%s", f->err.what);
    return merged;
}

static void test_versions_of_a_run(void **state)
{
    struct stored *f = *state;
    static const struct {
        const char *status;
        int64_t updated_at, calls;
        enum store_merged expected;
        const char *left;
    } steps[] = {
        {"running", 5, 0, MERGE_ADDED, "running|5|0"},
        {"running", 5, 0, MERGE_UNCHANGED, "running|5|0"},
        {"pending", 4, 9, MERGE_UNCHANGED, "running|5|0"},
        {"waiting_for_interaction", 6, 0, MERGE_UPDATED, "waiting_for_interaction|6|0"},
        {"completed", 3, 0, MERGE_UPDATED, "completed|3|0"}, /* the clock stepped back */
        {"running", 99, 9, MERGE_UNCHANGED, "completed|3|0"},
        {"completed", 3, 2, MERGE_UPDATED, "completed|3|2"},
        {"failed", 2, 9, MERGE_UNCHANGED, "completed|3|2"},
        {"failed", 4, 1, MERGE_UPDATED, "failed|4|1"},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct run run = run_of(steps[i].status, steps[i].updated_at);
        run.tool_call_count = steps[i].calls;
        assert_int_equal(merge(f, &(struct run_record){.run = run}), steps[i].expected);
        stored_expect(f, "SELECT status, updated_at, tool_call_count FROM execution", steps[i].left);
    }
}

static void test_calls_and_questions_are_joined(void **state)
{
    struct stored *f = *state;
    struct run_record record = {.run = run_of("running", 5)};
    merge(f, &record);
    struct tool_call calls[] = {call_of("c1", "running"), call_of("c2", "completed")};
    struct interaction asked[] = {asked_of("i1", "pending", 3)};
    record = (struct run_record){record.run, asked, 1, calls, 2};
    assert_int_equal(merge(f, &record), MERGE_UPDATED);
    assert_int_equal(merge(f, &record), MERGE_UNCHANGED);
    history_sql(f->history, "UPDATE execution_interaction SET response_private_json = 'secret'");

    calls[0] = call_of("c1", "failed");
    asked[0] = asked_of("i1", "resolved", 2);
    asked[0].response_json = T("{}");
    record = (struct run_record){record.run, asked, 1, calls, 1};
    assert_int_equal(merge(f, &record), MERGE_UPDATED);
    stored_expect(f, "SELECT group_concat(status) FROM (SELECT status FROM execution_tool_call ORDER BY id)",
                  "failed,completed");
    stored_expect(f, "SELECT status, response_json, response_private_json FROM execution_interaction",
                  "resolved|{}|secret");

    calls[0] = call_of("c1", "running");
    asked[0] = asked_of("i1", "pending", 9);
    assert_int_equal(merge(f, &record), MERGE_UNCHANGED);
    stored_expect(f, "SELECT status FROM execution_interaction", "resolved");
    asked[0] = asked_of("i1", "cancelled", 9);
    assert_int_equal(merge(f, &record), MERGE_UPDATED);
    stored_expect(f, "SELECT status, response_private_json FROM execution_interaction", "cancelled|secret");
}

static void must_refuse(struct stored *f, const struct run_record *record, const char *why)
{
    enum store_merged merged;
    assert_int_equal(store_merge(f->store, record, &merged, &f->err), ERR_USAGE);
    if (!strstr(f->err.what, why))
        fail_msg("'%s' lacks '%s'", f->err.what, why);
}

static void test_refused_leaves_nothing(void **state)
{
    struct stored *f = *state;
    struct tool_call calls[] = {call_of("c1", "completed"), call_of("c2", "completed")};
    merge(f, &(struct run_record){.run = run_of("running", 5), .calls = calls, .call_count = 2});
    struct run elsewhere = run_of("running", 5);
    elsewhere.scope_id = T("other");
    must_refuse(f, &(struct run_record){.run = elsewhere}, "run r is in scope s already");

    struct run second = run_of("running", 5);
    second.id = T("r2");
    struct tool_call stolen[] = {call_of("c3", "completed"), call_of("c2", "completed")};
    stolen[0].execution_id = stolen[1].execution_id = second.id;
    assert_int_equal(store_begin(f->store, &f->err), ERR_OK);
    must_refuse(f, &(struct run_record){.run = second, .calls = stolen, .call_count = 2},
                "tool call c2 belongs to run r");
    second.id = T("r3");
    merge(f, &(struct run_record){.run = second});
    assert_int_equal(store_commit(f->store, &f->err), ERR_OK);
    stored_expect(f, "SELECT group_concat(id) FROM (SELECT id FROM execution ORDER BY id)", "r,r3");
    stored_expect(f, "SELECT count(*) FROM execution_tool_call", "2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_versions_of_a_run, stored_set_up, stored_tear_down),
        cmocka_unit_test_setup_teardown(test_calls_and_questions_are_joined, stored_set_up, stored_tear_down),
        cmocka_unit_test_setup_teardown(test_refused_leaves_nothing, stored_set_up, stored_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
