/*
 * See recorder_bench.h.
 */
#include "tests/support/recorder_bench.h"

#include "data/base/arena.h"
#include "data/base/buf.h"
#include "data/base/clock.h"
#include "data/base/die.h"
#include "tests/support/app.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 28, STEP_MS = 5, WORDS_MAX = 32 };

struct bench {
    struct arena arena;
    const char *dir, *db;
};

struct bench *bench_new(void)
{
    struct bench *b = mem_new_array(1, sizeof *b);
    const char *tmp = getenv("TMPDIR");
    arena_init(&b->arena);
    char *dir = arena_printf(&b->arena, "%s/executor-runs-record-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        die("bench: cannot make %s", dir);
    b->dir = dir;
    b->db = arena_printf(&b->arena, "%s/runs.db", dir);
    return b;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    remove(path);
    return 0;
}

void bench_free(struct bench *b)
{
    nftw(b->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    arena_release(&b->arena);
    free(b);
}

int bench_set_up(void **state)
{
    *state = bench_new();
    return 0;
}

int bench_tear_down(void **state)
{
    bench_free(*state);
    return 0;
}

const char *bench_dir(const struct bench *b)
{
    return b->dir;
}

void bench_set_db(struct bench *b, const char *path)
{
    b->db = path;
}

const char *bench_db(const struct bench *b)
{
    return b->db;
}

const char *bench_path(const struct bench *b, const char *name)
{
    return arena_printf(&((struct bench *)(uintptr_t)b)->arena, "%s/%s", b->dir, name);
}

/* ---- starting ---- */

static void open_as(int fd, const char *path, int flags)
{
    int opened = open(path, flags, 0644);
    if (opened < 0 || dup2(opened, fd) < 0)
        _exit(98);
    close(opened);
}

static _Noreturn void become(struct bench *b, const char *const *argv, const struct bench_start *start)
{
    const char *usual[] = {arena_printf(&b->arena, "PATH=%s", getenv("PATH")),
                           arena_printf(&b->arena, "HOME=%s", b->dir), "LANG=C.UTF-8", NULL};
    const char *name = start && start->name ? start->name : "run";
    open_as(STDIN_FILENO, "/dev/null", O_RDONLY);
    open_as(STDOUT_FILENO, arena_printf(&b->arena, "%s/%s.out", b->dir, name), O_WRONLY | O_CREAT | O_TRUNC);
    open_as(STDERR_FILENO, arena_printf(&b->arena, "%s/%s.err", b->dir, name), O_WRONLY | O_CREAT | O_TRUNC);
    /* Found now: whom in_child makes of us may not be let into the directory of the build. */
    int program = open(argv[0], O_PATH | O_CLOEXEC);
    if (program < 0 || chdir(b->dir) < 0)
        _exit(98);
    if (start && start->in_child)
        start->in_child(b);
    fexecve(program, (char *const *)(uintptr_t)argv,
            (char *const *)(uintptr_t)(start && start->env ? start->env : usual));
    _exit(99);
}

pid_t bench_record(struct bench *b, const char *const *words, const struct bench_start *start)
{
    const char *argv[WORDS_MAX] = {app_program(), "record"};
    for (size_t i = 0; i < WORDS_MAX - 3 && words[i]; i++)
        argv[i + 2] = words[i];
    pid_t pid = fork();
    if (pid < 0)
        die("bench: cannot fork");
    if (pid == 0)
        become(b, argv, start);
    return pid;
}

static void sleep_ms(int ms)
{
    nanosleep(&(struct timespec){0, ms * 1000000L}, NULL);
}

int bench_wait_rss(pid_t pid, long *kb)
{
    int status;
    struct rusage usage;
    for (int64_t until = clock_ms() + PTY_SOON; wait4(pid, &status, WNOHANG, &usage) == 0; sleep_ms(STEP_MS))
        if (clock_ms() > until) {
            kill(pid, SIGKILL);
            die("bench: the recorder does not end");
        }
    *kb = usage.ru_maxrss;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int bench_wait(pid_t pid)
{
    long kb;
    return bench_wait_rss(pid, &kb);
}

/* ---- looking ---- */

char *bench_read(const struct bench *b, const char *name, size_t *n)
{
    struct buf content;
    buf_init(&content, FILE_MAX);
    FILE *file = fopen(bench_path(b, name), "r");
    char bytes[65536];
    for (size_t got; file && (got = fread(bytes, 1, sizeof bytes, file)) > 0;)
        buf_add(&content, bytes, got);
    if (file)
        fclose(file);
    if (n)
        *n = content.len;
    buf_cstr(&content);
    return buf_take(&content);
}

bool bench_file_is(const struct bench *b, const char *name, const char *expected)
{
    char *content = bench_read(b, name, NULL);
    bool is_it = strcmp(content, expected) == 0;
    if (!is_it)
        fprintf(stderr, "%s is '%s', not '%s'\n", name, content, expected);
    free(content);
    return is_it;
}

bool bench_has_warned(const struct bench *b, const char *name, const char *what)
{
    char start[128];
    snprintf(start, sizeof start, "executor-runs: record: %s is not recorded: ", what);
    size_t n;
    char *content = bench_read(b, name, &n);
    bool is_it = strncmp(content, start, strlen(start)) == 0 && strchr(content, '\n') == content + n - 1;
    if (!is_it)
        fprintf(stderr, "%s is '%s', not one warning\n", name, content);
    free(content);
    return is_it;
}

char *bench_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    char *result = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK) {
        sqlite3_busy_timeout(db, PTY_SOON);
        if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW &&
            sqlite3_column_text(stmt, 0))
            result = mem_strdup((const char *)sqlite3_column_text(stmt, 0));
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return result ? result : mem_strdup("");
}

bool bench_is(const struct bench *b, const char *sql, const char *expected)
{
    char *found = bench_sql(b->db, sql);
    bool is_it = strcmp(found, expected) == 0;
    if (!is_it)
        fprintf(stderr, "%s: '%s', not '%s'\n", sql, found, expected);
    free(found);
    return is_it;
}

bool bench_becomes(const struct bench *b, const char *sql, const char *expected)
{
    for (int64_t until = clock_ms() + PTY_SOON; clock_ms() < until; sleep_ms(STEP_MS)) {
        char *found = bench_sql(b->db, sql);
        bool is_it = strcmp(found, expected) == 0;
        free(found);
        if (is_it)
            return true;
    }
    return bench_is(b, sql, expected);
}

bool bench_exists(const struct bench *b, const char *name)
{
    const char *path = bench_path(b, name);
    int64_t until = clock_ms() + PTY_SOON;
    while (access(path, F_OK) != 0 && clock_ms() < until)
        sleep_ms(STEP_MS);
    return access(path, F_OK) == 0;
}
