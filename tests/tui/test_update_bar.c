/*
 * The filter bar under a person's hands: nothing that is typed is lost, and nothing is applied that was not meant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/fake_screen.h"
#include "tests/support/samples.h"

static const char *typed(const struct fake_screen *fake)
{
    return fake->state.bar.edit.text;
}

static void expect_filter(struct fake_screen *fake, const char *line)
{
    char text[FILTER_TEXT_MAX];
    assert_string_equal(fake_line_of_filter(fake, text), line);
}

static void it_opens_with_the_filter_ready_to_go_on(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "status:failed");
    fake_key(fake, "/");
    assert_string_equal(typed(fake), "status:failed ");
    fake_type(fake, "trigger:cli");
    fake_key(fake, "Enter");
    expect_filter(fake, "status:failed trigger:cli");
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
}

static void keys_are_letters_in_it(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "/");
    fake_type(fake, "q?jX/:tv");
    assert_string_equal(typed(fake), "q?jX/:tv");
    assert_false(fake->state.live.is_on);
}

static void tab_completes_and_cycles(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "/");
    fake_type(fake, "trigger:");
    fake_key(fake, "Tab");
    char first[LINE_MAX_BYTES + 1], second[LINE_MAX_BYTES + 1];
    snprintf(first, sizeof first, "%s", typed(fake));
    fake_key(fake, "Tab");
    snprintf(second, sizeof second, "%s", typed(fake));
    assert_string_not_equal(first, second);
    assert_memory_equal(first, "trigger:", 8);
    assert_memory_equal(second, "trigger:", 8);
    fake_key(fake, "Shift-Tab");
    assert_string_equal(typed(fake), first);
    fake_key(fake, "Shift-Tab");
    fake_key(fake, "Tab");
    assert_string_equal(typed(fake), first);
}

static void behind_the_only_key_its_values_are_proposed(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "/");
    fake_type(fake, "too");
    fake_key(fake, "Tab");
    assert_string_equal(fake->state.bar.edit.text, "tool:");
    assert_true(fake_shows(fake, "github.issues.list"));
    fake_key(fake, "Tab");
    assert_int_equal(fake->state.bar.chosen, 0);
    assert_int_not_equal(strcmp(fake->state.bar.edit.text, "tool:"), 0);
    fake_key(fake, "Esc");
    fake_key(fake, "/");
    fake_type(fake, "t");
    fake_keys(fake, "Tab", 2);
    assert_string_equal(fake->state.bar.edit.text, "tool:");
}

static void typing_goes_on_behind_a_completion(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "/");
    fake_type(fake, "sta");
    fake_key(fake, "Tab");
    assert_string_equal(typed(fake), "status:");
    fake_type(fake, "fa");
    fake_key(fake, "Tab");
    assert_string_equal(typed(fake), "status:failed");
    fake_type(fake, ",ru");
    fake_key(fake, "Tab");
    assert_string_equal(typed(fake), "status:failed,running");
    fake_key(fake, "Enter");
    expect_filter(fake, "status:failed,running");
}

static void a_mistake_is_marked_and_nothing_is_lost(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "status:failed");
    fake_key(fake, "/");
    fake_type(fake, "stat:x");
    fake->effects = 0;
    fake_key(fake, "Enter");
    assert_int_equal(fake->state.overlay, OVERLAY_FILTER);
    assert_true(fake->state.bar.has_mistake);
    assert_int_equal(fake->state.bar.mistake.start, strlen("status:failed "));
    assert_string_equal(typed(fake), "status:failed stat:x");
    assert_int_equal(fake->effects, 0);
    expect_filter(fake, "status:failed");
    fake_key(fake, "Backspace");
    assert_false(fake->state.bar.has_mistake);
}

/* Written before Enter was pressed, a mistake must not mark the next line. */
static void a_mark_goes_with_its_line(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "/");
    fake_type(fake, "stat:x");
    fake_key(fake, "Enter");
    fake_key(fake, "Esc");
    fake_key(fake, "/");
    assert_false(fake->state.bar.has_mistake);
    assert_string_equal(typed(fake), "");
}

static void esc_leaves_and_applies_nothing(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "/");
    fake_type(fake, "status:failed");
    fake->effects = 0;
    fake_key(fake, "Esc");
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
    assert_int_equal(fake->effects, 0);
    expect_filter(fake, "");
}

static void an_emptied_line_clears(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "status:failed");
    fake_key(fake, "/");
    fake_key(fake, "Ctrl-u");
    fake_key(fake, "Enter");
    expect_filter(fake, "");
}

