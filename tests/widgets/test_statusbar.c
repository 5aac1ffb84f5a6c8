/*
 * The header gives way part by part and never cuts one; the footer leaves out what does not fit whole.
 */
#include "tests/support/golden.h"
#include "tests/support/samples.h"
#include "tests/support/surface_text.h"
#include "widgets/statusbar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

static struct surface surface;
static struct header_model header;

static int setup(void **state)
{
    (void)state;
    surface_init(&surface, 120, 1, false);
    header = (struct header_model){
        .source = "~/.executor/data.db",
        .filtered = {312, true},
        .total = {48112, true},
        .has_filter = true,
        .is_live = true,
        .live_interval_ms = 1000,
        .new_count = 12,
        .new_failed = 2,
        .progress = 0.43,
        .clock = "14:03 CET",
    };
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    surface_release(&surface);
    return 0;
}

static const char *draw_header(int width)
{
    surface_resize(&surface, width, 1);
    header_draw(&surface, surface_rect(&surface), &header);
    golden_check_sound(&surface);
    return surface_line(&surface, 0);
}

static void test_everything_where_there_is_room(void **state)
{
    (void)state;
    const char *line = draw_header(120);
    assert_string_equal(
        line, " executor-runs  ~/.executor/data.db   312 of 48,112 runs   ● LIVE 1s  +12 new · 2 failed"
              "  counting 43%        14:03 CET ");
    assert_int_equal(surface_style(&surface, 0, "executor-runs").ink, INK_STRONG);
    assert_int_equal(surface_style(&surface, 0, "2 failed").ink, INK_FAILED);
    assert_int_equal(surface_style(&surface, 0, "● LIVE").ink, INK_ACCENT);
    assert_int_equal(surface_style(&surface, 0, "14:03").ground, GROUND_BAR);
}

/* It follows the pace of the source, and is said as a person would say it. */
static void test_the_interval_is_round(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *words;
    } intervals[] = {{250, "LIVE 250ms "}, {2000, "LIVE 2s "},   {2347, "LIVE 2s "},   {30000, "LIVE 30s "},
                     {60000, "LIVE 1m "},  {75200, "LIVE 75s "}, {100000, "LIVE 2m "}, {290000, "LIVE 5m "}};
    for (size_t i = 0; i < sizeof intervals / sizeof *intervals; i++) {
        header.live_interval_ms = intervals[i].ms;
        if (!strstr(draw_header(120), intervals[i].words))
            fail_msg("%s", draw_header(120));
    }
}

static void test_parts_give_way_whole(void **state)
{
    (void)state;
    static const char *const parts[] = {"executor-runs", "312 of 48,112 runs", "● LIVE",   "+12 new",
                                        "2 failed",      "counting 43%",       "14:03 CET"};
    int seen[7] = {0};
    for (int width = 20; width <= 130; width++) {
        const char *line = draw_header(width);
        for (int i = 0; i < 7; i++)
            seen[i] += strstr(line, parts[i]) != NULL;
        assert_null(strstr(line, "executor-run "));
        assert_int_equal(strstr(line, "14:03") != NULL, strstr(line, "14:03 CET ") != NULL);
        assert_int_equal(strstr(line, "counting") != NULL, strstr(line, "counting 43%  ") != NULL);
        assert_true(width < 40 ||
                    (strstr(line, "312") && strstr(line, "● LIVE") && strstr(line, "+12 new · 2 failed")));
    }
    assert_true(seen[2] > seen[6] && seen[6] > seen[0] && seen[0] > seen[5]);
}

static void test_source_keeps_its_end(void **state)
{
    (void)state;
    const char *line = draw_header(96);
    assert_non_null(strstr(line, "…"));
    assert_non_null(strstr(line, "data.db"));
    header.source = "/srv/漢字漢字漢字漢字漢字漢字/data.db";
    for (int width = 80; width < 130; width++)
        draw_header(width);
}

static void test_counts_say_how_exact_they_are(void **state)
{
    (void)state;
    header.is_live = false;
    header.has_filter = false;
    header.total = (struct tally){48112, false};
    assert_non_null(strstr(draw_header(120), "≈48,112 runs"));
    header.total = (struct tally){1, true};
    assert_non_null(strstr(draw_header(120), "  1 run "));
    header.has_filter = true;
    header.filtered = TALLY_UNKNOWN;
    header.total = (struct tally){48112, true};
    assert_non_null(strstr(draw_header(120), "… of 48,112 runs"));
    surface.ascii = true;
    header.filtered = (struct tally){3, false};
    assert_non_null(strstr(draw_header(120), "~3 of 48,112 runs"));
}

static void test_quiet_where_there_is_nothing_to_say(void **state)
{
    (void)state;
    header.progress = 1;
    header.new_count = 0;
    header.new_failed = -1;
    const char *line = draw_header(120);
    assert_null(strstr(line, "new"));
    assert_null(strstr(line, "failed"));
    assert_null(strstr(line, "counting"));
}

