/*
 * The waterfall: bars where the calls were, states told apart by shape, and what a call holds when it is unfolded.
 */
#include "tests/support/golden.h"
#include "tests/support/sample_run.h"
#include "tests/support/surface_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct drawer_bench *bench;

static void open_run(struct detail_reply (*run)(struct arena *arena))
{
    if (bench)
        drawer_bench_free(bench);
    bench = drawer_bench_new(run);
    drawer_set_tab(bench->drawer, TAB_CALLS);
}

static int setup(void **state)
{
    (void)state;
    sample_run_locale();
    open_run(sample_run);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    drawer_bench_free(bench);
    bench = NULL;
    return 0;
}

static void look(int w, int h)
{
    drawer_bench_look(bench, w, h);
}

static bool shows(const char *words)
{
    return surface_shows(&bench->surface, words);
}

static const char *line(int y)
{
    return surface_line(&bench->surface, y);
}

/* One call in a run of 800 ms that starts at 1000. */
static void only_call(const char *status, int64_t from, int64_t to)
{
    struct run *run = &bench->detail.detail.run;
    run->started_at = run->created_at = 1000;
    run->completed_at = 1800;
    bench->detail.call_count = 1;
    bench->detail.calls[0] = (struct tool_call){.id = text_of("only"),
                                                .status = text_of(status),
                                                .tool_path = text_of("t"),
                                                .started_at = from,
                                                .completed_at = to,
                                                .duration_ms = DURATION_NONE};
    look(40, 20);
    drawer_bench_reread(bench);
    look(40, 20);
}

enum { BAR_CELLS = 40 - 3 - 8 - 2 - 3 }; /* beside a name of one cell */

static void bars_stand_where_the_calls_were(void **state)
{
    (void)state;
    static const struct {
        int64_t from, to;
        const char *bar;
    } cases[] = {
        {1000, 1800, "████████████████████████"},
        {1000, 1400, "████████████············"},
        {1400, 1800, "············████████████"},
        {1000, 1000, "▏·······················"},
        {1800, 1800, "·······················▕"},
        {500, 900, "▏·······················"},
        {2500, 2600, "·······················▕"},
        {500, 5000, "████████████████████████"},
        {1700, 1200, "·····················▏··"},
        {1000, 1050, "█▌······················"},
        {INT64_MIN + 5, INT64_MAX, "████████████████████████"},
        {INT64_MAX, INT64_MIN + 5, "·······················▕"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        only_call("completed", cases[i].from, cases[i].to);
        if (!strstr(line(4), cases[i].bar))
            fail_msg("case %zu: %s instead of %s", i, line(4), cases[i].bar);
    }
}

static void a_call_that_goes_on_has_an_open_end(void **state)
{
    (void)state;
    only_call("running", 1400, TIME_NONE);
    assert_true(strstr(line(4), "············█████████▓▒░  ● t"));
    bench->surface.ascii = true;
    look(40, 20);
    assert_true(strstr(line(4), "............>>>>>>>>>>>>  * t"));
}

static void states_differ_in_shape(void **state)
{
    (void)state;
    only_call("failed", 1000, 1400);
    assert_true(strstr(line(4), "✗ t"));
    bench->surface.ascii = true;
    look(40, 20);
    assert_true(strstr(line(4), "xxxxxxxxxxxx............  x t"));
    only_call("completed", 1000, 1400);
    assert_true(strstr(line(4), "############............    t"));
    only_call("queued", 1000, 1400);
    assert_true(strstr(line(4), "t"));
}

static void a_run_without_a_span_is_measured_by_its_calls(void **state)
{
    (void)state;
    only_call("completed", 2000, 2400);
    bench->detail.detail.run.completed_at = 900;
    look(40, 20);
    assert_true(strstr(line(4), "████████████████████████"));
    assert_true(strstr(line(3), "400ms"));
}

static void the_axis_has_round_steps(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *labels;
    } cases[] = {
        {1, " 0                                     1ms "},
        {5, " 0       1ms     2ms     3ms     4ms   5ms "},
        {812, " 0         200ms     400ms           812ms "},
        {5200, " 0      1s      2s      3s      4s   5.20s "},
        {95000, " 0           30s          1m        1m 35s "},
        {3 * HOUR_MS, " 0            1h            2h      3h 00m "},
        {400 * DAY_MS, " 0         100d      200d      300d   400d "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bench->detail.detail.run.completed_at = bench->detail.detail.run.started_at + cases[i].ms;
        look(78, 20);
        if (strncmp(line(3), cases[i].labels, strlen(cases[i].labels)) != 0)
            fail_msg("%s instead of %s", line(3), cases[i].labels);
    }
}

static void bars_go_before_names_do(void **state)
{
    (void)state;
    look(78, 24);
    assert_true(shows("█") && shows("slack.chat.postMessage   141ms"));
    look(40, 24);
    assert_false(shows("█"));
    assert_true(shows("slack.chat.postMessage        141ms"));
    assert_true(shows("✗ github.issues.update          2.74s"));
}

static void pictures(void **state)
{
    (void)state;
    static const struct {
        int w, h;
        bool ascii;
        const char *name;
    } sizes[] = {{60, 24, false, "drawer-calls-60x24"},
                 {120, 40, false, "drawer-calls-120x40"},
                 {78, 30, true, "drawer-calls-ascii-78x30"}};
    look(78, 30);
    drawer_move(bench->drawer, 4);
    drawer_unfold(bench->drawer);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        bench->surface.ascii = sizes[i].ascii;
        look(sizes[i].w, sizes[i].h);
        golden_check(&bench->surface, sizes[i].name);
    }
    open_run(sample_run_running);
    look(78, 24);
    golden_check(&bench->surface, "drawer-calls-running-78x24");
}

