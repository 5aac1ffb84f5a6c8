/*
 * What people use instead, on the same files, warm: the shell of SQLite with the SQL that one would write, and VisiData on the table. Both have a
 * limit of time, VisiData one of memory as well; not coming to an end within it is a result.
 */
#include "bench/bench_screen.h"

#include "data/base/die.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SHELL_SECONDS = 60, VISIDATA_SECONDS = 90, VISIDATA_GB = 8 };

#define DAY "created_at / 86400000"

static const struct shell_query {
    const char *what, *sql;
    enum { OURS_FIRST, OURS_COUNTS, OURS_EXACT } ours;
} queries[] = {
    {"a page", "SELECT * FROM execution ORDER BY created_at DESC LIMIT 25", OURS_FIRST},
    {"status facet", "SELECT status, count(*) FROM execution GROUP BY status", OURS_COUNTS},
    {"trigger facet", "SELECT trigger_kind, count(*) FROM execution GROUP BY trigger_kind", OURS_COUNTS},
    {"histogram by status", "SELECT " DAY ", status, count(*) FROM execution GROUP BY 1, 2", OURS_COUNTS},
    {"runs per tool",
     "SELECT tool_path, count(DISTINCT execution_id) FROM execution_tool_call GROUP BY tool_path",
     OURS_EXACT},
};

/* ---- the shell ---- */

static double run_shell(const char *path, const char *sql)
{
    char seconds[16];
    int status = -1;
    snprintf(seconds, sizeof seconds, "%d", SHELL_SECONDS);
    const char *argv[] = {"timeout", "-s", "KILL", seconds, "sqlite3", "-readonly", path, sql, NULL};
    int64_t start = now_ns();
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDOUT_FILENO);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0)
        die("no process for the shell");
    double ms = (double)(now_ns() - start) / 1e6;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ms : -1;
}

static bool has_program(const char *name)
{
    char path[512];
    for (const char *at = getenv("PATH"); at && *at;) {
        size_t n = strcspn(at, ":");
        snprintf(path, sizeof path, "%.*s/%s", (int)n, at, name);
        if (access(path, X_OK) == 0)
            return true;
        at += n + (at[n] == ':');
    }
    return false;
}

static double ours_of(const struct bench *bench, enum which_file which, int ours)
{
    return ours == OURS_FIRST    ? bench->first_ms[which]
           : ours == OURS_COUNTS ? bench->counts_ms[which]
                                 : bench->exact_ms[which];
}

static void compare_shell(struct bench *bench, enum which_file which)
{
    const struct bench_file *file = bench_file(bench, which);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        char what[TABLE_CELL];
        snprintf(what, sizeof what, "sqlite3 shell: %s, %s", queries[i].what, file->name);
        struct row *row = table_add(&bench->table, what);
        double ms = run_shell(file->path, queries[i].sql);
        double ours = ours_of(bench, which, queries[i].ours);
        cell_set(row->measured, ms < 0 ? "not within %.0f s" : "%.0f ms", ms < 0 ? SHELL_SECONDS : ms);
        if (ours > 0)
            cell_set(row->yardstick, "this program %.0f ms from its start, ×%.1f", ours, ms / ours);
    }
}

/* ---- VisiData ---- */

struct seen {
    double rows_ms, loaded_ms;
    long rss_kb;
    bool has_died;
    const char *count; /* "100000 rows" */
};

/* The number of rows stands in the last line while it loads, too; "loading" is gone at the end. */
static bool is_loaded(struct pty *pty, void *arg)
{
    const struct seen *seen = arg;
    char *line = pty_screen_line(pty, STAND_ROWS - 1);
    bool is = strstr(line, seen->count) && !strstr(line, "loading");
    free(line);
    return is;
}

static struct seen open_table(const char *path, const char *runs)
{
    char command[512], count[64];
    snprintf(command, sizeof command, "ulimit -v %d; exec vd '%s'", VISIDATA_GB * 1000 * 1000, path);
    snprintf(count, sizeof count, "%s rows", runs);
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    struct seen seen = {.rows_ms = -1, .loaded_ms = -1, .count = count};
    struct stand stand;
    stand_start_with(&stand, argv, NULL);
    if (stand_until_text(&stand, "execution_tool_call") >= 0) {
        pty_keys(stand.pty, "<Enter>");
        seen.rows_ms = stand_until_text(&stand, "completed");
    }
    if (seen.rows_ms >= 0 && pty_wait(stand.pty, is_loaded, &seen, VISIDATA_SECONDS * 1000))
        seen.loaded_ms = (double)(now_ns() - stand.started_ns) / 1e6;
    seen.rss_kb = stand_memory_kb(&stand, "VmRSS");
    seen.has_died = pty_has_exited(stand.pty);
    stand_stop(&stand);
    return seen;
}

static void compare_visidata(struct bench *bench, enum which_file which)
{
    const struct bench_file *file = bench_file(bench, which);
    char what[TABLE_CELL];
    snprintf(what, sizeof what, "VisiData: the execution table, %s", file->name);
    struct row *row = table_add(&bench->table, what);
    if (!has_program("vd")) {
        cell_set(row->measured, "not installed (Debian: visidata)");
        return;
    }
    struct seen seen = open_table(file->path, file->runs);
    files_sweep(file->path);
    if (seen.loaded_ms >= 0)
        cell_set(row->measured, "rows after %.1f s, loaded after %.1f s, %.0f MB", seen.rows_ms / 1e3,
                 seen.loaded_ms / 1e3, (double)seen.rss_kb / 1024);
    else if (seen.has_died)
        cell_set(row->measured, "rows after %.1f s, then it ended (%d GB are its limit)", seen.rows_ms / 1e3,
                 VISIDATA_GB);
    else
        cell_set(row->measured, "rows after %.1f s, not loaded within %d s, %.0f MB then", seen.rows_ms / 1e3,
                 VISIDATA_SECONDS, (double)seen.rss_kb / 1024);
    if (bench->first_ms[which] > 0)
        cell_set(row->yardstick, "this program: rows %.0f ms, all exact %.0f ms", bench->first_ms[which],
                 bench->exact_ms[which]);
}

void bench_compare(struct bench *bench)
{
    if (has_program("sqlite3")) {
        compare_shell(bench, FILE_1M);
        compare_shell(bench, FILE_10M);
        files_sweep(bench_file(bench, FILE_1M)->path); /* both leave something */
        files_sweep(bench_file(bench, FILE_10M)->path);
    } else {
        cell_set(table_add(&bench->table, "sqlite3 shell")->measured, "not installed (Debian: sqlite3)");
    }
    compare_visidata(bench, FILE_100K);
    compare_visidata(bench, FILE_1M);
}
