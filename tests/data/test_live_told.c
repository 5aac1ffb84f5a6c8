/*
 * Live on a server that tells of changes: that they are seen, that nothing is asked while nothing changes,
 * that a storm is not followed event by event, and that whatever is wrong with the stream, what polling would
 * show is shown.
 */
#include "tests/support/remote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define LOOK "status=pending%2Crunning" /* one in each look */
#define STREAM "/executions/stream"
#define CHANGED "event: changed\nid: 1\ndata: {\"revision\":1}\n\n"

enum {
    POLL_MS = 15,
    CALM_POLL_MS = 600, /* where nobody is to look meanwhile */
    FAR_POLL_MS = 2000, /* an unasked look comes after a test has given up */
    STORM = 500,
};

static const struct list_query few = {.after = 40};

static int set_up(void **state)
{
    struct remote *r = remote_new();
    r->settings.poll_ms = POLL_MS;
    api_server_set_stream(r->server, true);
    *state = r;
    return 0;
}

static void sleep_ms(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until it is live, whoever tells it: with one look behind it. */
static void go_live(struct remote *r, const char *ids)
{
    remote_open(r);
    assert_string_equal(remote_ids(r, "", few), ids);
    api_server_clear_log(r->server);
    source_set_live(r->source, true);
    assert_true(api_server_wait(r->server, LOOK, 1, REMOTE_PATIENCE_MS));
    remote_until(r, "", few, ids);
}

static void go_told(struct remote *r, const char *ids)
{
    go_live(r, ids);
    assert_true(api_server_wait_streams(r->server, 1, REMOTE_PATIENCE_MS));
    remote_until_true(r, remote_is_told, "told of changes");
}

/* With one run, a, that has ended. */
static void go_told_of_one(struct remote *r, int poll_ms)
{
    r->settings.poll_ms = poll_ms;
    remote_add(r, "a", 0, "completed");
    go_told(r, "a");
}

static void sees_another(struct remote *r)
{
    remote_add(r, "b", 1000, "completed");
    remote_until(r, "", few, "b a");
}

static void is_live_without(struct remote *r)
{
    remote_add(r, "new", 50000, "completed");
    remote_until(r, "", few, "new a");
}

static size_t looks(struct remote *r)
{
    return api_server_count(r->server, LOOK);
}

/* A machine that was too busy for the greeting to come before the first look makes another one behind it. */
static void settle(struct remote *r)
{
    size_t before;
    do {
        before = looks(r);
        sleep_ms(150);
    } while (looks(r) != before);
}

/* ---- what is told is seen ---- */

static void a_change_is_seen(void **state)
{
    struct remote *r = *state;
    r->settings.poll_ms = FAR_POLL_MS; /* not by polling */
    remote_add(r, "a", 0, "running");
    go_told(r, "a");
    sees_another(r);
    history_sql(r->history,
                "UPDATE execution SET status = 'failed', completed_at = 1700000009000, updated_at = "
                "updated_at + 9 WHERE id = 'a'");
    remote_until(r, "status:failed", few, "a");
}

static void what_no_list_tells_is_raised_too(void **state)
{
    struct remote *r = *state;
    r->settings.poll_ms = CALM_POLL_MS;
    remote_add(r, "a", 0, "running");
    go_told(r, "a");
    remote_forget_events(r);
    history_call(r->history, "a", (struct history_call){.path = "x.y"});
    remote_await(r, SOURCE_CHANGED);
}

static void nothing_is_asked_while_nothing_changes(void **state)
{
    struct remote *r = *state;
    go_told_of_one(r, 100); /* and one unasked look every 3 s */
    settle(r);
    size_t count;
    api_server_requests(r->server, &count);
    sleep_ms(500); /* five looks where it polls */
    size_t after;
    api_server_requests(r->server, &after);
    assert_int_equal(after, count);
}

static void one_look_begins_it(void **state)
{
    struct remote *r = *state;
    go_told_of_one(r, CALM_POLL_MS);
    settle(r);
    assert_int_equal(api_server_count(r->server, STREAM), 1);
    size_t count;
    const struct api_request *requests = api_server_requests(r->server, &count);
    int64_t asked = 0, looked = 0;
    for (size_t i = 0; i < count; i++) {
        asked = strstr(requests[i].target, STREAM) ? requests[i].at_ms : asked;
        looked = !looked && strstr(requests[i].target, LOOK) ? requests[i].at_ms : looked;
    }
    if (looked - asked < 200) /* else the greeting was late, and not waited for */
        assert_int_equal(looks(r), 1);
}

static void now_and_then_it_looks_unasked(void **state)
{
    struct remote *r = *state;
    go_told_of_one(r, 5);
    api_server_clear_log(r->server);
    assert_true(api_server_wait(r->server, LOOK, 2, REMOTE_PATIENCE_MS));
    assert_int_equal(api_server_count(r->server, STREAM), 0);
}

static void a_storm_is_not_followed_event_by_event(void **state)
{
    struct remote *r = *state;
    static char storm[STORM * (sizeof CHANGED - 1)];
    r->settings.poll_ms = 800; /* so 100 ms between two looks */
    remote_add(r, "a", 0, "completed");
    for (size_t i = 0; i < STORM; i++)
        memcpy(storm + i * (sizeof CHANGED - 1), CHANGED, sizeof CHANGED - 1);
    go_told(r, "a");
    api_server_clear_log(r->server);
    int64_t began = now_ms();
    api_server_say(r->server, storm, sizeof storm);
    for (int i = 0; i < 100; i++) {
        api_server_say(r->server, CHANGED, sizeof CHANGED - 1);
        sleep_ms(3);
    }
    size_t count = looks(r), most = (size_t)(now_ms() - began) / 100 + 2;
    assert_in_range(count, 1, most); /* of 600 */
    sees_another(r);
}

static void events_in_pieces_are_events(void **state)
{
    struct remote *r = *state;
    go_told_of_one(r, FAR_POLL_MS);
    api_server_clear_log(r->server);
    for (const char *c = "\r: x\revent: changed\r\nid: 4\rdata: {\ndata: }\r\n\r\n"; *c; c++)
        api_server_say(r->server, c, 1);
    assert_true(api_server_wait(r->server, LOOK, 1, REMOTE_PATIENCE_MS));
}

static void what_it_does_not_know_is_passed_over(void **state)
{
    struct remote *r = *state;
    static const char other[] = "event: other\ndata: 1\n\ndata: 2\n\nfoo\n\n: x\n\n";
    go_told_of_one(r, CALM_POLL_MS);
    settle(r);
    api_server_clear_log(r->server);
    api_server_say(r->server, other, sizeof other - 1);
    sleep_ms(200);
    assert_int_equal(looks(r), 0);
}

static void a_line_without_end_is_survived(void **state)
{
    struct remote *r = *state;
    static char line[4 * 16 * 1024];
    go_told_of_one(r, FAR_POLL_MS);
    memset(line, 'x', sizeof line);
    memcpy(line + sizeof line - 2, "\n\n", 2);
    api_server_clear_log(r->server);
    api_server_say(r->server, line, sizeof line);
    sees_another(r);
}

/* ---- the end of a stream ---- */

static void switching_off_closes_it(void **state)
{
    struct remote *r = *state;
    go_told_of_one(r, FAR_POLL_MS);
    source_set_live(r->source, false);
    assert_true(api_server_wait_streams(r->server, 0, REMOTE_PATIENCE_MS));
    source_set_live(r->source, true);
    assert_true(api_server_wait_streams(r->server, 1, REMOTE_PATIENCE_MS));
    sees_another(r);
    remote_close(r);
    assert_true(api_server_wait_open(r->server, 0, REMOTE_PATIENCE_MS));
}

static void one_that_is_cut_is_opened_again(void **state)
{
    struct remote *r = *state;
    go_told_of_one(r, 40);
    api_server_say(r->server, "event: chan", 11);
    api_server_clear_log(r->server);
    api_server_cut_streams(r->server);
    assert_true(api_server_wait(r->server, STREAM, 1, REMOTE_PATIENCE_MS));
    assert_true(api_server_wait(r->server, LOOK, 1, REMOTE_PATIENCE_MS));
    assert_true(api_server_wait_streams(r->server, 1, REMOTE_PATIENCE_MS));
    remote_until_true(r, remote_is_told, "told of changes again");
    sees_another(r);
}

static void changes_between_two_streams_are_seen(void **state)
{
    struct remote *r = *state;
    go_told_of_one(r, 300);
    api_server_set_delay(r->server, STREAM, 400);
    api_server_cut_streams(r->server);
    assert_true(api_server_wait_streams(r->server, 0, REMOTE_PATIENCE_MS));
    sees_another(r);
}

static void a_stream_that_fell_silent_is_opened_again(void **state)
{
    struct remote *r = *state;
    r->settings.poll_ms = 50;
    r->settings.silence_ms = 300;
    api_server_set_heartbeat(r->server, 0);
    go_told_of_one(r, POLL_MS);
    api_server_clear_log(r->server);
    assert_true(api_server_wait(r->server, STREAM, 1, REMOTE_PATIENCE_MS));
    is_live_without(r);
}

static void heartbeats_keep_it(void **state)
{
    struct remote *r = *state;
    r->settings.silence_ms = 300;
    api_server_set_heartbeat(r->server, 20);
    go_told_of_one(r, POLL_MS);
    api_server_clear_log(r->server);
    sleep_ms(500);
    assert_int_equal(api_server_count(r->server, STREAM), 0);
}

static bool is_lost(struct remote *r)
{
    struct source_status status;
    source_status(r->source, &status);
    return !status.is_readable;
}

static void a_server_that_is_lost_is_lost(void **state)
{
    struct remote *r = *state;
    go_told_of_one(r, 100);
    api_server_suspend(r->server);
    remote_until_true(r, is_lost, "lost");
    assert_string_equal(remote_ids(r, "", few), "a");
    api_server_clear_log(r->server);
    api_server_resume(r->server);
    sees_another(r);
    assert_true(api_server_wait_streams(r->server, 1, REMOTE_PATIENCE_MS));
}

/* ---- servers without ---- */

static void answers_the_stream_with(struct remote *r, struct api_fault fault)
{
    fault.match = STREAM;
    api_server_fault(r->server, &fault);
}

/* Polls, and does not ask for the stream more than so often. */
static void is_polled(struct remote *r, size_t tries)
{
    r->settings.poll_ms = 4;
    remote_add(r, "a", 0, "completed");
    go_live(r, "a");
    api_server_wait(r->server, STREAM, tries, REMOTE_PATIENCE_MS);
    assert_true(api_server_wait(r->server, LOOK, 4, REMOTE_PATIENCE_MS));
    assert_int_equal(api_server_count(r->server, STREAM), tries);
    assert_false(remote_is_told(r));
    is_live_without(r);
}

static void one_without_is_polled(void **state)
{
    api_server_set_stream(((struct remote *)*state)->server, false);
    is_polled(*state, 1);
}

static void a_real_one_is_polled(void **state)
{
    api_server_set_real(((struct remote *)*state)->server, true);
    is_polled(*state, 1);
}

static void it_is_tried_again_when_live_begins_anew(void **state)
{
    struct remote *r = *state;
    one_without_is_polled(state);
    api_server_set_stream(r->server, true);
    source_set_live(r->source, false);
    source_set_live(r->source, true);
    assert_true(api_server_wait_streams(r->server, 1, REMOTE_PATIENCE_MS));
}

#define IS_POLLED(name, tries, ...)                                                                          \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        answers_the_stream_with(*state, (struct api_fault){__VA_ARGS__});                                    \
        is_polled(*state, tries);                                                                            \
    }

