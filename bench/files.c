/*
 * See files.h.
 */
#include "bench/files.h"

#include "bench/stand.h"
#include "data/base/die.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- making ---- */

static void run(const char *const *argv)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
        die("%s %s %s failed", argv[0], argv[1], argv[2]);
}

static int64_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_size : 0;
}

static void make(const struct bench_file *file, const char *program)
{
    char part[300];
    snprintf(part, sizeof part, "%s.making", file->path);
    const char *argv[] = {program,  "demo", part,    "--runs",  file->runs,    "--days", "90",
                          "--seed", "1",    "--now", STAND_NOW, file->payload, NULL};
    fprintf(stderr, "making: %s (once, about %.1f GB)\n", file->path, file->gb);
    run(argv);
    if (rename(part, file->path) != 0)
        die("%s: %s", file->path, strerror(errno));
}

static void make_directory(const char *directory)
{
    char path[256];
    snprintf(path, sizeof path, "%s", directory);
    for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash)
            *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            die("%s: %s", path, strerror(errno));
        if (!slash)
            return;
        *slash = '/';
    }
}

static void ask_for_room(double gb, const char *directory)
{
    struct statvfs fs;
    if (statvfs(directory, &fs) != 0)
        die("%s: %s", directory, strerror(errno));
    double free_gb = (double)fs.f_bavail * (double)fs.f_frsize / 1e9;
    if (gb > 0 && free_gb < gb * 1.1 + 1)
        die("%s has %.1f GB free, and the files that are missing there take %.1f GB. Name another directory: "
            "make bench BENCH_DIR=...",
            directory, free_gb, gb);
}

void files_make(struct bench_file *files, size_t count, unsigned wanted, const char *program,
                const char *directory)
{
    double gb = 0;
    make_directory(directory);
    for (size_t i = 0; i < count; i++) {
        struct bench_file *file = &files[i];
        snprintf(file->path, sizeof file->path, "%s/%s.db", directory, file->name);
        file->bytes = size_of(file->path);
        gb += wanted >> i & 1 && !file->bytes ? file->gb : 0;
    }
    ask_for_room(gb, directory);
    for (size_t i = 0; i < count; i++) {
        if (wanted >> i & 1 && !files[i].bytes)
            make(&files[i], program);
        files[i].bytes = size_of(files[i].path);
    }
}

void files_copy(const char *from, const char *to)
{
    enum { CHUNK = 1 << 20 };
    char *bytes = mem_new(CHUNK);
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    ssize_t n = in < 0 || out < 0 ? -1 : 0;
    while (n >= 0 && (n = read(in, bytes, CHUNK)) > 0)
        if (write(out, bytes, (size_t)n) != n)
            n = -1;
    if (n < 0 || close(in) != 0 || close(out) != 0)
        die("%s cannot be copied to %s: %s", from, to, strerror(errno));
    free(bytes);
}

void files_make_cold(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
        die("%s: %s", path, strerror(errno));
    close(fd);
}

void files_make_warm(const char *path)
{
    enum { CHUNK = 1 << 20 };
    char *bytes = mem_new(CHUNK);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && read(fd, bytes, CHUNK) > 0)
        ;
    close(fd);
    free(bytes);
}

/* ---- SQL ---- */

void files_uri(const char *path, char uri[FILES_URI])
{
    size_t n = (size_t)snprintf(uri, FILES_URI, "file:");
    for (; *path && n + 32 < FILES_URI; path++)
        n += (size_t)snprintf(uri + n, FILES_URI - n, strchr("%?#", *path) ? "%%%02x" : "%c",
                              (unsigned char)*path);
    snprintf(uri + n, FILES_URI - n, "?mode=ro&immutable=1");
}

void files_sweep(const char *path)
{
    static const char *const ends[] = {"-wal", "-shm"};
    char name[300];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

static sqlite3 *open_file(const char *path)
{
    sqlite3 *db;
    char uri[FILES_URI];
    files_uri(path, uri);
    if (sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) != SQLITE_OK)
        die("%s: %s", path, sqlite3_errmsg(db));
    return db;
}

/* The first column of the last row. */
static int64_t step_through(sqlite3 *db, const char *sql, const char *parameter)
{
    sqlite3_stmt *statement;
    int64_t value = 0;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        die("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_bind_text(statement, 1, parameter, -1, SQLITE_STATIC);
    while (sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

double files_query(const char *path, const char *sql)
{
    sqlite3 *db = open_file(path);
    step_through(db, "SELECT count(*) FROM sqlite_schema", NULL);
    int64_t start = now_ns();
    step_through(db, sql, NULL);
    double took = (double)(now_ns() - start) / 1e6;
    sqlite3_close(db);
    return took;
}

/* ---- pages ---- */

enum { PAGE_MAX = 65536, INDEX_INTERIOR = 2, INDEX_LEAF = 10, INTERIOR_HEAD = 12, DEPTH_MAX = 20 };

struct tree {
    int fd;
    size_t page_size;
    int64_t pages;
};

static uint32_t big_endian(const unsigned char *bytes, int n)
{
    uint32_t value = 0;
    for (int i = 0; i < n; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* The children of an interior page: one in front of each cell, and the rightmost in the head. */
static void read_subtree(struct tree *tree, uint32_t number, int depth)
{
    unsigned char *page = mem_new(tree->page_size);
    if (depth > DEPTH_MAX || pread(tree->fd, page, tree->page_size,
                                   (off_t)(number - 1) * (off_t)tree->page_size) != (ssize_t)tree->page_size)
        die("page %u cannot be read", number);
    tree->pages++;
    if (page[0] == INDEX_INTERIOR) {
        uint32_t cells = big_endian(page + 3, 2);
        for (uint32_t i = 0; i < cells; i++) {
            uint32_t cell = big_endian(page + INTERIOR_HEAD + 2 * (size_t)i, 2);
            read_subtree(tree, big_endian(page + cell, 4), depth + 1);
        }
        read_subtree(tree, big_endian(page + 8, 4), depth + 1);
    } else if (page[0] != INDEX_LEAF) {
        die("page %u belongs to no index", number);
    }
    free(page);
}

double files_pread_index(const char *path, const char *index, int64_t *pages)
{
    sqlite3 *db = open_file(path);
    uint32_t root = (uint32_t)step_through(db, "SELECT rootpage FROM sqlite_schema WHERE name = ?1", index);
    struct tree tree = {.page_size = (size_t)step_through(db, "PRAGMA page_size", NULL)};
    sqlite3_close(db);
    if (!root || tree.page_size > PAGE_MAX)
        die("%s: no index %s", path, index);
    tree.fd = open(path, O_RDONLY | O_CLOEXEC);
    int64_t start = now_ns();
    read_subtree(&tree, root, 0);
    double took = (double)(now_ns() - start) / 1e6;
    close(tree.fd);
    if (pages)
        *pages = tree.pages;
    return took;
}
