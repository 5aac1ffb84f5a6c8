/*
 * The drawer as a person meets it: pictures of whole runs, the cursor, folding, and what stays when a run is read again.
 */
#include "data/base/rand.h"
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

static int line_of(const char *words)
{
    for (int y = 0; y < bench->surface.height; y++)
        if (strstr(surface_line(&bench->surface, y), words))
            return y;
    return -1;
}

/* The line with the cursor's ground, from the top of the picture. */
static int cursor_line(void)
{
    for (int y = 0; y < bench->surface.height; y++)
        if (bench->surface.cells[y * bench->surface.width].style.ground == GROUND_SELECTED)
            return y;
    return -1;
}

static bool cursor_is_on(const char *words)
{
    int y = cursor_line();
    return y >= 0 && strstr(surface_line(&bench->surface, y), words);
}

static void go_to(const char *words)
{
    drawer_to_edge(bench->drawer, false);
    for (int i = 0; i < 500; i++) {
        look(bench->surface.width, bench->surface.height);
        if (cursor_is_on(words))
            return;
        drawer_move(bench->drawer, 1);
    }
    fail_msg("there is no line with \"%s\"", words);
}

static void press_enter_on(const char *words)
{
    go_to(words);
    drawer_unfold(bench->drawer);
    look(bench->surface.width, bench->surface.height);
}

static const struct peers_reply slow = {
    .count = 812, .faster = 790, .p50_ms = 612, .p95_ms = 2100, .is_complete = true};

/* ---- pictures ---- */

static void properties_of_a_failed_run(void **state)
{
    (void)state;
    bench->in.peers = &slow;
    static const int sizes[][2] = {{60, 24}, {78, 30}, {120, 40}, {37, 12}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char name[64];
        snprintf(name, sizeof name, "drawer-failed-%dx%d", sizes[i][0], sizes[i][1]);
        look(sizes[i][0], sizes[i][1]);
        golden_check(&bench->surface, name);
    }
}

static void properties_in_ascii(void **state)
{
    (void)state;
    bench->in.peers = &slow;
    bench->surface.ascii = true;
    look(78, 30);
    golden_check(&bench->surface, "drawer-failed-ascii-78x30");
}

static void properties_of_a_waiting_run(void **state)
{
    (void)state;
    open_run(sample_run_waiting);
    look(78, 46);
    golden_check(&bench->surface, "drawer-waiting-78x46");
}

static void properties_of_a_completed_run(void **state)
{
    (void)state;
    open_run(sample_run_completed);
    bench->frame.is_focused = false;
    look(100, 48);
    golden_check(&bench->surface, "drawer-completed-100x48");
}

/* ---- what it says ---- */

static void the_error_stands_before_code_and_result(void **state)
{
    (void)state;
    look(78, 40);
    assert_true(line_of("▾ Error") > 0);
    assert_true(line_of("▾ Error") < line_of("▾ Code"));
    assert_int_equal(surface_style(&bench->surface, line_of("HTTP 403"), "HTTP").ink, INK_FAILED);
    assert_int_equal(surface_style(&bench->surface, line_of("at run"), "at run").ink, INK_MUTED);
}

static void a_time_gives_up_forms_before_it_is_cut(void **state)
{
    (void)state;
    look(80, 40);
    assert_true(shows("created     2026-11-21 12:09:31.204 CET · 11:09:31Z · 2h 53m ago"));
    look(60, 40);
    assert_true(shows("created     2026-11-21 12:09:31.204 CET · 2h 53m ago "));
    look(45, 40);
    assert_true(shows("created     2026-11-21 12:09:31.204 CET "));
    bench->in.time_mode = TIME_IN_UTC;
    look(80, 40);
    assert_true(shows("created     2026-11-21 11:09:31.204 UTC · 12:09:31 CET · 2h 53m ago"));
    bench->in.time_mode = TIME_RELATIVE;
    look(80, 40);
    assert_true(shows("created     2h 53m ago · 2026-11-21 12:09:31.204 CET · 11:09:31Z"));
}

