/* See app.h. */
#include "tests/support/app.h"

#include "data/base/die.h"
#include "tests/support/caught.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <spawn.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void app_run_id(int i, char id[APP_ID])
{
    snprintf(id, APP_ID, "%08d-0000-4000-8000-%012d", i, i);
}

static const char *status_of(int i)
{
    switch (i % 12) {
    case 0: return "running";
    case 3:
    case 4:
    case 9: return "failed";
    case 5: return "cancelled";
    case 7: return "waiting_for_interaction";
    default: return "completed";
    }
}

static void add_calls(struct history *h, const char *id, int i, int64_t created_at)
{
    static const char *const paths[] = {"github.issues.list", "slack.post", NULL};
    const char *path = paths[i % 3];
    if (path)
        history_call(h, id,
                     (struct history_call){.path = path,
                                           .started_at = created_at + 2,
                                           .duration = 7,
                                           .args = "{\"page\":1}",
                                           .result = "{\"items\":[1,2,3],\"more\":false}"});
}

static void add_run(struct history *h, int i)
{
    static const char *const triggers[] = {"cli", "http", "mcp", NULL};
    char id[APP_ID], code[80];
    app_run_id(i, id);
    snprintf(code, sizeof code, "const n = 1;\nreturn \"run %d\"; // sample", i);
    const char *status = status_of(i);
    bool is_failed = strcmp(status, "failed") == 0;
    int64_t created_at = APP_NOW - 1000 - (int64_t)i * APP_STEP;
    history_run(
        h, (struct history_run){.id = id,
                                .status = status,
                                .code = code,
                                .trigger = triggers[i % 4],
                                .trigger_meta = "{\"who\":\"tests\"}",
                                .created_at = created_at,
                                .duration = is_failed                     ? 6000
                                            : strcmp(status, "completed") ? 0
                                                                          : 20,
                                .result = is_failed ? NULL : "{\"n\":{\"deep\":[1,{\"x\":true}]}}",
                                .error = is_failed ? "Error: boom at line 2" : NULL,
                                .logs = "[\"[info] began\",\"[warn] slow\",\"[error] bad\",\"[log] done\"]",
                                .tool_call_count = i % 3 == 2 ? 0 : 1});
    add_calls(h, id, i, created_at);
    if (i % 12 == 7)
        history_question(h, id,
                         (struct history_question){.payload = "{\"message\":\"May it go on?\"}",
                                                   .created_at = created_at + 5});
}

void app_fill(struct history *h)
{
    history_begin(h);
    for (int i = APP_RUNS - 1; i >= 0; i--)
        add_run(h, i);
    history_commit(h);
}

struct history *app_history(void)
{
    struct history *h = history_new();
    app_fill(h);
    history_close(h);
    return h;
}

const char *app_program(void)
{
    static char path[PATH_MAX];
    const char *build = getenv("BUILD");
    char relative[PATH_MAX];
    snprintf(relative, sizeof relative, "%s/executor-runs", build && *build ? build : "build");
    if (!path[0] && !realpath(relative, path))
        die("tests: %s: %s", relative, strerror(errno));
    return path;
}

static void add_words(const char **list, int *count, const char *const *words)
{
    for (; words && *words; words++) {
        if (*count == APP_WORDS)
            die("tests: more than %d words for the program", APP_WORDS);
        list[(*count)++] = *words;
    }
}

struct pty *app_start_file(const char *path, const struct app_options *options)
{
    const char *argv[APP_WORDS + 1] = {app_program()}, *env[APP_WORDS + 1] = {NULL};
    char now[64];
    int argc = 1, envc = 0;
    add_words(argv, &argc, (const char *const[]){path, NULL});
    add_words(argv, &argc, options->args);
    snprintf(now, sizeof now, "EXECUTOR_RUNS_TEST_NOW=%" PRId64, APP_NOW);
    add_words(env, &envc, (const char *const[]){options->is_clock_running ? NULL : now, NULL});
    add_words(env, &envc, options->env);
    argv[argc] = env[envc] = NULL;
    return pty_start(&(struct pty_options){.argv = argv,
                                           .cols = options->cols ? options->cols : 120,
                                           .rows = options->rows ? options->rows : 36,
                                           .term = options->term,
                                           .lang = options->lang,
                                           .env = env,
                                           .dir = options->dir,
                                           .delay_ms = options->delay_ms,
                                           .bytes_per_second = options->bytes_per_second});
}

struct pty *app_start(const struct history *h, const struct app_options *options)
{
    return app_start_file(history_path(h), options);
}

int64_t app_count(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (code != SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW)
        die("tests: %s: %s", sql, sqlite3_errmsg(db));
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

/* ---- without a terminal ---- */

static FILE *catch_in(posix_spawn_file_actions_t *actions, int fd)
{
    FILE *file = caught_new();
    posix_spawn_file_actions_adddup2(actions, fileno(file), fd);
    return file;
}

int app_run(const char *const *args, char **out, char **err)
{
    const char *argv[APP_WORDS + 1] = {app_program()};
    int argc = 1;
    add_words(argv, &argc, args);
    argv[argc] = NULL;
    char now[64];
    snprintf(now, sizeof now, "EXECUTOR_RUNS_TEST_NOW=%" PRId64, APP_NOW);
    const char *env[] = {now, "TZ=UTC", "LANG=C.UTF-8", "HOME=/nonexistent", "PATH=/usr/bin:/bin", NULL};

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    FILE *out_file = catch_in(&actions, STDOUT_FILENO), *err_file = catch_in(&actions, STDERR_FILENO);
    pid_t pid;
    int status;
    char *const *words = (char *const *)(uintptr_t)argv;
    char *const *vars = (char *const *)(uintptr_t)env;
    if (posix_spawn(&pid, argv[0], &actions, NULL, words, vars) != 0)
        die("tests: cannot start %s", argv[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    posix_spawn_file_actions_destroy(&actions);
    caught_take(out_file, out);
    caught_take(err_file, err);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
