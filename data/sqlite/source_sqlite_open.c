/*
 * Opening safely. The executor is the only one who may write here: it waits for no lock, so a lock held against it is an error in
 * somebody's run, and what lies beside its file is its own.
 *
 * A connection that stays open holds a shared lock on the file, for as long as it is connected, and that keeps the last writer from
 * tidying up: it ends without checkpoint, and -wal and -shm stay behind for ever although nobody uses them. So nothing stays open
 * here: each piece of reading opens the file, reads for a few milliseconds and closes it (0.4 ms for all that). While the file is
 * watched a connection may be kept, without that lock: source_sqlite_keep.c.
 *
 *     -wal          -shm   header     how it is opened
 *     has content   yes    any        mode=ro, readonly_shm: the -shm is mapped read-only. While a writer lives SQLite reads by its
 *                                     index; where it died, SQLite builds an index of its own in memory. Nothing is created
 *     has content   no     any        not at all: ERR_UNSUPPORTED says so. The rows in the -wal would be missing silently
 *     none, empty   yes    WAL        empty: as above, a writer is there. None: immutable, below
 *     none, empty   no     WAL        immutable=1: everything stands in the main file, and locks would make SQLite create a -wal.
 *                                     A writer that comes meanwhile makes a -wal before it touches the file: what was read
 *                                     counts only where the mark (device, inode, size, times, -wal) is the same afterwards
 *     none, empty   any    rollback   mode=ro with locks, which create nothing. A hot journal cannot be read without rolling it
 *                                     back: ERR_UNSUPPORTED says so
 *     any           any    0 bytes    not at all: SQLite would delete the -wal beside it
 *
 * Under all of that lies the guard VFS, which opens nothing for writing and creates and deletes nothing. NO_CKPT_ON_CLOSE keeps the
 * -wal when ours is the last connection. None of it needs the permission to write anywhere.
 *
 * The file is not to be trusted: its schema may not call functions with side effects, its cells are checked, its values are bounded.
 */
#include "data/sqlite/source_sqlite_int.h"

#include "data/base/buf.h"
#include "data/base/die.h"
#include "data/base/uri.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SESSION_MS = 40,
    ATTEMPTS = 6,
    ATTEMPT_PAUSE_US = 3000,
    PROGRESS_STEPS = 2000,
    HEADER_BYTES = 20,
    URI_MAX = 3 * 4096 + 100
};

/* ---- stopping ---- */

void read_slot_init(struct read_slot *slot)
{
    pthread_mutex_init(&slot->mutex, NULL);
    slot->db = NULL;
    atomic_init(&slot->is_interrupted, false);
}

void read_slot_release(struct read_slot *slot)
{
    pthread_mutex_destroy(&slot->mutex);
}

void read_slot_interrupt(struct read_slot *slot)
{
    atomic_store(&slot->is_interrupted, true);
    pthread_mutex_lock(&slot->mutex);
    if (slot->db)
        sqlite3_interrupt(slot->db);
    pthread_mutex_unlock(&slot->mutex);
}

static void slot_hold(struct read_slot *slot, sqlite3 *db)
{
    pthread_mutex_lock(&slot->mutex);
    slot->db = db;
    pthread_mutex_unlock(&slot->mutex);
}

bool reading_is_stopped(const struct reading *reading)
{
    return cancel_requested(reading->cancel) || atomic_load(&reading->slot->is_interrupted);
}

enum err_code reading_check(const struct reading *reading, struct err *err)
{
    return reading_is_stopped(reading) ? err_set(err, ERR_CANCELLED, "cancelled") : ERR_OK;
}

static int on_progress(void *context)
{
    return reading_is_stopped(context);
}

/* ---- opening ---- */

static int harden(sqlite3 *db)
{
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, BUSY_MS);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    int result = sqlite3_create_function(db, "code_contains", 2,
                                         SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
                                         sql_code_contains, NULL, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_create_function(db, "feed_take", 3, SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL,
                                         sql_feed_take, NULL, NULL);
    if (result != SQLITE_OK)
        return result;
    return sqlite3_exec(db, "PRAGMA cell_size_check=1; PRAGMA temp_store=2; PRAGMA mmap_size=0", NULL, NULL,
                        NULL);
}