static void another_day_in_utc_is_named(void **state)
{
    (void)state;
    bench->detail.detail.run.created_at = INT64_C(1795217371204); /* 00:29 here, the day before there */
    look(90, 40);
    assert_true(shows("created     2026-11-21 00:29:31.204 CET · 2026-11-20 23:29:31Z"));
}

static void a_duration_has_its_place_among_its_peers(void **state)
{
    (void)state;
    bench->in.peers = &slow;
    look(100, 40);
    assert_true(shows("slower than 97% of runs of this code · p50 612ms · p95 2.10s"));
    assert_int_equal(surface_style(&bench->surface, line_of("slower"), "slower").ink, INK_WARN);
    struct peers_reply peers = slow;
    bench->in.peers = &peers;
    peers.is_complete = false;
    look(100, 40);
    assert_true(shows("slower than 97% of the 812 newest runs of this code"));
    peers.faster = 400;
    look(100, 40);
    assert_int_equal(surface_style(&bench->surface, line_of("slower"), "slower").ink, INK_MUTED);
    peers.faster = 1;
    look(100, 40);
    assert_true(shows("slower than under 1%"));
    peers.faster = 0;
    look(100, 40);
    assert_true(shows("no slower than any of the 812"));
    peers.count = 1;
    look(100, 40);
    assert_true(shows("the only finished run of this code"));
    peers.count = 0;
    look(100, 40);
    assert_false(shows("runs of this code"));
}

static void a_running_runs_duration_ticks(void **state)
{
    (void)state;
    open_run(sample_run_running);
    look(78, 30);
    assert_true(shows("duration    8.00s so far"));
    assert_true(shows("ended       not yet"));
    bench->in.now += 1000;
    look(78, 30);
    assert_true(shows("duration    9.00s so far"));
}

static void odd_runs_are_shown_as_they_are(void **state)
{
    (void)state;
    struct run *run = &bench->detail.detail.run;
    run->status = text_of("on_hold\x1b[31m");
    run->completed_at = run->started_at - 1500;
    run->trigger_kind = TEXT_NULL;
    run->tool_call_count = 9;
    look(78, 40);
    assert_true(shows("on_hold␛[31m"));
    assert_true(shows("duration    -1.50s"));
    assert_true(shows("trigger     unknown"));
    assert_true(shows("tool calls  9 · 6 of them recorded"));
    run->started_at = INT64_MIN + 1;
    run->completed_at = INT64_MAX;
    look(78, 40);
    run->started_at = run->completed_at = run->created_at = TIME_NONE;
    look(78, 40);
    assert_true(shows("created     not yet"));
}

static void a_question_shows_what_it_asks_for_and_hides_the_secret(void **state)
{
    (void)state;
    open_run(sample_run_waiting);
    look(78, 60);
    assert_true(line_of("▾ Waiting for an answer") < line_of("created"));
    assert_true(shows("approved    boolean, required · Approve"));
    assert_true(shows("reason      string, one of [\"goodwill\",\"mistake\"]"));
    assert_true(shows("https://login.example.com/authorize?state=24"));
    assert_true(shows("answered after 5.00s"));
    assert_true(shows("private answer: recorded, not shown"));
    assert_true(shows("▸ request"));
    press_enter_on("▸ request");
    assert_true(shows("\"requestedSchema\""));
}

static void the_id_is_repeated_where_it_was_cut(void **state)
{
    (void)state;
    look(78, 40);
    assert_false(shows("id          3f1c"));
    look(50, 40);
    assert_true(shows("id          3f1c9a52-7be0-4c1d-9a52"));
}

/* ---- the cursor ---- */

static void the_cursor_stays_inside(void **state)
{
    (void)state;
    look(60, 20);
    drawer_move(bench->drawer, -5);
    look(60, 20);
    assert_int_equal(cursor_line(), 3);
    drawer_move(bench->drawer, 100000);
    look(60, 20);
    assert_int_equal(cursor_line(), 19);
    drawer_page(bench->drawer, 1);
    look(60, 60);
    assert_true(cursor_is_on("'done'"));
    assert_true(shows("status      ✗ failed"));
    look(60, 5);
    assert_int_equal(cursor_line(), 4);
    drawer_to_edge(bench->drawer, false);
    look(60, 20);
    assert_true(cursor_is_on("status"));
}

