/*
 * The filter bar: what is quiet and what is strong, where the mistake is marked, where completions hang, where the cursor is.
 */
#include "tests/support/golden.h"
#include "tests/support/samples.h"
#include "tests/support/surface_text.h"
#include "widgets/filterbar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

static struct surface surface;
static struct lineedit edit;
static struct filterbar_model model;

static int setup(void **state)
{
    (void)state;
    surface_init(&surface, 80, 8, false);
    model = (struct filterbar_model){.prompt = "/", .chosen = -1};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    surface_release(&surface);
    return 0;
}

static void draw(int width, int height)
{
    surface_resize(&surface, width, height);
    filterbar_draw(&surface, (struct rect){0, 0, width, 1}, &model);
    filterbar_draw_popup(&surface, (struct rect){0, 0, width, 1}, &model);
    golden_check_sound(&surface);
}

static void type(const char *text, int cells)
{
    memset(&edit, 0, sizeof(edit));
    lineedit_set(&edit, text_of(text));
    lineedit_fit(&edit, cells);
    model.edit = &edit;
}

static void test_keys_are_quiet_and_values_strong(void **state)
{
    (void)state;
    model.line = TEXT_LIT("status:failed -code:\"a b:c\" boom");
    draw(60, 2);
    assert_non_null(strstr(surface_line(&surface, 0), " / status:failed -code:\"a b:c\" boom"));
    assert_int_equal(surface_style(&surface, 0, "/").ink, INK_ACCENT);
    assert_int_equal(surface_style(&surface, 0, "status").ink, INK_MUTED);
    assert_int_equal(surface_style(&surface, 0, "failed").ink, INK_STRONG);
    assert_int_equal(surface_style(&surface, 0, "-code").ink, INK_MUTED);
    assert_int_equal(surface_style(&surface, 0, "b:c").ink, INK_STRONG);
    assert_int_equal(surface_style(&surface, 0, "boom").ink, INK_STRONG);
    assert_int_equal(surface.cursor_x, -1);
}

static void test_no_filter_and_a_long_one(void **state)
{
    (void)state;
    draw(40, 2);
    assert_non_null(strstr(surface_line(&surface, 0), "no filter"));
    model.line = TEXT_LIT("status:failed trigger:mcp after:24h");
    draw(20, 2);
    assert_string_equal(surface_line(&surface, 0), " / status:failed t… ");
}

static void test_cursor_stands_in_the_text(void **state)
{
    (void)state;
    type("tool:漢x", 30);
    draw(40, 2);
    assert_int_equal(surface.cursor_x, 3 + 8);
    assert_int_equal(surface.cursor_y, 0);
    type("0123456789abcdef", 8);
    draw(12, 2);
    assert_in_range(surface.cursor_x, 3, 10);
    assert_non_null(strstr(surface_line(&surface, 0), "f"));
}

static void test_mistake_is_marked_under_its_word(void **state)
{
    (void)state;
    struct filter_mistake mistake = {14, 18, "unknown key 'stat': did you mean status?"};
    type("status:failed stat:x", 70);
    model.mistake = &mistake;
    draw(80, 4);
    assert_string_equal(surface_line(&surface, 1),
                        "                 ^^^^ unknown key 'stat': did you mean status?                  ");
    assert_int_equal(surface_style(&surface, 0, "stat:").ink, INK_FAILED);
    assert_int_equal(surface_style(&surface, 0, "stat:").attrs, ATTR_UNDERLINE);
    assert_int_equal(surface_style(&surface, 0, "status").ink, INK_MUTED);
    assert_int_equal(surface_style(&surface, 0, ":x").ink, INK_MUTED);
    draw(40, 4);
    assert_non_null(strstr(surface_line(&surface, 1), "^^^^"));
    assert_non_null(strstr(surface_line(&surface, 2), "unknown key 'stat': did you mean"));
    assert_non_null(strstr(surface_line(&surface, 3), "status?"));
    mistake.start = mistake.end = 20;
    draw(80, 4);
    assert_non_null(strstr(surface_line(&surface, 1), "^ unknown"));
}

static const struct bar_candidate CANDIDATES[] = {
    {{"github.issues.list", sizeof("github.issues.list") - 1}, {"exact path", sizeof("exact path") - 1}, 418},
    {{"github.*", sizeof("github.*") - 1}, {"everything below", sizeof("everything below") - 1}, 1200},
    {{"git.log", sizeof("git.log") - 1}, {NULL, 0}, -1},
};

static void test_completions_hang_below_their_word(void **state)
{
    (void)state;
    type("status:failed tool:gi", 70);
    model.candidates = CANDIDATES;
    model.candidate_count = 3;
    model.chosen = 1;
    draw(80, 6);
    assert_non_null(strstr(surface_line(&surface, 0), "tool:gi"));
    const char *line = surface_line(&surface, 1);
    assert_ptr_equal(strstr(line, "github"), line + 3 + 19);
    assert_non_null(strstr(line, "exact path          418 "));
    assert_int_equal(surface_style(&surface, 2, "github").ground, GROUND_SELECTED);
    assert_int_equal(surface_style(&surface, 1, "github").ground, GROUND_OVERLAY);
    draw(30, 3);
    assert_non_null(strstr(surface_line(&surface, 2), "github.*"));
}

static void test_the_chosen_one_is_in_sight(void **state)
{
    (void)state;
    struct bar_candidate many[20];
    for (int i = 0; i < 20; i++)
        many[i] = CANDIDATES[i % 3];
    many[15].label = TEXT_LIT("the-fifteenth");
    type("x", 70);
    model.candidates = many;
    model.candidate_count = 20;
    model.chosen = 15;
    draw(80, 12);
    assert_true(surface_shows(&surface, "the-fifteenth"));
    assert_int_equal(surface_style(&surface, 8, "the-fifteenth").ground, GROUND_SELECTED);
}

static void test_nothing_hangs_at_rest(void **state)
{
    (void)state;
    model.candidates = CANDIDATES;
    model.candidate_count = 3;
    draw(40, 4);
    assert_false(surface_shows(&surface, "github"));
}

static void test_goldens(void **state)
{
    (void)state;
    struct filter_mistake mistake = {14, 18, "unknown key 'stat': did you mean status?"};
    type("status:failed stat:x tool:\x1b[31m \xe2\x80\xae 漢字 gi", 100);
    model.mistake = &mistake;
    model.candidates = CANDIDATES;
    model.candidate_count = 3;
    model.chosen = 0;
    draw(40, 10);
    golden_check(&surface, "filterbar-40x10");
    draw(120, 8);
    golden_check(&surface, "filterbar-120x8");
    surface.ascii = true;
    draw(120, 8);
    golden_check(&surface, "filterbar-ascii-120x8");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        TEST(test_keys_are_quiet_and_values_strong),
        TEST(test_no_filter_and_a_long_one),
        TEST(test_cursor_stands_in_the_text),
        TEST(test_mistake_is_marked_under_its_word),
        TEST(test_completions_hang_below_their_word),
        TEST(test_the_chosen_one_is_in_sight),
        TEST(test_nothing_hangs_at_rest),
        TEST(test_goldens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
