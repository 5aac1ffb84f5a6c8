/*
 * See remote.h. Waiting is always for an event that the source raised, with a long time to fail by: a busy machine makes a test slow, never
 * wrong.
 */
#include "tests/support/remote.h"

#include "data/base/buf.h"
#include "data/base/die.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { IDS_MAX = 1 << 20, PARTS_MAX = 10000 };

struct remote_events {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned seen;
};

static void note_events(void *context, unsigned events)
{
    struct remote_events *box = context;
    pthread_mutex_lock(&box->lock);
    box->seen |= events;
    pthread_cond_broadcast(&box->changed);
    pthread_mutex_unlock(&box->lock);
}

struct remote *remote_new(void)
{
    static const char *const secrets[] = {"EXECUTOR_RUNS_TOKEN", "NETRC", "http_proxy", "all_proxy"};
    struct remote *r = mem_new_array(1, sizeof *r);
    r->history = history_new();
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        unsetenv(secrets[i]);
    setenv("HOME", history_dir(r->history), 1);
    r->server = api_server_start(history_path(r->history));
    r->settings.poll_ms = 20;
    arena_init(&r->arena);
    r->events = mem_new_array(1, sizeof *r->events);
    pthread_mutex_init(&r->events->lock, NULL);
    pthread_cond_init(&r->events->changed, NULL);
    return r;
}

void remote_close(struct remote *r)
{
    if (r->conn)
        conn_close(r->conn);
    if (r->source)
        source_close(r->source);
    r->conn = NULL;
    r->source = NULL;
}

void remote_free(struct remote *r)
{
    remote_close(r);
    api_server_stop(r->server);
    history_free(r->history);
    arena_release(&r->arena);
    pthread_cond_destroy(&r->events->changed);
    pthread_mutex_destroy(&r->events->lock);
    free(r->events);
    free(r);
}

int remote_tear_down(void **state)
{
    remote_free(*state);
    return 0;
}

void remote_add(struct remote *r, const char *id, int64_t at, const char *status)
{
    history_run(r->history, (struct history_run){.id = id, .created_at = REMOTE_T0 + at, .status = status});
}

bool remote_is_told(struct remote *r)
{
    struct source_status status;
    source_status(r->source, &status);
    return status.live_interval_ms == 0 && status.is_readable;
}

void remote_open_at(struct remote *r, const char *address)
{
    struct source_options options = {
        .notify = note_events, .context = r->events, .http = &r->settings, .no_background = r->no_background};
    struct err err;
    if (source_open(address, &options, &r->source, &err) || source_connect(r->source, &r->conn, &err))
        fail_msg("%s: %s (%s)", address, err.what, err.hint);
}

void remote_open(struct remote *r)
{
    remote_open_at(r, api_server_url(r->server));
}

struct filter remote_filter(const char *line)
{
    struct filter filter;
    struct filter_mistake mistake;
    if (filter_parse(text_of(line), TIME_IN_UTC, &filter, &mistake) != ERR_OK)
        fail_msg("%s: %s", line, mistake.what);
    return filter;
}

/* ---- asking ---- */

enum err_code remote_try(struct remote *r, const char *line, struct list_query query,
                         struct list_reply *reply, struct err *err)
{
    query.filter = remote_filter(line);
    query.now = query.now ? query.now : 1;
    query.cutoff = query.cutoff ? query.cutoff : TIME_NONE;
    enum err_code code = conn_list(r->conn, &query, NULL, &r->arena, reply, err);
    filter_release(&query.filter);
    return code;
}

struct list_reply remote_list(struct remote *r, const char *line, struct list_query query)
{
    struct list_reply reply;
    struct err err;
    if (remote_try(r, line, query, &reply, &err) != ERR_OK)
        fail_msg("[%s]: %s (%s)", line, err.what, err.hint);
    return reply;
}

struct list_reply remote_settled(struct remote *r, const char *line, struct list_query query)
{
    for (int i = 0; i < PARTS_MAX; i++) {
        struct list_reply reply = remote_list(r, line, query);
        if (!reply.is_partial || reply.is_paused)
            return reply;
    }
    fail_msg("[%s] stays partial", line);
    return (struct list_reply){0};
}

const char *remote_ids_of(struct remote *r, const struct list_reply *reply)
{
    struct buf ids;
    buf_init(&ids, IDS_MAX);
    for (size_t i = 0; i < reply->count; i++) {
        if (i)
            buf_char(&ids, ' ');
        buf_text(&ids, reply->rows[i].id);
    }
    const char *joined = arena_text(&r->arena, (struct text){buf_cstr(&ids), ids.len}).s;
    buf_release(&ids);
    return joined;
}

const char *remote_ids(struct remote *r, const char *line, struct list_query query)
{
    struct list_reply reply;
    struct err err;
    if (remote_try(r, line, query, &reply, &err) != ERR_OK)
        return "error";
    return remote_ids_of(r, &reply);
}

const char *remote_walk(struct remote *r, const char *line, struct list_query query, size_t step)
{
    const char *all = "";
    query.after = step;
    for (int i = 0; i < PARTS_MAX; i++) {
        struct list_reply reply = remote_settled(r, line, query);
        if (reply.count)
            all = arena_printf(&r->arena, "%s%s%s", all, *all ? " " : "", remote_ids_of(r, &reply));
        if (reply.is_last)
            return all;
        assert_true(reply.count > 0);
        query.anchor = ANCHOR_AFTER;
        query.key = run_row_key(&reply.rows[reply.count - 1]);
    }
    fail_msg("[%s] never ends", line);
    return all;
}

/* ---- events ---- */

static struct timespec patience(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += REMOTE_PATIENCE_MS / 1000;
    return until;
}

void remote_await(struct remote *r, unsigned events)
{
    struct remote_events *box = r->events;
    struct timespec until = patience();
    int late = 0;
    pthread_mutex_lock(&box->lock);
    while (!(box->seen & events) && !late)
        late = pthread_cond_timedwait(&box->changed, &box->lock, &until);
    unsigned seen = box->seen;
    box->seen &= ~events;
    pthread_mutex_unlock(&box->lock);
    if (!(seen & events))
        fail_msg("none of the events %u ever came", events);
}

void remote_forget_events(struct remote *r)
{
    pthread_mutex_lock(&r->events->lock);
    r->events->seen = 0;
    pthread_mutex_unlock(&r->events->lock);
}

void remote_until_true(struct remote *r, bool (*claim)(struct remote *r), const char *what)
{
    struct timespec until = patience();
    int late = 0;
    for (;;) {
        remote_forget_events(r);
        if (claim(r))
            return;
        if (late)
            break;
        pthread_mutex_lock(&r->events->lock);
        while (!r->events->seen && !late)
            late = pthread_cond_timedwait(&r->events->changed, &r->events->lock, &until);
        pthread_mutex_unlock(&r->events->lock);
    }
    fail_msg("never: %s", what);
}

void remote_until(struct remote *r, const char *line, struct list_query query, const char *ids)
{
    struct timespec until = patience();
    int late = 0;
    const char *got;
    for (;;) {
        remote_forget_events(r);
        got = remote_ids(r, line, query);
        if (strcmp(got, ids) == 0)
            return;
        if (late)
            break;
        pthread_mutex_lock(&r->events->lock);
        while (!r->events->seen && !late)
            late = pthread_cond_timedwait(&r->events->changed, &r->events->lock, &until);
        pthread_mutex_unlock(&r->events->lock);
    }
    fail_msg("[%s] gives \"%s\", not \"%s\"", line, got, ids);
}