IS_POLLED(json_is_no_stream, 1, .content_type = "application/json", .body = "{\"executions\":[]}")
IS_POLLED(a_page_is_no_stream, 1, .content_type = "text/html", .body = "<!doctype html>")
IS_POLLED(refused_is_no_stream, 1, .status = 403, .content_type = "application/json", .body = "{}")
IS_POLLED(one_that_is_cut_at_once_is_polled, 3, .kind = API_FAULT_CLOSE)
IS_POLLED(one_that_is_reset_is_polled, 3, .kind = API_FAULT_RESET, .content_type = "text/event-stream",
          .body = "event: hello\ndata: {}\n\n")
IS_POLLED(one_that_ends_at_once_is_polled, 3, .content_type = "text/event-stream", .body = ": nothing\n\n")
IS_POLLED(one_behind_a_broken_proxy_is_polled, 3, .status = 502, .content_type = "text/html",
          .body = "<html>")
IS_POLLED(redirected_in_a_circle_is_polled, 6, .kind = API_FAULT_REDIRECT_LOOP)

static void no_content_is_no_stream(void **state)
{
    struct remote *r = *state;
    answers_the_stream_with(r, (struct api_fault){.status = 204});
    is_polled(r, 1);
    assert_true(api_server_wait_open(r->server, 2, REMOTE_PATIENCE_MS)); /* the lane's, and the looks' */
}

