/*
 * What somebody waits for when the source is far away, against a bare GET of the same thing over a socket. How many round trips that took is seen by
 * what the delay adds: (time with it - time without) / delay.
 */
#include "bench/bench_http.h"

#include "tests/support/plain_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOURS = 5, LOG_QUIET_MS = 150 };

#define OLDEST "/api/executions?limit=100&sort=createdAt%2Casc"

/* Once after another in one run of the program. `lead` goes before and is not measured; what must stand on the screen then may be NULL. */
static const struct action {
    const char *what, *lead, *keys;
    enum region region;
    const char *target; /* of the yardstick; NULL: the oldest run */
    const char *shows;
} actions[] = {
    {"start → first rows", NULL, NULL, REGION_LIST, "/api/executions?limit=100", " runs"},
    {"filter → new rows", "/status:failed", "<Enter>", REGION_LIST, "/api/executions?limit=100&status=failed",
     " of 10,000 runs"},
    {"page down beyond what is held → rows", "X", "<PgDn><PgDn><PgDn><PgDn><PgDn>", REGION_LIST,
     "/api/executions?limit=100", NULL},
    {"jump to the end → rows", NULL, "<End>", REGION_LIST, OLDEST, NULL},
    {"open a run → drawer with its calls", NULL, "<Enter>", REGION_BODY, NULL, "▾ Code"},
};
enum { ACTIONS = sizeof actions / sizeof *actions };

struct outcome {
    struct samples times, requests, bare;
    const char *wrong; /* NULL: nothing */
};

struct tour {
    struct http_bench *bench;
    struct api_server *server;
    struct stand stand;
    int delay;
};

/* Long enough for the answer to a request that the last answer led to. */
static int quiet_ms(const struct tour *tour)
{
    return tour->delay + LOG_QUIET_MS;
}

/* ---- one ---- */

static double act(struct tour *tour, const struct action *action)
{
    if (action->lead) {
        pty_keys(tour->stand.pty, action->lead);
        stand_rest(&tour->stand, quiet_ms(tour));
    }
    api_server_clear_log(tour->server);
    return stand_still(&tour->stand, action->keys, action->region, quiet_ms(tour));
}

static const char *what_is_wrong(struct tour *tour, const struct action *action, double ms, size_t requests)
{
    if (ms < 0)
        return "it never came";
    if (requests == 0 || ms < tour->delay)
        return "it came before the answer";
    return action->shows && !pty_wait_text(tour->stand.pty, action->shows, STAND_LOST_MS)
               ? "something else came"
               : NULL;
}

static void note(struct tour *tour, size_t at, double ms, struct outcome *outcome)
{
    size_t requests = api_server_count(tour->server, "");
    const char *wrong = what_is_wrong(tour, &actions[at], ms, requests);
    outcome->wrong = wrong ? wrong : outcome->wrong;
    samples_add(&outcome->times, ms);
    samples_add(&outcome->requests, (double)requests);
}

static void go_round(struct tour *tour, struct outcome *outcomes)
{
    api_server_clear_log(tour->server);
    double ms = http_stand_start(tour->bench, tour->server, &tour->stand, true);
    stand_rest(&tour->stand, quiet_ms(tour));
    note(tour, 0, ms, &outcomes[0]);
    for (size_t at = 1; at < ACTIONS; at++) {
        ms = act(tour, &actions[at]);
        note(tour, at, ms, &outcomes[at]);
    }
    stand_stop(&tour->stand);
}

/* ---- the yardstick ---- */

static double bare_ms(struct tour *tour, const char *target, struct plain_answer *answer)
{
    int64_t start = now_ns();
    plain_get(api_server_port(tour->server), target, NULL, answer);
    double ms = (double)(now_ns() - start) / 1e6;
    return answer->status == 200 && answer->is_whole ? ms : -1;
}

/* Where the jump to the end leads: the run that is opened. */
static void oldest_target(struct tour *tour, char *target, size_t size)
{
    char id[64] = "";
    struct plain_answer answer;
    bare_ms(tour, OLDEST, &answer);
    const char *at = strstr(answer.body, "\"id\":\"");
    if (at)
        sscanf(at, "\"id\":\"%63[^\"]", id);
    snprintf(target, size, "/api/executions/%s", id);
    plain_release(&answer);
}

static void measure_bare(struct tour *tour, struct outcome *outcomes)
{
    char oldest[128];
    oldest_target(tour, oldest, sizeof oldest);
    for (size_t at = 0; at < ACTIONS; at++) {
        struct plain_answer answer;
        const char *target = actions[at].target ? actions[at].target : oldest;
        samples_add(&outcomes[at].bare, bare_ms(tour, target, &answer));
        plain_release(&answer);
    }
}

/* ---- what it says ---- */

static void say_requests(const struct samples *requests, char *out, size_t size)
{
    double least = samples_quantile(requests, 0), most = samples_quantile(requests, 1);
    if (least < most)
        snprintf(out, size, "%.0f–%.0f requests", least, most);
    else
        snprintf(out, size, "%.0f request%s", most, most == 1 ? "" : "s");
}

static void say(struct http_bench *bench, size_t at, int delay, const struct outcome *outcome,
                double undelayed)
{
    char what[TABLE_CELL], requests[32];
    double median = samples_quantile(&outcome->times, 0.5), bare = samples_quantile(&outcome->bare, 0.5);
    snprintf(what, sizeof what, "%s, +%d ms", actions[at].what, delay);
    struct row *row = table_add(&bench->table, what);
    say_requests(&outcome->requests, requests, sizeof requests);
    cell_set(row->yardstick, "bare GET %.1f ms, ×%.2f", bare, median / bare);
    cell_set(row->measured, "%.1f ms (worst %.1f), %s", median, samples_quantile(&outcome->times, 1),
             requests);
    if (delay) {
        double trips = (median - undelayed) / delay;
        cell_set(row->measured, "%.1f ms (worst %.1f), %s, %.2f round trips", median,
                 samples_quantile(&outcome->times, 1), requests, trips);
        row_target(row, "1 round trip", trips < 1.5);
    }
    if (outcome->wrong || samples_have_lost(&outcome->bare))
        row_fail(row, outcome->wrong ? outcome->wrong : "the bare GET was not answered");
}

/* The delays take turns: what else the machine does meets them all alike. */
static void measure(struct http_bench *bench, struct outcome outcomes[HTTP_DELAYS][ACTIONS])
{
    struct tour tour = {.bench = bench, .server = api_server_start(bench->file.path)};
    for (int round = 0; round < TOURS; round++)
        for (size_t i = 0; i < HTTP_DELAYS; i++) {
            tour.delay = bench->delays[i];
            api_server_set_delay(tour.server, "", tour.delay);
            measure_bare(&tour, outcomes[i]);
            go_round(&tour, outcomes[i]);
        }
    api_server_stop(tour.server);
}

void bench_http_actions(struct http_bench *bench)
{
    struct outcome outcomes[HTTP_DELAYS][ACTIONS] = {0};
    measure(bench, outcomes);
    for (size_t at = 0; at < ACTIONS; at++)
        for (size_t i = 0; i < HTTP_DELAYS; i++)
            say(bench, at, bench->delays[i], &outcomes[i][at], samples_quantile(&outcomes[0][at].times, 0.5));
    for (size_t i = 0; i < HTTP_DELAYS; i++)
        for (size_t at = 0; at < ACTIONS; at++) {
            samples_release(&outcomes[i][at].times);
            samples_release(&outcomes[i][at].requests);
            samples_release(&outcomes[i][at].bare);
        }
}
