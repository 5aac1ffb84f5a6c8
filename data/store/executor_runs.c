/*
 * See executor_runs.h. A thin skin over the store and what `record` uses, made for a host that is somebody else's: nothing here prints or ends it, and one mutex stands
 * before everything, let go only while an answer is waited for. What a run needs to be written later, because the file was not to be had when it began, is kept with it.
 */
#include "data/store/executor_runs.h"

#include "data/base/clock.h"
#include "data/base/die.h"
#include "data/base/timefmt.h"
#include "data/base/uuid.h"
#include "data/record/origin.h"
#include "data/record/record_log.h"
#include "data/record/record_pace.h"
#include "data/record/recorder.h"
#include "data/store/store_question.h"
#include "data/text/answer_form.h"
#include "data/text/json_part.h"
#include "data/text/json_put.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUSY_MS = 250, BUSY_MS_MAX = 10000, PATH_BYTES = 4096, LOOK_MS = 100 };

typedef enum executor_runs_result result;

struct executor_runs {
    pthread_mutex_t mutex;
    struct store *store; /* NULL: could not be opened */
    pid_t pid;           /* who opened it: a forked child has no business here */
    struct recorder recorder;
    char scope[RECORDER_SCOPE];
    struct err err;
    struct executor_runs_run *runs;  /* not ended */
    struct executor_runs_run *ended; /* whose end could not be written yet */
};

struct executor_runs_run {
    struct executor_runs *runs;
    struct executor_runs_run *next;
    char id[UUID_TEXT];
    char *code, *trigger, *meta;
    int64_t created_at, started_ms; /* wall clock, and the one that nobody sets */
    bool has_row;
    struct record_log *log;
    int64_t log_due;  /* by clock_ms: when it is worth writing; 0: nothing came since it was written */
    int64_t log_next; /* and not before that */
    struct executor_runs_call *calls; /* not ended */
    /* Of the end, once it is known. */
    struct text status;
    char *result_json, *error, *logs_json;
    int64_t completed_at;
};

struct executor_runs_call {
    struct executor_runs_run *run;
    struct executor_runs_call *next;
    char id[UUID_TEXT];
    int64_t started_at, started_ms;
};

/* ---- what both sides of every function share ---- */

static result result_of(enum err_code code)
{
    switch (code) {
    case ERR_OK: return EXECUTOR_RUNS_OK;
    case ERR_BUSY: return EXECUTOR_RUNS_BUSY;
    case ERR_NOT_FOUND: return EXECUTOR_RUNS_GONE;
    case ERR_USAGE: return EXECUTOR_RUNS_WRONG;
    default: return EXECUTOR_RUNS_FAILED;
    }
}

/* False: there is nothing to do it with. Else executor_runs_leave() must follow. */
static bool enter(struct executor_runs *runs)
{
    if (!runs || runs->pid != getpid())
        return false;
    pthread_mutex_lock(&runs->mutex);
    return true;
}

static result leave(struct executor_runs *runs, result how)
{
    pthread_mutex_unlock(&runs->mutex);
    return how;
}

static result wrong(struct executor_runs *runs, const char *what)
{
    err_set(&runs->err, ERR_USAGE, "%s", what);
    return EXECUTOR_RUNS_WRONG;
}

static bool is_json(const char *text)
{
    return !text || json_check(text_of(text)) != JSON_BROKEN;
}

/* The wall clock at the beginning, and what has gone by since on the other one: no step of the clock makes a duration negative. */
static int64_t now_since(int64_t at, int64_t started_ms)
{
    return at + (clock_ms() - started_ms);
}

static struct run_ref ref_of(const struct executor_runs_run *run)
{
    return (struct run_ref){text_of(run->runs->scope), text_of(run->id)};
}

/* ---- the file ---- */