static void pages_go_there_and_back(void **state)
{
    (void)state;
    look(60, 14);
    drawer_page(bench->drawer, 1);
    look(60, 14);
    assert_false(shows("status      "));
    drawer_page(bench->drawer, -1);
    look(60, 14);
    assert_true(cursor_is_on("status"));
}

static void a_click_takes_the_cursor_there(void **state)
{
    (void)state;
    look(60, 30);
    int y = line_of("created");
    drawer_point(bench->drawer, y);
    look(60, 30);
    assert_int_equal(cursor_line(), y);
    drawer_point(bench->drawer, 1);
    look(60, 30);
    assert_int_equal(cursor_line(), y);
}

static void the_ground_is_only_there_with_the_focus(void **state)
{
    (void)state;
    bench->frame.is_focused = false;
    look(60, 30);
    assert_int_equal(cursor_line(), -1);
}

/* ---- folding ---- */

static void enter_folds_a_section_and_opens_it_again(void **state)
{
    (void)state;
    look(78, 40);
    press_enter_on("▾ Code");
    assert_true(cursor_is_on("▸ Code"));
    assert_false(shows("const issues"));
    drawer_unfold(bench->drawer);
    look(78, 40);
    assert_true(shows("const issues"));
    press_enter_on("HTTP 403");
    assert_true(cursor_is_on("▸ Error"));
}

static void enter_folds_json_and_stays_on_it(void **state)
{
    (void)state;
    open_run(sample_run_completed);
    look(78, 60);
    press_enter_on("9007199254740993");
    assert_true(cursor_is_on("{ … }"));
    assert_false(shows("9007199254740993"));
    drawer_unfold(bench->drawer);
    look(78, 60);
    assert_true(shows("9007199254740993"));
}

static void everything_folds_at_once(void **state)
{
    (void)state;
    look(78, 40);
    go_to("for (const");
    drawer_fold_all(bench->drawer);
    look(78, 40);
    assert_true(shows("▸ Error") && shows("▸ Code") && !shows("const issues"));
    assert_true(cursor_is_on("▸ Code"));
    drawer_fold_all(bench->drawer);
    look(78, 40);
    assert_true(shows("▾ Error") && shows("const issues"));
}

static void long_code_is_opened_by_enter(void **state)
{
    (void)state;
    struct buf code;
    buf_init(&code, 10000);
    for (int i = 1; i <= 100; i++)
        buf_printf(&code, "line(%d);\n", i);
    bench->detail.detail.run.code = buf_as_text(&code);
    drawer_bench_reread(bench);
    look(78, 60);
    assert_true(shows(" 16  line(16);") && !shows("line(17)"));
    press_enter_on("▸ 84 more lines");
    assert_true(cursor_is_on(" 17  line(17);"));
    drawer_to_edge(bench->drawer, true);
    look(78, 60);
    assert_true(cursor_is_on("100  line(100);"));
    bench->detail.detail.run.code = TEXT_LIT("");
    drawer_bench_reread(bench);
    buf_release(&code);
}

/* ---- the same run again, another run ---- */

static void a_run_read_again_stays_where_it_was(void **state)
{
    (void)state;
    open_run(sample_run_completed);
    look(78, 24);
    press_enter_on("▾ Code");
    press_enter_on("9007199254740993");
    int y = cursor_line();
    drawer_bench_reread(bench);
    look(78, 24);
    assert_int_equal(cursor_line(), y);
    assert_true(cursor_is_on("{ … }"));
    drawer_to_edge(bench->drawer, false);
    look(78, 60);
    assert_true(shows("▸ Code"));
}

static void the_cursor_follows_its_row_when_rows_come_before_it(void **state)
{
    (void)state;
    open_run(sample_run_running);
    look(78, 24);
    go_to("for (const");
    int y = cursor_line();
    bench->detail.detail.run.status = text_of("failed");
    bench->detail.detail.run.error_text = text_of("Error: late\nand long");
    bench->detail.detail.run.completed_at = SAMPLE_RUN_NOW;
    drawer_bench_reread(bench);
    look(78, 24);
    assert_true(cursor_is_on("for (const"));
    assert_int_equal(cursor_line(), y);
}

