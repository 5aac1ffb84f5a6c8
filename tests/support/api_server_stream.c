/*
 * A stream watches the file by a connection of its own, as often as every few milliseconds: a test is not to
 * wait for what it wrote.
 */
#include "tests/support/api_server_stream.h"

#include "data/base/clock.h"
#include "data/base/die.h"
#include "tests/support/api_server_send.h"

#include <stdio.h>
#include <stdlib.h>

enum { WATCH_MS = 4 };

struct watch {
    struct api_connection *connection;
    sqlite3 *db;
    sqlite3_stmt *version;
    int64_t seen, revision;
    size_t said; /* of net->said */
    int64_t beat_at;
};

static int64_t version_of(struct watch *watch)
{
    int64_t version =
        sqlite3_step(watch->version) == SQLITE_ROW ? sqlite3_column_int64(watch->version, 0) : 0;
    sqlite3_reset(watch->version);
    return version;
}

static void watch_open(struct watch *watch)
{
    const char *path = watch->connection->net->file.path;
    if (sqlite3_open_v2(path, &watch->db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(watch->db, "PRAGMA data_version", -1, &watch->version, NULL) != SQLITE_OK)
        die("api_server: cannot watch %s", path);
    watch->seen = version_of(watch);
}

static void watch_close(struct watch *watch)
{
    sqlite3_finalize(watch->version);
    sqlite3_close(watch->db);
}

static bool say(struct watch *watch, const char *line)
{
    return send_bytes(watch->connection->fd, line, strlen(line));
}

static bool say_changed(struct watch *watch)
{
    char event[120];
    int64_t version = version_of(watch);
    if (version == watch->seen)
        return true;
    watch->seen = version;
    watch->revision++;
    snprintf(event, sizeof event, "event: changed\nid: %lld\ndata: {\"revision\":%lld}\n\n",
             (long long)watch->revision, (long long)watch->revision);
    return say(watch, event);
}

static bool beat(struct watch *watch, int every_ms)
{
    int64_t now = clock_ms();
    if (!every_ms || now < watch->beat_at + every_ms)
        return true;
    watch->beat_at = now;
    return say(watch, ": here\n\n");
}

/* What a test has said since; a copy, so that the sending holds up nobody. False: hang up. */
static bool say_what_was_said(struct watch *watch, struct text *piece, int *heartbeat_ms)
{
    struct api_net *net = watch->connection->net;
    pthread_mutex_lock(&net->lock);
    bool is_cut = watch->connection->is_cut;
    *heartbeat_ms = net->heartbeat_ms;
    *piece = watch->said < net->said_count ? net->said[watch->said++] : TEXT_NULL;
    pthread_mutex_unlock(&net->lock);
    return !is_cut && (!piece->n || send_bytes(watch->connection->fd, piece->s, piece->n));
}

static void note_open(struct api_connection *connection, int change)
{
    struct api_net *net = connection->net;
    pthread_mutex_lock(&net->lock);
    net->streams += (size_t)change;
    connection->is_stream = change > 0;
    pthread_cond_broadcast(&net->changed);
    pthread_mutex_unlock(&net->lock);
}

static size_t said_so_far(struct api_net *net)
{
    pthread_mutex_lock(&net->lock);
    size_t count = net->said_count;
    pthread_mutex_unlock(&net->lock);
    return count;
}

void serve_stream(struct api_connection *connection)
{
    struct watch watch = {.connection = connection, .beat_at = clock_ms()};
    struct text piece = TEXT_NULL;
    int heartbeat_ms = 0;
    watch_open(&watch);
    watch.said = said_so_far(connection->net);
    bool is_open =
        send_stream_head(connection->fd) && say(&watch, "event: hello\ndata: {\"revision\":0}\n\n");
    note_open(connection, 1);
    while (is_open)
        is_open = say_what_was_said(&watch, &piece, &heartbeat_ms) && say_changed(&watch) &&
                  beat(&watch, heartbeat_ms) && wait_unless_closed(connection->fd, piece.n ? 0 : WATCH_MS);
    note_open(connection, -1);
    watch_close(&watch);
}