/* Where `record` writes; tui/record_path.h says the same for the program. */
static bool find_path(const char *asked, struct buf *path, bool *is_own)
{
    const char *inherited = getenv("EXECUTOR_RUNS_DB"), *data = getenv("XDG_DATA_HOME"),
               *home = getenv("HOME");
    *is_own = false;
    if (asked || (inherited && inherited[0])) {
        buf_str(path, asked ? asked : inherited);
        return true;
    }
    *is_own = true;
    if (data && data[0] == '/')
        buf_printf(path, "%s/executor-runs/runs.db", data);
    else if (home && home[0] == '/')
        buf_printf(path, "%s/.local/share/executor-runs/runs.db", home);
    return path->len > 0;
}

/* The directories above it; what fails here, opening says. */
static void make_directories(struct buf *path)
{
    (void)buf_cstr(path);
    for (char *slash = strchr(path->data + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)!mkdir(path->data, 0700);
        *slash = '/';
    }
}

static void open_store(struct executor_runs *runs, const char *asked, int busy_ms)
{
    struct buf path;
    bool is_own;
    buf_init(&path, PATH_BYTES);
    if (!find_path(asked, &path, &is_own) || buf_is_cut(&path)) {
        err_set(&runs->err, ERR_NOT_FOUND, "no file to record in: neither $XDG_DATA_HOME nor $HOME is set");
    } else {
        if (is_own)
            make_directories(&path);
        if (store_open(buf_cstr(&path),
                       &(struct store_options){.busy_timeout_ms = busy_ms, .is_private = true}, &runs->store,
                       &runs->err))
            runs->store = NULL;
    }
    buf_release(&path);
}

static int busy_of(int asked)
{
    return asked == 0 ? BUSY_MS : asked < 0 ? 0 : asked > BUSY_MS_MAX ? BUSY_MS_MAX : asked;
}

struct executor_runs *executor_runs_open(const struct executor_runs_options *options)
{
    static const struct executor_runs_options none = {NULL, NULL, 0};
    const struct executor_runs_options *chosen = options ? options : &none;
    struct executor_runs *runs = calloc(1, sizeof *runs);
    if (!runs)
        return NULL;
    pthread_mutex_init(&runs->mutex, NULL);
    runs->pid = getpid();
    recorder_self(&runs->recorder);
    recorder_scope(&runs->recorder, runs->scope);
    if (chosen->scope && chosen->scope[0])
        snprintf(runs->scope, sizeof runs->scope, "%s", chosen->scope);
    open_store(runs, chosen->path, busy_of(chosen->busy_timeout_ms));
    return runs;
}

void executor_runs_error(struct executor_runs *runs, char *text, size_t size)
{
    if (!size)
        return;
    text[0] = '\0';
    if (!enter(runs))
        return;
    snprintf(text, size, "%s", runs->err.what);
    leave(runs, EXECUTOR_RUNS_OK);
}

/* ---- runs ---- */

/* Makes the row where it is missing. An attempt that failed may have been written all the same: a row of that id is ours. */
static enum err_code need_row(struct executor_runs_run *run)
{
    struct executor_runs *runs = run->runs;
    if (run->has_row)
        return ERR_OK;
    struct run row = {.id = text_of(run->id),
                      .scope_id = text_of(runs->scope),
                      .code = text_of(run->code),
                      .trigger_kind = text_of(run->trigger),
                      .trigger_meta_json = text_of(run->meta),
                      .started_at = TIME_NONE,
                      .created_at = run->created_at};
    enum err_code code = store_create_run(runs->store, &row, &runs->err);
    run->has_row = code == ERR_OK || code == ERR_USAGE;
    return run->has_row ? ERR_OK : code;
}

static void free_run(struct executor_runs_run *run)
{
    free(run->code);
    free(run->trigger);
    free(run->meta);
    free(run->result_json);
    free(run->error);
    free(run->logs_json);
    free(run);
}

static void free_calls(struct executor_runs_run *run)
{
    while (run->calls) {
        struct executor_runs_call *call = run->calls;
        run->calls = call->next;
        free(call);
    }
}

