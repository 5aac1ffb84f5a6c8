/*
 * Connections that stay open while a file is watched: opening one, reading the schema and preparing a look's statements costs more than the look.
 *
 * What must not stay is the shared lock on the file, which SQLite keeps for as long as a WAL connection is open and which would keep the last
 * writer from tidying up (source_sqlite_open.c). So a connection at rest is made to give it back, through the VFS, behind SQLite's
 * pager: what is left are file descriptors, and a lock on a byte of the -shm (the "dead man's switch") that keeps nobody from
 * anything but from taking the -shm for abandoned. The last writer then checkpoints, and deletes its -wal and -shm, as if we were
 * not there.
 *
 * Before it reads again the connection takes the lock, and under it looks whether the three files still are the ones it has open: while
 * the lock is held nobody can delete them, and while they are open here no other file can have their inodes. If they are others by
 * now it is closed unused.
 *
 * A server also keeps those of a file without -wal, which lies still (OPEN_IMMUTABLE): they hold no lock in the first place, and are used again only
 * while the file looks exactly as it did.
 *
 * One trap: SQLite shares what it has mapped of a -shm among all connections of a process. So a fresh connection that finds a kept one of files
 * that were deleted would read the new -wal by the old -shm. It is not used then, but opened again when the kept ones are gone.
 */
#include "data/sqlite/source_sqlite_int.h"

#include "data/base/checksum.h"
#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

enum {
    REST_MAX_MS = 1000, /* nobody writes any more: closed */
    STATEMENTS_MAX = 32,
    KEPT_OF_SCREEN = 2,
    STILL_NS = 1000000000, /* a file that was changed so long ago looks different once it is changed again */
};

struct kept {
    sqlite3 *db;
    enum open_mode mode;
    struct file_mark mark; /* of the files that it has open, by device and inode */
    int64_t version;       /* of the schema */
    bool has_created_index;
    bool is_idle;
    int64_t rested_at;
    struct kept_statement {
        sqlite3_stmt *statement;
        bool is_lent;
    } statements[STATEMENTS_MAX];
    size_t statement_count;
};

/* ---- the lock ---- */

static sqlite3_file *main_file(sqlite3 *db)
{
    sqlite3_file *file = NULL;
    sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    return file && file->pMethods ? file : NULL;
}

static bool lock_shared(sqlite3 *db)
{
    sqlite3_file *file = main_file(db);
    return file && file->pMethods->xLock(file, SQLITE_LOCK_SHARED) == SQLITE_OK;
}

/* Only a connection without a transaction: SQLite's own idea of what it holds stays as it is. */
static bool give_lock_back(sqlite3 *db)
{
    sqlite3_file *file = main_file(db);
    return file && sqlite3_txn_state(db, NULL) == SQLITE_TXN_NONE &&
           file->pMethods->xUnlock(file, SQLITE_LOCK_NONE) == SQLITE_OK;
}

/* Whether the -shm is really shared: one that a killed writer left is not, and SQLite then makes an index of its own in memory. */
static bool has_shared_shm(sqlite3 *db)
{
    enum { REGION_BYTES = 32768 };
    sqlite3_file *file = main_file(db);
    void volatile *region = NULL;
    if (!file || file->pMethods->iVersion < 2)
        return false;
    int result = file->pMethods->xShmMap(file, 0, REGION_BYTES, 0, &region);
    return (result == SQLITE_OK || result == SQLITE_READONLY) && region;
}

/* The header of the -wal's index as the next transaction will find it, or one before it: it is another after every commit. It stands there
 * twice, and a writer in between leaves the two unlike. */
static uint64_t content_of(sqlite3 *db)
{
    enum { HEADER_BYTES = 48, REGION_BYTES = 32768, IS_INIT = 12 };
    unsigned char header[2 * HEADER_BYTES];
    sqlite3_file *file = main_file(db);
    void volatile *region = NULL;
    if (!file || file->pMethods->iVersion < 2)
        return 0;
    int result = file->pMethods->xShmMap(file, 0, REGION_BYTES, 0, &region);
    if ((result != SQLITE_OK && result != SQLITE_READONLY) || !region)
        return 0;
    memcpy(header, (const void *)region, sizeof header);
    bool is_whole = header[IS_INIT] && memcmp(header, header + HEADER_BYTES, HEADER_BYTES) == 0;
    return is_whole ? checksum_of(header, HEADER_BYTES) | 1 : 0;
}

/* ---- the list; under the source's mutex ---- */

static void forget(struct sqlite_source *source, const struct kept *kept)
{
    for (size_t i = 0; i < source->kept_count; i++)
        if (source->kept[i] == kept)
            source->kept[i--] = source->kept[--source->kept_count];
    source->kept_closed++;
}

static struct kept *find_idle(struct sqlite_source *source)
{
    struct kept *best = NULL;
    for (size_t i = 0; i < source->kept_count; i++) {
        struct kept *kept = source->kept[i];
        if (kept->is_idle && (!best || kept->rested_at > best->rested_at))
            best = kept;
    }
    return best;
}