static void the_history_keeps_what_was_being_typed(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "status:failed");
    fake_filter(fake, "trigger:mcp");
    fake_key(fake, "X");
    fake_key(fake, "/");
    fake_type(fake, "half");
    fake_key(fake, "Up");
    assert_string_equal(typed(fake), "trigger:mcp");
    fake_keys(fake, "Up", 3);
    assert_string_equal(typed(fake), "status:failed");
    fake_key(fake, "Down");
    assert_string_equal(typed(fake), "trigger:mcp");
    fake_keys(fake, "Down", 3);
    assert_string_equal(typed(fake), "half");
}

static void only_what_was_applied_is_remembered(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "/");
    fake_type(fake, "stat:x");
    fake_key(fake, "Enter");
    fake_key(fake, "Esc");
    assert_int_equal(fake->saved.filter_count, 0);
    fake_filter(fake, "status:failed");
    assert_int_equal(fake->saved.filter_count, 1);
}

static void pasted_text_is_text(void **state)
{
    struct fake_screen *fake = *state;
    fake_paste(fake, "status:failed\ntrigger:cli\nq");
    assert_int_equal(fake->state.overlay, OVERLAY_FILTER);
    assert_string_equal(typed(fake), "status:failed trigger:cli q");
    fake_key(fake, "Esc");
    fake_key(fake, "/");
    fake_type(fake, "a");
    fake_paste(fake, "\tb ");
    assert_string_equal(typed(fake), "a b ");
    fake_paste(fake, "c\x1b[31m");
    assert_string_equal(typed(fake), "a b c [31m");
    expect_filter(fake, "");
}

static void pasting_into_the_palette_searches(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, ":");
    fake_paste(fake, "toggle-rail");
    assert_string_equal(fake->state.menu.rows[0].label, "toggle-rail");
    assert_int_equal(fake->state.menu.count, 1);
}

static void help_does_not_end_the_typing(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "/");
    fake_type(fake, "half");
    fake_key(fake, "F1");
    assert_int_equal(fake->state.overlay, OVERLAY_HELP);
    assert_string_equal(fake->state.menu.rows[0].label, "Filter bar");
    fake_key(fake, "Esc");
    assert_int_equal(fake->state.overlay, OVERLAY_FILTER);
    assert_string_equal(typed(fake), "half");
}

static void counts_of_proposals_are_those_of_the_rail(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "/");
    fake_type(fake, "status:fail");
    assert_int_equal(fake->state.bar.completions.count, 1);
    assert_int_equal(fake->state.bar.completions.items[0].count, 100);
}

/* A quick hand types before anything is counted: what is known then is proposed without another key. */
static void proposals_come_with_the_counts(void **state)
{
    struct fake_screen *fake = *state;
    fake->holds = true;
    response_free(fake->state.meta.shown);
    fake->state.meta.shown = NULL;
    fake_source(fake, SOURCE_CHANGED);
    fake_key(fake, "/");
    fake_type(fake, "tool:git");
    assert_int_equal(fake->state.bar.completions.count, 0);
    fake_answer(fake);
    assert_true(fake->state.bar.completions.count > 0);
    fake_key(fake, "Tab");
    char chosen[LINE_MAX_BYTES + 1];
    snprintf(chosen, sizeof chosen, "%s", typed(fake));
    fake_source(fake, SOURCE_CHANGED);
    fake_answer(fake);
    assert_string_equal(typed(fake), chosen);
    fake_keys(fake, "Tab", (int)fake->state.bar.completions.count);
    assert_string_equal(typed(fake), chosen);
}

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        FAKE_CASE(it_opens_with_the_filter_ready_to_go_on),
        FAKE_CASE(keys_are_letters_in_it),
        FAKE_CASE(tab_completes_and_cycles),
        FAKE_CASE(behind_the_only_key_its_values_are_proposed),
        FAKE_CASE(typing_goes_on_behind_a_completion),
        FAKE_CASE(a_mistake_is_marked_and_nothing_is_lost),
        FAKE_CASE(a_mark_goes_with_its_line),
        FAKE_CASE(esc_leaves_and_applies_nothing),
        FAKE_CASE(an_emptied_line_clears),
        FAKE_CASE(the_history_keeps_what_was_being_typed),
        FAKE_CASE(only_what_was_applied_is_remembered),
        FAKE_CASE(pasted_text_is_text),
        FAKE_CASE(pasting_into_the_palette_searches),
        FAKE_CASE(help_does_not_end_the_typing),
        FAKE_CASE(counts_of_proposals_are_those_of_the_rail),
        FAKE_CASE(proposals_come_with_the_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
