/*
 * The table of list semantics against the HTTP source: over a server that keeps to the contract and over one that deviates as the real one does,
 * as a script asks and as the screen asks.
 *
 * What the API cannot say, in any of the roads: questions that have been answered (only the open one comes with a run), and, of a server that
 * serves several scopes, which there are. Of the real server besides: a run with a status outside the six, at which it fails. No question of the table is left out;
 * counts need not be exact, but those that say that they are must be right.
 */
#include "tests/conformance/cases.h"
#include "tests/support/remote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PARTS_MAX = 2000 };

struct road {
    bool is_real;      /* the server */
    bool is_script;    /* the source has no threads */
    bool is_patient;   /* complete answers are asked for; else partial ones are asked for again */
    const char *scope; /* NULL: the server serves all, and names none */
    int every;
};

static void check_road(const struct road *road)
{
    struct remote *r = remote_new();
    struct conformance conformance = {.wait_exact = road->is_patient,
                                      .check_meta = true,
                                      .every = road->every,
                                      .repeats = road->is_patient ? 0 : PARTS_MAX,
                                      .limits = {.scope = road->scope,
                                                 .six_statuses = road->is_real,
                                                 .open_questions_alone = true,
                                                 .meta_may_be_inexact = true}};
    conformance_fill(r->history, &conformance.limits);
    api_server_set_real(r->server, road->is_real);
    if (road->scope)
        api_server_set_scope(r->server, road->scope);
    else
        api_server_fault(r->server, &(struct api_fault){.match = "/scope", .status = 404});
    r->no_background = road->is_script;
    remote_open(r);
    conformance.conn = r->conn;
    conformance_check(&conformance);
    remote_free(r);
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

static void by_screen_with_patience(void **state)
{
    (void)state;
    check_road(&(struct road){.is_patient = true});
}

static void of_the_real_server_by_script(void **state)
{
    (void)state;
    check_road(&(struct road){.is_real = true, .is_script = true, .is_patient = true});
}

static void of_the_real_server_by_screen(void **state)
{
    (void)state;
    check_road(&(struct road){.is_real = true});
}

/* Every executor of today serves one scope, and says which. */
static void of_one_scope(void **state)
{
    (void)state;
    static const char *const scopes[] = {"s1", "s2", "s3"};
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        check_road(
            &(struct road){.is_real = true, .is_script = true, .is_patient = true, .scope = scopes[i]});
        check_road(&(struct road){.is_real = i, .scope = scopes[i]});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_script),
        cmocka_unit_test(by_screen),
        cmocka_unit_test(by_screen_with_patience),
        cmocka_unit_test(of_the_real_server_by_script),
        cmocka_unit_test(of_the_real_server_by_screen),
        cmocka_unit_test(of_one_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