static void enter_unfolds_a_call(void **state)
{
    (void)state;
    look(78, 40);
    drawer_move(bench->drawer, 4);
    drawer_unfold(bench->drawer);
    look(78, 40);
    assert_true(shows("▾ args") && shows("\"labels\": [ \"bug\", \"p1\" ]"));
    assert_true(shows("▾ error") && shows("secondary rate limit"));
    assert_false(shows("▾ result"));
    drawer_move(bench->drawer, 2);
    drawer_unfold(bench->drawer);
    look(78, 40);
    assert_true(shows("▸ args"));
    drawer_move(bench->drawer, -2);
    drawer_unfold(bench->drawer);
    look(78, 40);
    assert_false(shows("args"));
}

static void a_call_that_comes_before_keeps_the_others_unfolded(void **state)
{
    (void)state;
    look(78, 40);
    drawer_move(bench->drawer, 4);
    drawer_unfold(bench->drawer);
    struct tool_call first = bench->detail.calls[0];
    first.id = text_of("earlier");
    first.tool_path = text_of("sheets.read");
    sample_call(&bench->arena, &bench->detail, first);
    struct tool_call *calls = bench->detail.calls;
    memmove(calls + 1, calls, 6 * sizeof *calls);
    calls[0] = first;
    drawer_bench_reread(bench);
    look(78, 40);
    assert_true(shows("sheets.read") && shows("secondary rate limit"));
    int y = 4 + 5;
    assert_true(strstr(line(y), "✗ github.issues.update"));
    assert_int_equal(bench->surface.cells[y * 78].style.ground, GROUND_SELECTED);
}

static void payloads_that_are_too_much_say_so(void **state)
{
    (void)state;
    size_t n = (size_t)RUN_DOC_CALLS_BYTES + 1;
    char *huge = calloc(n, 1);
    bench->detail.calls[0].args_json = (struct text){huge, n};
    look(90, 40);
    drawer_bench_reread(bench);
    drawer_unfold(bench->drawer);
    look(90, 40);
    assert_true(shows("args  33.6 MB, too much beside the others"));
    free(huge);
    bench->detail.calls[0].args_json = TEXT_NULL;
    drawer_bench_reread(bench);
}

static void hundreds_of_calls_scroll(void **state)
{
    (void)state;
    for (int i = 0; i < 600; i++) {
        struct tool_call call = bench->detail.calls[0];
        call.id = text_of(arena_printf(&bench->arena, "more-%d", i));
        call.tool_path = text_of(arena_printf(&bench->arena, "loop.step%d", i));
        sample_call(&bench->arena, &bench->detail, call);
    }
    look(78, 24);
    drawer_bench_reread(bench);
    drawer_move(bench->drawer, 605);
    look(78, 24);
    assert_true(shows("loop.step599"));
    assert_true(strstr(line(3), "5.20s"));
    drawer_fold_all(bench->drawer);
    look(78, 24);
    assert_true(shows("loop.step599"));
}

static void no_calls_are_told(void **state)
{
    (void)state;
    bench->detail.call_count = 0;
    bench->detail.detail.run.tool_call_count = 0;
    look(78, 24);
    drawer_bench_reread(bench);
    look(78, 24);
    assert_true(shows("This run made no tool calls."));
    bench->detail.detail.run.tool_call_count = 3;
    look(78, 24);
    assert_true(shows("The run counts 3 tool calls; none of them is recorded."));
    bench->detail.detail.run.tool_call_count = 0;
    bench->detail.detail.run.status = text_of("running");
    look(78, 24);
    assert_true(shows("No tool calls yet."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        T(bars_stand_where_the_calls_were),
        T(a_call_that_goes_on_has_an_open_end),
        T(states_differ_in_shape),
        T(a_run_without_a_span_is_measured_by_its_calls),
        T(the_axis_has_round_steps),
        T(bars_go_before_names_do),
        T(pictures),
        T(enter_unfolds_a_call),
        T(a_call_that_comes_before_keeps_the_others_unfolded),
        T(payloads_that_are_too_much_say_so),
        T(hundreds_of_calls_scroll),
        T(no_calls_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
