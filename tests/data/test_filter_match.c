/*
 * What a filter means, run by run; and that the same filter as SQL means the same over a real store.
 */
#include "data/base/die.h"
#include "data/base/needle.h"
#include "data/filter/filter.h"
#include "data/filter/filter_sql.h"
#include "tests/support/history.h"
#include "tests/support/random_filter.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW (INT64_C(1000) * HOUR_MS)

static const struct text both_tools[] = {{"github.issues.list", 18}, {"slack.post", 10}};
static const struct filter_subject subject = {
    .id = {"3f2a-x", 6},
    .status = {"failed", 6},
    .trigger_kind = {"mcp", 3},
    .code = {"throw new Error(\"BOOM 100%\")", 28},
    .created_at = NOW - 30 * MINUTE_MS,
    .duration_ms = 5000,
    .tool_paths = both_tools,
    .tool_count = 2,
    .has_interaction = true,
};

static bool matches(const char *line, const struct filter_subject *run)
{
    struct filter filter;
    struct filter_mistake mistake;
    if (filter_parse(text_of(line), TIME_IN_UTC, &filter, &mistake))
        fail_msg("<%s> did not parse: %s", line, mistake.what);
    bool is_match = filter_matches(&filter, run, NOW);
    filter_release(&filter);
    return is_match;
}

static void test_what_matches(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "status:failed",
        "status:waiting,FAILED",
        "-status:completed",
        "trigger:mcp,cli",
        "-trigger:unknown",
        "tool:slack.post",
        "tool:github.*",
        "tool:github.issues.*",
        "tool:github.issues.list.*",
        "tool:nope,slack.*",
        "tool:github.* tool:slack.*",
        "-tool:github.issues",
        "elicitation:true",
        "-elicitation:false",
        "duration:>=5s",
        "duration:<=5s",
        "duration:=5s",
        "duration:<1s,>4s",
        "-duration:>5s",
        "after:1h",
        "after:30m",
        "before:29m",
        "-before:1h",
        "id:3f2a",
        "id:zz,3f",
        "-id:4",
        "boom",
        "\"new error\"",
        "100%",
        "throw boom",
        "x,boom",
        "-x",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!matches(lines[i], &subject))
            fail_msg("<%s> does not match", lines[i]);
}

static void test_what_does_not_match(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "status:completed",
        "-status:failed",
        "trigger:MCP",
        "trigger:unknown",
        "-trigger:mcp",
        "tool:github",
        "tool:slack",
        "tool:git.*",
        "-tool:slack.*",
        "tool:github.* tool:x",
        "elicitation:false",
        "duration:>5s",
        "duration:<5s",
        "before:30m",
        "after:29m",
        "-after:1h",
        "after:1h before:1h",
        "id:3F2A",
        "id:3f2a-xy",
        "-id:3",
        "1000%",
        "b_om",
        "throw x",
        "-boom",
        "status:failed trigger:cli",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (matches(lines[i], &subject))
            fail_msg("<%s> matches", lines[i]);
}

static void test_what_is_missing(void **state)
{
    (void)state;
    const struct filter_subject bare = {.id = {"a", 1},
                                        .status = {"running", 7},
                                        .code = {"x", 1},
                                        .created_at = NOW,
                                        .duration_ms = DURATION_NONE};
    assert_true(matches("trigger:unknown", &bare));
    assert_false(matches("-trigger:unknown", &bare));
    assert_true(matches("-trigger:cli", &bare));
    assert_false(matches("duration:>=0ms", &bare));
    assert_false(matches("duration:<1s", &bare));
    assert_true(matches("-duration:>5s", &bare));
    assert_true(matches("-tool:a", &bare));
    assert_true(matches("elicitation:false", &bare));
}

static void test_a_trigger_of_the_name_unknown_is_no_null(void **state)
{
    (void)state;
    const struct filter_subject odd = {
        .trigger_kind = {"unknown", 7}, .created_at = NOW, .duration_ms = DURATION_NONE};
    assert_false(matches("trigger:unknown", &odd));
    assert_true(matches("-trigger:unknown", &odd));
}

