#include "tests/support/fake_source.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <time.h>

struct fake_conn {
    struct source_conn base;
    struct fake_source *source;
    atomic_bool is_interrupted;
};

static enum err_code answer(struct fake_conn *conn, struct cancel *cancel, struct err *err)
{
    struct fake_source *source = conn->source;
    int delay_ms = atomic_load(&source->delay_ms); /* as it is now: a test changes it for the next */
    atomic_store(&conn->is_interrupted, false);
    atomic_fetch_add(&source->asked, 1);
    for (int ms = 0; ms < delay_ms; ms++) {
        bool is_cancelled = cancel_requested(cancel) || atomic_load(&conn->is_interrupted);
        if (is_cancelled && !atomic_load(&source->is_deaf)) {
            atomic_fetch_add(&source->cancelled, 1);
            return err_set(err, ERR_CANCELLED, "cancelled");
        }
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    return ERR_OK;
}

static enum err_code list(struct source_conn *base, const struct list_query *query, struct cancel *cancel,
                          struct arena *arena, struct list_reply *reply, struct err *err)
{
    *reply =
        (struct list_reply){.rank = {query->rank, true}, .rows = arena_alloc(arena, sizeof *reply->rows)};
    return answer((struct fake_conn *)base, cancel, err);
}

static enum err_code meta(struct source_conn *base, const struct meta_query *query, struct cancel *cancel,
                          struct arena *arena, struct meta *reply, struct err *err)
{
    (void)query, (void)arena;
    *reply = (struct meta){0};
    return answer((struct fake_conn *)base, cancel, err);
}

static enum err_code detail(struct source_conn *base, const struct detail_query *query, struct cancel *cancel,
                            struct arena *arena, struct detail_reply *reply, struct err *err)
{
    *reply = (struct detail_reply){
        .detail = {.run = {.id = arena_text(arena, text_of(query->id))}, .pending = -1}};
    return answer((struct fake_conn *)base, cancel, err);
}

static enum err_code peers(struct source_conn *base, const struct peers_query *query, struct cancel *cancel,
                           struct arena *arena, struct peers_reply *reply, struct err *err)
{
    (void)query, (void)arena;
    *reply = (struct peers_reply){0};
    return answer((struct fake_conn *)base, cancel, err);
}

static void interrupt(struct source_conn *base)
{
    atomic_store(&((struct fake_conn *)base)->is_interrupted, true);
}

static void conn_end(struct source_conn *base)
{
    atomic_fetch_add(&((struct fake_conn *)base)->source->closed, 1);
    free(base);
}

static const struct conn_ops conn_ops = {list, meta, detail, peers, interrupt, conn_end};

static enum err_code connect(struct source *base, struct source_conn **conn, struct err *err)
{
    struct fake_source *source = (struct fake_source *)base;
    if (atomic_fetch_sub(&source->connect_fails, 1) > 0)
        return err_set(err, ERR_IO, "no connection yet");
    struct fake_conn *made = mem_new_array(1, sizeof *made);
    made->base.ops = &conn_ops;
    made->source = source;
    *conn = &made->base;
    atomic_fetch_add(&source->connected, 1);
    return ERR_OK;
}

static void set_live(struct source *source, bool is_live)
{
    (void)source, (void)is_live;
}

static void nothing(struct source *source)
{
    (void)source;
}

static void status(struct source *source, struct source_status *status)
{
    (void)source;
    *status = (struct source_status){.is_readable = true, .progress = 1};
}

void fake_source_init(struct fake_source *source)
{
    static const struct source_ops ops = {connect, set_live, nothing, status, nothing};
    *source = (struct fake_source){.base.ops = &ops};
}
