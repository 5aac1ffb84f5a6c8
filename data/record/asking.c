/*
 * See asking.h. The wait is a sleep until a signal comes, a few times a second; after each it is asked
 * whether the file has changed (one small read, no lock kept), and only then what became of the question.
 * What changes no file is looked at every second: whether the recorder is still there, which alone would end
 * the run, and whether the file still has its name.
 *
 * Signals are blocked before the question is put: none can come between it and the wait and leave it open.
 */
#include "data/record/asking.h"

#include "data/base/clock.h"
#include "data/base/signals.h"
#include "data/base/uuid.h"
#include "data/record/question.h"
#include "data/record/recorder.h"
#include "data/record/recording.h"
#include "data/text/json_part.h"

#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000, LOOK_MS = 150, CHECK_MS = 1000 };

struct waiting {
    const struct ask_question *question;
    struct ask_outcome *outcome;
    struct err *err;
    struct recording recording;
    struct store *store;
    struct stat file;
    char id[UUID_TEXT];
    struct recorder self, recorder;
    bool has_recorder;
    sigset_t signals;
    int64_t version, deadline, next_check;
};

static bool end_as(struct waiting *w, enum ask_end end)
{
    w->outcome->end = end;
    return true;
}

static bool fail(struct waiting *w, const char *what)
{
    err_set(w->err, ERR_NOT_FOUND, "%s", what);
    return end_as(w, ASK_END_FAILED);
}

/* ---- what became of it ---- */

/* A question that is cancelled without any answer was ended together with its run. */
static bool read_answer(struct waiting *w, const struct store_question *found)
{
    struct text action = json_member(found->asked.response_json, "action");
    if (text_is(found->asked.status, "pending"))
        return false;
    if (json_says(action, TEXT_LIT("accept"))) {
        question_content(found, &w->outcome->content);
        return end_as(w, ASK_END_ACCEPTED);
    }
    if (text_is(found->asked.status, "resolved"))
        return end_as(w, ASK_END_DECLINED);
    return text_is_null(action) ? fail(w, "the run has ended, and its question with it")
                                : end_as(w, ASK_END_CANCELLED);
}

/* True where the wait is over. A file that is busy at the moment is looked at again. */
static bool look(struct waiting *w)
{
    struct arena arena;
    struct store_question found;
    arena_init(&arena);
    enum err_code code =
        store_read_question(w->store, w->recording.ref.id, text_of(w->id), &arena, &found, w->err);
    bool is_over = code == ERR_OK ? read_answer(w, &found) : code != ERR_BUSY && end_as(w, ASK_END_FAILED);
    if (code == ERR_NOT_FOUND)
        is_over = fail(w, "the run was removed from its file, and its question with it");
    if (!code)
        question_wipe_secret(&found);
    arena_release(&arena);
    return is_over;
}

/* Where that cannot be told, looking will say why. */
static bool has_changed(struct waiting *w)
{
    int64_t version = 0, before = w->version;
    if (store_data_version(w->store, &version, w->err))
        return true;
    w->version = version;
    return version != before;
}

/* ---- what changes no file ---- */

static bool is_recorder_dead(const struct waiting *w)
{
    return w->has_recorder && recorder_state(&w->self, &w->recorder) == RECORDER_DEAD;
}

static bool is_orphaned(struct waiting *w)
{
    struct stat now;
    if (clock_ms() < w->next_check)
        return false;
    w->next_check = clock_ms() + CHECK_MS;
    if (is_recorder_dead(w))
        return fail(w, "the run has ended: its recorder was killed");
    if (stat(w->recording.path, &now) != 0 || now.st_dev != w->file.st_dev || now.st_ino != w->file.st_ino)
        return fail(w, "the run's file is gone: nobody can answer");
    return false;
}

/* ---- taking it back ---- */

/* False where it was answered at this very moment: then that is the outcome. */
static bool take_back(struct waiting *w)
{
    struct err why;
    return question_take_back(w->store, w->recording.ref, w->id, &why) != ERR_NOT_FOUND || !look(w);
}

