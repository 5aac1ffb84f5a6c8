/*
 * How a filter is put to a remote source: by hand, what is sent; by chance, that what a server makes of it and what is decided here together
 * are what the filter means.
 */
#include "data/base/die.h"
#include "data/base/needle.h"
#include "data/http/http_plan.h"
#include "tests/support/filter_of.h"
#include "tests/support/random_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW (INT64_C(1000) * HOUR_MS)

static const struct http_known nothing_known;
static const struct text usual_triggers[] = {{"mcp", 3}, {NULL, 0}, {"cli", 3}};
static const struct http_known usual = {.has_counts = true, .triggers = usual_triggers, .trigger_count = 3};
static const struct http_known odd_status = {
    .has_counts = true, .triggers = usual_triggers, .trigger_count = 3, .has_other_statuses = true};
static const struct text odd_triggers[] = {{"a,b", 3}, {"cli", 3}, {NULL, 0}};
static const struct http_known odd = {.has_counts = true, .triggers = odd_triggers, .trigger_count = 3};
static const struct text named_unknown[] = {{"unknown", 7}, {"cli", 3}, {NULL, 0}};
static const struct http_known trap = {.has_counts = true, .triggers = named_unknown, .trigger_count = 3};
static const struct http_known no_runs = {.has_counts = true};

/* "status=failed +tool=a -tool=b sufficient": the main list, the sides, then what else is said. */
static void describe(const struct http_plan *plan, struct buf *out)
{
    http_params_write(&plan->main, out);
    for (size_t i = 0; i < plan->side_count; i++) {
        buf_str(out, plan->sides[i].is_excluded ? " -" : " +");
        http_params_write(&plan->sides[i].params, out);
    }
    if (plan->is_sufficient)
        buf_str(out, " sufficient");
    if (plan->is_nothing)
        buf_str(out, " nothing");
    if (plan->wants_counts)
        buf_str(out, " wants");
}

struct expected {
    const char *line;
    const struct http_known *known;
    const char *plan;
};

static void check_plan(const struct expected *expected, unsigned without)
{
    struct filter filter;
    struct http_plan plan;
    struct arena arena;
    struct err err;
    struct buf got;
    arena_init(&arena);
    buf_init(&got, 8192);
    filter = filter_of(expected->line);
    if (http_plan_make(&filter, NOW, expected->known, without, &plan, &arena, &err))
        fail_msg("<%s> has no plan: %s", expected->line, err.what);
    describe(&plan, &got);
    if (strcmp(buf_cstr(&got), expected->plan) != 0)
        fail_msg("<%s>\n  is put as <%s>\n instead of <%s>", expected->line, buf_cstr(&got), expected->plan);
    buf_release(&got);
    filter_release(&filter);
    arena_release(&arena);
}

static void check_plans(const struct expected *expected, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_plan(&expected[i], 0);
}
#define CHECK_PLANS(table) check_plans(table, sizeof(table) / sizeof *(table))

static void test_everything_is_sent_where_it_can(void **state)
{
    (void)state;
    static const struct expected table[] = {
        {"", &nothing_known, " sufficient"},
        {"status:failed", &nothing_known, "status=failed sufficient"},
        {"status:waiting,Failed,pending", &nothing_known,
         "status=pending%2Cwaiting_for_interaction%2Cfailed sufficient"},
        {"trigger:mcp,unknown,cli", &nothing_known, "trigger=cli%2Cmcp%2Cunknown sufficient"},
        {"tool:slack.post,github.*", &nothing_known, "tool=github.%2A%2Cslack.post sufficient"},
        {"elicitation:true", &nothing_known, "elicitation=true sufficient"},
        {"-elicitation:true", &nothing_known, "elicitation=false sufficient"},
        {"code:\"a b&c\"", &nothing_known, "code=a%20b%26c sufficient"},
        {"after:1h before:5m", &nothing_known, " sufficient"},
        {"status:failed trigger:cli tool:a elicitation:false boom after:1h", &nothing_known,
         "status=failed&trigger=cli&tool=a&code=boom&elicitation=false sufficient"},
    };
    CHECK_PLANS(table);
}

