/*
 * Whole screens, as pictures: what goes wrong where two widgets meet is seldom what one thought of looking at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/fake_screen.h"
#include "tests/support/golden.h"
#include "tests/support/samples.h"

static struct fake_screen *screen(int width, int height)
{
    struct fake_screen *fake = fake_screen_new(width, height, 1000);
    fake->state.source.live_interval_ms = SECOND_MS;
    return fake;
}

/* view-list-80x24 */
static void expect(struct fake_screen *fake, const char *name)
{
    char file[64];
    snprintf(file, sizeof file, "view-%s-%dx%d", name, fake->state.width, fake->state.height);
    golden_check(fake_draw(fake), file);
}

static void done(struct fake_screen *fake, const char *name)
{
    expect(fake, name);
    fake_screen_free(fake);
}

static void run(struct fake_screen *fake, const char *command)
{
    fake_key(fake, ":");
    fake_type(fake, command);
    fake_key(fake, "Enter");
}

static void the_list(void **state)
{
    (void)state;
    static const int sizes[][2] = {{40, 10}, {80, 24}, {120, 36}, {200, 60}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct fake_screen *fake = screen(sizes[i][0], sizes[i][1]);
        fake_keys(fake, "Down", 4);
        done(fake, "list");
    }
}

static void the_list_in_ascii(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(120, 36);
    fake->state.ascii = true;
    fake_key(fake, "j");
    fake_arrive(fake, 2);
    done(fake, "ascii");
}

static void a_filter_at_rest_and_its_matches(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(120, 36);
    fake_filter(fake, "code:search -status:failed after:1h");
    done(fake, "filter");
}

static void typing_a_filter(void **state)
{
    (void)state;
    static const int sizes[][2] = {{40, 10}, {80, 24}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct fake_screen *fake = screen(sizes[i][0], sizes[i][1]);
        fake_key(fake, "/");
        fake_type(fake, "status:failed trigger:");
        fake_key(fake, "Tab");
        expect(fake, "completions");
        fake_type(fake, " stat:x code:y");
        fake_key(fake, "Enter");
        done(fake, "mistake");
    }
}

