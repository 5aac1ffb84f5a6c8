/*
 * Opening, closing and batches.
 */
#include "data/base/die.h"
#include "data/store/store_int.h"
#include "data/store/store_schema.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* SQLite tries again in other ways, and tells of the last one: why the file could not be made is `create_errno`, where that is not 0. */
static enum err_code open_error(struct store *store, int create_errno, struct err *err)
{
    if (!store->db)
        return err_set(err, ERR_IO, "%s: no memory to open it with", store->path);
    int os = create_errno ? create_errno : sqlite3_system_errno(store->db);
    if (sqlite3_errcode(store->db) == SQLITE_CANTOPEN && os) {
        enum err_code code = os == ENOENT || os == ENOTDIR ? ERR_NOT_FOUND
                             : os == EACCES || os == EROFS ? ERR_DENIED
                                                           : ERR_IO;
        return err_set(err, code, "%s: cannot be opened for writing: %s", store->path, strerror(os));
    }
    return store_sql_error(store->db, store->path, err);
}

static enum err_code prepare_scratch(struct store *store, int cache_mb, struct err *err)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA "
             "cache_size=-%d",
             cache_mb * 1024);
    return store_exec(store->db, store->path, sql, err);
}

static enum err_code prepare(struct store *store, const struct store_options *options, struct err *err)
{
    sqlite3_busy_timeout(store->db, options->busy_timeout_ms);
    sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, STORE_TEXT_MAX);
    sqlite3_exec(store->db, "PRAGMA mmap_size=0", NULL, NULL, NULL);
    enum err_code code = options->must_exist ? store_schema_check(store->db, store->path, err)
                                             : store_schema_prepare(store->db, store->path, err);
    if (code)
        return code;
    if (options->is_scratch)
        return prepare_scratch(store, options->cache_mb ? options->cache_mb : 128, err);
    return store_exec(store->db, store->path, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL", err);
}

/* Caller frees. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? mem_strndup(path, (size_t)(slash - path) + 1) : mem_strdup(".");
}

static bool is_of_group(int fd, const char *path)
{
    struct stat file, around;
    char *directory = directory_of(path);
    bool is_known = fstat(fd, &file) == 0 && stat(directory, &around) == 0;
    free(directory);
    return is_known && file.st_gid == around.st_gid && (around.st_mode & (S_IWGRP | S_IWOTH)) == S_IWGRP;
}

/* SQLite would make it with what the umask leaves. Only where it is new: to close one that is in use would drop its locks. In a directory that
 * one group shares (and not everybody: /tmp) the file is the group's, too; SQLite gives its log the same mode. Returns an errno. */
static int create_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0)
        return errno == EEXIST ? 0 : errno;
    if (is_of_group(fd, path))
        (void)!fchmod(fd, 0660);
    close(fd);
    return 0;
}

/* The log stands beside the file, so a directory that may not be written to is what is wrong, and not the file. */
static enum err_code name_directory(const char *path, enum err_code code, struct err *err)
{
    char *directory = directory_of(path);
    bool is_it = (code == ERR_NOT_FOUND || code == ERR_DENIED) &&
                 faccessat(AT_FDCWD, directory, W_OK, AT_EACCESS) != 0 && (errno == EACCES || errno == EROFS);
    if (is_it)
        code = err_set(err, ERR_DENIED, "%s: its directory cannot be written to: %s", path, strerror(errno));
    free(directory);
    return code;
}

enum err_code store_open(const char *path, const struct store_options *options, struct store **store,
                         struct err *err)
{
    struct store *made = mem_new_array(1, sizeof *made);
    made->path = mem_strdup(path);
    int create_errno = options->is_private && !options->must_exist ? create_private(path) : 0;
    int create = options->must_exist ? 0 : SQLITE_OPEN_CREATE;
    int rc = sqlite3_open_v2(path, &made->db, SQLITE_OPEN_READWRITE | create | SQLITE_OPEN_NOMUTEX, NULL);
    enum err_code code = rc == SQLITE_OK ? prepare(made, options, err) : open_error(made, create_errno, err);
    if (code && rc == SQLITE_OK)
        code = name_directory(path, code, err);
    if (code) {
        store_close(made);
        made = NULL;
    }
    *store = made;
    return code;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    store_rollback(store);
    store_statements_close(store);
    sqlite3_close(store->db);
    free(store->path);
    free(store);
}

enum err_code store_settle(struct store *store, struct err *err)
{
    if (store->in_batch)
        return err_set(err, ERR_USAGE, "%s: a batch is open", store->path);
    return store_exec(store->db, store->path,
                      "PRAGMA locking_mode=NORMAL; PRAGMA synchronous=NORMAL; PRAGMA journal_mode=WAL;"
                      "PRAGMA wal_checkpoint(TRUNCATE)",
                      err);
}

enum err_code store_begin(struct store *store, struct err *err)
{
    if (store->in_batch)
        return err_set(err, ERR_USAGE, "%s: a batch is open already", store->path);
    enum err_code code = store_do(store, SQL_BEGIN, NULL, err);
    store->in_batch = !code;
    return code;
}

enum err_code store_commit(struct store *store, struct err *err)
{
    if (!store->in_batch)
        return err_set(err, ERR_USAGE, "%s: no batch is open", store->path);
    enum err_code code = store_do(store, SQL_COMMIT, NULL, err);
    if (!code)
        store->in_batch = false;
    return code;
}

void store_rollback(struct store *store)
{
    if (store->in_batch)
        (void)!store_do(store, SQL_ROLLBACK, NULL, NULL);
    store->in_batch = false;
}