static void test_terms_of_a_key_are_intersected(void **state)
{
    (void)state;
    static const struct expected table[] = {
        {"status:failed,running status:running,pending", &nothing_known, "status=running sufficient"},
        {"status:failed,running -status:failed", &nothing_known, "status=running sufficient"},
        {"trigger:cli,mcp,unknown -trigger:unknown -trigger:mcp", &nothing_known, "trigger=cli sufficient"},
        {"trigger:unknown,cli trigger:unknown", &nothing_known, "trigger=unknown sufficient"},
        {"elicitation:true -elicitation:false", &nothing_known, "elicitation=true sufficient"},
        {"status:failed status:running", &nothing_known, " nothing"},
        {"status:failed -status:failed tool:a tool:b -trigger:cli", &nothing_known, " nothing"},
        {"trigger:cli trigger:mcp", &usual, " nothing"},
        {"elicitation:true elicitation:false", &nothing_known, " nothing"},
        {"elicitation:true -elicitation:true", &nothing_known, " nothing"},
        {"after:5m before:1h", &nothing_known, " nothing"},
        {"tool:b,a -tool:a,b", &nothing_known, " nothing"},
    };
    CHECK_PLANS(table);
}

static void test_exclusions_are_sent_as_their_complement(void **state)
{
    (void)state;
    static const struct expected table[] = {
        {"-status:completed,failed", &usual,
         "status=pending%2Crunning%2Cwaiting_for_interaction%2Ccancelled sufficient"},
        {"-status:completed", &nothing_known, " wants"},
        {"-status:completed", &odd_status, ""},
        {"-status:odd", &usual, " sufficient"},
        {"-status:odd", &odd_status, ""},
        {"-status:pending,running,waiting,completed,failed,cancelled", &usual, " nothing"},
        {"-trigger:cli", &usual, "trigger=mcp%2Cunknown sufficient"},
        {"-trigger:unknown", &usual, "trigger=cli%2Cmcp sufficient"},
        {"-trigger:cli -trigger:mcp", &usual, "trigger=unknown sufficient"},
        {"-trigger:cli", &nothing_known, " wants"},
        {"-trigger:never", &usual, " sufficient"},
        {"-trigger:cli,mcp,unknown", &usual, " nothing"},
        {"-trigger:cli", &no_runs, " sufficient"},
        {"-trigger:cli", &odd, ""},
        {"-trigger:\"a,b\"", &odd, "trigger=cli%2Cunknown sufficient"},
        {"-trigger:cli", &trap, ""},
        {"-trigger:unknown", &trap, ""},
    };
    CHECK_PLANS(table);
}

static void test_what_a_list_cannot_hold_is_decided_here(void **state)
{
    (void)state;
    static const struct expected table[] = {
        {"status:odd", &usual, ""},
        {"status:odd,failed", &usual, ""},
        {"status:odd,failed -status:odd", &nothing_known, "status=failed sufficient"},
        {"trigger:\"a,b\"", &usual, ""},
        {"trigger:cli,\"\"", &usual, ""},
        {"trigger:\" cli\"", &usual, ""},
        {"trigger:\"cli\\t\"", &usual, ""},
        {"trigger:\"\\xff\"", &usual, ""},
        {"trigger:\"a b\"", &usual, "trigger=a%20b sufficient"},
        {"code:\"\\xe2\\x80\"", &usual, ""},
        {"id:3f", &nothing_known, ""},
        {"duration:>5s status:failed", &nothing_known, "status=failed"},
    };
    CHECK_PLANS(table);
}

static void test_tools_beyond_the_first_are_sides(void **state)
{
    (void)state;
    static const struct expected table[] = {
        {"tool:b tool:a,c", &nothing_known, "tool=b +tool=a%2Cc"},
        {"-tool:b", &nothing_known, " -tool=b"},
        {"status:failed tool:a.* -tool:c,b -tool:d", &nothing_known,
         "status=failed&tool=a.%2A -tool=b%2Cc -tool=d"},
        {"tool:a,b tool:b,a", &nothing_known, "tool=a%2Cb sufficient"},
        {"-tool:a tool:b -tool:a", &nothing_known, "tool=b -tool=a"},
    };
    CHECK_PLANS(table);
}

