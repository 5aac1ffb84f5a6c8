/*
 * What a question and a tool call may do to their run, and how they are found again.
 */
#include "data/store/store_question.h"

#include "tests/support/app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define T(s) TEXT_LIT(s)

struct fixture {
    struct history *history;
    struct store *store;
    struct arena arena;
    struct err err;
};

static const struct run_ref ref_a = {{"scope-1", 7}, {"a", 1}};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->history = history_new();
    history_run(f->history, (struct history_run){.id = "a", .status = "running"});
    f->store = history_store(f->history);
    arena_init(&f->arena);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_release(&f->arena);
    history_free(f->history);
    free(f);
    return 0;
}

static enum err_code ask(struct fixture *f, const char *id, int64_t at)
{
    struct interaction question = {.id = text_of(id), .kind = T("FormElicitation"), .created_at = at};
    return store_ask(f->store, ref_a, &question, &f->err);
}

static enum err_code answer(struct fixture *f, const char *id)
{
    struct answer yes = {.response_json = T("{\"action\":\"accept\",\"content\":{}}"), .at = 90};
    return store_answer(f->store, ref_a, text_of(id), &yes, &f->err);
}

static enum err_code start_call(struct fixture *f, struct run_ref ref)
{
    struct tool_call call = {.id = T("c"), .tool_path = T("github.issues"), .started_at = 50};
    return store_start_call_inside(f->store, ref, &call, &f->err);
}

static int64_t count(struct fixture *f, const char *sql)
{
    return app_count(history_path(f->history), sql);
}

static void assert_text(struct text text, const char *want)
{
    assert_int_equal(text.n, strlen(want));
    assert_memory_equal(text.s, want, text.n);
}

static void a_run_that_has_ended_asks_nothing(void **state)
{
    static const char *const ended[] = {"completed", "failed", "cancelled"};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof ended / sizeof *ended; i++) {
        assert_int_equal(store_set_status(f->store, ref_a, text_of(ended[i]), 5, &f->err), ERR_OK);
        assert_int_equal(ask(f, "q", 60), ERR_NOT_FOUND);
        assert_int_equal(count(f, "SELECT count(*) FROM execution_interaction"), 0);
        assert_int_equal(count(f, "SELECT count(*) FROM execution WHERE status = 'waiting_for_interaction'"),
                         0);
    }
}

static void an_answer_moves_no_run_that_has_ended(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ask(f, "q", 60), ERR_OK);
    assert_int_equal(store_set_status(f->store, ref_a, T("failed"), 70, &f->err), ERR_OK);
    assert_int_equal(answer(f, "q"), ERR_OK);
    assert_int_equal(count(f, "SELECT count(*) FROM execution WHERE status = 'failed' AND updated_at = 70"),
                     1);
}

static void the_last_of_several_answers_lets_the_run_go_on(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ask(f, "q", 60), ERR_OK);
    assert_int_equal(ask(f, "r", 61), ERR_OK);
    assert_int_equal(answer(f, "q"), ERR_OK);
    assert_int_equal(count(f, "SELECT count(*) FROM execution WHERE status = 'waiting_for_interaction'"), 1);
    assert_int_equal(answer(f, "r"), ERR_OK);
    assert_int_equal(count(f, "SELECT count(*) FROM execution WHERE status = 'running'"), 1);
}

static void an_answer_needs_the_run_s_own_scope(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ask(f, "q", 60), ERR_OK);
    struct run_ref other = {T("scope-2"), T("a")};
    assert_int_equal(store_answer(f->store, other, T("q"), &(struct answer){.at = 90}, &f->err),
                     ERR_NOT_FOUND);
    assert_int_equal(count(f, "SELECT count(*) FROM execution_interaction WHERE status = 'pending'"), 1);
}

static void a_call_belongs_to_a_run_that_goes_on(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(store_set_status(f->store, ref_a, T("completed"), 5, &f->err), ERR_OK);
    assert_int_equal(start_call(f, ref_a), ERR_NOT_FOUND);
    assert_non_null(strstr(f->err.what, "run a has ended"));
    assert_int_equal(count(f, "SELECT count(*) FROM execution_tool_call"), 0);
    assert_int_equal(store_set_status(f->store, ref_a, T("waiting_for_interaction"), 5, &f->err), ERR_OK);
    assert_int_equal(start_call(f, ref_a), ERR_OK);
    assert_int_equal(
        count(f, "SELECT count(*) FROM execution_tool_call WHERE execution_id = 'a' AND namespace = "
                 "'github' AND status = 'running' AND started_at = 50 AND duration_ms IS NULL"),
        1);
}

/* A command may be quicker than those who keep the books of it. */
static void a_call_may_come_before_its_run(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(start_call(f, (struct run_ref){T("scope-1"), T("b")}), ERR_OK);
    assert_int_equal(count(f, "SELECT count(*) FROM execution_tool_call WHERE execution_id = 'b'"), 1);
}

static void a_call_ends_once(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(start_call(f, ref_a), ERR_OK);
    struct call_end first = {.status = T("completed"), .completed_at = 40}, second = {.status = T("failed")};
    assert_int_equal(store_finish_call(f->store, T("c"), &first, &f->err), ERR_OK);
    assert_int_equal(store_finish_call(f->store, T("c"), &second, &f->err), ERR_NOT_FOUND);
    assert_int_equal(
        count(f, "SELECT count(*) FROM execution_tool_call WHERE status = 'completed' AND duration_ms = 0"),
        1);
}