static struct kept *take_idle(struct sqlite_source *source)
{
    pthread_mutex_lock(&source->mutex);
    struct kept *kept = find_idle(source);
    if (kept)
        kept->is_idle = false;
    pthread_mutex_unlock(&source->mutex);
    return kept;
}

/* First closed, then forgotten: who opens meanwhile finds it in the list, or finds that one has gone. */
static void kept_close(struct sqlite_source *source, struct kept *kept)
{
    for (size_t i = 0; i < kept->statement_count; i++)
        sqlite3_finalize(kept->statements[i].statement);
    sqlite3_progress_handler(kept->db, 0, NULL, NULL);
    sqlite3_close_v2(kept->db);
    pthread_mutex_lock(&source->mutex);
    forget(source, kept);
    pthread_mutex_unlock(&source->mutex);
    free(kept);
}

static bool is_same_files(const struct file_mark *a, const struct file_mark *b)
{
    return a->main.device == b->main.device && a->main.inode == b->main.inode && a->wal.exists &&
           b->wal.exists && a->wal.inode == b->wal.inode && a->shm_inode && a->shm_inode == b->shm_inode;
}

/* Whether a kept connection still has open what lies there now. */
static bool fits(const struct kept *kept, const struct file_mark *mark)
{
    return kept->mode == OPEN_IMMUTABLE ? file_mark_equal(mark, &kept->mark)
                                        : is_same_files(mark, &kept->mark);
}

/* ---- statements ---- */

enum err_code reader_recall(struct reader *reader, const char *sql, sqlite3_stmt **statement, struct err *err)
{
    struct kept *kept = reader->kept;
    for (size_t i = 0; kept && i < kept->statement_count; i++) {
        struct kept_statement *known = &kept->statements[i];
        if (known->is_lent || strcmp(sqlite3_sql(known->statement), sql) != 0)
            continue;
        known->is_lent = true;
        *statement = known->statement;
        return ERR_OK;
    }
    enum err_code code = reader_prepare(reader, sql, statement, err);
    if (!code && kept && kept->statement_count < STATEMENTS_MAX)
        kept->statements[kept->statement_count++] = (struct kept_statement){*statement, true};
    return code;
}

void reader_put_back(struct reader *reader, sqlite3_stmt *statement)
{
    struct kept *kept = reader->kept;
    for (size_t i = 0; kept && statement && i < kept->statement_count; i++) {
        if (kept->statements[i].statement != statement)
            continue;
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        kept->statements[i].is_lent = false;
        return;
    }
    sqlite3_finalize(statement);
}

/* ---- taking and giving ---- */

static enum err_code run_kept(struct reader *reader, const char *sql, int64_t *number)
{
    sqlite3_stmt *statement;
    enum err_code code = reader_recall(reader, sql, &statement, NULL);
    if (!code && reader_step(reader, statement, &code, NULL) && number)
        *number = sqlite3_column_int64(statement, 0);
    if (!code)
        reader_put_back(reader, statement);
    return code;
}

static bool begin_kept(struct reader *reader, struct kept *kept)
{
    struct sqlite_source *source = reader->reading->source;
    reader->kept = kept;
    reader->db = kept->db;
    reader->mode = kept->mode;
    reader->has_created_index = kept->has_created_index;
    reader->has_rollback_journal = false;
    if ((kept->mode == OPEN_LOCKED && !lock_shared(kept->db)) ||
        file_mark_take(source->path, &reader->mark, NULL) || !fits(kept, &reader->mark))
        return false;
    reader->content = kept->mode == OPEN_LOCKED ? content_of(kept->db) : 0;
    return !run_kept(reader, "BEGIN", NULL) &&
           !run_kept(reader, "PRAGMA schema_version", &reader->schema_version) &&
           reader->schema_version == kept->version;
}

bool kept_resume(struct reader *reader)
{
    struct sqlite_source *source = reader->reading->source;
    struct kept *kept = take_idle(source);
    if (!kept)
        return false;
    if (begin_kept(reader, kept))
        return true;
    kept_close(source, kept);
    reader->kept = NULL;
    reader->db = NULL;
    return false;
}

static bool may_keep(struct sqlite_source *source)
{
    pthread_mutex_lock(&source->mutex);
    bool may_keep = source->keeps && !source->writers;
    pthread_mutex_unlock(&source->mutex);
    return may_keep;
}

static bool add(struct sqlite_source *source, struct kept *kept)
{
    pthread_mutex_lock(&source->mutex);
    size_t lanes = source->options.lanes, most = lanes ? lanes + 1 : KEPT_OF_SCREEN;
    bool has_room =
        source->keeps && !source->writers && source->kept_count < most && source->kept_count < KEPT_MAX;
    if (has_room)
        source->kept[source->kept_count++] = kept;
    pthread_mutex_unlock(&source->mutex);
    return has_room;
}