static void test_the_longest_code_is_sent(void **state)
{
    (void)state;
    static const struct expected table[] = {
        {"boom \"new Error\"", &nothing_known, "code=new%20Error"},
        {"ab cd", &nothing_known, "code=ab"},
        {"cd ab", &nothing_known, "code=ab"},
        {"code:x,longest -code:longer long", &nothing_known, "code=long"},
        {"code:x,y", &nothing_known, ""},
        {"-boom", &nothing_known, ""},
    };
    CHECK_PLANS(table);
}

static void test_keys_that_are_left_out(void **state)
{
    (void)state;
    const char *line = "status:failed trigger:cli tool:a tool:b elicitation:true boom after:1h -after:1m";
    check_plan(&(struct expected){line, &usual, "trigger=cli&tool=a&code=boom&elicitation=true +tool=b"},
               1u << FILTER_STATUS);
    check_plan(
        &(struct expected){line, &usual, "status=failed&trigger=cli&code=boom&elicitation=true sufficient"},
        1u << FILTER_TOOL);
    check_plan(&(struct expected){"status:failed status:running -trigger:x", &nothing_known, " sufficient"},
               1u << FILTER_STATUS | 1u << FILTER_TRIGGER);
}

static void check_range(const char *line, unsigned without, struct time_range expected)
{
    struct filter filter;
    struct http_plan plan;
    struct arena arena;
    struct err err;
    arena_init(&arena);
    filter = filter_of(line);
    assert_int_equal(http_plan_make(&filter, NOW, &usual, without, &plan, &arena, &err), ERR_OK);
    assert_true(plan.range.from == expected.from && plan.range.to == expected.to);
    assert_true(plan.is_sufficient);
    filter_release(&filter);
    arena_release(&arena);
}

static void test_the_range(void **state)
{
    (void)state;
    const int64_t hour_ago = NOW - HOUR_MS, minute_ago = NOW - MINUTE_MS;
    check_range("", 0, TIME_RANGE_ALL);
    check_range("after:1h before:1m", 0, (struct time_range){hour_ago, minute_ago});
    check_range("after:1h after:2h", 0, (struct time_range){hour_ago, INT64_MAX});
    check_range("after:1h before:1m", 1u << FILTER_BEFORE, (struct time_range){hour_ago, INT64_MAX});
    check_range("after:1h before:1m", 1u << FILTER_AFTER, (struct time_range){INT64_MIN, minute_ago});
    check_range("after:1h before:1m", 1u << FILTER_AFTER | 1u << FILTER_BEFORE, TIME_RANGE_ALL);
}

/* ---- what is refused ---- */

static enum err_code refusal(const char *line, struct err *err)
{
    struct filter filter;
    struct http_plan plan;
    struct arena arena;
    arena_init(&arena);
    filter = filter_of(line);
    enum err_code code = http_plan_make(&filter, NOW, &usual, 0, &plan, &arena, err);
    filter_release(&filter);
    arena_release(&arena);
    return code;
}

static void test_paths_that_a_list_cannot_hold(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(refusal("tool:a,\"x,y\"", &err), ERR_UNSUPPORTED);
    assert_non_null(strstr(err.what, "\"x,y\""));
    assert_true(err.hint[0]);
    assert_int_equal(refusal("tool:\"\"", &err), ERR_UNSUPPORTED);
    assert_int_equal(refusal("-tool:\"a \"", &err), ERR_UNSUPPORTED);
    assert_int_equal(refusal("-tool:\"\\xff\"", &err), ERR_UNSUPPORTED);
    assert_int_equal(refusal("status:failed status:running tool:\"\"", &err), ERR_UNSUPPORTED);
}

static void test_more_tools_than_sides(void **state)
{
    (void)state;
    struct err err;
    struct buf line;
    buf_init(&line, FILTER_TEXT_MAX);
    for (int i = 0; i <= HTTP_SIDES_MAX; i++)
        buf_printf(&line, "tool:t%d ", i);
    assert_int_equal(refusal(buf_cstr(&line), &err), ERR_OK);
    buf_str(&line, "-tool:x");
    assert_int_equal(refusal(buf_cstr(&line), &err), ERR_TOO_BIG);
    buf_release(&line);
}