static enum err_code write_end(struct executor_runs_run *run)
{
    struct executor_runs *runs = run->runs;
    struct run_end end = {.status = run->status,
                          .result_json = text_of(run->result_json),
                          .error_text = text_of(run->error),
                          .logs_json = text_of(run->logs_json),
                          .completed_at = run->completed_at};
    enum err_code code = need_row(run);
    return code ? code : store_end_run(runs->store, ref_of(run), &end, TEXT_LIT("the run ended"), &runs->err);
}

/* What could not be written a moment ago is not to be lost for that; what another moment does not mend is given up. The result is that of the last of
 * them, and ERR_BUSY where they have to wait. */
static enum err_code write_ended(struct executor_runs *runs)
{
    enum err_code code = ERR_OK;
    for (struct executor_runs_run *run; (run = runs->ended) != NULL;) {
        code = write_end(run);
        if (code == ERR_BUSY)
            break;
        runs->ended = run->next;
        free_run(run);
    }
    return code;
}

static char *copy_of(const char *text)
{
    return text ? mem_strdup(text) : NULL;
}

static void note_end(struct executor_runs_run *run, struct text status, const char *result_json,
                     const char *error)
{
    struct buf logs;
    buf_init(&logs, RECORD_JSON_MAX);
    record_log_json(run->log, &logs);
    run->status = status;
    run->result_json = copy_of(result_json);
    run->error = copy_of(error);
    run->logs_json = logs.len > 2 ? buf_take(&logs) : NULL;
    run->completed_at = now_since(run->created_at, run->started_ms);
    buf_release(&logs);
    record_log_free(run->log);
    free_calls(run);
}

/* From the runs that have not ended to the last of those whose end is to be written. */
static void end_run(struct executor_runs_run *run, struct text status, const char *result_json,
                    const char *error)
{
    struct executor_runs_run **at = &run->runs->runs, **last = &run->runs->ended;
    note_end(run, status, result_json, error);
    while (*at != run)
        at = &(*at)->next;
    *at = run->next;
    while (*last)
        last = &(*last)->next;
    *last = run;
    run->next = NULL;
}

static bool check_start(struct executor_runs *runs, const struct executor_runs_start *start)
{
    if (!start || !start->code)
        return wrong(runs, "a run needs a code: what it is that runs") == EXECUTOR_RUNS_OK;
    return !start->meta_json || origin_check_meta(text_of(start->meta_json), &runs->err) == ERR_OK;
}

static char *make_meta(struct executor_runs *runs, const struct executor_runs_start *start,
                       const struct origin *origin)
{
    struct buf meta;
    struct origin_facts facts = {.meta = text_of(start->meta_json),
                                 .name = start->name,
                                 .unit = origin->unit,
                                 .recorder = &runs->recorder};
    buf_init(&meta, ORIGIN_TEXT_MAX);
    origin_meta(&facts, &meta);
    return buf_take(&meta);
}

static struct executor_runs_run *make_run(struct executor_runs *runs, const struct executor_runs_start *start)
{
    struct origin origin;
    struct executor_runs_run *run = mem_new_array(1, sizeof *run);
    origin_find(start->trigger, &origin);
    run->runs = runs;
    run->next = runs->runs;
    runs->runs = run;
    uuid_new(run->id);
    run->code = mem_strdup(start->code);
    run->trigger = mem_strdup(origin.trigger);
    run->meta = make_meta(runs, start, &origin);
    run->created_at = time_now();
    run->started_ms = clock_ms();
    run->log = record_log_new();
    return run;
}

struct executor_runs_run *executor_runs_begin(struct executor_runs *runs,
                                              const struct executor_runs_start *start)
{
    struct executor_runs_run *run = NULL;
    if (!enter(runs))
        return NULL;
    if (runs->store && check_start(runs, start)) {
        enum err_code code = write_ended(runs);
        run = make_run(runs, start);
        if (code != ERR_BUSY)
            (void)!need_row(run);
    }
    leave(runs, EXECUTOR_RUNS_OK);
    return run;
}

