/*
 * See cmd_record.h. The command is started before anything is looked up or opened: what takes time (the
 * trigger, the person's name, the file) is found out by the bookkeeping thread while it runs already.
 * Whatever goes wrong there is one line at the end, on our own standard error, when the command has had its
 * last word.
 */
#include "tui/cmd_record.h"

#include "data/base/die.h"
#include "data/base/files.h"
#include "data/base/timefmt.h"
#include "data/base/utf8.h"
#include "data/base/uuid.h"
#include "data/record/origin.h"
#include "data/record/record_book.h"
#include "data/record/record_path.h"
#include "data/record/record_result.h"
#include "data/record/recording.h"
#include "tui/script.h"

#include <errno.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RECORD_DB, RECORD_TRIGGER, RECORD_META, RECORD_NAME, RECORD_SCOPE };

static const struct command_option options[] = {
    [RECORD_DB] = {"--db", NULL, "FILE",
                   "where to record ($EXECUTOR_RUNS_DB, else $XDG_DATA_HOME/executor-runs/runs.db)"},
    [RECORD_TRIGGER] = {"--trigger", NULL, "KIND",
                        "what started it ($EXECUTOR_TRIGGER, else cron, systemd or cli, as it is found)"},
    [RECORD_META] = {"--meta", NULL, "JSON", "an object of more to remember about the trigger"},
    [RECORD_NAME] = {"--name", NULL, "TEXT", "what the run is called: the first line of its code"},
    [RECORD_SCOPE] = {"--scope", NULL, "ID", "the scope it belongs to (this host)"},
};

const struct command_info record_command = {
    .name = "record",
    .usage = "[OPTIONS] [--] COMMAND [ARG…]",
    .summary = "runs a command and records it",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .stops_at_word = true,
    .notes =
        "It ends as COMMAND ends, with the same exit code or by the same signal; 127 and 126 as in a shell\n"
        "where COMMAND cannot be run, 2 where the words above are wrong, 1 where COMMAND ended well but "
        "what\n"
        "it wrote could not be passed on (a full disk). The log is in the file a second after COMMAND began\n"
        "to print, and some seconds behind it from then on. What cannot be recorded is said in one line at\n"
        "the end and changes nothing else.\n",
};

enum { PATH_BYTES = 8192, DIRECTORY_BYTES = 4096, USER_BYTES = 64, VARIABLES = 3 };

struct recorded {
    const char *db, *trigger, *name, *scope_asked;
    struct text meta_asked;
    char *const *argv;
    char id[UUID_TEXT], scope[RECORDER_SCOPE], user[USER_BYTES], cwd[DIRECTORY_BYTES];
    struct recorder self;
    struct origin origin;
    struct buf path, code, meta;
    bool has_path;
    struct err no_book; /* why there is none */
    int64_t started_at, start_ms;
    bool is_one_terminal;
    pthread_mutex_t
        log_mutex; /* while the command runs: its output is put in here, the other thread copies it */
    struct record_log *log;
    struct record_plan plan;
    struct record_book *book;
};

/* ---- words ---- */

static enum err_code check_word(const char *option, const char *value, size_t max, struct err *err)
{
    if (!*value)
        return err_set(err, ERR_USAGE, "record: %s is empty", option);
    if (strlen(value) > max)
        return err_set(err, ERR_USAGE, "record: %s is longer than %zu bytes", option, max);
    return ERR_OK;
}

/* What becomes text in the store. */
static enum err_code check_text(const char *option, const char *value, size_t max, struct err *err)
{
    if (!utf8_is_valid(text_of(value)))
        return err_set(err, ERR_USAGE, "record: %s is no UTF-8: %s", option, value);
    return check_word(option, value, max, err);
}

static enum err_code take_option(struct recorded *r, int option, const char *value, struct err *err)
{
    switch (option) {
    case RECORD_DB: r->db = value; return check_word("--db", value, DIRECTORY_BYTES - 1, err);
    case RECORD_TRIGGER: r->trigger = value; return check_text("--trigger", value, ORIGIN_WORD - 1, err);
    case RECORD_META: r->meta_asked = text_of(value); return origin_check_meta(r->meta_asked, err);
    case RECORD_NAME: r->name = value; return check_text("--name", value, ORIGIN_NAME_MAX, err);
    default: r->scope_asked = value; return check_text("--scope", value, RECORDER_SCOPE - 1, err);
    }
}