static void another_run_starts_at_its_top(void **state)
{
    (void)state;
    look(78, 24);
    press_enter_on("▾ Code");
    drawer_to_edge(bench->drawer, true);
    bench->detail.detail.run.id = text_of("another");
    drawer_bench_reread(bench);
    look(78, 40);
    assert_true(cursor_is_on("status"));
    assert_true(shows("▾ Code"));
}

static void the_tab_stays_for_the_next_run(void **state)
{
    (void)state;
    drawer_set_tab(bench->drawer, TAB_LOGS);
    bench->detail.detail.run.id = text_of("another");
    look(78, 24);
    drawer_bench_reread(bench);
    assert_int_equal(drawer_tab(bench->drawer), TAB_LOGS);
}

/* ---- the frame ---- */

static void nothing_to_show_is_no_harm(void **state)
{
    (void)state;
    struct drawer *drawer = drawer_new();
    struct drawer_input in = {.width = 60, .height = 20};
    drawer_layout(drawer, &in);
    drawer_move(drawer, 1);
    drawer_page(drawer, 1);
    drawer_to_edge(drawer, true);
    drawer_unfold(drawer);
    drawer_fold_all(drawer);
    drawer_next_log_level(drawer);
    drawer_point(drawer, 5);
    drawer_search(drawer, text_of("x"));
    assert_false(drawer_search_step(drawer, 1));
    for (int tab = 0; tab < DRAWER_TAB_COUNT; tab++) {
        drawer_set_tab(drawer, (enum drawer_tab)tab);
        drawer_layout(drawer, &in);
        drawer_draw(&bench->surface, (struct rect){0, 0, 60, 20}, drawer, &bench->frame);
    }
    drawer_free(drawer);
}

static void letting_go_of_a_document_forgets_it(void **state)
{
    (void)state;
    look(60, 20);
    bench->in.doc = NULL;
    drawer_layout(bench->drawer, &bench->in);
    drawer_draw(&bench->surface, surface_rect(&bench->surface), bench->drawer, &bench->frame);
    assert_false(shows("3f1c9a52"));
}

static void draw_without_content(void)
{
    bench->in.doc = NULL;
    drawer_layout(bench->drawer, &bench->in);
    drawer_draw(&bench->surface, surface_rect(&bench->surface), bench->drawer, &bench->frame);
}

static void an_error_stands_in_place_of_the_content(void **state)
{
    (void)state;
    look(60, 20);
    bench->frame.message = "cannot read the file: it is gone";
    bench->frame.hint = "r tries again";
    draw_without_content();
    assert_true(shows("cannot read the file: it is gone") && shows("r tries again"));
    assert_false(shows("duration"));
}

static void what_is_not_there_yet_is_waited_for_under_its_own_name(void **state)
{
    (void)state;
    look(60, 20);
    bench->frame.id = TEXT_LIT("selected-run");
    bench->frame.status = TEXT_LIT("running");
    bench->frame.wait = "asking localhost:4788… 3 s";
    draw_without_content();
    assert_true(shows("● selected-run") && shows("asking localhost:4788… 3 s"));
    assert_false(shows("3f1c9a52") || shows("duration"));
}

static void a_position_in_what_is_estimated(void **state)
{
    (void)state;
    bench->frame.total = (struct tally){1290, false};
    look(80, 20);
    assert_true(shows("5 of ≈1,290 ↑↓"));
    bench->frame.total = TALLY_UNKNOWN;
    look(80, 20);
    assert_true(shows(" 5 ↑↓"));
    bench->frame.position = -1;
    look(80, 20);
    assert_false(shows("↑↓"));
}

static void the_search_line_takes_the_last_line(void **state)
{
    (void)state;
    struct lineedit *edit = calloc(1, sizeof *edit);
    lineedit_set(edit, text_of("rate"));
    bench->frame.search = edit;
    look(60, 20);
    assert_true(strstr(surface_line(&bench->surface, 19), " / rate"));
    assert_int_equal(bench->surface.cursor_x, 7);
    assert_int_equal(bench->surface.cursor_y, 19);
    free(edit);
}