const char *executor_runs_id(const struct executor_runs_run *run)
{
    return run ? run->id : "";
}

/* The host's own call waits for it: so only now and then, and not for a row that is still missing. What fails is left to the next one. */
static void write_log(struct executor_runs_run *run)
{
    struct executor_runs *runs = run->runs;
    struct err ignored;
    struct buf logs;
    int64_t start = clock_ms();
    if (!run->has_row || !run->log_due || start < run->log_due)
        return;
    buf_init(&logs, RECORD_JSON_MAX);
    record_log_json(run->log, &logs);
    int64_t at = now_since(run->created_at, run->started_ms);
    enum err_code code = store_set_logs(runs->store, ref_of(run), buf_as_text(&logs), at, &ignored);
    run->log_next = clock_ms() + record_pace(RECORD_LOG_EVERY_MS, clock_ms() - start, logs.len);
    run->log_due = code ? run->log_next : 0;
    buf_release(&logs);
}

static void note_log(struct executor_runs_run *run)
{
    int64_t soon = clock_ms() + RECORD_LOG_FIRST_MS;
    if (!run->log_due)
        run->log_due = soon > run->log_next ? soon : run->log_next;
    write_log(run);
}

void executor_runs_log(struct executor_runs_run *run, enum executor_runs_level level, const char *text)
{
    static const char *const words[] = {"[debug] ", "[info] ", "[log] ", "[warn] ", "[error] "};
    if (!run || !text || (unsigned)level > EXECUTOR_RUNS_ERROR || !enter(run->runs))
        return;
    for (size_t n; *text; text += n + (text[n] == '\n')) {
        n = strcspn(text, "\n");
        record_log_add(run->log, RECORD_OUT, words[level], strlen(words[level]));
        record_log_add(run->log, RECORD_OUT, text, n);
        record_log_add(run->log, RECORD_OUT, "\n", 1);
    }
    note_log(run);
    leave(run->runs, EXECUTOR_RUNS_OK);
}

result executor_runs_finish(struct executor_runs_run *run, enum executor_runs_end end,
                            const char *result_json, const char *error)
{
    static const char *const words[] = {"completed", "failed", "cancelled"};
    struct executor_runs *runs = run ? run->runs : NULL;
    if (!enter(runs))
        return EXECUTOR_RUNS_NOT_OPEN;
    bool is_good = (unsigned)end <= EXECUTOR_RUNS_CANCELLED && is_json(result_json);
    struct text status = text_of(words[is_good ? end : EXECUTOR_RUNS_ENDED_FAILED]);
    end_run(run, status, is_good ? result_json : NULL, is_good || error ? error : "its result is no JSON");
    enum err_code code = write_ended(runs);
    return leave(runs, code || is_good ? result_of(code) : wrong(runs, "the result is no JSON"));
}

void executor_runs_close(struct executor_runs *runs)
{
    if (!enter(runs))
        return;
    while (runs->runs)
        end_run(runs->runs, TEXT_LIT("failed"), NULL, "the program closed its records without ending it");
    (void)!write_ended(runs);
    while (runs->ended) {
        struct executor_runs_run *run = runs->ended;
        runs->ended = run->next;
        free_run(run);
    }
    store_close(runs->store);
    leave(runs, EXECUTOR_RUNS_OK);
    pthread_mutex_destroy(&runs->mutex);
    free(runs);
}

/* ---- tool calls ---- */

static struct executor_runs_call *begin_call(struct executor_runs_run *run, const char *path,
                                             const char *args_json)
{
    struct executor_runs *runs = run->runs;
    struct executor_runs_call made = {.run = run, .started_at = time_now(), .started_ms = clock_ms()};
    uuid_new(made.id);
    struct tool_call row = {.id = text_of(made.id),
                            .tool_path = text_of(path),
                            .args_json = text_of(args_json),
                            .started_at = made.started_at};
    if (need_row(run) || store_start_call_inside(runs->store, ref_of(run), &row, &runs->err))
        return NULL;
    struct executor_runs_call *call = mem_new(sizeof *call);
    made.next = run->calls;
    *call = made;
    run->calls = call;
    return call;
}