/* It is waited for, and meanwhile polled. */
static void one_that_never_answers_is_polled(void **state)
{
    struct remote *r = *state;
    answers_the_stream_with(r, (struct api_fault){.kind = API_FAULT_HANG});
    is_polled(r, 1);
    source_set_live(r->source, false);
    assert_true(api_server_wait_open(r->server, 2, REMOTE_PATIENCE_MS));
}

static void one_that_trickles_is_believed_when_it_has_greeted(void **state)
{
    struct remote *r = *state;
    answers_the_stream_with(r, (struct api_fault){.kind = API_FAULT_TRICKLE,
                                                  .ms = 4,
                                                  .content_type = "text/event-stream",
                                                  .body = "event: hello\ndata: {\"revision\":1}\n\n" CHANGED
                                                          ": and so on, for a while at least\n\n"});
    remote_add(r, "a", 0, "completed");
    go_live(r, "a");
    remote_until_true(r, remote_is_told, "told of changes");
    is_live_without(r);
}

static void a_redirect_is_followed(void **state)
{
    struct remote *r = *state;
    answers_the_stream_with(
        r, (struct api_fault){
               .times = 1, .status = 302, .headers = "Location: /api/executions/stream\r\n", .body = "x"});
    go_told_of_one(r, POLL_MS);
    is_live_without(r);
}