static void test_tool_patterns(void **state)
{
    (void)state;
    assert_true(tool_pattern_matches(TEXT_LIT("a.*"), TEXT_LIT("a")));
    assert_true(tool_pattern_matches(TEXT_LIT("a.*"), TEXT_LIT("a.")));
    assert_true(tool_pattern_matches(TEXT_LIT("a.*"), TEXT_LIT("a.b.c")));
    assert_false(tool_pattern_matches(TEXT_LIT("a.*"), TEXT_LIT("ab")));
    assert_false(tool_pattern_matches(TEXT_LIT("a.*"), TEXT_LIT("A.b")));
    assert_false(tool_pattern_matches(TEXT_LIT("a"), TEXT_LIT("a.b")));
    assert_true(tool_pattern_matches(TEXT_LIT("a*"), TEXT_LIT("a*")));
    assert_false(tool_pattern_matches(TEXT_LIT("a*"), TEXT_LIT("ab")));
    assert_true(tool_pattern_matches(TEXT_LIT(".*"), TEXT_LIT(".x")));
    assert_false(tool_pattern_matches(TEXT_LIT(".*"), TEXT_LIT("x")));
}

/* ---- the same as SQL ---- */

enum { RUNS = 60, TOOLS_MAX = 3 };

struct world {
    struct history *history;
    struct filter_subject runs[RUNS];
    struct text tools[RUNS][TOOLS_MAX];
    struct arena arena;
    sqlite3 *db;
};

static void code_contains(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc;
    struct needle *needle = needle_new(
        (struct text){(const char *)sqlite3_value_text(argv[1]), (size_t)sqlite3_value_bytes(argv[1])});
    struct text code = {(const char *)sqlite3_value_text(argv[0]), (size_t)sqlite3_value_bytes(argv[0])};
    sqlite3_result_int(context, code.s && needle_find(needle, code, 0, NULL) >= 0);
    needle_free(needle);
}

static struct text pick(struct rand *rng, const char *const *words, uint32_t n)
{
    return text_of(words[rand_below(rng, n)]);
}

static void make_run(struct world *w, struct rand *rng, int i)
{
    static const char *const statuses[] = {
        "pending", "running", "waiting_for_interaction", "completed", "failed", "odd", "Odd"};
    static const char *const triggers[] = {"cli", "mcp", "", "unknown", NULL, NULL};
    static const char *const tools[] = {"a",       "github",   "github.",  "github.x",
                                        "githubx", "github/x", "GitHub.x", "-"};
    struct filter_subject *run = &w->runs[i];
    char text[RANDOM_TEXT_MAX], *id = arena_printf(&w->arena, "%02x-%d", i * 4, i);
    random_text(rng, text);
    *run = (struct filter_subject){
        .id = text_of(id),
        .status = pick(rng, statuses, 7),
        .trigger_kind = pick(rng, triggers, 6),
        .code = arena_text(&w->arena, text_of(text)),
        .created_at = NOW - rand_between(rng, 0, 60) * MINUTE_MS,
        .duration_ms = rand_chance(rng, 0.3) ? DURATION_NONE : rand_between(rng, -2, 8) * SECOND_MS,
        .tool_paths = w->tools[i],
        .tool_count = rand_below(rng, TOOLS_MAX + 1),
        .has_interaction = rand_chance(rng, 0.3),
    };
    history_run(w->history,
                (struct history_run){
                    .id = id,
                    .scope = i % 2 ? "one" : "two",
                    .status = run->status.s,
                    .code = run->code.s,
                    .trigger = run->trigger_kind.s,
                    .created_at = run->created_at,
                    .completed_at =
                        run->duration_ms == DURATION_NONE ? TIME_NONE : run->created_at + run->duration_ms,
                });
    for (size_t t = 0; t < run->tool_count; t++) {
        w->tools[i][t] = pick(rng, tools, 8);
        history_call(w->history, id, (struct history_call){.path = w->tools[i][t].s});
    }
    if (run->has_interaction)
        history_question(w->history, id, (struct history_question){.status = "resolved"});
}

