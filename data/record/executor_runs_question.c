/*
 * Questions of a program that records itself. The file is looked at again and again, since whoever answers
 * only writes into it.
 */
#include "data/record/executor_runs_int.h"

#include "data/base/clock.h"
#include "data/record/question.h"
#include "data/text/answer_form.h"
#include "data/text/json_part.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOOK_MS = 100 };

static bool make_payload(const struct executor_runs_question *question, struct buf *payload)
{
    struct arena arena;
    struct answer_form form;
    struct err ignored;
    question_payload(question->message, question->url, text_of(question->schema_json), payload);
    arena_init(&arena);
    bool is_good = lib_is_json(question->schema_json) && !buf_is_cut(payload) &&
                   !answer_form_read(buf_as_text(payload), &arena, &form, &ignored) && !form.is_whole;
    arena_release(&arena);
    return is_good;
}

static enum err_code put_question(struct executor_runs_run *run,
                                  const struct executor_runs_question *question, const struct buf *payload,
                                  const char *id)
{
    struct executor_runs *runs = run->runs;
    struct interaction asked = question_row(id, question->message, question->url, payload);
    enum err_code code = lib_need_row(run);
    return code ? code : store_ask(runs->store, lib_run_ref(run), &asked, &runs->err);
}

/* False while it is pending. A question that was cancelled without any answer has ended with its run. */
static bool read_answer(const struct store_question *found, struct executor_runs_answer *answer, result *how)
{
    struct text action = json_member(found->asked.response_json, "action");
    struct buf content;
    *how = EXECUTOR_RUNS_OK;
    if (text_is(found->asked.status, "pending"))
        return false;
    if (json_says(action, TEXT_LIT("accept"))) {
        answer->action = EXECUTOR_RUNS_ACCEPTED;
        question_content(found, &content);
        answer->content_json = buf_take(&content);
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
        *how = lib_result(code);
    else
        question_wipe_secret(&found);
    arena_release(&arena);
    return is_over;
}

/* Where it was answered at this very moment that is the answer. */
static result take_back(struct executor_runs_run *run, const char *id, struct executor_runs_answer *answer)
{
    struct executor_runs *runs = run->runs;
    result how;
    enum err_code code = question_take_back(runs->store, lib_run_ref(run), id, &runs->err);
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
        lib_write_log(run); /* who is asked wants to know what was said before */
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
    if (!run || !lib_enter(run->runs))
        return EXECUTOR_RUNS_NOT_OPEN;
    buf_init(&payload, FORM_PAYLOAD_MAX);
    uuid_new(id);
    bool is_good = question && question->message && make_payload(question, &payload);
    enum err_code code = is_good ? put_question(run, question, &payload, id) : ERR_USAGE;
    result how =
        is_good ? lib_result(code)
                : lib_wrong(run->runs, "a question needs a message, and a schema that a form can be made of");
    if (!code)
        how = wait_for_answer(run, id, question->timeout_ms, answer);
    buf_release(&payload);
    if (how)
        executor_runs_answer_free(answer);
    return lib_leave(run->runs, how);
}

void executor_runs_answer_free(struct executor_runs_answer *answer)
{
    if (answer && answer->content_json) {
        explicit_bzero(answer->content_json, strlen(answer->content_json));
        free(answer->content_json);
        answer->content_json = NULL;
    }
}