/* ---- scopes ---- */

static void test_scopes(void **state)
{
    (void)state;
    const struct filter_subject run = {.created_at = NOW, .duration_ms = DURATION_NONE};
    struct filter all;
    struct http_plan plan;
    struct arena arena;
    struct err err;
    filter_init(&all);
    arena_init(&arena);
    assert_int_equal(http_plan_make(&all, NOW, &usual, 0, &plan, &arena, &err), ERR_OK);
    http_plan_set_scope(&plan, NULL, TEXT_LIT("one"));
    assert_true(plan.is_sufficient && http_plan_matches(&plan, &run, TEXT_LIT("one")));
    http_plan_set_scope(&plan, "one", TEXT_LIT("one"));
    assert_true(plan.is_sufficient && text_is_null(plan.scope));
    assert_true(http_plan_matches(&plan, &run, TEXT_LIT("one")));
    http_plan_set_scope(&plan, "one", TEXT_NULL);
    assert_false(plan.is_sufficient || plan.is_nothing);
    assert_true(http_plan_matches(&plan, &run, TEXT_LIT("one")));
    assert_false(http_plan_matches(&plan, &run, TEXT_LIT("two")));
    http_plan_set_scope(&plan, "one", TEXT_LIT("two"));
    assert_true(plan.is_nothing && !plan.is_sufficient);
    assert_false(http_plan_matches(&plan, &run, TEXT_LIT("one")));
    arena_release(&arena);
}

/* ---- a server, as far as the contract goes (executor-store.md, List semantics) ---- */

enum { RUNS = 40, TOOLS_MAX = 3, WORLDS = 4, FILTERS = 4000, TRIGGERS_MAX = 8 };

/* Takes the next word of a list, without the blanks around it: servers are free to trim. */
static bool next_word(struct text *list, struct text *word)
{
    if (text_is_null(*list))
        return false;
    const char *comma = list->n ? memchr(list->s, ',', list->n) : NULL;
    size_t n = comma ? (size_t)(comma - list->s) : list->n;
    *word = (struct text){list->s, n};
    *list = comma ? (struct text){comma + 1, list->n - n - 1} : TEXT_NULL;
    for (; word->n && word->s[0] <= ' ' && word->s[0] >= 0; word->s++)
        word->n--;
    while (word->n && word->s[word->n - 1] <= ' ' && word->s[word->n - 1] >= 0)
        word->n--;
    return true;
}

static bool calls(const struct filter_subject *run, struct text pattern)
{
    for (size_t i = 0; i < run->tool_count; i++)
        if (tool_pattern_matches(pattern, run->tool_paths[i]))
            return true;
    return false;
}

/* Any of the words; a list without a word, or with unknown statuses only, filters nothing. */
static bool list_admits(enum filter_key key, struct text list, const struct filter_subject *run)
{
    bool is_filter = false, is_in = false;
    for (struct text word; next_word(&list, &word);) {
        if (!word.n || (key == FILTER_STATUS && run_status_of(word) == STATUS_OTHER))
            continue;
        is_filter = true;
        if (key == FILTER_STATUS)
            is_in |= text_eq(run->status, word);
        else if (key == FILTER_TRIGGER)
            is_in |= text_eq(run->trigger_kind, text_is(word, "unknown") ? TEXT_NULL : word);
        else
            is_in |= calls(run, word);
    }
    return is_in || !is_filter;
}

static bool code_has(struct text code, struct text wanted)
{
    struct needle *needle = needle_new(wanted);
    bool is_found = needle_find(needle, code, 0, NULL) >= 0;
    needle_free(needle);
    return is_found;
}

static bool server_admits(const struct http_params *params, const struct filter_subject *run)
{
    return list_admits(FILTER_STATUS, params->status, run) &&
           list_admits(FILTER_TRIGGER, params->trigger, run) && list_admits(FILTER_TOOL, params->tool, run) &&
           (text_is_null(params->code) || code_has(run->code, params->code)) &&
           (text_is_null(params->elicitation) ||
            text_is(params->elicitation, "true") == run->has_interaction);
}