/* ---- finding ---- */

static enum err_code find(struct fixture *f, struct text scope, const char *prefix, struct store_run *run)
{
    return store_find_run(f->store, scope, text_of(prefix), &f->arena, run, &f->err);
}

static void a_run_is_found_by_the_beginning_of_its_id(void **state)
{
    struct fixture *f = *state;
    struct store_run run;
    history_run(f->history, (struct history_run){.id = "beta", .scope = "z", .trigger_meta = "{\"x\":1}"});
    history_run(f->history, (struct history_run){.id = "betb", .scope = "scope-1"});
    history_run(f->history, (struct history_run){.id = "bet", .scope = "m"});
    assert_int_equal(find(f, TEXT_NULL, "beta", &run), ERR_OK);
    assert_text(run.scope_id, "z");
    assert_text(run.trigger_meta_json, "{\"x\":1}");
    assert_int_equal(find(f, TEXT_NULL, "bet", &run), ERR_OK);
    assert_text(run.scope_id, "m");
    assert_int_equal(find(f, TEXT_NULL, "be", &run), ERR_USAGE);
    assert_int_equal(find(f, T("z"), "be", &run), ERR_OK);
    assert_text(run.id, "beta");
    assert_int_equal(find(f, T("y"), "be", &run), ERR_NOT_FOUND);
    assert_int_equal(find(f, TEXT_NULL, "c", &run), ERR_NOT_FOUND);
    assert_int_equal(find(f, TEXT_NULL, "betax", &run), ERR_NOT_FOUND);
}

static void the_newest_open_question_comes_first(void **state)
{
    struct fixture *f = *state;
    struct store_question found;
    assert_int_equal(store_read_question(f->store, T("a"), TEXT_NULL, &f->arena, &found, &f->err),
                     ERR_NOT_FOUND);
    assert_int_equal(ask(f, "old", 60), ERR_OK);
    assert_int_equal(ask(f, "new", 61), ERR_OK);
    assert_int_equal(store_read_question(f->store, T("a"), TEXT_NULL, &f->arena, &found, &f->err), ERR_OK);
    assert_text(found.asked.id, "new");
    assert_int_equal(answer(f, "new"), ERR_OK);
    assert_int_equal(store_read_question(f->store, T("a"), TEXT_NULL, &f->arena, &found, &f->err), ERR_OK);
    assert_text(found.asked.id, "old");
    assert_int_equal(store_read_question(f->store, T("a"), T("new"), &f->arena, &found, &f->err), ERR_OK);
    assert_text(found.asked.status, "resolved");
    assert_int_equal(store_read_question(f->store, T("b"), T("new"), &f->arena, &found, &f->err),
                     ERR_NOT_FOUND);
}

static void a_question_leads_to_its_run(void **state)
{
    struct fixture *f = *state;
    struct text run_id, id;
    assert_int_equal(ask(f, "q-one", 60), ERR_OK);
    assert_int_equal(ask(f, "q-two", 61), ERR_OK);
    assert_int_equal(store_find_asker(f->store, T("q-t"), &f->arena, &run_id, &id, &f->err), ERR_OK);
    assert_text(run_id, "a");
    assert_text(id, "q-two");
    assert_int_equal(store_find_asker(f->store, T("q-"), &f->arena, &run_id, &id, &f->err), ERR_USAGE);
    assert_int_equal(store_find_asker(f->store, T("r"), &f->arena, &run_id, &id, &f->err), ERR_NOT_FOUND);
}

static void what_others_write_is_noticed(void **state)
{
    struct fixture *f = *state;
    int64_t before, same, after;
    assert_int_equal(store_data_version(f->store, &before, &f->err), ERR_OK);
    assert_int_equal(store_data_version(f->store, &same, &f->err), ERR_OK);
    history_sql(f->history, "UPDATE execution SET updated_at = 1");
    assert_int_equal(store_data_version(f->store, &after, &f->err), ERR_OK);
    assert_int_equal(before, same);
    assert_int_not_equal(before, after);
}

static void a_store_that_must_exist_is_not_made(void **state)
{
    struct fixture *f = *state;
    struct store *store;
    struct store_options options = {.must_exist = true};
    char path[4200];
    snprintf(path, sizeof path, "%s/none.db", history_dir(f->history));
    assert_int_equal(store_open(path, &options, &store, &f->err), ERR_NOT_FOUND);
    assert_null(fopen(path, "r"));
    history_sql(f->history, "ALTER TABLE execution_tool_call RENAME TO other");
    assert_int_equal(store_open(history_path(f->history), &options, &store, &f->err), ERR_NO_TABLES);
    assert_int_equal(count(f, "SELECT count(*) FROM sqlite_schema WHERE name = 'execution_tool_call'"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_run_that_has_ended_asks_nothing),
        TEST(an_answer_moves_no_run_that_has_ended),
        TEST(the_last_of_several_answers_lets_the_run_go_on),
        TEST(an_answer_needs_the_run_s_own_scope),
        TEST(a_call_belongs_to_a_run_that_goes_on),
        TEST(a_call_may_come_before_its_run),
        TEST(a_call_ends_once),
        TEST(a_run_is_found_by_the_beginning_of_its_id),
        TEST(the_newest_open_question_comes_first),
        TEST(a_question_leads_to_its_run),
        TEST(what_others_write_is_noticed),
        TEST(a_store_that_must_exist_is_not_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
