/*
 * A source of run history: a SQLite file, or a remote API. The screen and the script commands know only this.
 *
 * A source is shared by threads; a connection (struct source_conn) belongs to one thread at a time. The kinds of question are
 * answered by separate connections (lanes), so that a slow list never holds up a detail.
 *
 *     source_open("…/data.db", &options, &source, &err)      no I/O beyond what tells that it can be read
 *     source_connect(source, &conn, &err)                    one a lane
 *     conn_list(conn, &query, &cancel, &arena, &reply, &err)
 *     source_set_live(source, true)                          SOURCE_CHANGED from now on
 *     conn_close(conn); source_close(source)                 all connections first
 */
#pragma once

#include "data/http/http_settings.h"
#include "data/query.h"

struct source;
struct source_conn;

/* Why the questions should be put again. Bits. */
enum source_event {
    SOURCE_PROGRESS = 1, /* more is known of the same data: counts, search hits */
    SOURCE_CHANGED = 2,  /* the data changed (live or refresh) */
    SOURCE_LOST = 4,     /* it cannot be read at the moment: source_status says why */
    SOURCE_BACK = 8,     /* it can again */
};

struct source_options {
    /* Called from the source's own threads, and never from inside a call of ours; must only wake somebody. At most about 10 times a second. */
    void (*notify)(void *context, unsigned events);
    void *context;
    const struct http_settings
        *http;      /* for a remote source; borrowed during source_open. NULL: nothing is set */
    bool no_images; /* tests: files are read through SQLite alone, not by their pages */
    bool
        no_background; /* tests and script commands: no threads; wait_exact questions work, others answer by what a query alone can tell */
    const char *
        cache_directory; /* of a local file: where the columns of a large one are kept for the next start. Borrowed during source_open; NULL: nowhere */
    size_t
        lanes; /* of a local file: so many connections are asked at once, without end, as a server does; 0: as a screen does */
    size_t cache_runs_min; /* smaller files are not worth it; 0: a good number */
};

/* What the header and the rail say of the source. Texts are display text, bounded. */
struct source_status {
    bool is_readable;
    struct err err;  /* where not */
    char note[200];  /* what a person should know: "opened immutable: …", "-wal without -shm …"; "" */
    double progress; /* of the background counting, 0..1 */
    int64_t
        live_interval_ms; /* how often it looks for changes; 0 where it is not live, or is told of them as they happen */
    int64_t read_at;    /* when the last good answer came */
    size_t scope_count; /* 0: not known yet */
};

struct source_ops {
    enum err_code (*connect)(struct source *, struct source_conn **, struct err *);
    void (*set_live)(struct source *, bool);
    void (*refresh)(
        struct source *); /* look again now: SOURCE_CHANGED follows in any case, also where nothing did */
    void (*status)(struct source *, struct source_status *);
    void (*close)(struct source *);
    void (*make_way)(struct source *, bool); /* NULL: nothing is in the way */
};

struct conn_ops {
    enum err_code (*list)(struct source_conn *, const struct list_query *, struct cancel *, struct arena *,
                          struct list_reply *, struct err *);
    enum err_code (*meta)(struct source_conn *, const struct meta_query *, struct cancel *, struct arena *,
                          struct meta *, struct err *);
    enum err_code (*detail)(struct source_conn *, const struct detail_query *, struct cancel *,
                            struct arena *, struct detail_reply *, struct err *);
    enum err_code (*peers)(struct source_conn *, const struct peers_query *, struct cancel *, struct arena *,
                           struct peers_reply *, struct err *);
    void (*interrupt)(
        struct source_conn *); /* from any thread: what runs on this connection stops within milliseconds */
    void (*close)(struct source_conn *);
};

/* The first member of every source and connection. */
struct source {
    const struct source_ops *ops;
};
struct source_conn {
    const struct conn_ops *ops;
};

/* Opens by the form of the address: a path, file:…, or http(s)://…. */
MUST_USE enum err_code source_open(const char *address, const struct source_options *options,
                                   struct source **source, struct err *err);

static inline enum err_code source_connect(struct source *source, struct source_conn **conn, struct err *err)
{
    return source->ops->connect(source, conn, err);
}
static inline void source_set_live(struct source *source, bool is_live)
{
    source->ops->set_live(source, is_live);
}
static inline void source_refresh(struct source *source)
{
    source->ops->refresh(source);
}
static inline void source_status(struct source *source, struct source_status *status)
{
    source->ops->status(source, status);
}
/* Around everything that writes to the source's own file in this process (an answer): from true to false nothing of it is open here, and
 * questions wait. SQLite shares what it has mapped among all connections of a process, and a reader's may not be written to. May take as long as one reading, 0.1 s. */
static inline void source_make_way(struct source *source, bool for_writing)
{
    if (source->ops->make_way)
        source->ops->make_way(source, for_writing);
}
static inline void source_close(struct source *source)
{
    source->ops->close(source);
}

static inline enum err_code conn_list(struct source_conn *conn, const struct list_query *query,
                                      struct cancel *cancel, struct arena *arena, struct list_reply *reply,
                                      struct err *err)
{
    return conn->ops->list(conn, query, cancel, arena, reply, err);
}
static inline enum err_code conn_meta(struct source_conn *conn, const struct meta_query *query,
                                      struct cancel *cancel, struct arena *arena, struct meta *meta,
                                      struct err *err)
{
    return conn->ops->meta(conn, query, cancel, arena, meta, err);
}
static inline enum err_code conn_detail(struct source_conn *conn, const struct detail_query *query,
                                        struct cancel *cancel, struct arena *arena,
                                        struct detail_reply *reply, struct err *err)
{
    return conn->ops->detail(conn, query, cancel, arena, reply, err);
}
static inline enum err_code conn_peers(struct source_conn *conn, const struct peers_query *query,
                                       struct cancel *cancel, struct arena *arena, struct peers_reply *reply,
                                       struct err *err)
{
    return conn->ops->peers(conn, query, cancel, arena, reply, err);
}
static inline void conn_interrupt(struct source_conn *conn)
{
    conn->ops->interrupt(conn);
}
static inline void conn_close(struct source_conn *conn)
{
    conn->ops->close(conn);
}