static bool server_lists(const struct http_plan *plan, const struct filter_subject *run)
{
    bool is_in_range = run->created_at >= plan->range.from &&
                       (plan->range.to == INT64_MAX || run->created_at <= plan->range.to - 1);
    return !plan->is_nothing && is_in_range && server_admits(&plan->main, run);
}

static bool sides_admit(const struct http_plan *plan, const struct filter_subject *run)
{
    for (size_t i = 0; i < plan->side_count; i++)
        if (server_admits(&plan->sides[i].params, run) == plan->sides[i].is_excluded)
            return false;
    return true;
}

/* ---- by chance ---- */

struct world {
    struct filter_subject runs[RUNS];
    struct text tools[RUNS][TOOLS_MAX];
    char codes[RUNS][RANDOM_TEXT_MAX];
    struct text triggers[TRIGGERS_MAX];
    struct http_known known;
};

static struct text pick(struct rand *rng, const char *const *words, uint32_t n)
{
    return text_of(words[rand_below(rng, n)]);
}

static void learn(struct world *w, const struct filter_subject *run)
{
    size_t i = 0;
    while (i < w->known.trigger_count && !text_eq(w->triggers[i], run->trigger_kind))
        i++;
    if (i == w->known.trigger_count)
        w->triggers[w->known.trigger_count++] = run->trigger_kind;
    w->known.has_other_statuses |= run_status_of(run->status) == STATUS_OTHER;
}

/* The first worlds have what the contract knows only; the later ones also what it does not. */
static void make_world(struct world *w, struct rand *rng, int number)
{
    static const char *const ids[] = {"a-1", "-1", "0", "x:1", "failed"};
    static const char *const statuses[] = {"failed", "waiting_for_interaction", "completed", "pending", "odd",
                                           "Odd"};
    static const char *const triggers[] = {NULL, "cli", "mcp", "HTTP", "", "unknown", "-,a"};
    static const char *const tools[] = {"a", "github", "github.", "github.x", "-", "0", "(", "failed"};
    *w = (struct world){.known = {.has_counts = true, .triggers = w->triggers}};
    for (int i = 0; i < RUNS; i++) {
        struct filter_subject *run = &w->runs[i];
        random_text(rng, w->codes[i]);
        *run = (struct filter_subject){
            .id = pick(rng, ids, 5),
            .status = pick(rng, statuses, number & 1 ? 6 : 4),
            .trigger_kind = pick(rng, triggers, number & 2 ? 7 : 4),
            .code = text_of(w->codes[i]),
            .created_at = NOW - rand_between(rng, 0, 60) * MINUTE_MS,
            .duration_ms = rand_chance(rng, 0.3) ? DURATION_NONE : rand_between(rng, -2, 90) * SECOND_MS,
            .tool_paths = w->tools[i],
            .tool_count = rand_below(rng, TOOLS_MAX + 1),
            .has_interaction = rand_chance(rng, 0.5),
        };
        for (size_t t = 0; t < run->tool_count; t++)
            w->tools[i][t] = pick(rng, tools, 8);
        learn(w, run);
    }
}

/* What was met on the way: a test by chance that meets nothing proves nothing. */
struct met {
    int runs, sufficient, sent, sides, differences, nothing, refused, wanted;
};

static bool is_awkward(const char *path)
{
    for (const char *c = path; *c; c++)
        if (*c <= ' ' || *c == ',' || (unsigned char)*c >= 0x7F)
            return true;
    return !*path;
}

static bool has_awkward_tool(const struct filter *filter, unsigned without)
{
    for (size_t i = 0; i < filter->count && !(without & 1u << FILTER_TOOL); i++)
        for (size_t v = 0; v < filter->terms[i].count; v++)
            if (filter->terms[i].key == FILTER_TOOL && is_awkward(filter->terms[i].values[v].text))
                return true;
    return false;
}

