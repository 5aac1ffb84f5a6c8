/*
 * What the filter bar offers while a line is typed. In the lines below '|' is the cursor.
 */
#include "data/filter/filter_complete.h"

#include "tests/support/random_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define TEXT(literal)                                                                                        \
    {                                                                                                        \
        (literal), sizeof(literal) - 1                                                                       \
    }

static struct facet_value statuses[] = {
    {TEXT("pending"), 0},      {TEXT("running"), 3},  {TEXT("waiting_for_interaction"), 9},
    {TEXT("completed"), 1894}, {TEXT("failed"), 303}, {TEXT("cancelled"), 12},
    {TEXT("Odd word"), 1},
};
static struct facet_value triggers[] = {{TEXT("mcp"), 2221}, {TEXT("cron"), 7}, {{NULL, 0}, 5}};
static struct facet_value tools[] = {
    {TEXT("github.issues.create"), 418},
    {TEXT("slack.post"), 197},
    {TEXT("github.issues.list"), 90},
    {TEXT("search"), 61},
    {TEXT("my github"), 2},
};

static const struct meta *meta(void)
{
    static const struct meta counted = {
        .status = {statuses, 7, true},
        .trigger = {triggers, 3, true},
        .tools = {tools, 5, true},
        .with_interaction = {12, true},
        .without_interaction = {300, false},
        .presets = {[PRESET_1H] = {40, true}},
    };
    return &counted;
}

/* "failed 303, waiting 9": what is offered; counts where they are known. */
static void assert_offers(const struct meta *known, const char *marked, size_t max, const char *expected)
{
    char line[256], offered[2048] = "";
    const char *bar = strchr(marked, '|');
    size_t cursor = (size_t)(bar - marked);
    struct arena arena;
    arena_init(&arena);
    snprintf(line, sizeof line, "%.*s%s", (int)cursor, marked, bar + 1);
    struct completions found = filter_complete(text_of(line), cursor, known, max, &arena);
    for (size_t i = 0; i < found.count; i++) {
        const struct completion *item = &found.items[i];
        size_t n = strlen(offered);
        n += (size_t)snprintf(offered + n, sizeof offered - n, "%s%.*s", i ? ", " : "", (int)item->insert.n,
                              item->insert.s);
        if (item->count >= 0)
            snprintf(offered + n, sizeof offered - n, " %lld", (long long)item->count);
    }
    if (strcmp(offered, expected) != 0)
        fail_msg("<%s>: offered <%s> and not <%s>", marked, offered, expected);
    arena_release(&arena);
}

/* The line after the first candidate was taken. */
static void assert_taken(const char *marked, const char *expected)
{
    char line[256], result[512];
    const char *bar = strchr(marked, '|');
    size_t cursor = (size_t)(bar - marked);
    struct arena arena;
    arena_init(&arena);
    snprintf(line, sizeof line, "%.*s%s", (int)cursor, marked, bar + 1);
    struct completions found = filter_complete(text_of(line), cursor, meta(), 10, &arena);
    assert_true(found.count > 0 && found.start <= found.end && found.end <= strlen(line));
    snprintf(result, sizeof result, "%.*s%s%s", (int)found.start, line, found.items[0].insert.s,
             line + found.end);
    assert_string_equal(result, expected);
    arena_release(&arena);
}

static void test_keys(void **state)
{
    (void)state;
    const char *all = "status:, trigger:, tool:, elicitation:, duration:, after:, before:, id:, code:";
    assert_offers(meta(), "|", 20, all);
    assert_offers(meta(), "status:failed |", 20, all);
    assert_offers(meta(), "-|", 20, all);
    assert_offers(meta(), "| status:failed", 20, all);
    assert_offers(meta(), "t|", 20, "trigger:, tool:, status:, elicitation:, duration:, after:");
    assert_offers(meta(), "AF|", 20, "after:");
    assert_offers(meta(), "|status:failed", 20, "");
    assert_offers(meta(), "sta|tus:failed", 20, "");
    assert_offers(meta(), "sta|t:failed", 1, "status:");
}

static void test_values_with_counts(void **state)
{
    (void)state;
    assert_offers(
        meta(), "status:|", 20,
        "pending 0, running 3, waiting 9, completed 1894, failed 303, cancelled 12, \"Odd word\" 1");
    assert_offers(meta(), "status:fa|", 20, "failed 303");
    assert_offers(meta(), "-STATUS:n|", 20, "pending 0, running 3, waiting 9, cancelled 12");
    assert_offers(meta(), "status:failed|", 20, "");
    assert_offers(meta(), "trigger:|", 20, "mcp 2221, cron 7, cli 0, http 0, unknown 5");
    assert_offers(meta(), "elicitation:|", 20, "true 12, false");
}

/* Of what the terms that stand leave out nothing is known, and of the rest it is said what the count is of. */
static void test_narrowed_counts(void **state)
{
    (void)state;
    struct meta known = *meta();
    known.status.is_narrowed = known.trigger.is_narrowed = known.tools.is_narrowed = true;
    assert_offers(&known, "-STATUS:n|", 20, "pending, running 3, waiting 9, cancelled 12");
    assert_offers(&known, "trigger:|", 20, "mcp 2221, cron 7, cli, http, unknown 5");
    struct arena arena;
    arena_init(&arena);
    struct completions found = filter_complete(TEXT_LIT("trigger:"), 8, &known, 20, &arena);
    assert_true(text_is(found.items[0].help, "filtered"));
    assert_true(text_is(found.items[2].help, ""));
    arena_release(&arena);
}