static void credentials_go_along(void **state)
{
    struct remote *r = *state;
    api_server_require_bearer(r->server, "geheim");
    setenv("EXECUTOR_RUNS_TOKEN", "geheim", 1);
    go_told_of_one(r, POLL_MS);
    unsetenv("EXECUTOR_RUNS_TOKEN");
    is_live_without(r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, remote_tear_down)
        TEST(a_change_is_seen),
        TEST(what_no_list_tells_is_raised_too),
        TEST(nothing_is_asked_while_nothing_changes),
        TEST(one_look_begins_it),
        TEST(now_and_then_it_looks_unasked),
        TEST(a_storm_is_not_followed_event_by_event),
        TEST(events_in_pieces_are_events),
        TEST(what_it_does_not_know_is_passed_over),
        TEST(a_line_without_end_is_survived),
        TEST(switching_off_closes_it),
        TEST(one_that_is_cut_is_opened_again),
        TEST(changes_between_two_streams_are_seen),
        TEST(a_stream_that_fell_silent_is_opened_again),
        TEST(heartbeats_keep_it),
        TEST(a_server_that_is_lost_is_lost),
        TEST(one_without_is_polled),
        TEST(a_real_one_is_polled),
        TEST(it_is_tried_again_when_live_begins_anew),
        TEST(json_is_no_stream),
        TEST(a_page_is_no_stream),
        TEST(no_content_is_no_stream),
        TEST(refused_is_no_stream),
        TEST(one_that_is_cut_at_once_is_polled),
        TEST(one_that_is_reset_is_polled),
        TEST(one_that_ends_at_once_is_polled),
        TEST(one_behind_a_broken_proxy_is_polled),
        TEST(redirected_in_a_circle_is_polled),
        TEST(one_that_never_answers_is_polled),
        TEST(one_that_trickles_is_believed_when_it_has_greeted),
        TEST(a_redirect_is_followed),
        TEST(credentials_go_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