static int make_world(void **state)
{
    struct world *w = mem_new_array(1, sizeof *w);
    struct rand rng;
    rand_seed(&rng, 11);
    arena_init(&w->arena);
    w->history = history_new();
    history_begin(w->history);
    for (int i = 0; i < RUNS; i++)
        make_run(w, &rng, i);
    history_commit(w->history);
    *state = w;
    return sqlite3_open(history_path(w->history), &w->db) ||
           sqlite3_create_function(w->db, "code_contains", 2, SQLITE_UTF8, NULL, code_contains, NULL, NULL);
}

static int drop_world(void **state)
{
    struct world *w = *state;
    sqlite3_close(w->db);
    history_free(w->history);
    arena_release(&w->arena);
    free(w);
    return 0;
}

static sqlite3_stmt *prepare(struct world *w, const struct filter_sql *sql)
{
    sqlite3_stmt *stmt;
    char *query = arena_printf(&w->arena, "SELECT e.id FROM execution e WHERE %s", sql->where);
    if (sqlite3_prepare_v2(w->db, query, -1, &stmt, NULL))
        fail_msg("%s: %s", query, sqlite3_errmsg(w->db));
    assert_int_equal(sqlite3_bind_parameter_count(stmt), sql->count);
    for (size_t i = 0; i < sql->count; i++) {
        const struct sql_binding *b = &sql->bindings[i];
        assert_int_equal(
            b->is_text ? sqlite3_bind_text(stmt, (int)i + 1, b->text.s, (int)b->text.n, SQLITE_TRANSIENT)
                       : sqlite3_bind_int64(stmt, (int)i + 1, b->number),
            SQLITE_OK);
    }
    return stmt;
}

/* The numbers of the runs that SQL finds, as marks. */
static void find(struct world *w, const struct filter *filter, const char *scope, bool found[RUNS])
{
    struct filter_sql sql =
        filter_sql_make(filter, &(struct filter_sql_options){scope, NOW, FILTER_KEYS_ALL}, &w->arena);
    sqlite3_stmt *stmt = prepare(w, &sql);
    int code;
    memset(found, 0, RUNS * sizeof *found);
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW)
        found[strtol(strchr((const char *)sqlite3_column_text(stmt, 0), '-') + 1, NULL, 10)] = true;
    assert_int_equal(code, SQLITE_DONE);
    sqlite3_finalize(stmt);
}

static void assert_agreement(struct world *w, const struct filter *filter)
{
    bool found[RUNS];
    find(w, filter, NULL, found);
    for (int i = 0; i < RUNS; i++) {
        if (found[i] == filter_matches(filter, &w->runs[i], NOW))
            continue;
        struct buf line;
        buf_init(&line, FILTER_TEXT_MAX);
        filter_format(filter, TIME_IN_UTC, &line);
        fail_msg("<%s>: SQL says %d of run %d", buf_cstr(&line), found[i], i);
    }
}

static void test_sql_agrees_on_chosen_filters(void **state)
{
    static const char *const lines[] = {
        "",
        "status:failed",
        "-status:failed,completed",
        "status:odd",
        "trigger:unknown",
        "-trigger:unknown",
        "-trigger:cli",
        "trigger:unknown,cli",
        "-trigger:unknown,cli",
        "trigger:\"\"",
        "tool:github.*",
        "tool:github",
        "tool:\"github.\"",
        "-tool:github.*",
        "-tool:a,github.*",
        "tool:a tool:github.*",
        "elicitation:true",
        "elicitation:false",
        "-elicitation:true",
        "duration:>1s",
        "duration:<=0ms",
        "-duration:>1s",
        "-duration:<1s,>5s",
        "duration:=3s",
        "after:30m",
        "before:30m",
        "after:40m before:20m",
        "-after:30m",
        "after:10m before:20m",
        "id:0",
        "id:00-0",
        "-id:0,1",
        "id:zz",
        "a",
        "GITHUB",
        "-a",
        "status:failed -trigger:mcp after:50m duration:>0ms",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct filter filter;
        struct filter_mistake mistake;
        if (filter_parse(text_of(lines[i]), TIME_IN_UTC, &filter, &mistake))
            fail_msg("<%s>: %s", lines[i], mistake.what);
        assert_agreement(*state, &filter);
        filter_release(&filter);
    }
}