static void it_stays_in_its_rectangle(void **state)
{
    (void)state;
    bench->in.peers = &slow;
    for (int h = 1; h < 20; h++)
        for (int tab = 0; tab < DRAWER_TAB_COUNT; tab++) {
            struct rect rect = {5, 3, 40 + h, h};
            look(80, 30);
            draw_fill(&bench->surface, surface_rect(&bench->surface), STYLE(INK_TRIGGER));
            bench->in.width = rect.w;
            bench->in.height = rect.h;
            drawer_set_tab(bench->drawer, (enum drawer_tab)tab);
            drawer_layout(bench->drawer, &bench->in);
            drawer_draw(&bench->surface, rect, bench->drawer, &bench->frame);
            surface_check_outside(&bench->surface, rect, INK_TRIGGER);
        }
}

static void hostile_text_is_drawn_as_text(void **state)
{
    (void)state;
    static const char nasty[] =
        "\x1b]0;x\x07 \xe2\x80\xae evil \xff\xfe \xc2\x9b 日本 e\xcc\x81 \xf0\x9f\x99\x82\r\n\ttab\x00nul";
    struct text text = {nasty, sizeof nasty - 1};
    struct run *run = &bench->detail.detail.run;
    run->id = run->status = run->scope_id = run->trigger_kind = run->trigger_meta_json = run->code =
        run->error_text = run->result_json = run->logs_json = text;
    for (size_t i = 0; i < bench->detail.call_count; i++)
        bench->detail.calls[i] = (struct tool_call){.id = text,
                                                    .status = text,
                                                    .tool_path = text,
                                                    .args_json = text,
                                                    .error_text = text,
                                                    .started_at = SAMPLE_RUN_START,
                                                    .completed_at = TIME_NONE,
                                                    .duration_ms = DURATION_NONE};
    struct interaction asked = {.id = text,
                                .status = text,
                                .kind = text,
                                .purpose = text,
                                .payload_json = text,
                                .response_json = text};
    bench->detail.detail.interactions = &asked;
    bench->detail.detail.interaction_count = 1;
    look(78, 30);
    drawer_bench_reread(bench);
    for (int ascii = 0; ascii < 2; ascii++)
        for (int tab = 0; tab < DRAWER_TAB_COUNT; tab++) {
            bench->surface.ascii = ascii;
            drawer_set_tab(bench->drawer, (enum drawer_tab)tab);
            look(41, 30);
            drawer_fold_all(bench->drawer);
            look(78, 200);
        }
    bench->surface.ascii = false;
}

/* ---- much ---- */

static void a_huge_result_is_walked_to_its_end(void **state)
{
    (void)state;
    struct buf json;
    buf_init(&json, 4 << 20);
    buf_str(&json, "[0");
    for (int i = 1; i < 100000; i++)
        buf_printf(&json, ",{\"n\":%d}", i);
    buf_str(&json, ",\"the end\"]");
    open_run(sample_run_completed);
    bench->detail.detail.run.result_json = buf_as_text(&json);
    look(78, 30);
    drawer_bench_reread(bench);
    drawer_to_edge(bench->drawer, true);
    look(78, 30);
    assert_true(shows("\"the end\"") && cursor_is_on("]"));
    drawer_search(bench->drawer, text_of("\"n\": 50000"));
    look(78, 30);
    assert_true(cursor_is_on("\"n\": 50000 }"));
    bench->detail.detail.run.result_json = TEXT_NULL;
    drawer_bench_reread(bench);
    buf_release(&json);
}

static void a_huge_string_is_walked_line_by_line(void **state)
{
    (void)state;
    enum { BYTES = 300000 };
    char *string = malloc(BYTES);
    memset(string, 'x', BYTES);
    string[0] = string[BYTES - 1] = '"';
    memcpy(string + BYTES - 10, "theend", 6);
    open_run(sample_run_completed);
    bench->detail.detail.run.result_json = (struct text){string, BYTES};
    look(78, 30);
    drawer_bench_reread(bench);
    drawer_to_edge(bench->drawer, true);
    look(78, 30);
    assert_true(cursor_is_on("theendxxx"));
    drawer_move(bench->drawer, -1000);
    look(78, 30);
    assert_false(shows("theend"));
    drawer_search(bench->drawer, text_of("theend"));
    look(78, 30);
    assert_true(cursor_is_on("theendxxx"));
    bench->detail.detail.run.result_json = TEXT_NULL;
    drawer_bench_reread(bench);
    free(string);
}

