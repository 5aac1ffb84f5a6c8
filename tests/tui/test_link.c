/*
 * What a pasted link says beside what the command line and the config say.
 */
#include "tui/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define LINK "https://runs.example.org/runs?status=failed&tool=github.*&sort=durationMs,asc"

struct followed {
    struct filter filter;
    struct sort sort;
    char line[FILTER_TEXT_MAX];
};

static void read_filter(const char *line, struct filter *filter)
{
    struct filter_mistake mistake;
    assert_int_equal(filter_parse(text_of(line), TIME_IN_UTC, filter, &mistake), ERR_OK);
}

static void write_filter(const struct filter *filter, char out[FILTER_TEXT_MAX])
{
    struct buf line;
    buf_init(&line, FILTER_TEXT_MAX - 1);
    filter_format(filter, TIME_IN_UTC, &line);
    snprintf(out, FILTER_TEXT_MAX, "%s", buf_cstr(&line));
    buf_release(&line);
}

static void follow(const char *address, const char *typed, bool is_default, bool has_sort,
                   struct followed *followed)
{
    struct http_address link;
    struct err err;
    followed->sort = (struct sort){SORT_CREATED, false};
    read_filter(typed, &followed->filter);
    struct link_choice choice = {&followed->filter, is_default, &followed->sort, has_sort};
    assert_int_equal(http_address_parse(address, &link, &err), ERR_OK);
    assert_int_equal(link_follow(&link, &choice, &err), ERR_OK);
    write_filter(&followed->filter, followed->line);
    filter_release(&followed->filter);
    http_address_release(&link);
}

static void expect(const char *address, const char *typed, bool is_default, const char *expected)
{
    struct followed followed;
    follow(address, typed, is_default, false, &followed);
    assert_string_equal(followed.line, expected);
}

static void its_filters_and_those_that_were_typed_all_hold(void **state)
{
    (void)state;
    expect(LINK, "", true, "status:failed tool:github.*");
    expect(LINK, "trigger:mcp", false, "status:failed trigger:mcp tool:github.*");
    expect(LINK, "status:failed,running", false, "status:failed,running status:failed tool:github.*");
    expect("https://runs.example.org/runs?range=1h", "", true, "after:1h");
}

static void the_configs_filter_gives_way_to_a_links_own(void **state)
{
    (void)state;
    expect(LINK, "trigger:mcp", true, "status:failed tool:github.*");
    expect("https://runs.example.org/api", "trigger:mcp", true, "trigger:mcp");
    expect("https://runs.example.org/runs?sort=createdAt,asc", "trigger:mcp", true, "trigger:mcp");
}

static void its_order_gives_way_to_one_that_was_asked_for(void **state)
{
    (void)state;
    struct followed followed;
    follow(LINK, "", true, false, &followed);
    assert_int_equal(followed.sort.field, SORT_DURATION);
    assert_true(followed.sort.is_ascending);
    follow(LINK, "", true, true, &followed);
    assert_int_equal(followed.sort.field, SORT_CREATED);
    assert_false(followed.sort.is_ascending);
}

static void more_than_a_filter_holds_changes_nothing(void **state)
{
    (void)state;
    struct filter filter, more;
    struct err err;
    char line[FILTER_TEXT_MAX] = "", before[FILTER_TEXT_MAX], after[FILTER_TEXT_MAX];
    for (int i = 0; i < FILTER_TERMS_MAX - 1; i++)
        snprintf(line + strlen(line), sizeof line - strlen(line), "tool:t%d ", i);
    read_filter(line, &filter);
    read_filter("tool:a tool:b", &more);
    write_filter(&filter, before);
    assert_int_equal(filter_join(&filter, &more, &err), ERR_USAGE);
    write_filter(&filter, after);
    assert_string_equal(after, before);
    filter_release(&filter);
    filter_release(&more);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_filters_and_those_that_were_typed_all_hold),
        cmocka_unit_test(the_configs_filter_gives_way_to_a_links_own),
        cmocka_unit_test(its_order_gives_way_to_one_that_was_asked_for),
        cmocka_unit_test(more_than_a_filter_holds_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
