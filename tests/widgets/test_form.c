/*
 * Forms: everything that is asked can be read and reached at any size, and what is secret has no shape but
 * its length.
 */
#include "tests/support/golden.h"
#include "tests/support/samples.h"
#include "tests/support/surface_text.h"
#include "widgets/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

enum { APPROVE, WINDOW, SHARE, REGIONS, NOTE, TOKEN, ITEMS };

static const char *const BUTTONS[] = {"Accept", "Decline", "Cancel"};

static struct surface surface;
static struct form_model model;
static struct form_item items[ITEMS];
static struct lineedit share, note, token;
static struct form_option yes_no[2], windows[3], regions[4];

static void fill_options(void)
{
    static const char *const names[] = {"eu-west", "eu-central", "us-east", "ap-south"};
    yes_no[0] = (struct form_option){TEXT_LIT("yes"), true};
    yes_no[1] = (struct form_option){TEXT_LIT("no"), false};
    windows[0] = (struct form_option){TEXT_LIT("Now"), false};
    windows[1] = (struct form_option){TEXT_LIT("Tonight at 22:00"), false};
    windows[2] = (struct form_option){TEXT_LIT("Monday morning"), false};
    for (int i = 0; i < 4; i++)
        regions[i] = (struct form_option){text_of(names[i]), i == 0 || i == 2};
}

static struct form_item line(const char *label, const char *hint, struct lineedit *edit, const char *typed)
{
    lineedit_set(edit, text_of(typed));
    return (struct form_item){.label = text_of(label),
                              .hint = hint,
                              .error = "",
                              .control = CONTROL_LINE,
                              .edit = edit,
                              .option = -1};
}

static struct form_item choice(const char *label, struct form_option *options, size_t count, ptrdiff_t at)
{
    return (struct form_item){.label = text_of(label),
                              .hint = "",
                              .error = "",
                              .control = CONTROL_ONE_OF,
                              .options = options,
                              .option_count = count,
                              .option = at};
}

static int setup(void **state)
{
    (void)state;
    surface_init(&surface, 100, 34, false);
    fill_options();
    items[APPROVE] = choice("Approve", yes_no, 2, 0);
    items[APPROVE].is_required = true;
    items[APPROVE].about = TEXT_LIT("Nothing happens without it");
    items[WINDOW] = choice("Window", windows, 3, -1);
    items[WINDOW].is_required = items[WINDOW].is_missing = true;
    items[WINDOW].error = "is required";
    items[SHARE] = line("Canary share", "a whole number from 1 to 100", &share, "10");
    items[REGIONS] = choice("Regions", regions, 4, 2);
    items[REGIONS].control = CONTROL_ANY_OF;
    items[NOTE] =
        line("Note for those who read this later", "", &note, "14 commits: 修正 \x1b[31mred\x1b[0m é");
    items[TOKEN] = line("One-time token", "at least 6 characters", &token, "s3cr3t");
    items[TOKEN].control = CONTROL_SECRET;
    items[TOKEN].is_required = true;
    model = (struct form_model){
        .title = "Answer",
        .message =
            TEXT_LIT("Deploy revision 8c1f2ab to production?\n\nThe tests of the last hour are green; 14 "
                     "commits go out, two of them with migrations that take a while."),
        .run_id = TEXT_LIT("3f1c9a52-7be0-4c1d-9a52-1e0c77d0b801"),
        .code = TEXT_LIT("# deploy ./deploy.sh --to production --rev 8c1f2ab"),
        .since = "asked 2m 03s ago",
        .items = items,
        .count = ITEMS,
        .buttons = BUTTONS,
        .button_count = 3,
        .focus = REGIONS,
    };
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
    surface_clear(&surface);
    model.ascii = surface.ascii;
    model.top = form_reveal(surface_rect(&surface), &model);
    form_draw(&surface, surface_rect(&surface), &model);
    golden_check_sound(&surface);
}

static void test_pictures(void **state)
{
    (void)state;
    draw(100, 34);
    golden_check(&surface, "form-100x34");
    draw(80, 24);
    golden_check(&surface, "form-80x24");
    draw(40, 10);
    golden_check(&surface, "form-40x10");
    surface.ascii = true;
    draw(80, 24);
    golden_check(&surface, "form-ascii-80x24");
}