static enum err_code open_as(struct reader *reader, enum open_mode mode, struct err *err)
{
    struct sqlite_source *source = reader->reading->source;
    struct buf uri;
    buf_init(&uri, URI_MAX);
    buf_str(&uri, source->path[0] == '/' ? "file://" : "file:");
    uri_add_path(&uri, source->path);
    buf_str(&uri, mode == OPEN_IMMUTABLE ? "?immutable=1" : "?readonly_shm=1");
    int result = SQLITE_CANTOPEN;
    if (!buf_is_cut(&uri))
        result = sqlite3_open_v2(buf_cstr(&uri), &reader->db,
                                 SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
                                 guard_vfs_name(source->guard));
    buf_release(&uri);
    reader->mode = mode;
    return result == SQLITE_OK ? ERR_OK : reader_error(reader, result, err);
}

/* Reads the header through SQLite's own descriptor: closing one of ours would drop the locks of the whole process on the file. */
static enum err_code read_header(struct reader *reader, unsigned char header[HEADER_BYTES], struct err *err)
{
    sqlite3_file *file = NULL;
    sqlite3_file_control(reader->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (!file || !file->pMethods)
        return reader_error(reader, SQLITE_IOERR, err);
    int result = file->pMethods->xRead(file, header, HEADER_BYTES, 0);
    if (result != SQLITE_OK && result != SQLITE_IOERR_SHORT_READ)
        return reader_error(reader, result, err);
    if (result != SQLITE_OK || memcmp(header, "SQLite format 3", 16) != 0)
        return explain_result(reader->reading->source->path, SQLITE_NOTADB, "", err);
    return ERR_OK;
}

/* The table at the top of this file. */
static enum err_code open_fitting(struct reader *reader, struct err *err)
{
    unsigned char header[HEADER_BYTES];
    enum err_code code = open_as(reader, OPEN_LOCKED, err);
    if (!code)
        code = read_header(reader, header, err);
    if (code)
        return code;
    bool is_wal = header[18] == 2 || header[19] == 2;
    const struct file_mark *mark = &reader->mark;
    reader->has_rollback_journal = !is_wal;
    if (!is_wal || file_has_wal(mark) || (mark->wal.exists && mark->shm_inode))
        return ERR_OK;
    sqlite3_close(reader->db);
    reader->db = NULL;
    return open_as(reader, OPEN_IMMUTABLE, err);
}

static enum err_code run_sql(struct reader *reader, const char *sql, struct err *err)
{
    int result = sqlite3_exec(reader->db, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? ERR_OK : reader_error(reader, result, err);
}

static enum err_code read_version(struct reader *reader, struct err *err)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, "PRAGMA schema_version", &statement, err);
    if (!code && reader_step(reader, statement, &code, err))
        reader->schema_version = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code;
}

/* What the source knows of the tables, where it is still true of this file; *views gets a copy. */
static bool recall_schema(struct reader *reader, char **views)
{
    struct sqlite_source *source = reader->reading->source;
    const struct file_stamp *file = &reader->mark.main;
    pthread_mutex_lock(&source->mutex);
    const struct schema *schema = &source->schema;
    bool is_known = schema->version == reader->schema_version && schema->device == file->device &&
                    schema->inode == file->inode;
    if (is_known) {
        *views = schema->views ? mem_strdup(schema->views) : NULL;
        reader->has_created_index = schema->has_created_index;
    }
    pthread_mutex_unlock(&source->mutex);
    return is_known;
}

/* Reads the tables, outside the mutex: the screen asks for the status under it. */
static enum err_code learn_schema(struct reader *reader, struct err *err)
{
    struct sqlite_source *source = reader->reading->source;
    struct schema schema = {.device = reader->mark.main.device,
                            .inode = reader->mark.main.inode,
                            .version = reader->schema_version};
    enum err_code code = schema_read(reader, &schema, err);
    if (code)
        return code;
    pthread_mutex_lock(&source->mutex);
    struct schema old = source->schema;
    source->schema = schema;
    source->has_rollback_journal = reader->has_rollback_journal;
    pthread_mutex_unlock(&source->mutex);
    schema_release(&old);
    return ERR_OK;
}

static enum err_code begin(struct reader *reader, struct err *err)
{
    enum err_code code = run_sql(reader, "BEGIN", err);
    if (!code)
        code = read_version(reader, err);
    char *views = NULL;
    if (!code && !recall_schema(reader, &views)) {
        code = learn_schema(reader, err);
        (void)recall_schema(reader, &views);
    }
    if (!code && views)
        code = run_sql(reader, views, err);
    free(views);
    return code ? code : run_sql(reader, "PRAGMA query_only=1", err);
}