static bool give_up(struct waiting *w, enum ask_end end, int signal)
{
    if (take_back(w)) {
        w->outcome->end = end;
        w->outcome->signal = signal;
    }
    return true;
}

/* ---- the wait ---- */

/* The signal that came, or 0. */
static int sleep_some(const struct waiting *w)
{
    int64_t left = w->deadline - clock_ms();
    int64_t ms = left < LOOK_MS ? (left > 0 ? left : 0) : LOOK_MS;
    struct timespec span = {ms / 1000, ms % 1000 * 1000000};
    int signal = sigtimedwait(&w->signals, NULL, &span);
    return signal > 0 ? signal : 0;
}

/* True where it is over. */
static bool step(struct waiting *w)
{
    int signal = sleep_some(w);
    if (signal)
        return give_up(w, ASK_END_SIGNAL, signal);
    if (has_changed(w) && look(w))
        return true;
    if (clock_ms() >= w->deadline)
        return give_up(w, ASK_END_TIMED_OUT, 0);
    return is_orphaned(w);
}

static void wait_for_answer(struct waiting *w)
{
    for (bool is_over = look(w); !is_over;)
        is_over = step(w);
}

/* ---- the question ---- */

static enum err_code put_question(struct waiting *w)
{
    uuid_new(w->id);
    struct interaction asked =
        question_row(w->id, w->question->message, w->question->is_url, w->question->payload);
    enum err_code code = store_data_version(w->store, &w->version, w->err);
    return code ? code : store_ask(w->store, w->recording.ref, &asked, w->err);
}

/* A run that somebody else made has no recorder, and is taken to go on. */
static enum err_code read_run(struct waiting *w)
{
    struct arena arena;
    struct store_run run;
    arena_init(&arena);
    enum err_code code =
        store_find_run(w->store, w->recording.ref.scope_id, w->recording.ref.id, &arena, &run, w->err);
    if (!code && !text_eq(run.id, w->recording.ref.id))
        code = ERR_NOT_FOUND;
    if (!code)
        w->has_recorder = recorder_parse(run.trigger_meta_json, &w->recorder);
    arena_release(&arena);
    return code == ERR_NOT_FOUND ? err_set(w->err, code, "%s: the run is not in it", w->recording.path)
                                 : code;
}

/* Its row is written beside the command, which may be quicker. */
static enum err_code await_run(struct waiting *w)
{
    int64_t until = clock_ms() + PATIENCE_MS;
    enum err_code code;
    while ((code = read_run(w)) == ERR_NOT_FOUND && clock_ms() < until)
        if ((w->outcome->signal = sleep_some(w)) != 0) {
            w->outcome->end = ASK_END_SIGNAL;
            return ERR_CANCELLED;
        }
    recorder_self(&w->self);
    if (!code && is_recorder_dead(w))
        return err_set(w->err, ERR_NOT_FOUND, "the run has ended: its recorder was killed");
    return code;
}

static enum err_code open_file(struct waiting *w)
{
    enum err_code code = recording_find(&w->recording, w->err);
    if (!code)
        code = recording_open(&w->recording, PATIENCE_MS, &w->store, w->err);
    if (!code && stat(w->recording.path, &w->file) != 0)
        code = err_set(w->err, ERR_NOT_FOUND, "%s: it was removed at this moment", w->recording.path);
    return code ? code : await_run(w);
}

void ask_wait(const struct ask_question *question, struct ask_outcome *outcome, struct err *err)
{
    static const int ours[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    *outcome = (struct ask_outcome){.end = ASK_END_FAILED};
    struct waiting w = {.question = question, .outcome = outcome, .err = err};
    w.deadline = question->timeout_ms == ASK_FOR_EVER ? INT64_MAX : clock_ms() + question->timeout_ms;
    w.next_check = clock_ms() + CHECK_MS;
    signals_choose(ours, sizeof ours / sizeof *ours, &w.signals);
    sigprocmask(SIG_BLOCK, &w.signals, NULL);
    if (!open_file(&w) && !put_question(&w))
        wait_for_answer(&w);
    store_close(w.store);
}

void ask_outcome_release(struct ask_outcome *outcome)
{
    buf_wipe(&outcome->content);
}