struct executor_runs_call *executor_runs_call_begin(struct executor_runs_run *run, const char *path,
                                                    const char *args_json)
{
    struct executor_runs_call *call = NULL;
    if (!run || !enter(run->runs))
        return NULL;
    if (!path || !path[0] || !is_json(args_json))
        (void)wrong(run->runs, "a call needs a path, and arguments that are JSON");
    else
        call = begin_call(run, path, args_json);
    write_log(run);
    leave(run->runs, EXECUTOR_RUNS_OK);
    return call;
}

static void free_call(struct executor_runs_call *call)
{
    struct executor_runs_call **at = &call->run->calls;
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    free(call);
}

result executor_runs_call_finish(struct executor_runs_call *call, const char *result_json, const char *error)
{
    struct executor_runs *runs = call ? call->run->runs : NULL;
    if (!enter(runs))
        return EXECUTOR_RUNS_NOT_OPEN;
    bool is_good = is_json(result_json);
    struct call_end end = {.status = error || !is_good ? TEXT_LIT("failed") : TEXT_LIT("completed"),
                           .result_json = is_good ? text_of(result_json) : TEXT_NULL,
                           .error_text =
                               is_good || error ? text_of(error) : TEXT_LIT("its result is no JSON"),
                           .completed_at = now_since(call->started_at, call->started_ms)};
    enum err_code code = store_finish_call(runs->store, text_of(call->id), &end, &runs->err);
    free_call(call);
    return leave(runs, code || is_good ? result_of(code) : wrong(runs, "the result is no JSON"));
}

/* ---- questions ---- */

static bool make_payload(const struct executor_runs_question *question, struct buf *payload)
{
    struct arena arena;
    struct answer_form form;
    struct err ignored;
    buf_printf(payload, "{\"kind\":\"%s\"", question->url ? "url" : "form");
    json_put_name(payload, TEXT_LIT("message"));
    json_put_string(payload, text_of(question->message));
    json_put_name(payload, question->url ? TEXT_LIT("url") : TEXT_LIT("requestedSchema"));
    if (question->url)
        json_put_string(payload, text_of(question->url));
    else
        buf_str(payload, question->schema_json ? question->schema_json : "{}");
    buf_char(payload, '}');
    arena_init(&arena);
    bool is_good = is_json(question->schema_json) && !buf_is_cut(payload) &&
                   !answer_form_read(buf_as_text(payload), &arena, &form, &ignored) && !form.is_whole;
    arena_release(&arena);
    return is_good;
}

static enum err_code put_question(struct executor_runs_run *run,
                                  const struct executor_runs_question *question, const struct buf *payload,
                                  const char *id)
{
    struct executor_runs *runs = run->runs;
    struct interaction asked = {.id = text_of(id),
                                .kind =
                                    question->url ? TEXT_LIT("UrlElicitation") : TEXT_LIT("FormElicitation"),
                                .purpose = text_of(question->message),
                                .payload_json = buf_as_text(payload),
                                .created_at = time_now()};
    enum err_code code = need_row(run);
    return code ? code : store_ask(runs->store, ref_of(run), &asked, &runs->err);
}

static void take_content(const struct store_question *found, struct executor_runs_answer *answer)
{
    struct buf content;
    buf_init(&content, 4 * FORM_CONTENT_MAX);
    answer_form_join(json_member(found->asked.response_json, "content"),
                     json_member(found->secret, "content"), &content);
    answer->content_json = buf_take(&content);
}