static void test_review(void **state)
{
    (void)state;
    model.outcome = "Accept: the run goes on with this answer.";
    model.is_review = true;
    model.button_count = 0;
    model.focus = -1;
    model.call = "y sends it   Esc goes back";
    draw(80, 24);
    golden_check(&surface, "form-review-80x24");
    assert_false(surface_shows(&surface, "s3cr3t"));
    assert_true(surface_shows(&surface, "left out"));
    draw(40, 10);
    golden_check(&surface, "form-review-40x10");
}

static void test_an_address_is_whole(void **state)
{
    (void)state;
    model.count = 0;
    model.focus = 0;
    model.url = TEXT_LIT("https://login.example.com/authorize?state=2481632641282565121024&scope=openid");
    model.url_keys = "F6 copies it";
    model.note = "the address was not to be had: nothing listens at login.example.com";
    model.note_ink = INK_FAILED;
    draw(60, 14);
    golden_check(&surface, "form-address-60x14");
    assert_true(surface_shows(&surface, "scope=openid"));
}

static void test_a_secret_is_bullets(void **state)
{
    (void)state;
    model.focus = TOKEN;
    draw(100, 34);
    assert_true(surface_shows(&surface, "••••••"));
    assert_false(surface_shows(&surface, "•••••••"));
    assert_false(surface_shows(&surface, "s3c"));
    int x = surface.cursor_x;
    lineedit_feed(&token, key_named(NAMED_LEFT, 0));
    draw(100, 34);
    assert_int_equal(surface.cursor_x, x - 1);
}

static void test_a_wide_secret_has_as_many_bullets_as_characters(void **state)
{
    (void)state;
    model.focus = TOKEN;
    lineedit_set(&token, TEXT_LIT("パスワード"));
    draw(100, 34);
    assert_true(surface_shows(&surface, "•••••"));
    assert_false(surface_shows(&surface, "••••••"));
}

static void test_the_cursor_stands_in_the_line(void **state)
{
    (void)state;
    struct rect screen = {0, 0, 60, 20};
    model.focus = SHARE;
    for (int i = 0; i < 200; i++)
        lineedit_insert(&share, TEXT_LIT("漢"));
    lineedit_fit(&share, form_value_cells(screen, &model));
    draw(60, 20);
    struct rect box = form_rect(screen, &model);
    assert_true(surface.cursor_x > box.x + box.w / 2 && surface.cursor_x < box.x + box.w - 1);
    assert_true(surface.cursor_y > box.y && surface.cursor_y < box.y + box.h - 1);
}

/* What has the focus is in view, and so are the buttons. */
static void test_everything_can_be_reached(void **state)
{
    (void)state;
    for (int width = 40; width <= 130; width += 3)
        for (int height = 9; height <= 40; height += 4)
            for (model.focus = 0; model.focus < ITEMS + 3; model.focus++) {
                draw(width, height);
                assert_true(surface_shows(&surface, "[ Accept ]"));
                if (model.focus < ITEMS)
                    assert_true(surface_shows(&surface, "▸ "));
            }
}

static void test_the_cursor_of_many_options_is_in_view(void **state)
{
    (void)state;
    enum { MANY = 500 };
    static struct form_option options[MANY];
    for (int i = 0; i < MANY; i++)
        options[i] = (struct form_option){TEXT_LIT("an option"), i == 321};
    options[321].label = TEXT_LIT("THE ONE");
    items[WINDOW] = choice("Window", options, MANY, 321);
    model.focus = WINDOW;
    draw(40, 10);
    assert_true(surface_shows(&surface, "◉ THE ONE"));
}

static void test_nothing_outside_of_its_box(void **state)
{
    (void)state;
    surface_resize(&surface, 90, 30);
    for (int i = 0; i < 90 * 30; i++)
        surface.cells[i] = (struct cell){.ch = U'.', .style = STYLE(INK_TRIGGER)};
    struct rect screen = {3, 2, 80, 20};
    form_draw(&surface, screen, &model);
    surface_check_outside(&surface, form_rect(screen, &model), INK_TRIGGER);
}

static void test_no_room_is_no_crash(void **state)
{
    (void)state;
    for (int width = 1; width < 40; width += 2)
        for (int height = 1; height < 10; height++)
            draw(width, height);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pictures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_review, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_address_is_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_secret_is_bullets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_wide_secret_has_as_many_bullets_as_characters, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_the_cursor_stands_in_the_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_everything_can_be_reached, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_cursor_of_many_options_is_in_view, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_outside_of_its_box, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_room_is_no_crash, setup, teardown),
    };
    sample_locale();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
