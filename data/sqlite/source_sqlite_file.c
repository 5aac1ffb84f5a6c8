/*
 * The file as the file system sees it, and the guard that keeps us from writing. SQLite opened read-only still creates a -wal and a
 * -shm beside a WAL file in a writable directory, and deletes a -wal or journal beside an empty one; the guard is a VFS that refuses
 * both, so that "nothing is written beside the database" does not rest on every open being asked for in the right way.
 */
#include "data/sqlite/source_sqlite_int.h"

#include "data/base/die.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t nanoseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static struct file_stamp stamp_take(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return (struct file_stamp){false};
    return (struct file_stamp){true,
                               (uint64_t)st.st_dev,
                               (uint64_t)st.st_ino,
                               (int64_t)st.st_size,
                               nanoseconds(st.st_mtim),
                               nanoseconds(st.st_ctim)};
}

bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b)
{
    if (!a->exists || !b->exists)
        return a->exists == b->exists;
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

bool file_mark_equal(const struct file_mark *a, const struct file_mark *b)
{
    return file_stamp_equal(&a->main, &b->main) && file_stamp_equal(&a->wal, &b->wal) &&
           a->shm_inode == b->shm_inode;
}

bool file_has_wal(const struct file_mark *mark)
{
    return mark->wal.exists && mark->wal.size > 0;
}

static enum err_code refuse_missing(const char *path, struct err *err)
{
    if (errno == ENOENT || errno == ENOTDIR) {
        err_set(err, ERR_NOT_FOUND, "%s: no such file", path);
        return err_hint(
            err,
            "Name the executor's data.db, or try `executor-runs demo FILE.db` for a history to look at.");
    }
    if (errno == EACCES)
        return err_set(err, ERR_DENIED, "%s: a directory on the way may not be entered", path);
    return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
}

static enum err_code refuse_unreadable(const char *path, struct err *err)
{
    if (access(path, R_OK) == 0)
        return ERR_OK;
    if (errno != EACCES)
        return refuse_missing(path, err); /* it went in between */
    err_set(err, ERR_DENIED, "%s: may not be read by this user", path);
    return err_hint(
        err,
        "Reading needs the read permission on the file, its -wal and its -shm; nothing is ever written.");
}

static enum err_code check_wal(const char *path, const char *wal, const char *shm,
                               const struct file_mark *mark, struct err *err)
{
    if (!file_has_wal(mark))
        return ERR_OK;
    if (!mark->shm_inode) {
        err_set(err, ERR_UNSUPPORTED,
                "%s-wal holds runs that cannot be read safely without %s-shm, which is missing", path, path);
        return err_hint(err, "Start the executor, or copy both files elsewhere and run there: sqlite3 "
                             "COPY.db 'PRAGMA wal_checkpoint'");
    }
    enum err_code code = refuse_unreadable(wal, err);
    return code ? code : refuse_unreadable(shm, err);
}

enum err_code file_mark_take(const char *path, struct file_mark *mark, struct err *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return refuse_missing(path, err);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_NOT_DATABASE, "%s: is %s, not a database", path,
                       S_ISDIR(st.st_mode) ? "a directory" : "not an ordinary file");
    char *real = realpath(path, NULL);
    if (!real)
        return refuse_missing(path, err);
    size_t room = strlen(real) + 5;
    char *wal = mem_new(room);
    char *shm = mem_new(room);
    snprintf(wal, room, "%s-wal", real);
    snprintf(shm, room, "%s-shm", real);
    *mark = (struct file_mark){stamp_take(real), stamp_take(wal), stamp_take(shm).inode};
    enum err_code code = refuse_unreadable(real, err);
    if (!code && mark->main.size == 0)
        code = err_set(err, ERR_NO_TABLES, "%s: the file is empty, nothing has been recorded in it", path);
    if (!code)
        code = check_wal(path, wal, shm, mark, err);
    free(wal);
    free(shm);
    free(real);
    return code;
}

bool file_has_writer(const char *path)
{
    enum { LATELY_S = 2 };
    struct file_mark mark;
    struct err ignored;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return file_mark_take(path, &mark, &ignored) == ERR_OK && file_has_wal(&mark) &&
           now.tv_sec - mark.wal.modified_ns / 1000000000 <= LATELY_S;
}

/* ---- the guard ---- */

struct guard_vfs {
    sqlite3_vfs vfs; /* first: SQLite hands us this address */
    sqlite3_vfs *base;
    char name[40];
};

static int guard_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    const struct guard_vfs *guard = (const struct guard_vfs *)vfs;
    if (!(flags & SQLITE_OPEN_DELETEONCLOSE)) {
        flags &= ~(SQLITE_OPEN_CREATE | SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXCLUSIVE);
        flags |= SQLITE_OPEN_READONLY;
    }
    return guard->base->xOpen(guard->base, name, file, flags, out_flags);
}

static int guard_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs, (void)name, (void)sync;
    return SQLITE_IOERR_DELETE;
}

struct guard_vfs *guard_vfs_new(void)
{
    sqlite3_vfs *base = sqlite3_vfs_find(NULL); /* SQLite always has one */
    struct guard_vfs *guard = mem_new(sizeof *guard);
    guard->base = base;
    guard->vfs = *base;
    guard->vfs.xOpen = guard_open;
    guard->vfs.xDelete = guard_delete;
    snprintf(guard->name, sizeof guard->name, "read-only-%p", (void *)guard);
    guard->vfs.zName = guard->name;
    guard->vfs.pNext = NULL;
    if (sqlite3_vfs_register(&guard->vfs, 0) != SQLITE_OK)
        die("out of memory");
    return guard;
}

void guard_vfs_free(struct guard_vfs *guard)
{
    if (!guard)
        return;
    sqlite3_vfs_unregister(&guard->vfs);
    free(guard);
}

const char *guard_vfs_name(const struct guard_vfs *guard)
{
    return guard->name;
}

/* ---- addresses ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static char *percent_decode(const char *s, size_t n)
{
    char *out = mem_new(n + 1);
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        int high = s[i] == '%' && i + 2 < n ? hex_digit(s[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(s[i + 2]) : -1;
        if (low >= 0 && (high || low)) {
            out[len++] = (char)(high * 16 + low);
            i += 2;
        } else {
            out[len++] = s[i];
        }
    }
    out[len] = '\0';
    return out;
}

char *file_path_of(const char *address)
{
    if (strncmp(address, "file:", 5) != 0)
        return mem_strdup(address);
    const char *s = address + 5;
    if (strncmp(s, "//", 2) == 0) {
        const char *slash = strchr(s + 2, '/');
        s = slash ? slash : s + strlen(s);
    }
    return percent_decode(s, strcspn(s, "?#"));
}