/* False while it is pending. A question that was cancelled without any answer has ended with its run. */
static bool read_answer(const struct store_question *found, struct executor_runs_answer *answer, result *how)
{
    struct text action = json_member(found->asked.response_json, "action");
    *how = EXECUTOR_RUNS_OK;
    if (text_is(found->asked.status, "pending"))
        return false;
    if (json_says(action, TEXT_LIT("accept"))) {
        answer->action = EXECUTOR_RUNS_ACCEPTED;
        take_content(found, answer);
    } else if (json_says(action, TEXT_LIT("decline"))) {
        answer->action = EXECUTOR_RUNS_DECLINED;
    } else {
        answer->action = EXECUTOR_RUNS_DISMISSED;
        *how = text_is_null(action) ? EXECUTOR_RUNS_GONE : EXECUTOR_RUNS_OK;
    }
    return true;
}

/* True where the wait is over. A file that is busy at the moment is looked at again. */
static bool look(struct executor_runs_run *run, const char *id, struct executor_runs_answer *answer,
                 result *how)
{
    struct arena arena;
    struct store_question found;
    arena_init(&arena);
    enum err_code code =
        store_read_question(run->runs->store, text_of(run->id), text_of(id), &arena, &found, &run->runs->err);
    bool is_over = code ? code != ERR_BUSY : read_answer(&found, answer, how);
    if (code)
        *how = result_of(code);
    else if (found.secret.n)
        explicit_bzero((char *)found.secret.s, found.secret.n);
    arena_release(&arena);
    return is_over;
}

/* Where it was answered at this very moment that is the answer. */
static result take_back(struct executor_runs_run *run, const char *id, struct executor_runs_answer *answer)
{
    struct executor_runs *runs = run->runs;
    struct answer none = {.is_cancelled = true, .at = time_now()};
    result how;
    enum err_code code = store_answer(runs->store, ref_of(run), text_of(id), &none, &runs->err);
    return code == ERR_NOT_FOUND && look(run, id, answer, &how) ? how : EXECUTOR_RUNS_TIMED_OUT;
}

/* The mutex is held, but for the pauses. */
static result wait_for_answer(struct executor_runs_run *run, const char *id, int timeout_ms,
                              struct executor_runs_answer *answer)
{
    struct executor_runs *runs = run->runs;
    int64_t started = clock_ms();
    result how;
    while (!look(run, id, answer, &how)) {
        if (timeout_ms >= 0 && clock_ms() - started >= timeout_ms)
            return take_back(run, id, answer);
        write_log(run); /* who is asked wants to know what was said before */
        pthread_mutex_unlock(&runs->mutex);
        nanosleep(&(struct timespec){0, LOOK_MS * 1000000L}, NULL);
        pthread_mutex_lock(&runs->mutex);
    }
    return how;
}

result executor_runs_ask(struct executor_runs_run *run, const struct executor_runs_question *question,
                         struct executor_runs_answer *answer)
{
    char id[UUID_TEXT];
    struct buf payload;
    *answer = (struct executor_runs_answer){.action = EXECUTOR_RUNS_DISMISSED};
    if (!run || !enter(run->runs))
        return EXECUTOR_RUNS_NOT_OPEN;
    buf_init(&payload, FORM_PAYLOAD_MAX);
    uuid_new(id);
    bool is_good = question && question->message && make_payload(question, &payload);
    enum err_code code = is_good ? put_question(run, question, &payload, id) : ERR_USAGE;
    result how =
        is_good ? result_of(code)
                : wrong(run->runs, "a question needs a message, and a schema that a form can be made of");
    if (!code)
        how = wait_for_answer(run, id, question->timeout_ms, answer);
    buf_release(&payload);
    if (how)
        executor_runs_answer_free(answer);
    return leave(run->runs, how);
}

void executor_runs_answer_free(struct executor_runs_answer *answer)
{
    if (answer && answer->content_json) {
        explicit_bzero(answer->content_json, strlen(answer->content_json));
        free(answer->content_json);
        answer->content_json = NULL;
    }
}
