/*
 * A link copied from the web page, pasted behind the program's name: its filters, its run, and what stands where a secret was tried.
 */
#include "tests/support/api_server.h"
#include "tests/support/app.h"
#include "tests/support/pty_expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct place {
    struct history *history;
    struct api_server *server;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    place->history = app_history();
    place->server = api_server_start(history_path(place->history));
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    api_server_stop(place->server);
    history_free(place->history);
    free(place);
    return 0;
}

enum { LINK = 400 };

static const char *link_to(void **state, const char *rest, char out[LINK])
{
    struct place *place = *state;
    snprintf(out, LINK, "%s%s", api_server_url(place->server), rest);
    return out;
}

static void stop(struct pty *pty)
{
    pty_keys(pty, "\003");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

static void its_filters_and_its_run_are_shown(void **state)
{
    char id[APP_ID], rest[200], link[LINK];
    app_run_id(9, id);
    snprintf(rest, sizeof rest, "/runs?status=failed&executionId=%s&lens=secret", id);
    struct pty *pty =
        app_start_file(link_to(state, rest, link), &(struct app_options){.cols = 120, .rows = 36});
    pty_expect_text(pty, "left out of the link: lens");
    pty_expect_text(pty, "/ status:failed");
    pty_expect_text(pty, id);
    pty_expect_text(pty, "3 of 36");
    pty_expect_gone(pty, "secret");
    stop(pty);
}

static void a_run_that_its_filters_leave_out_is_shown_by_its_id(void **state)
{
    char id[APP_ID], rest[200], line[60], link[LINK];
    app_run_id(10, id);
    snprintf(rest, sizeof rest, "/runs?status=failed&executionId=%s", id);
    snprintf(line, sizeof line, "/ id:%s", id);
    struct pty *pty =
        app_start_file(link_to(state, rest, link), &(struct app_options){.cols = 120, .rows = 36});
    pty_expect_text(pty, line);
    pty_expect_text(pty, "1 of 1");
    pty_keys(pty, "u");
    pty_expect_text(pty, "/ status:failed");
    stop(pty);
}

static void what_is_waited_for_is_said(void **state)
{
    struct place *place = *state;
    char link[LINK];
    api_server_set_delay(place->server, "", 1600);
    struct pty *pty = app_start_file(
        link_to(state, "", link), &(struct app_options){.cols = 120, .rows = 36, .is_clock_running = true});
    pty_expect_text(pty, "asking 127.0.0.1:");
    pty_keys(pty, "?"); /* a key is not waited for */
    pty_expect_text(pty, "Keys");
    stop(pty);
}

static void scripts_follow_a_link(void **state)
{
    char id[APP_ID], rest[200], link[LINK];
    char *out, *err;
    app_run_id(9, id);
    const char *const list[] = {"list", link_to(state, "/runs?status=failed&lens=secret", link), "--ndjson",
                                NULL};
    assert_int_equal(app_run(list, &out, &err), 0);
    size_t lines = 0;
    for (const char *at = out; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, APP_RUNS / 12 * 3);
    assert_non_null(strstr(err, "lens"));
    assert_null(strstr(err, "secret"));
    free(out);
    free(err);

    snprintf(rest, sizeof rest, "/runs?status=running&executionId=%s", id);
    const char *const show[] = {"show", link_to(state, rest, link), "--json", NULL};
    assert_int_equal(app_run(show, &out, NULL), 0);
    assert_non_null(strstr(out, id));
    free(out);

    const char *const none[] = {"show", link_to(state, "/runs", link), NULL};
    assert_int_equal(app_run(none, NULL, &err), 2);
    assert_non_null(strstr(err, "this address names none"));
    free(err);
}

static void a_secret_on_the_command_line_is_refused_and_not_said(void **state)
{
    char link[LINK];
    char *err;
    const char *const tries[][4] = {{"list", link_to(state, "", link), "--token=s3cret", NULL},
                                    {"--token", "s3cret", link, NULL},
                                    {"list", "http://me:s3cret@127.0.0.1:1/", NULL},
                                    {"http://me:s3cret@127.0.0.1:1/", NULL}};
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        assert_int_equal(app_run(tries[i], NULL, &err), 2);
        assert_null(strstr(err, "s3cret"));
        assert_non_null(strstr(err, "EXECUTOR_RUNS_TOKEN"));
        free(err);
    }
    const char *const twice[] = {"data.db", "http://me:s3cret@127.0.0.1:1/", NULL};
    assert_int_equal(app_run(twice, NULL, &err), 2);
    assert_null(strstr(err, "s3cret"));
    free(err);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(its_filters_and_its_run_are_shown),
        T(a_run_that_its_filters_leave_out_is_shown_by_its_id),
        T(what_is_waited_for_is_said),
        T(scripts_follow_a_link),
        T(a_secret_on_the_command_line_is_refused_and_not_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
