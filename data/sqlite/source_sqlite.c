/*
 * The source as others see it: its life, its connections and its status. A connection holds no open file, only what an interrupt
 * needs; see source_sqlite_open.c.
 */
#include "data/sqlite/source_sqlite_background.h"

#include "data/base/die.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sqlite_source *source_of(struct source *source)
{
    return (struct sqlite_source *)source;
}

static void interrupt_conn(struct source_conn *base)
{
    read_slot_interrupt(&((struct sqlite_conn *)base)->slot);
}

static void close_conn(struct source_conn *base)
{
    struct sqlite_conn *conn = (struct sqlite_conn *)base;
    read_slot_release(&conn->slot);
    ranked_list_free(conn->ranked);
    free(conn);
}

/* A new question on this connection: what was interrupted before is over. */
static struct reading begin(struct sqlite_conn *conn, struct cancel *cancel, struct session *session)
{
    session->is_open = false;
    atomic_store(&conn->slot.is_interrupted, false);
    return (struct reading){conn->source, &conn->slot, cancel, session};
}

static enum err_code answer_list(struct source_conn *base, const struct list_query *query,
                                 struct cancel *cancel, struct arena *arena, struct list_reply *reply,
                                 struct err *err)
{
    struct sqlite_conn *conn = (struct sqlite_conn *)base;
    struct session session;
    struct reading reading = begin(conn, cancel, &session);
    enum err_code code = sqlite_list(conn, &reading, query, arena, reply, err);
    reading_pause(&reading);
    return code;
}

static enum err_code answer_meta(struct source_conn *base, const struct meta_query *query,
                                 struct cancel *cancel, struct arena *arena, struct meta *meta,
                                 struct err *err)
{
    struct sqlite_conn *conn = (struct sqlite_conn *)base;
    struct session session;
    struct reading reading = begin(conn, cancel, &session);
    enum err_code code = sqlite_meta(conn, &reading, query, arena, meta, err);
    reading_pause(&reading);
    return code;
}

static enum err_code answer_detail(struct source_conn *base, const struct detail_query *query,
                                   struct cancel *cancel, struct arena *arena, struct detail_reply *reply,
                                   struct err *err)
{
    struct sqlite_conn *conn = (struct sqlite_conn *)base;
    struct session session;
    struct reading reading = begin(conn, cancel, &session);
    enum err_code code = sqlite_detail(&reading, query, arena, reply, err);
    reading_pause(&reading);
    return code;
}

static enum err_code answer_peers(struct source_conn *base, const struct peers_query *query,
                                  struct cancel *cancel, struct arena *arena, struct peers_reply *reply,
                                  struct err *err)
{
    struct sqlite_conn *conn = (struct sqlite_conn *)base;
    struct session session;
    struct reading reading = begin(conn, cancel, &session);
    enum err_code code = sqlite_peers(&reading, query, arena, reply, err);
    reading_pause(&reading);
    return code;
}

static const struct conn_ops conn_ops = {
    .list = answer_list,
    .meta = answer_meta,
    .detail = answer_detail,
    .peers = answer_peers,
    .interrupt = interrupt_conn,
    .close = close_conn,
};

static enum err_code connect_source(struct source *base, struct source_conn **out, struct err *err)
{
    (void)err;
    struct sqlite_conn *conn = mem_new(sizeof *conn);
    *conn = (struct sqlite_conn){.base = {&conn_ops}, .source = source_of(base)};
    read_slot_init(&conn->slot);
    *out = &conn->base;
    return ERR_OK;
}

void source_wake(struct sqlite_source *source)
{
    if (source->background)
        background_wake(source->background);
}

void source_is_outgrown(struct sqlite_source *source, bool is_other_file)
{
    if (source->background)
        background_want_anew(source->background, is_other_file);
}

static void set_live(struct source *base, bool is_live)
{
    struct sqlite_source *source = source_of(base);
    if (source->background)
        background_set_live(source->background, is_live);
}

static void refresh(struct source *base)
{
    struct sqlite_source *source = source_of(base);
    if (source->background)
        background_refresh(source->background);
}

static void status(struct source *base, struct source_status *status)
{
    struct sqlite_source *source = source_of(base);
    pthread_mutex_lock(&source->mutex);
    *status = (struct source_status){
        .is_readable = source->last_err.code == ERR_OK,
        .err = source->last_err,
        .progress = 1,
        .read_at = source->read_at,
    };
    snprintf(status->note, sizeof status->note, "%s%s%s", source->schema.note,
             source->schema.note[0] && source->has_rollback_journal ? "; " : "",
             source->has_rollback_journal ? "not in WAL mode: its writer waits while it is read" : "");
    pthread_mutex_unlock(&source->mutex);
    struct background_status background;
    background_status(source->background, &background);
    status->progress = source->options.no_background ? 1 : background.progress;
    status->live_interval_ms = background.is_live ? 100 : 0;
    status->scope_count = background.scope_count;
}

static void make_way(struct source *base, bool for_writing)
{
    source_make_way_for_writer(source_of(base), for_writing);
}

static void close_source(struct source *base)
{
    struct sqlite_source *source = source_of(base);
    background_free(source->background);
    kept_allow(source, false);
    kept_sweep(source, NULL);
    schema_release(&source->schema);
    guard_vfs_free(source->guard);
    pthread_mutex_destroy(&source->mutex);
    pthread_mutex_destroy(&source->opening);
    free(source->path);
    free(source);
}

static const struct source_ops source_ops = {
    .connect = connect_source,
    .set_live = set_live,
    .refresh = refresh,
    .status = status,
    .close = close_source,
    .make_way = make_way,
};

static enum err_code look_at_nothing(struct reader *reader, void *context, struct err *err)
{
    (void)reader, (void)context, (void)err;
    return ERR_OK;
}

/* Opening already reads the header and the schema, which is all that has to be known of a file to show it. */
static enum err_code try_reading(struct sqlite_source *source, struct err *err)
{
    struct read_slot slot;
    read_slot_init(&slot);
    struct reading reading = {source, &slot, NULL, NULL};
    enum err_code code = source_read(&reading, look_at_nothing, NULL, err);
    read_slot_release(&slot);
    return code;
}

enum err_code source_sqlite_open(const char *path, const struct source_options *options, struct source **out,
                                 struct err *err)
{
    struct sqlite_source *source = mem_new(sizeof *source);
    *source = (struct sqlite_source){
        .base = {&source_ops},
        .options = *options,
        .path = file_path_of(path),
        .guard = guard_vfs_new(),
        .read_at = TIME_NONE,
    };
    pthread_mutex_init(&source->mutex, NULL);
    pthread_mutex_init(&source->opening, NULL);
    enum err_code code = try_reading(source, err);
    bool is_only_locked = code == ERR_BUSY && !options->no_background;
    if (code && !is_only_locked) {
        close_source(&source->base);
        return code;
    }
    source->background = background_new(source, !options->no_background, is_only_locked);
    *out = &source->base;
    return ERR_OK;
}