/* SCRIPT_GO_ON, or the exit code. */
static int read_words(struct recorded *r, int argc, char **argv)
{
    struct err err;
    struct command_line line = command_line_of(&record_command, argc, argv);
    for (int option; (option = command_line_next(&line, &err)) != LINE_END;) {
        if (option < 0)
            return command_line_leave(&line, option, &err);
        if (take_option(r, option, line.value, &err))
            return command_line_refuse(&record_command, &err);
    }
    if (line.word_count == 0) {
        err_set(&err, ERR_USAGE, "record: which command?");
        return command_line_refuse(&record_command, &err);
    }
    line.words[line.word_count] = NULL;
    r->argv = line.words;
    return SCRIPT_GO_ON;
}

/* ---- before the command ---- */

static int64_t up_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t); /* a machine that sleeps meanwhile has taken that long */
    return (int64_t)t.tv_sec * SECOND_MS + t.tv_nsec / 1000000;
}

static void refuse_book(struct recorded *r, const char *why)
{
    err_set(&r->no_book, ERR_IO, "this run is not recorded: %s", why);
}

/* Absolute, because what is called inside the command may stand elsewhere. */
static void find_path(struct recorded *r)
{
    struct buf found;
    buf_init(&found, PATH_BYTES);
    buf_init(&r->path, PATH_BYTES + DIRECTORY_BYTES);
    struct err err;
    r->has_path = record_path_find(r->db, &found, &err) == ERR_OK;
    if (!r->has_path)
        refuse_book(r, err.what);
    if (found.len && found.data[0] != '/' && r->cwd[0])
        buf_printf(&r->path, "%s/", r->cwd);
    buf_text(&r->path, buf_as_text(&found));
    buf_release(&found);
}

static void prepare_run(struct recorded *r)
{
    uuid_new(r->id);
    recorder_self(&r->self);
    if (r->scope_asked)
        snprintf(r->scope, sizeof r->scope, "%s", r->scope_asked);
    else
        recorder_scope(&r->self, r->scope);
    if (!getcwd(r->cwd, sizeof r->cwd))
        r->cwd[0] = '\0';
    find_path(r);
    buf_init(&r->code, ORIGIN_CODE_MAX * 2);
    buf_init(&r->meta, ORIGIN_TEXT_MAX * 2);
    origin_code(r->argv, r->name, &r->code);
    pthread_mutex_init(&r->log_mutex, NULL);
    r->log = record_log_new();
    r->is_one_terminal = isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
}