enum { WRITER_PAUSE_US = 1000 };

/* Counts a reader in, once no writer of this process is there; one that is stopped meanwhile opens nothing, and leaves again. */
static enum err_code enter(const struct reading *reading, struct err *err)
{
    struct sqlite_source *source = reading->source;
    enum err_code code = ERR_OK;
    pthread_mutex_lock(&source->mutex);
    while (source->writers && !code) {
        pthread_mutex_unlock(&source->mutex);
        usleep(WRITER_PAUSE_US);
        code = reading_check(reading, err);
        pthread_mutex_lock(&source->mutex);
    }
    source->active++;
    source->opened++;
    source->closed_at = clock_ms();
    pthread_mutex_unlock(&source->mutex);
    return code;
}

static void leave(struct sqlite_source *source)
{
    pthread_mutex_lock(&source->mutex);
    source->active--;
    source->closed_at = clock_ms();
    pthread_mutex_unlock(&source->mutex);
}

static bool is_all_closed(struct sqlite_source *source)
{
    kept_sweep(source, NULL);
    pthread_mutex_lock(&source->mutex);
    bool is_closed = source->active == 0 && source->kept_count == 0;
    pthread_mutex_unlock(&source->mutex);
    return is_closed;
}

void source_make_way_for_writer(struct sqlite_source *source, bool for_writing)
{
    pthread_mutex_lock(&source->mutex);
    source->writers += for_writing ? 1 : -1;
    pthread_mutex_unlock(&source->mutex);
    while (for_writing && !is_all_closed(source))
        usleep(WRITER_PAUSE_US);
}

static enum err_code open_fresh(struct reader *reader, struct err *err)
{
    enum err_code code = file_mark_take(reader->reading->source->path, &reader->mark, err);
    if (!code)
        code = open_fitting(reader, err);
    if (code)
        return code;
    sqlite3_progress_handler(reader->db, PROGRESS_STEPS, on_progress, (void *)reader->reading);
    slot_hold(reader->reading->slot, reader->db);
    int result = harden(reader->db);
    return result == SQLITE_OK ? begin(reader, err) : reader_error(reader, result, err);
}

static void close_fresh(struct reader *reader)
{
    slot_hold(reader->reading->slot, NULL);
    if (reader->db) {
        sqlite3_progress_handler(reader->db, 0, NULL, NULL);
        sqlite3_close_v2(reader->db);
    }
    reader->db = NULL;
}

static bool resume_kept(struct reader *reader)
{
    if (!kept_resume(reader))
        return false;
    sqlite3_progress_handler(reader->db, PROGRESS_STEPS, on_progress, (void *)reader->reading);
    slot_hold(reader->reading->slot, reader->db);
    return true;
}

/* Beside kept connections a fresh one may have to be opened again. */
static enum err_code open_apart(struct reader *reader, struct err *err)
{
    struct sqlite_source *source = reader->reading->source;
    for (int attempt = 1;; attempt++) {
        uint64_t closed = kept_closed(source);
        enum err_code code = open_fresh(reader, err);
        if (!kept_is_in_the_way(reader, closed))
            return code;
        if (attempt == ATTEMPTS)
            return code ? code
                        : err_set(err, ERR_BUSY, "%s: is being replaced while it is read", source->path);
        close_fresh(reader);
        kept_sweep(source, NULL);
    }
}

static enum err_code reader_open(struct reader *reader, struct err *err)
{
    struct sqlite_source *source = reader->reading->source;
    enum err_code code = enter(reader->reading, err);
    if (code || resume_kept(reader))
        return code;
    bool has_begun = kept_begin_opening(source);
    code = open_apart(reader, err);
    if (!code)
        kept_adopt(reader);
    kept_end_opening(source, has_begun);
    return code;
}

static void reader_close(struct reader *reader)
{
    if (reader->kept) {
        slot_hold(reader->reading->slot, NULL);
        kept_give(reader);
    } else {
        close_fresh(reader);
    }
    leave(reader->reading->source);
}

/* Whether the file is still as it was before the transaction. */
static bool is_unmoved(const struct reader *reader)
{
    struct file_mark now;
    struct err ignored;
    return file_mark_take(reader->reading->source->path, &now, &ignored) == ERR_OK &&
           file_mark_equal(&now, &reader->mark);
}

/* How one attempt went. */
struct outcome {
    bool is_torn;     /* the file was changed in the meantime: what was read, or the failure, means nothing */
    bool is_answered; /* the file could be read, whatever the body found in it */
};