static void check_runs(const struct world *w, const struct http_plan *plan, const struct filter *meant,
                       struct met *met)
{
    for (int i = 0; i < RUNS; i++) {
        const struct filter_subject *run = &w->runs[i];
        bool is_listed = server_lists(plan, run), is_meant = filter_matches(meant, run, NOW);
        bool is_shown = is_listed && sides_admit(plan, run) && http_plan_matches(plan, run, TEXT_NULL);
        bool is_counted = is_listed;
        if (plan->is_difference) {
            struct http_plan minus = http_plan_minus(plan);
            is_counted = is_listed && !server_lists(&minus, run);
        }
        bool is_told = plan->is_sufficient || plan->is_difference;
        if (is_shown != is_meant || (is_told && is_counted != is_meant)) {
            struct buf line;
            buf_init(&line, 1 << 16);
            filter_format(meant, TIME_IN_UTC, &line);
            buf_str(&line, "> is put as <");
            describe(plan, &line);
            fail_msg("<%s>: run %d (%s %s) is %s", buf_cstr(&line), i, run->status.s,
                     run->trigger_kind.s ? run->trigger_kind.s : "NULL", is_meant ? "lost" : "wrong");
        }
        met->runs += is_meant;
    }
}

static void check_plan_of(const struct world *w, struct filter *filter, unsigned without,
                          const struct http_plan *plan, struct met *met)
{
    for (int key = 0; key < FILTER_KEY_COUNT; key++)
        if (without & 1u << key)
            filter_clear_key(filter, (enum filter_key)key);
    check_runs(w, plan, filter, met);
    met->sufficient += plan->is_sufficient && filter->count;
    met->sent += !text_is_null(plan->main.status) || !text_is_null(plan->main.trigger);
    met->sides += plan->side_count > 0;
    met->differences += plan->is_difference;
    met->nothing += plan->is_nothing;
    met->wanted += plan->wants_counts;
}

static void check_filter(const struct world *w, struct rand *rng, struct met *met)
{
    struct filter filter;
    struct http_plan plan;
    struct arena arena;
    struct err err;
    struct http_known known = rand_chance(rng, 0.5) ? w->known : (struct http_known){0};
    unsigned without = rand_chance(rng, 0.3) ? 1u << rand_below(rng, FILTER_KEY_COUNT) : 0;
    arena_init(&arena);
    random_filter(rng, 4, &filter);
    if (!http_plan_make(&filter, NOW, &known, without, &plan, &arena, &err)) {
        assert_false(plan.wants_counts && known.has_counts);
        check_plan_of(w, &filter, without, &plan, met);
    } else {
        assert_int_equal(err.code, ERR_UNSUPPORTED);
        assert_true(has_awkward_tool(&filter, without));
        met->refused++;
    }
    filter_release(&filter);
    arena_release(&arena);
}

static void test_the_parts_are_the_filter(void **state)
{
    (void)state;
    struct world *w = mem_new(sizeof *w);
    struct met met = {0};
    struct rand rng;
    rand_seed(&rng, 3);
    for (int number = 0; number < WORLDS; number++) {
        make_world(w, &rng, number);
        for (int i = 0; i < FILTERS; i++)
            check_filter(w, &rng, &met);
    }
    assert_true(met.runs > 10000 && met.sufficient > 500 && met.sent > 500 && met.sides > 200 &&
                met.differences > 50 && met.nothing > 100 && met.refused > 100 && met.wanted > 100);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_sent_where_it_can),
        cmocka_unit_test(test_terms_of_a_key_are_intersected),
        cmocka_unit_test(test_exclusions_are_sent_as_their_complement),
        cmocka_unit_test(test_what_a_list_cannot_hold_is_decided_here),
        cmocka_unit_test(test_tools_beyond_the_first_are_sides),
        cmocka_unit_test(test_the_longest_code_is_sent),
        cmocka_unit_test(test_keys_that_are_left_out),
        cmocka_unit_test(test_the_range),
        cmocka_unit_test(test_paths_that_a_list_cannot_hold),
        cmocka_unit_test(test_more_tools_than_sides),
        cmocka_unit_test(test_scopes),
        cmocka_unit_test(test_the_parts_are_the_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