static void any_key(struct rand *rng)
{
    static const char *const needles[] = {"4812", "a", "zzz", "\"", "at", "", "line two", "error"};
    struct drawer *drawer = bench->drawer;
    switch (rand_below(rng, 12)) {
    case 0: drawer_move(drawer, (long)rand_below(rng, 40) - 20); return;
    case 1: drawer_page(drawer, rand_below(rng, 2) ? 1 : -1); return;
    case 2: drawer_to_edge(drawer, rand_below(rng, 2)); return;
    case 3:
    case 4:
    case 5: drawer_unfold(drawer); return;
    case 6: drawer_fold_all(drawer); return;
    case 7: drawer_next_log_level(drawer); return;
    case 8: drawer_search(drawer, text_of(needles[rand_below(rng, 8)])); return;
    case 9: drawer_search_step(drawer, rand_below(rng, 2) ? 1 : -1); return;
    case 10: drawer_point(drawer, (int)rand_below(rng, 40)); return;
    default: drawer_set_tab(drawer, (enum drawer_tab)rand_below(rng, DRAWER_TAB_COUNT)); return;
    }
}

static void no_order_of_keys_does_harm(void **state)
{
    (void)state;
    struct detail_reply (*const runs[])(struct arena *) = {sample_run, sample_run_completed,
                                                           sample_run_running, sample_run_waiting};
    struct rand rng;
    rand_seed(&rng, 11);
    for (size_t run = 0; run < 4; run++) {
        open_run(runs[run]);
        for (int i = 0; i < 400; i++) {
            if (rand_below(&rng, 4) == 0)
                look(20 + (int)rand_below(&rng, 80), 4 + (int)rand_below(&rng, 40));
            if (rand_below(&rng, 20) == 0)
                drawer_bench_reread(bench);
            any_key(&rng);
            look(bench->surface.width, bench->surface.height);
            assert_true(bench->surface.width == 0 || cursor_line() >= 0 || bench->surface.height < 5);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        T(properties_of_a_failed_run),
        T(properties_in_ascii),
        T(properties_of_a_waiting_run),
        T(properties_of_a_completed_run),
        T(the_error_stands_before_code_and_result),
        T(a_time_gives_up_forms_before_it_is_cut),
        T(another_day_in_utc_is_named),
        T(a_duration_has_its_place_among_its_peers),
        T(a_running_runs_duration_ticks),
        T(odd_runs_are_shown_as_they_are),
        T(a_question_shows_what_it_asks_for_and_hides_the_secret),
        T(the_id_is_repeated_where_it_was_cut),
        T(the_cursor_stays_inside),
        T(pages_go_there_and_back),
        T(a_click_takes_the_cursor_there),
        T(the_ground_is_only_there_with_the_focus),
        T(enter_folds_a_section_and_opens_it_again),
        T(enter_folds_json_and_stays_on_it),
        T(everything_folds_at_once),
        T(long_code_is_opened_by_enter),
        T(a_run_read_again_stays_where_it_was),
        T(the_cursor_follows_its_row_when_rows_come_before_it),
        T(another_run_starts_at_its_top),
        T(the_tab_stays_for_the_next_run),
        T(nothing_to_show_is_no_harm),
        T(letting_go_of_a_document_forgets_it),
        T(an_error_stands_in_place_of_the_content),
        T(what_is_not_there_yet_is_waited_for_under_its_own_name),
        T(a_position_in_what_is_estimated),
        T(the_search_line_takes_the_last_line),
        T(it_stays_in_its_rectangle),
        T(hostile_text_is_drawn_as_text),
        T(a_huge_result_is_walked_to_its_end),
        T(a_huge_string_is_walked_line_by_line),
        T(no_order_of_keys_does_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