static void test_values_behind_a_comma(void **state)
{
    (void)state;
    assert_offers(meta(), "status:failed,|", 3, "pending 0, running 3, waiting 9");
    assert_offers(meta(), "status:failed,f|", 20, "");
    assert_offers(meta(), "status:f|,failed", 20, "");
    assert_offers(meta(), "status:\"Odd word\",o|", 20, "completed 1894");
    assert_offers(meta(), "status:x x:failed -status:fa|", 20, "failed 303");
}

static void test_tools_and_their_namespaces(void **state)
{
    (void)state;
    assert_offers(meta(), "tool:git|", 20,
                  "github.*, github.issues.create 418, github.issues.list 90, \"my github\" 2");
    assert_offers(meta(), "tool:github.|", 20,
                  "github.issues.*, github.issues.create 418, github.issues.list 90");
    assert_offers(meta(), "tool:github.issues.|", 20, "github.issues.create 418, github.issues.list 90");
    assert_offers(meta(), "tool:|", 3, "github.*, github.issues.create 418, slack.*");
    assert_offers(meta(), "tool:github.*,|", 3, "github.issues.create 418, slack.*, slack.post 197");
    assert_offers(meta(), "tool:\"my |", 3, "\"my github\" 2");
}

static void test_times_and_durations(void **state)
{
    (void)state;
    assert_offers(meta(), "after:|", 20, "15m, 1h 40, 24h, 7d, 30d");
    assert_offers(meta(), "after:1|", 20, "15m, 1h 40, 1m, 1d, 1w");
    assert_offers(meta(), "before:3|", 20, "30d, 3m, 3h, 3d, 3w");
    assert_offers(meta(), "duration:>|", 20, ">1s, >5s, >30s, >1m, >5m");
    assert_offers(meta(), "duration_ms:<|", 20, "<=1000, <=200");
}

static void test_a_word_is_completed_to_a_whole_term(void **state)
{
    (void)state;
    assert_offers(meta(), "fai|", 20, "status:failed 303");
    assert_offers(meta(), "f|", 20, "after:, before:");
    assert_offers(meta(), "-cr|", 20, "trigger:cron 7, tool:github.issues.create 418");
    assert_offers(meta(), "sl|", 20, "tool:slack.*, tool:slack.post 197");
}

static void test_nothing_where_nothing_is_known(void **state)
{
    (void)state;
    assert_offers(meta(), "foo:|", 20, "");
    assert_offers(meta(), "code:st|", 20, "");
    assert_offers(meta(), "id:3|", 20, "");
    assert_offers(meta(), "\"sta|", 20, "");
    assert_offers(meta(), "\"a sta| b\"", 20, "");
    assert_offers(meta(), "status:|", 0, "");
}

static void test_counts_that_are_not_known_are_left_out(void **state)
{
    (void)state;
    struct meta half = *meta();
    half.status.is_counted = half.tools.is_counted = false;
    assert_offers(&half, "status:f|", 20, "failed");
    assert_offers(&half, "tool:se|", 20, "search");
    assert_offers(NULL, "status:|", 20, "pending, running, waiting, completed, failed, cancelled");
    assert_offers(NULL, "trigger:|", 20, "cli, http, mcp, unknown");
    assert_offers(NULL, "tool:|", 20, "");
    assert_offers(NULL, "after:7|", 20, "7d, 7m, 7h, 7w");
    assert_offers(NULL, "elicitation:t|", 20, "true");
}

static void test_taking_one_replaces_what_is_under_the_cursor(void **state)
{
    (void)state;
    assert_taken("st|", "status:");
    assert_taken("-tri| x", "-trigger: x");
    assert_taken("status:co|mpl,waiting x", "status:completed,waiting x");
    assert_taken("status:waiting,fa|", "status:waiting,failed");
    assert_taken("tool:\"my g|\" x", "tool:\"my github\" x");
    assert_taken("tool:\"sla| x", "tool:slack.*");
    assert_taken("a fai| b", "a status:failed b");
    assert_taken("stat|:failed", "status:failed");
}

/* Every candidate at every place of an awkward line gives a line whose term can be read. */
static void test_any_line_any_place(void **state)
{
    (void)state;
    struct rand rng;
    rand_seed(&rng, 99);
    for (int i = 0; i < 3000; i++) {
        char line[RANDOM_TEXT_MAX + 8];
        static const char *const heads[] = {"", "status:", "-tool:", "after:", "code:"};
        size_t n = (size_t)snprintf(line, sizeof line, "%s", heads[rand_below(&rng, 5)]);
        random_text(&rng, line + n);
        struct arena arena;
        arena_init(&arena);
        for (size_t cursor = 0; cursor <= strlen(line); cursor++) {
            struct completions found = filter_complete(text_of(line), cursor, meta(), 5, &arena);
            assert_true(found.start <= cursor && cursor <= found.end && found.end <= strlen(line));
            assert_true(found.count <= 5);
        }
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_values_with_counts),
        cmocka_unit_test(test_narrowed_counts),
        cmocka_unit_test(test_values_behind_a_comma),
        cmocka_unit_test(test_tools_and_their_namespaces),
        cmocka_unit_test(test_times_and_durations),
        cmocka_unit_test(test_a_word_is_completed_to_a_whole_term),
        cmocka_unit_test(test_nothing_where_nothing_is_known),
        cmocka_unit_test(test_counts_that_are_not_known_are_left_out),
        cmocka_unit_test(test_taking_one_replaces_what_is_under_the_cursor),
        cmocka_unit_test(test_any_line_any_place),
    };
    return cmocka_run_group_tests_name("filter_complete", tests, NULL, NULL);
}
