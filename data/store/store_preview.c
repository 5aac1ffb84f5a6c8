/*
 * What a sweep would do, without writing anything: not even what SQLite leaves beside a file that it reads.
 * Where nobody has the file open everything stands in it, and it is read as one that does not change; a -wal
 * that is there afterwards says that it did, and what was read does not count. Where there is a -wal, its
 * writer has made what a reader needs.
 */
#include "data/base/die.h"
#include "data/base/uri.h"
#include "data/store/store_int.h"
#include "data/store/store_schema.h"
#include "data/store/store_sweep.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ATTEMPTS = 5, URI_MAX = 3 * 4096 + 100, BUSY_MS = 2000 };

/* Whether a file beside this one has content. */
static bool has_beside(const char *path, const char *suffix)
{
    struct stat status;
    struct buf name;
    buf_init(&name, URI_MAX);
    buf_printf(&name, "%s%s", path, suffix);
    bool has = stat(buf_cstr(&name), &status) == 0 && status.st_size > 0;
    buf_release(&name);
    return has;
}

static enum err_code open_reading(struct store *store, bool is_still, struct err *err)
{
    struct stat status;
    struct buf uri;
    if (stat(store->path, &status))
        return err_set(err, errno == EACCES ? ERR_DENIED : ERR_NOT_FOUND, "%s: cannot be read: %s",
                       store->path, strerror(errno));
    buf_init(&uri, URI_MAX);
    buf_str(&uri, store->path[0] == '/' ? "file://" : "file:");
    uri_add_path(&uri, store->path);
    buf_str(&uri, is_still ? "?immutable=1" : "?readonly_shm=1");
    int rc = sqlite3_open_v2(buf_cstr(&uri), &store->db,
                             SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    buf_release(&uri);
    if (rc != SQLITE_OK)
        return store_sql_error(store->db, store->path, err);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_busy_timeout(store->db, BUSY_MS);
    return store_schema_check(store->db, store->path, err);
}

static enum err_code look(struct store *store, bool is_still, int64_t before, struct sweep_tally tallies[2],
                          struct err *err)
{
    enum err_code code = open_reading(store, is_still, err);
    if (!code)
        code = store_exec(store->db, store->path, "BEGIN", err); /* one moment for all counts */
    if (!code)
        code = store_sweep_tally(store, before, &tallies[0], err);
    return code ? code : store_sweep_kept(store, before, &tallies[1], err);
}

enum err_code store_sweep_preview(const char *path, int64_t before, struct sweep_tally *ended,
                                  struct sweep_tally *kept, struct err *err)
{
    struct sweep_tally tallies[2];
    enum err_code code = ERR_OK;
    bool is_torn = true;
    for (int attempt = 0; is_torn && attempt < ATTEMPTS; attempt++) {
        struct store *store = mem_new_array(1, sizeof *store);
        store->path = mem_strdup(path);
        bool is_still = !has_beside(path, "-wal");
        code = look(store, is_still, before, tallies, err);
        store_close(store);
        is_torn = is_still && has_beside(path, "-wal");
    }
    if (is_torn)
        return err_set(err, ERR_BUSY, "%s: is being written; try again", path);
    if (code)
        return code;
    *ended = tallies[0];
    *kept = tallies[1];
    return ERR_OK;
}