/* Nobody has changed it for longer than a kernel's clock may stand still. */
static bool lies_still(const struct file_mark *mark)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t ns = (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
    return ns - mark->main.changed_ns > STILL_NS && ns - mark->main.modified_ns > STILL_NS;
}

/* Of the lock that is held since before the -wal was opened: the files that are there are those it has open. */
static bool can_keep(struct reader *reader, struct file_mark *mark)
{
    struct sqlite_source *source = reader->reading->source;
    if (reader->has_rollback_journal || !may_keep(source) || file_mark_take(source->path, mark, NULL))
        return false;
    if (reader->mode == OPEN_IMMUTABLE)
        return source->options.lanes && file_mark_equal(mark, &reader->mark) && lies_still(mark);
    return is_same_files(mark, mark) && has_shared_shm(reader->db);
}

void kept_adopt(struct reader *reader)
{
    struct sqlite_source *source = reader->reading->source;
    struct file_mark mark;
    if (!can_keep(reader, &mark))
        return;
    struct kept *kept = mem_new_array(1, sizeof *kept);
    *kept = (struct kept){.db = reader->db,
                          .mode = reader->mode,
                          .mark = mark,
                          .version = reader->schema_version,
                          .has_created_index = reader->has_created_index};
    if (add(source, kept))
        reader->kept = kept;
    else
        free(kept);
}

static bool rest(struct sqlite_source *source, struct kept *kept)
{
    pthread_mutex_lock(&source->mutex);
    kept->is_idle = source->keeps && !source->writers;
    kept->rested_at = clock_ms();
    bool is_idle = kept->is_idle;
    pthread_mutex_unlock(&source->mutex);
    return is_idle;
}

void kept_give(struct reader *reader)
{
    struct sqlite_source *source = reader->reading->source;
    struct kept *kept = reader->kept;
    bool is_immutable = kept->mode == OPEN_IMMUTABLE;
    bool is_shared = is_immutable || has_shared_shm(kept->db);
    bool can_rest = sqlite3_get_autocommit(kept->db) || run_kept(reader, "COMMIT", NULL) == ERR_OK;
    reader->kept = NULL;
    reader->db = NULL;
    sqlite3_progress_handler(kept->db, 0, NULL, NULL);
    if (!is_shared || !can_rest || !(is_immutable || give_lock_back(kept->db)) || !rest(source, kept))
        kept_close(source, kept);
}

/* ---- what could be in the way ---- */

bool kept_begin_opening(struct sqlite_source *source)
{
    pthread_mutex_lock(&source->mutex);
    bool is_needed = source->keeps || source->kept_count;
    pthread_mutex_unlock(&source->mutex);
    if (is_needed)
        pthread_mutex_lock(&source->opening);
    return is_needed;
}

void kept_end_opening(struct sqlite_source *source, bool has_begun)
{
    if (has_begun)
        pthread_mutex_unlock(&source->opening);
}

uint64_t kept_closed(struct sqlite_source *source)
{
    pthread_mutex_lock(&source->mutex);
    uint64_t closed = source->kept_closed;
    pthread_mutex_unlock(&source->mutex);
    return closed;
}

bool kept_is_in_the_way(struct reader *reader, uint64_t closed)
{
    struct sqlite_source *source = reader->reading->source;
    struct file_mark mark;
    pthread_mutex_lock(&source->mutex);
    bool is_alone = source->kept_count == 0;
    bool is_in_the_way = source->kept_closed != closed;
    pthread_mutex_unlock(&source->mutex);
    if (is_alone || is_in_the_way)
        return is_in_the_way;
    if (file_mark_take(source->path, &mark, NULL))
        return true;
    pthread_mutex_lock(&source->mutex);
    for (size_t i = 0; i < source->kept_count; i++)
        is_in_the_way |=
            source->kept[i]->mode == OPEN_LOCKED && !is_same_files(&mark, &source->kept[i]->mark);
    pthread_mutex_unlock(&source->mutex);
    return is_in_the_way;
}

static struct kept *take_tired(struct sqlite_source *source, const struct file_mark *mark)
{
    struct kept *tired = NULL;
    pthread_mutex_lock(&source->mutex);
    for (size_t i = 0; !tired && i < source->kept_count; i++) {
        struct kept *kept = source->kept[i];
        bool is_over =
            !source->keeps || !mark || !fits(kept, mark) || clock_ms() - kept->rested_at > REST_MAX_MS;
        tired = kept->is_idle && is_over ? kept : NULL;
    }
    if (tired)
        tired->is_idle = false;
    pthread_mutex_unlock(&source->mutex);
    return tired;
}

void kept_sweep(struct sqlite_source *source, const struct file_mark *mark)
{
    for (struct kept *kept; (kept = take_tired(source, mark));)
        kept_close(source, kept);
}

void kept_allow(struct sqlite_source *source, bool keeps)
{
    pthread_mutex_lock(&source->mutex);
    source->keeps = keeps;
    pthread_mutex_unlock(&source->mutex);
}
