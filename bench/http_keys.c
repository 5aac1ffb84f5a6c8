/*
 * From a key to the first byte that changes the frame where it should, while an answer is being waited for, and in live mode beside a writer: no
 * key may wait for the network. A key counts as typed meanwhile only where the server's log says so.
 */
#include "bench/bench_http.h"

#include "bench/writer.h"

#include <stdio.h>
#include <string.h>

enum {
    ROUNDS = 8,
    LIVE_ROUNDS = 15,
    RATE = 20,
    LIVE_SECONDS = 6,
    KEY_MS = 16,
    REST_MS = 8,
    LEAD_REST_MS = 50
};

/* Those without a name only lead to the next; Esc is one of them, since a terminal program waits to see whether it is Alt. */
static const struct step {
    const char *what, *key;
    int times;
    enum region region;
    bool is_over; /* in a layer where `r` would not refresh */
} steps[] = {
    {"down", "<Down>", 4, REGION_LIST, false},
    {"up", "<Up>", 2, REGION_LIST, false},
    {"help", "?", 1, REGION_BODY, false},
    {"help closed", "q", 1, REGION_BODY, true},
    {"filter bar", "/", 1, REGION_BAR, false},
    {NULL, "<Esc>", 1, REGION_BAR, true},
    {"tab", "<Tab>", 1, REGION_BODY, false},
    {"tab back", "<S-Tab>", 1, REGION_BODY, false},
    {"sort menu", "s", 1, REGION_BODY, false},
    {NULL, "<Esc>", 1, REGION_BODY, true},
    {"rail", "b", 2, REGION_BODY, false},
    {NULL, "<S-Tab>", 1, REGION_BODY, false}, /* the rail takes the focus when it comes */
};
enum { STEPS = sizeof steps / sizeof *steps };

struct typing {
    struct api_server *server;
    struct stand stand;
    int delay;
    bool is_live;
    struct samples times;
    double worst_ms;
    const char *worst; /* the name of the key */
    int lost, idle;    /* keys without a frame; with no request out at their end */
};

/* Whether the answer to the last request cannot have come yet. */
static bool is_out(struct typing *typing)
{
    size_t count;
    const struct api_request *requests = api_server_requests(typing->server, &count);
    return count && now_ns() / 1000000 < requests[count - 1].at_ms + typing->delay;
}

/* A request without a delay is out when it has just been sent. */
static void send_one(struct typing *typing)
{
    if (typing->delay && is_out(typing))
        return;
    api_server_clear_log(typing->server);
    pty_keys(typing->stand.pty, "r");
    if (typing->delay)
        api_server_wait(typing->server, "", 1, STAND_LOST_MS);
}

static void take(struct typing *typing, const struct step *step, double ms)
{
    if (ms < 0) {
        typing->lost++;
        fprintf(stderr, "  %s: %s changed nothing\n", step->what, step->key);
        return;
    }
    if (!typing->is_live && typing->delay && !is_out(typing)) {
        typing->idle++;
        return;
    }
    samples_add(&typing->times, ms);
    if (ms > typing->worst_ms) {
        typing->worst_ms = ms;
        typing->worst = step->what;
    }
}

static void type_key(struct typing *typing, const struct step *step)
{
    if (!step->what) {
        pty_keys(typing->stand.pty, step->key);
        stand_rest(&typing->stand, LEAD_REST_MS); /* an Esc must be over, on a loaded machine too */
        return;
    }
    if (!typing->is_live && !step->is_over)
        send_one(typing);
    take(typing, step, stand_key(&typing->stand, step->key, step->region));
    stand_rest(&typing->stand, REST_MS);
}

static void type_round(struct typing *typing)
{
    for (size_t at = 0; at < STEPS; at++)
        for (int i = 0; i < steps[at].times; i++)
            type_key(typing, &steps[at]);
}

/* ---- the two ---- */

static bool type_waiting(struct typing *typing)
{
    for (int i = 0; i < ROUNDS; i++)
        type_round(typing);
    return typing->idle < (int)typing->times.n;
}

/* False: the program never asked for news meanwhile. */
static bool type_live(struct typing *typing, const char *path)
{
    struct writer writer;
    struct writer_result result;
    pty_keys(typing->stand.pty, "j");
    stand_rest(&typing->stand, typing->delay + 50);
    api_server_clear_log(typing->server);
    writer_start(&writer, path, RATE, LIVE_SECONDS);
    bool is_over = false;
    for (int i = 0; i < LIVE_ROUNDS || !is_over; i++) {
        type_round(typing);
        is_over = is_over || writer_take(&writer, &result);
    }
    return api_server_count(typing->server, "") > 0;
}

static void say(struct http_bench *bench, struct typing *typing, bool is_done, const struct samples *echoes)
{
    char what[TABLE_CELL];
    double median = samples_quantile(&typing->times, 0.5), echo = samples_quantile(echoes, 0.5);
    snprintf(what, sizeof what, "key → frame, %s, +%d ms",
             typing->is_live ? "live beside a writer" : "requests out", typing->delay);
    struct row *row = table_add(&bench->table, what);
    cell_set(row->measured, "%.1f ms, 99 %% %.1f, worst %.1f (%s; %zu keys)", median,
             samples_quantile(&typing->times, 0.99), typing->worst_ms, typing->worst ? typing->worst : "-",
             typing->times.n);
    cell_set(row->yardstick, "echo %.2f ms, ×%.1f; its worst %.1f", echo, median / echo,
             samples_quantile(echoes, 1));
    row_target(row, "worst ≤ 16 ms", !typing->lost && typing->worst_ms <= KEY_MS);
    if (typing->lost)
        row_fail(row, "a key changed nothing");
    else if (!is_done || !typing->times.n)
        row_fail(row, "no request was out");
}

static void measure(struct http_bench *bench, int delay, bool is_live, const struct samples *echoes)
{
    const char *path = bench->file.path;
    struct typing typing = {.server = api_server_start(path), .delay = delay, .is_live = is_live};
    samples_init(&typing.times);
    api_server_set_delay(typing.server, "", delay);
    bool is_done = http_stand_start(bench, typing.server, &typing.stand, !is_live) >= 0;
    stand_rest(&typing.stand, delay + 50);
    is_done = is_done && (is_live ? type_live(&typing, path) : type_waiting(&typing));
    stand_stop(&typing.stand);
    api_server_stop(typing.server);
    if (is_live)
        writer_undo(path);
    say(bench, &typing, is_done, echoes);
    samples_release(&typing.times);
}

void bench_http_keys(struct http_bench *bench)
{
    struct samples echoes;
    samples_init(&echoes);
    yardstick_echo(bench->echo, &echoes);
    for (int is_live = 0; is_live <= 1; is_live++)
        for (size_t i = 0; i < HTTP_DELAYS; i++)
            measure(bench, bench->delays[i], is_live, &echoes);
    samples_release(&echoes);
}