static bool is_ours(const char *variable)
{
    static const char *const names[VARIABLES] = {RECORDING_RUN "=", RECORDING_SCOPE "=", RECORDING_DB "="};
    for (int i = 0; i < VARIABLES; i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static char *variable(const char *name, const char *value)
{
    size_t n = strlen(name) + strlen(value) + 2;
    char *made = mem_new(n);
    snprintf(made, n, "%s=%s", name, value);
    return made;
}

/* Ours, with the run that calls and questions belong to: none where there is no file, so that they are not
 * taken for an outer run's. */
static char **environment_of(struct recorded *r)
{
    size_t count = 0, n = 0;
    while (environ[count])
        count++;
    char **made = mem_new_array(count + VARIABLES + 1, sizeof *made);
    for (size_t i = 0; i < count; i++)
        if (!is_ours(environ[i]))
            made[n++] = environ[i];
    if (r->has_path) {
        made[n++] = variable(RECORDING_RUN, r->id);
        made[n++] = variable(RECORDING_SCOPE, r->scope);
        made[n++] = variable(RECORDING_DB, buf_cstr(&r->path));
    }
    return made;
}

/* ---- on the bookkeeping thread ---- */

static void find_user(struct recorded *r)
{
    struct passwd entry, *found = NULL;
    char room[4096];
    if (getpwuid_r(geteuid(), &entry, room, sizeof room, &found) == 0 && found)
        snprintf(r->user, sizeof r->user, "%s", found->pw_name);
}

static void describe(struct recorded *r)
{
    origin_find(r->trigger, &r->origin);
    find_user(r);
    origin_meta(&(struct origin_facts){.meta = r->meta_asked,
                                       .cwd = r->cwd,
                                       .user = r->user,
                                       .name = r->name,
                                       .unit = r->origin.unit,
                                       .argv = r->argv,
                                       .recorder = &r->self},
                &r->meta);
    r->plan.run.trigger_kind = text_of(r->origin.trigger);
    r->plan.run.trigger_meta_json = buf_as_text(&r->meta);
}

static enum err_code prepare_file(void *context, struct record_plan *plan, struct err *err)
{
    struct recorded *r = context;
    if (r->meta.len == 0)
        describe(r);
    return files_make_directories(plan->path, err);
}

/* What it takes to make JSON of it is not the command's time. */
static void put_log(void *context, struct buf *logs_json)
{
    struct recorded *r = context;
    pthread_mutex_lock(&r->log_mutex);
    struct record_log *log = record_log_copy(r->log);
    pthread_mutex_unlock(&r->log_mutex);
    record_log_json(log, logs_json);
    record_log_free(log);
}

static void start_book(struct recorded *r)
{
    if (!r->has_path || r->book)
        return;
    r->plan = (struct record_plan){
        .path = buf_cstr(&r->path),
        .run = {.id = text_of(r->id),
                .scope_id = text_of(r->scope),
                .code = buf_as_text(&r->code),
                .created_at = r->started_at,
                .started_at = r->started_at},
        .prepare = prepare_file,
        .log = put_log,
        .context = r,
    };
    r->book = record_book_start(&r->plan);
    if (!r->book)
        refuse_book(r, "no thread can be made for it");
}

/* ---- while it runs ---- */

static void on_output(void *context, enum child_stream stream, const char *bytes, size_t n)
{
    struct recorded *r = context;
    pthread_mutex_lock(&r->log_mutex);
    record_log_add(r->log, stream == CHILD_ERR ? RECORD_ERR : RECORD_OUT, bytes, n);
    pthread_mutex_unlock(&r->log_mutex);
    if (r->book)
        record_book_output(r->book);
}

static void on_start(void *context, pid_t pid)
{
    (void)pid;
    start_book(context);
}

/* ---- after it ---- */

static void warn(const struct err *why)
{
    struct err told;
    err_set(&told, ERR_IO, "record: %s", why->what);
    (void)!script_complain(&told);
}

/* The command could not say it: it wrote into a pipe that took all. */
static void tell_lost(const struct child_end *child)
{
    struct buf lost;
    struct err why;
    buf_init(&lost, 200);
    record_result_put_lost(child, &lost);
    err_set(&why, ERR_IO, "%s", buf_cstr(&lost));
    warn(&why);
    buf_release(&lost);
}

static void keep_end(struct recorded *r, const struct child_end *child)
{
    int64_t duration = up_ms() - r->start_ms;
    struct record_result result;
    struct buf logs;
    buf_init(&logs, RECORD_JSON_MAX);
    record_result_make(child, duration, r->log, r->is_one_terminal, &result);
    record_log_json(r->log, &logs);
    struct run_end end = {.status = result.status,
                          .result_json = buf_as_text(&result.result_json),
                          .error_text = result.error_text.len ? buf_as_text(&result.error_text) : TEXT_NULL,
                          .logs_json = buf_as_text(&logs),
                          .completed_at = record_completed_at(r->started_at, duration)};
    start_book(r);
    struct err why = r->no_book;
    if (r->book)
        record_book_end(r->book, &end);
    if (!r->book || !record_book_wait(r->book, RECORD_PATIENCE_MS, &why))
        warn(&why);
}

/* There is no process, pipe or terminal to watch it by: better unrecorded than not run. */
static _Noreturn void run_unwatched(struct recorded *r, char **environment, const struct err *why)
{
    refuse_book(r, why->what);
    warn(&r->no_book);
    execvpe(r->argv[0], r->argv, environment);
    fprintf(stderr, "executor-runs: %s: %s\n", r->argv[0], strerror(errno));
    _exit(errno == ENOENT ? 127 : 126);
}

int cmd_record(int argc, char **argv)
{
    struct recorded r = {.meta_asked = TEXT_NULL};
    int code = read_words(&r, argc, argv);
    if (code != SCRIPT_GO_ON)
        return code;
    prepare_run(&r);
    char **environment = environment_of(&r);
    struct child_watch watch = {.context = &r, .output = on_output, .started = on_start};
    struct child_end end;
    struct err err;
    r.started_at = time_now();
    r.start_ms = up_ms();
    if (child_run(&(struct child_options){.argv = r.argv, .environment = environment}, &watch, &end, &err))
        run_unwatched(&r, environment, &err);
    if (child_has_lost(&end))
        tell_lost(&end);
    keep_end(&r, &end);
    child_leave(&end);
}
