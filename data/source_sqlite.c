/*
 * The source as others see it: its life, its connections and its status. A connection holds no open file, only what an interrupt
 * needs; see source_sqlite_open.c.
 */
#include "data/source_sqlite_int.h"

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
    free(conn);
}

static const struct conn_ops conn_ops = {
    .list = sqlite_list,
    .meta = sqlite_meta,
    .detail = sqlite_detail,
    .peers = sqlite_peers,
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

struct reading conn_reading(struct source_conn *base, struct cancel *cancel)
{
    struct sqlite_conn *conn = (struct sqlite_conn *)base;
    atomic_store(&conn->slot.is_interrupted, false);
    return (struct reading){conn->source, &conn->slot, cancel};
}

static void set_live(struct source *base, bool is_live)
{
    (void)base, (void)is_live;
}

static void refresh(struct source *base)
{
    struct sqlite_source *source = source_of(base);
    if (source->options.notify)
        source->options.notify(source->options.context, SOURCE_CHANGED);
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
    snprintf(status->note, sizeof status->note, "%s", source->schema.note);
    pthread_mutex_unlock(&source->mutex);
}

static void close_source(struct source *base)
{
    struct sqlite_source *source = source_of(base);
    schema_release(&source->schema);
    guard_vfs_free(source->guard);
    pthread_mutex_destroy(&source->mutex);
    free(source->path);
    free(source);
}

static const struct source_ops source_ops = {
    .connect = connect_source,
    .set_live = set_live,
    .refresh = refresh,
    .status = status,
    .close = close_source,
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
    struct reading reading = {source, &slot, NULL};
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
    enum err_code code = try_reading(source, err);
    if (code) {
        close_source(&source->base);
        return code;
    }
    *out = &source->base;
    return ERR_OK;
}