static void test_lost_source(void **state)
{
    (void)state;
    header.is_lost = true;
    header.as_of = "as of 14:02:11";
    assert_non_null(strstr(draw_header(120), "✗ cannot be read · as of 14:02:11"));
    assert_int_equal(surface_style(&surface, 0, "cannot").ink, INK_FAILED);
    assert_non_null(strstr(draw_header(60), "cannot be read"));
}

static void test_live_does_not_shine_where_the_source_is_lost(void **state)
{
    (void)state;
    header.is_lost = true;
    assert_non_null(strstr(draw_header(130), "● LIVE tries again"));
    assert_int_equal(surface_style(&surface, 0, "● LIVE").ink, INK_MUTED);
    assert_null(strstr(draw_header(130), "counting"));
    assert_null(strstr(draw_header(80), "1s"));
}

static void test_hostile_source_name(void **state)
{
    (void)state;
    header.source = "\x1b]0;x\x07 \xe2\x80\xae.db";
    header.scope = "\xff scope\r\n";
    draw_header(120);
    golden_check(&surface, "header-hostile-120x1");
}

static const struct hint HINTS[] = {{"↑↓", "move"}, {"⏎", "open"}, {"/", "filter"}, {"?", "help"}};

static const char *draw_footer(int width, const char *message)
{
    struct footer_model footer = {.hints = HINTS, .count = 4, .message = message, .message_ink = INK_WARN};
    surface_resize(&surface, width, 1);
    footer_draw(&surface, surface_rect(&surface), &footer);
    golden_check_sound(&surface);
    return surface_line(&surface, 0);
}

static void test_footer_leaves_out_whole_hints(void **state)
{
    (void)state;
    assert_string_equal(draw_footer(42, NULL), " ↑↓ move   ⏎ open   / filter   ? help     ");
    assert_string_equal(draw_footer(37, NULL), " ↑↓ move   ⏎ open   / filter         ");
    assert_string_equal(draw_footer(18, NULL), " ↑↓ move   ⏎ open ");
    assert_string_equal(draw_footer(17, NULL), " ↑↓ move         ");
    assert_int_equal(surface_style(&surface, 0, "↑").ink, INK_STRONG);
    assert_int_equal(surface_style(&surface, 0, "move").ink, INK_MUTED);
    surface.ascii = true;
    assert_string_equal(draw_footer(22, NULL), " ^v move   enter open ");
}

static void test_footer_keeps_vital_hints(void **state)
{
    (void)state;
    static const struct hint hints[] = {
        {"↑↓", "move", false}, {"⏎", "open", false}, {"?", "help", true}, {"q", "quit", false}};
    struct footer_model footer = {.hints = hints, .count = 4};
    static const struct {
        int width;
        const char *line;
    } cases[] = {
        {37, " ↑↓ move   ⏎ open   ? help   q quit  "},
        {35, " ↑↓ move   ⏎ open   ? help         "},
        {26, " ↑↓ move   ? help         "},
        {12, " ? help     "},
        {6, "      "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        surface_resize(&surface, cases[i].width, 1);
        footer_draw(&surface, surface_rect(&surface), &footer);
        assert_string_equal(surface_line(&surface, 0), cases[i].line);
    }
}

static void test_footer_message(void **state)
{
    (void)state;
    assert_string_equal(draw_footer(20, "copied the id"), " copied the id      ");
    assert_string_equal(draw_footer(10, "copied the id"), " copied … ");
    assert_int_equal(surface_style(&surface, 0, "copied").ink, INK_WARN);
}

static void test_goldens(void **state)
{
    (void)state;
    static const int widths[] = {40, 80, 120, 200};
    struct footer_model footer = {.hints = HINTS, .count = 4};
    surface_resize(&surface, 200, 8);
    for (int i = 0; i < 4; i++) {
        header_draw(&surface, (struct rect){0, 2 * i, widths[i], 1}, &header);
        footer_draw(&surface, (struct rect){0, 2 * i + 1, widths[i], 1}, &footer);
    }
    golden_check(&surface, "statusbar");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        TEST(test_everything_where_there_is_room),
        TEST(test_the_interval_is_round),
        TEST(test_parts_give_way_whole),
        TEST(test_source_keeps_its_end),
        TEST(test_counts_say_how_exact_they_are),
        TEST(test_quiet_where_there_is_nothing_to_say),
        TEST(test_lost_source),
        TEST(test_live_does_not_shine_where_the_source_is_lost),
        TEST(test_hostile_source_name),
        TEST(test_footer_leaves_out_whole_hints),
        TEST(test_footer_keeps_vital_hints),
        TEST(test_footer_message),
        TEST(test_goldens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