static void boxes(void **state)
{
    (void)state;
    static const struct {
        int w, h;
        const char *key, *name;
    } cases[] = {
        {80, 24, "?", "help"},   {200, 60, "?", "help"}, {40, 10, "?", "help"}, {80, 24, "v", "fields"},
        {40, 10, "v", "fields"}, {80, 24, "s", "sort"},  {80, 24, "y", "copy"}, {40, 10, "y", "copy"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fake_screen *fake = screen(cases[i].w, cases[i].h);
        fake_key(fake, cases[i].key);
        done(fake, cases[i].name);
    }
}

static void a_question(void **state)
{
    (void)state;
    static const int sizes[][2] = {{40, 10}, {80, 24}, {120, 36}};
    static const struct interaction question = {
        .id = {"q", 1},
        .status = {"pending", 7},
        .payload_json = {"{\"message\":\"Deploy it?\",\"requestedSchema\":{\"properties\":{"
                         "\"sure\":{\"type\":\"boolean\"}},\"required\":[\"sure\"]}}",
                         105},
        .created_at = SAMPLE_NOW - 95000,
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct fake_screen *fake = screen(sizes[i][0], sizes[i][1]);
        fake->question = &question;
        snprintf(fake->state.source_arg, sizeof fake->state.source_arg, "http://localhost:4788");
        fake_filter(fake, "status:waiting");
        fake_key(fake, "a");
        done(fake, "answer");
    }
}

static void the_palette(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(120, 36);
    fake_key(fake, ":");
    fake_type(fake, "copy");
    fake_keys(fake, "Down", 2);
    done(fake, "palette");
}

static void live(void **state)
{
    (void)state;
    static const int sizes[][2] = {{40, 10}, {80, 24}, {120, 36}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct fake_screen *fake = screen(sizes[i][0], sizes[i][1]);
        fake_key(fake, "j");
        fake_arrive(fake, 4);
        done(fake, "live");
    }
}

static void live_in_another_order(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(80, 24);
    fake_key(fake, "j");
    fake_key(fake, "s");
    fake_keys(fake, "Down", 2);
    fake_key(fake, "Enter");
    done(fake, "live-longest");
}

static void no_run_matches(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(80, 24);
    fake_filter(fake, "code:nowhere after:1h");
    done(fake, "no-match");
}

static void no_runs(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_new(80, 24, 0);
    done(fake, "no-runs");
}

static void nothing_known_yet(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_new(120, 36, 0);
    response_free(fake->state.list.shown);
    response_free(fake->state.meta.shown);
    fake->state.list.shown = fake->state.meta.shown = NULL;
    fake->holds = true;
    fake_resize(fake, 120, 36);
    done(fake, "loading");
}

static void a_search_goes_on(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(120, 36);
    fake->is_partial = true;
    fake_filter(fake, "code:search");
    done(fake, "searching");
}

static void a_search_tells_how_far_it_came(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(200, 60);
    fake->is_partial = true;
    fake->looked_at = 400;
    fake_filter(fake, "duration:>5s");
    done(fake, "searching-remote");
}

static void a_search_rests(void **state)
{
    (void)state;
    static const int sizes[][2] = {{40, 10}, {80, 24}, {120, 36}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct fake_screen *fake = screen(sizes[i][0], sizes[i][1]);
        fake->is_partial = fake->is_paused = true;
        fake->looked_at = 400;
        fake_filter(fake, "duration:>5s");
        done(fake, "paused");
    }
    struct fake_screen *fake = screen(80, 24);
    fake->is_partial = fake->is_paused = true;
    fake->looked_at = 3;
    fake->state.ascii = true;
    fake_filter(fake, "duration:>5s");
    done(fake, "paused-empty");
}

/* A remote source takes seconds: it is said who is asked, and for how long already. */
static void a_long_wait(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_new(80, 24, 0);
    response_free(fake->state.list.shown);
    response_free(fake->state.meta.shown);
    fake->state.list.shown = fake->state.meta.shown = NULL;
    snprintf(fake->state.source_label, sizeof fake->state.source_label, "localhost:4788");
    fake->holds = true;
    fake_key(fake, "s");
    fake_key(fake, "Down");
    fake_key(fake, "Enter");
    assert_false(fake_shows(fake, "asking"));
    fake->now += 3200;
    assert_in_range(state_next_tick(&fake->state, fake->now), 1, SECOND_MS);
    done(fake, "waiting");
    fake = screen(120, 36);
    snprintf(fake->state.source_label, sizeof fake->state.source_label, "localhost:4788");
    fake->holds = true;
    fake_filter(fake, "status:failed");
    fake->now += 3200;
    done(fake, "waiting");
}

/* What is of the older question is dimmed once the answer takes its time. */
static void a_slow_answer(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(120, 36);
    fake->holds = true;
    fake_filter(fake, "status:failed");
    fake->now += 2 * STALE_MS;
    done(fake, "stale");
}

static void errors(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(80, 24);
    fake->fails = ERR_IO;
    fake_key(fake, "r");
    done(fake, "error-below-rows");
    fake = fake_screen_new(80, 24, 0);
    fake->fails = ERR_IO;
    fake_key(fake, "r");
    done(fake, "error");
    fake = screen(120, 36);
    fake->fails = ERR_IO;
    fake_key(fake, "Enter");
    done(fake, "error-of-a-run");
}

/* Errors of a remote source say much: it wraps, and the way on is always to be read. */
static void errors_at_length(void **state)
{
    (void)state;
    static const int sizes[][2] = {{40, 10}, {80, 24}, {120, 36}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct fake_screen *fake = screen(sizes[i][0], sizes[i][1]);
        struct list_state *list = &fake->state.list;
        fake_key(fake, "End");
        list->has_error = true;
        err_set(&list->err, ERR_DENIED,
                "runs.example.org answered 401 Unauthorized: it wants to know who asks");
        err_hint(&list->err, "Set EXECUTOR_RUNS_TOKEN, or token_file or token_command in the config; what an "
                             "address itself holds is never sent.");
        fake_resize(fake, fake->state.width, fake->state.height);
        done(fake, "error-remote");
    }
    struct fake_screen *fake = fake_screen_new(80, 24, 0);
    fake->state.list.has_error = true;
    err_set(&fake->state.list.err, ERR_UNSUPPORTED, "runs.example.org/: that is a web page, not an API");
    err_hint(&fake->state.list.err, "Did you mean https://runs.example.org/api?");
    done(fake, "error-web-page");
}

static void the_source_is_lost(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(80, 24);
    fake->state.source.is_readable = false;
    fake->state.source.read_at = fake->now - 7 * SECOND_MS;
    err_set(&fake->state.source.err, ERR_IO, "~/.executor/data.db cannot be read: the file is gone");
    fake_source(fake, SOURCE_LOST);
    done(fake, "lost");
}

static void the_rail_over_the_list(void **state)
{
    (void)state;
    static const int sizes[][2] = {{40, 10}, {80, 24}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct fake_screen *fake = screen(sizes[i][0], sizes[i][1]);
        fake_key(fake, "b");
        fake_keys(fake, "Down", 4);
        fake_key(fake, "Space");
        done(fake, "rail");
    }
}

static void the_rail_at_work(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(120, 36);
    for (size_t i = 0; i < fake->count; i += 4)
        fake->rows[i].scope_id = TEXT_LIT("other");
    fake_filter(fake, "-status:failed tool:github.* trigger:mcp,cli code:return");
    run(fake, "focus-previous");
    while (fake->state.focus != FOCUS_RAIL)
        fake_key(fake, "Tab");
    fake_key(fake, "End");
    done(fake, "rail");
}

/* For now a filtered facet is counted under its own terms too: then that is said, and what it does not know is not 0. */
static void a_rail_of_narrowed_counts(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(120, 36);
    fake->is_narrowed = true;
    fake_filter(fake, "status:failed,quarantined,waiting trigger:mcp,http,cron");
    expect(fake, "narrowed");
    fake->is_narrowed = false;
    fake_source(fake, SOURCE_PROGRESS);
    assert_false(fake_shows(fake, "filtered"));
    fake_screen_free(fake);
    fake = screen(80, 24);
    fake->is_narrowed = true;
    fake_filter(fake, "trigger:mcp");
    fake_key(fake, "/");
    fake_type(fake, "trigger:");
    done(fake, "narrowed");
}

static void a_selection_on_the_timeline(void **state)
{
    (void)state;
    static const int sizes[][2] = {{80, 24}, {120, 36}, {200, 60}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct fake_screen *fake = screen(sizes[i][0], sizes[i][1]);
        while (fake->state.focus != FOCUS_TIMELINE)
            fake_key(fake, "Tab");
        fake_keys(fake, "Left", 9);
        fake_key(fake, "Space");
        fake_keys(fake, "Left", 9);
        done(fake, "selection");
    }
}

static void a_zoom(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(120, 36);
    while (fake->state.focus != FOCUS_TIMELINE)
        fake_key(fake, "Tab");
    fake_keys(fake, "+", 3);
    done(fake, "zoom");
}

static void the_drawer(void **state)
{
    (void)state;
    static const int sizes[][2] = {{40, 10}, {80, 24}, {120, 36}, {200, 60}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct fake_screen *fake = screen(sizes[i][0], sizes[i][1]);
        fake_key(fake, "e");
        fake_key(fake, "Enter");
        done(fake, "drawer");
    }
}

static void a_search_in_the_drawer(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(120, 36);
    fake_key(fake, "Enter");
    fake_key(fake, "/");
    fake_type(fake, "items");
    done(fake, "search");
}

static void other_times(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(80, 24);
    fake_keys(fake, "t", 2);
    done(fake, "relative");
}

static void too_small(void **state)
{
    (void)state;
    struct fake_screen *fake = screen(39, 9);
    done(fake, "too-small");
}

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list),
        cmocka_unit_test(the_list_in_ascii),
        cmocka_unit_test(a_filter_at_rest_and_its_matches),
        cmocka_unit_test(typing_a_filter),
        cmocka_unit_test(boxes),
        cmocka_unit_test(a_question),
        cmocka_unit_test(the_palette),
        cmocka_unit_test(live),
        cmocka_unit_test(live_in_another_order),
        cmocka_unit_test(no_run_matches),
        cmocka_unit_test(no_runs),
        cmocka_unit_test(nothing_known_yet),
        cmocka_unit_test(a_search_goes_on),
        cmocka_unit_test(a_search_tells_how_far_it_came),
        cmocka_unit_test(a_search_rests),
        cmocka_unit_test(a_long_wait),
        cmocka_unit_test(a_slow_answer),
        cmocka_unit_test(errors),
        cmocka_unit_test(errors_at_length),
        cmocka_unit_test(the_source_is_lost),
        cmocka_unit_test(the_rail_over_the_list),
        cmocka_unit_test(the_rail_at_work),
        cmocka_unit_test(a_rail_of_narrowed_counts),
        cmocka_unit_test(a_selection_on_the_timeline),
        cmocka_unit_test(a_zoom),
        cmocka_unit_test(the_drawer),
        cmocka_unit_test(a_search_in_the_drawer),
        cmocka_unit_test(other_times),
        cmocka_unit_test(too_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