static void test_sql_agrees_on_filters_by_chance(void **state)
{
    struct rand rng;
    rand_seed(&rng, 5);
    for (int i = 0; i < 2000; i++) {
        struct filter filter;
        random_filter(&rng, 3, &filter);
        assert_agreement(*state, &filter);
        filter_release(&filter);
    }
}

static void test_sql_keeps_to_a_scope_and_to_the_keys_asked_for(void **state)
{
    struct world *w = *state;
    struct filter filter;
    struct filter_mistake mistake;
    bool found[RUNS];
    assert_int_equal(filter_parse(TEXT_LIT("id:0 status:nothing after:1m"), TIME_IN_UTC, &filter, &mistake),
                     ERR_OK);
    struct filter_sql_options options = {"one", NOW, 1u << FILTER_ID};
    struct filter_sql sql = filter_sql_make(&filter, &options, &w->arena);
    assert_string_equal(sql.where, "e.scope_id = ? AND ((e.id >= ? AND e.id < ?))");
    assert_int_equal(sql.count, 3);
    filter_clear(&filter);
    find(w, &filter, "one", found);
    for (int i = 0; i < RUNS; i++)
        assert_int_equal(found[i], i % 2 == 1);
}

static void assert_plan(struct world *w, const char *line, const char *expected)
{
    struct filter filter;
    struct filter_mistake mistake;
    assert_int_equal(filter_parse(text_of(line), TIME_IN_UTC, &filter, &mistake), ERR_OK);
    struct filter_sql sql =
        filter_sql_make(&filter, &(struct filter_sql_options){"one", NOW, FILTER_KEYS_ALL}, &w->arena);
    sql.where = arena_printf(&w->arena, "%s ORDER BY e.created_at DESC, e.id DESC LIMIT 50", sql.where);
    char *query =
        arena_printf(&w->arena, "EXPLAIN QUERY PLAN SELECT e.id FROM execution e WHERE %s", sql.where);
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_prepare_v2(w->db, query, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    const char *plan = (const char *)sqlite3_column_text(stmt, 3);
    if (!strstr(plan, expected))
        fail_msg("<%s>: %s", line, plan);
    sqlite3_finalize(stmt);
    filter_release(&filter);
}

static void test_the_planner_keeps_the_order_of_creation(void **state)
{
    static const char *const lines[] = {"",
                                        "status:failed",
                                        "trigger:mcp",
                                        "trigger:unknown",
                                        "tool:github.*",
                                        "after:1h",
                                        "elicitation:true",
                                        "status:failed -trigger:mcp boom"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_plan(*state, lines[i], "execution_created_at_idx");
    assert_plan(*state, "id:0", "scope_id=? AND id>? AND id<?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_matches),
        cmocka_unit_test(test_what_does_not_match),
        cmocka_unit_test(test_what_is_missing),
        cmocka_unit_test(test_a_trigger_of_the_name_unknown_is_no_null),
        cmocka_unit_test(test_tool_patterns),
        cmocka_unit_test(test_sql_agrees_on_chosen_filters),
        cmocka_unit_test(test_sql_agrees_on_filters_by_chance),
        cmocka_unit_test(test_sql_keeps_to_a_scope_and_to_the_keys_asked_for),
        cmocka_unit_test(test_the_planner_keeps_the_order_of_creation),
    };
    return cmocka_run_group_tests_name("filter_match", tests, make_world, drop_world);
}