static void session_end(struct session *session)
{
    if (session->is_open)
        reader_close(&session->reader);
    session->is_open = false;
}

void reading_pause(const struct reading *reading)
{
    if (reading->session)
        session_end(reading->session);
}

static bool is_usable(const struct session *session)
{
    return session && session->is_open && clock_ms() - session->opened_at < SESSION_MS;
}

/* A script and a server read without end: the writer's WAL needs a moment in every second in which nobody does, to start over. (The background
 * thread sees to that itself; the lanes of a screen are idle most of the time.) Returns how long a reader has to wait; under the mutex. */
static int64_t gap_now(struct sqlite_source *source, bool *is_due)
{
    int64_t now = clock_ms();
    bool is_idle = source->active == 0 && now - source->closed_at >= GAP_MS;
    if (is_idle)
        source->busy_since = now;
    *is_due = !is_idle && now - source->busy_since >= BUSY_STRETCH_MS;
    if (*is_due)
        source->busy_since = now + GAP_MS;
    return source->gap_until > now ? source->gap_until - now : 0;
}

static void leave_gap(struct sqlite_source *source)
{
    bool is_due, is_server = source->options.lanes;
    if (!source->options.no_background && !is_server)
        return;
    pthread_mutex_lock(&source->mutex);
    int64_t wait_ms = gap_now(source, &is_due);
    pthread_mutex_unlock(&source->mutex);
    if (is_due && (!is_server || file_has_writer(source->path)))
        wait_ms = GAP_MS;
    if (is_due && is_server && wait_ms) {
        pthread_mutex_lock(&source->mutex);
        source->gap_until = clock_ms() + GAP_MS;
        pthread_mutex_unlock(&source->mutex);
    }
    if (wait_ms)
        usleep((useconds_t)wait_ms * 1000);
}

/* Afterwards *reader is closed again, or kept by the session. */
static enum err_code obtain_reader(const struct reading *reading, struct reader *own, struct reader **reader,
                                   struct err *err)
{
    struct session *session = reading->session;
    *reader = session ? &session->reader : own;
    if (is_usable(session))
        return ERR_OK;
    reading_pause(reading);
    leave_gap(reading->source);
    **reader = (struct reader){.reading = reading};
    enum err_code code = reader_open(*reader, err);
    if (!code && session) {
        session->is_open = true;
        session->opened_at = clock_ms();
    }
    return code;
}

static enum err_code read_once(const struct reading *reading, reader_body body, void *context,
                               struct outcome *outcome, struct err *err)
{
    struct reader own, *reader;
    enum err_code code = obtain_reader(reading, &own, &reader, err);
    bool is_open = !code;
    if (is_open)
        code = body(reader, context, err);
    outcome->is_answered =
        !code || (is_open && (code == ERR_NOT_FOUND || code == ERR_USAGE || code == ERR_TOO_BIG));
    outcome->is_torn = (reader->mode == OPEN_IMMUTABLE || !outcome->is_answered) && !is_unmoved(reader);
    bool is_kept = reading->session && is_open && outcome->is_answered && !outcome->is_torn;
    if (!is_kept && reading->session && is_open)
        session_end(reading->session);
    else if (!is_kept)
        reader_close(reader);
    return code;
}

static void note_outcome(struct sqlite_source *source, const struct outcome *outcome, const struct err *err)
{
    pthread_mutex_lock(&source->mutex);
    if (outcome->is_answered) {
        err_clear(&source->last_err);
        source->read_at = time_now();
    } else {
        source->last_err = *err;
    }
    pthread_mutex_unlock(&source->mutex);
    if (!outcome->is_answered)
        source_wake(source);
}

enum err_code source_read(const struct reading *reading, reader_body body, void *context, struct err *err)
{
    struct err local;
    if (!err)
        err = &local;
    for (int attempt = 1;; attempt++) {
        struct outcome outcome = {false, false};
        enum err_code code = reading_check(reading, err);
        if (!code)
            code = read_once(reading, body, context, &outcome, err);
        if (code == ERR_CANCELLED)
            return code;
        if (outcome.is_torn && attempt < ATTEMPTS) {
            usleep(ATTEMPT_PAUSE_US);
            continue;
        }
        if (outcome.is_torn && !code) {
            code = err_set(err, ERR_BUSY, "%s: is being rewritten while it is read", reading->source->path);
            outcome.is_answered = false;
        }
        note_outcome(reading->source, &outcome, err);
        return code;
    }
}
