/*
 * The table of list semantics once more: our own client over our own server over a file. Whatever the file says, and the client makes of the API,
 * must come out as if the file had been opened here.
 */
#include "data/source.h"
#include "tests/conformance/cases.h"
#include "tests/support/app.h"
#include "tests/support/served.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PARTS_MAX = 2000 };

struct road {
    bool is_script;    /* the client has no threads */
    bool is_patient;   /* complete answers are asked for; else partial ones are asked for again */
    const char *scope; /* NULL: all are served */
    bool has_writer;   /* else the file lies still */
};

static void check_road(const struct road *road)
{
    struct history *history = history_new();
    struct conformance conformance = {
        .wait_exact = road->is_patient,
        .check_meta = true,
        .repeats = road->is_patient ? 0 : PARTS_MAX,
        .limits = {.scope = road->scope, .open_questions_alone = true, .meta_may_be_inexact = true}};
    conformance_fill(history, &conformance.limits);
    if (!road->has_writer)
        history_close(history);
    struct served *served = served_start(app_program(), history_path(history), road->scope);
    struct http_settings settings = {.poll_ms = 20};
    struct source_options options = {.http = &settings, .no_background = road->is_script};
    struct source *source;
    struct err err;
    if (source_open(served_url(served), &options, &source, &err) ||
        source_connect(source, &conformance.conn, &err))
        fail_msg("%s: %s", served_url(served), err.what);
    conformance_check(&conformance);
    conn_close(conformance.conn);
    source_close(source);
    served_stop(served);
    history_free(history);
}

static void by_script(void **state)
{
    (void)state;
    check_road(&(struct road){.is_script = true, .is_patient = true});
}

static void by_screen(void **state)
{
    (void)state;
    check_road(&(struct road){0});
}

static void beside_a_writer(void **state)
{
    (void)state;
    check_road(&(struct road){.is_script = true, .is_patient = true, .has_writer = true});
}

static void of_one_scope(void **state)
{
    (void)state;
    static const char *const scopes[] = {"s1", "s2", "s3"};
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
        check_road(&(struct road){.is_script = true, .is_patient = true, .scope = scopes[i]});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_script),
        cmocka_unit_test(by_screen),
        cmocka_unit_test(beside_a_writer),
        cmocka_unit_test(of_one_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
