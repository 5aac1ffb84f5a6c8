/*
 * The source and its connections: a connection a lane, each with a client of its own, so that a slow list holds up no detail; what was fetched is the source's.
 */
#include "data/http/source_http_int.h"

#include "data/base/die.h"

#include <stdlib.h>

static struct http_source *source_of(struct source *base)
{
    return (struct http_source *)base;
}

/* ---- questions ---- */

static struct http_work begin(struct source_conn *base, struct cancel *cancel, struct arena *arena)
{
    struct http_conn *conn = (struct http_conn *)base;
    return (struct http_work){.conn = conn, .source = conn->source, .cancel = cancel, .arena = arena};
}

static void be_busy(struct http_source *source, int change)
{
    pthread_mutex_lock(&source->lock);
    source->list_busy += change;
    pthread_mutex_unlock(&source->lock);
}

static enum err_code answer_list(struct source_conn *base, const struct list_query *query,
                                 struct cancel *cancel, struct arena *arena, struct list_reply *reply,
                                 struct err *err)
{
    struct http_work work = begin(base, cancel, arena);
    work.keeps_pages = query->want_full;
    work.is_shown = !query->wait_exact;
    be_busy(work.source, 1);
    enum err_code code = http_list(&work, query, reply, err);
    be_busy(work.source, -1);
    return code;
}

static enum err_code answer_meta(struct source_conn *base, const struct meta_query *query,
                                 struct cancel *cancel, struct arena *arena, struct meta *meta,
                                 struct err *err)
{
    struct http_work work = begin(base, cancel, arena);
    return http_meta(&work, query, meta, err);
}

static enum err_code answer_detail(struct source_conn *base, const struct detail_query *query,
                                   struct cancel *cancel, struct arena *arena, struct detail_reply *reply,
                                   struct err *err)
{
    struct http_work work = begin(base, cancel, arena);
    return http_detail(&work, query, reply, err);
}

static enum err_code answer_peers(struct source_conn *base, const struct peers_query *query,
                                  struct cancel *cancel, struct arena *arena, struct peers_reply *reply,
                                  struct err *err)
{
    struct http_work work = begin(base, cancel, arena);
    return http_peers(&work, query, reply, err);
}

static void interrupt_conn(struct source_conn *base)
{
    http_client_interrupt(((struct http_conn *)base)->client);
}

static void close_conn(struct source_conn *base)
{
    struct http_conn *conn = (struct http_conn *)base;
    http_client_free(conn->client);
    free(conn);
}

static const struct conn_ops conn_ops = {
    .list = answer_list,
    .meta = answer_meta,
    .detail = answer_detail,
    .peers = answer_peers,
    .interrupt = interrupt_conn,
    .close = close_conn,
};

struct http_conn *http_conn_new(struct http_source *source)
{
    struct http_conn *conn = mem_new_array(1, sizeof *conn);
    conn->base.ops = &conn_ops;
    conn->source = source;
    conn->client = http_client_new(source->pool, source->auth);
    return conn;
}

void http_conn_free(struct http_conn *conn)
{
    close_conn(&conn->base);
}

/* ---- the source ---- */

static enum err_code connect_source(struct source *base, struct source_conn **out, struct err *err)
{
    (void)err;
    *out = &http_conn_new(source_of(base))->base;
    return ERR_OK;
}

static void set_live(struct source *base, bool is_live)
{
    if (source_of(base)->background)
        http_background_set_live(source_of(base)->background, is_live);
}

static void refresh(struct source *base)
{
    if (source_of(base)->background)
        http_background_refresh(source_of(base)->background);
}

void http_note(struct http_source *source, const struct err *err, int64_t retry_after_ms)
{
    pthread_mutex_lock(&source->state);
    bool was_lost = source->is_lost, is_first = !err && source->read_at == TIME_NONE;
    source->is_lost = err != NULL;
    source->retry_after_ms = retry_after_ms;
    if (err)
        source->err = *err;
    else
        source->read_at = time_now();
    pthread_mutex_unlock(&source->state);
    unsigned events = was_lost == (err != NULL) ? 0 : err ? SOURCE_LOST : SOURCE_BACK;
    if (events || is_first) /* the background waits for the first answer */
        http_raise(source, events, 0);
}

static void status(struct source *base, struct source_status *status)
{
    struct http_source *source = source_of(base);
    pthread_mutex_lock(&source->state);
    *status = (struct source_status){.is_readable = !source->is_lost,
                                     .progress = 1,
                                     .read_at = source->read_at,
                                     .scope_count = source->scope_id[0] != '\0'};
    if (source->is_lost)
        status->err = source->err;
    pthread_mutex_unlock(&source->state);
    if (source->background)
        status->live_interval_ms = http_background_interval(source->background);
}

static void close_source(struct source *base)
{
    struct http_source *source = source_of(base);
    http_background_free(source->background);
    http_known_release(source);
    http_kept_release(source);
    http_pool_free(source->pool);
    http_auth_free(source->auth);
    http_address_release(&source->address);
    pthread_mutex_destroy(&source->lock);
    pthread_mutex_destroy(&source->state);
    pthread_cond_destroy(&source->moved);
    free(source);
}

static const struct source_ops source_ops = {
    .connect = connect_source,
    .set_live = set_live,
    .refresh = refresh,
    .status = status,
    .close = close_source,
};

enum err_code source_http_open(const char *address, const struct source_options *options, struct source **out,
                               struct err *err)
{
    static const struct http_settings nothing_set = {0};
    const struct http_settings *settings = options->http ? options->http : &nothing_set;
    struct http_source *source = mem_new_array(1, sizeof *source);
    enum err_code code = http_address_parse(address, &source->address, err);
    if (code) {
        http_address_release(&source->address);
        free(source);
        return code;
    }
    source->base.ops = &source_ops;
    source->options = *options;
    source->options.http = NULL; /* borrowed until here */
    source->poll_ms = settings->poll_ms > 0 ? settings->poll_ms : HTTP_POLL_MS;
    source->silence_ms = settings->silence_ms;
    source->auth = http_auth_new(&source->address, settings);
    source->pool = http_pool_new(settings);
    source->read_at = TIME_NONE;
    pthread_mutex_init(&source->lock, NULL);
    pthread_mutex_init(&source->state, NULL);
    clock_cond_init(&source->moved);
    arena_init(&source->known_arena);
    arena_init(&source->shown_arena);
    for (size_t i = 0; i < PAGES_KEPT; i++)
        arena_init(&source->kept[i].arena);
    if (!options->no_background)
        http_background_start(source);
    *out = &source->base;
    return ERR_OK;
}
