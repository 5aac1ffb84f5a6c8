/*
 * The answer written into the file that the asker looks at. It is looked at first whether anybody is going to
 * read it; between that look and the write everything may change, so the write itself takes place only where
 * the question is still open (store_answer), and what it finds otherwise is told.
 */
#include "data/answer/answer_int.h"

#include "data/base/timefmt.h"
#include "data/record/recorder.h"
#include "data/store/store_question.h"
#include "data/text/json_part.h"

#include <string.h>

struct answering {
    const struct answer_request *request;
    struct store *store;
    struct arena *arena;
    struct store_run run;
    struct text question_id; /* null: the newest */
    struct store_question question;
    struct answer_form form;
    struct err *err;
};

/* ---- which run ---- */

static enum err_code find_by_question(struct answering *a)
{
    struct err other;
    struct text run_id, scope = text_of(a->request->scope);
    enum err_code code =
        store_find_asker(a->store, text_of(a->request->run_id), a->arena, &run_id, &a->question_id, &other);
    if (!code)
        code = store_find_run(a->store, scope, run_id, a->arena, &a->run, &other);
    if (code && code != ERR_NOT_FOUND)
        *a->err = other;
    return code;
}

static enum err_code find_run(struct answering *a)
{
    a->question_id = text_of(a->request->interaction_id);
    enum err_code code = store_find_run(a->store, text_of(a->request->scope), text_of(a->request->run_id),
                                        a->arena, &a->run, a->err);
    return code == ERR_NOT_FOUND && !a->request->interaction_id ? find_by_question(a) : code;
}

/* ---- whether it waits for us ---- */

static enum err_code check_ours(const struct answering *a)
{
    struct recorder recorder, self;
    if (!recorder_parse(a->run.trigger_meta_json, &recorder)) {
        err_set(a->err, ERR_DENIED,
                "run %.36s waits inside its executor, which does not look for answers in a file",
                a->run.id.s);
        return err_hint(
            a->err,
            "Answer it there: in the executor's own page, or by its address: --source http://localhost:4788");
    }
    recorder_self(&self);
    if (recorder_state(&self, &recorder) != RECORDER_DEAD)
        return ERR_OK;
    err_set(a->err, ERR_NOT_FOUND, "run %.36s does not wait any more: its recorder was killed", a->run.id.s);
    return err_hint(a->err, "executor-runs sweep, or the next record, marks it as failed.");
}

static enum err_code check_waits(const struct answering *a)
{
    char ago[TIME_TEXT] = "";
    if (!run_status_is_terminal(run_status_of(a->run.status)))
        return ERR_OK;
    if (a->run.completed_at != TIME_NONE)
        time_format_ago(a->run.completed_at, time_now(), ago);
    return err_set(a->err, ERR_NOT_FOUND, "run %.36s does not wait any more: it is %.*s%s%s", a->run.id.s,
                   (int)a->run.status.n, a->run.status.s, ago[0] ? ", since " : "", ago);
}

/* What became of a question that is not open: "answered (accept) 3s ago". */
static enum err_code tell_outcome(const struct answering *a, const struct interaction *asked)
{
    struct text action = json_decode(a->arena, json_member(asked->response_json, "action"));
    bool is_cancelled = text_is(asked->status, "cancelled");
    char ago[TIME_TEXT], clock[TIME_TEXT];
    time_format_ago(asked->updated_at, time_now(), ago);
    time_format_clock(asked->updated_at, TIME_LOCAL, clock);
    err_set(a->err, ERR_NOT_FOUND, "too late: the question of run %.36s was %s%s%.*s%s %s, at %s",
            a->run.id.s, is_cancelled ? "cancelled" : "answered", action.n ? " (" : "",
            (int)(action.n < 20 ? action.n : 20), action.n ? action.s : "", action.n ? ")" : "", ago, clock);
    return err_hint(a->err, "This answer was not taken. executor-runs show %.36s shows the one that was.",
                    a->run.id.s);
}

static enum err_code read_question(struct answering *a)
{
    enum err_code code =
        store_read_question(a->store, a->run.id, a->question_id, a->arena, &a->question, a->err);
    if (code == ERR_NOT_FOUND && text_is_null(a->question_id))
        return err_set(a->err, code, "run %.36s asks nothing: it is %.*s", a->run.id.s, (int)a->run.status.n,
                       a->run.status.s);
    if (!code && !text_is(a->question.asked.status, "pending"))
        return tell_outcome(a, &a->question.asked);
    return code;
}

/* A question without fields is one of yes or no, and who answers {"approved":false} means no: the asker, who
 * reads nothing of it, would go on. */
static enum err_code check_yes_or_no(const struct answering *a)
{
    struct text schema = json_member(a->question.asked.payload_json, "requestedSchema"), key, value;
    struct text content = a->request->content;
    struct json_scan scan = json_scan(content);
    bool is_open = a->form.count || json_kind(json_member(schema, "additionalProperties")) == JSON_TRUE;
    if (a->request->action != ANSWER_ACCEPT || is_open || text_is_null(content) ||
        !json_open(&scan, JSON_OBJECT_OPEN) || !json_next_member(&scan, &key, &value))
        return ERR_OK;
    err_set(a->err, ERR_USAGE, "this question has no fields: %.*s is none of it",
            (int)(key.n < 60 ? key.n : 60), key.s);
    return err_hint(a->err, "It is answered with accept alone, or with decline.");
}

static enum err_code look(struct answering *a)
{
    enum err_code code = find_run(a);
    if (!code)
        code = check_ours(a);
    if (!code && text_is_null(a->question_id))
        code = check_waits(a);
    if (!code)
        code = read_question(a);
    if (!code)
        code = answer_check(a->request, &a->question.asked, a->arena, &a->form, a->err);
    return code ? code : check_yes_or_no(a);
}

/* ---- the answer ---- */

/* {"action":"accept","content":{…}}, and {"content":{…}} for the asker alone. */
static void write_response(const struct answering *a, struct buf *response, struct buf *private)
{
    bool is_accepted = a->request->action == ANSWER_ACCEPT;
    struct text content = text_is_null(a->request->content) ? TEXT_LIT("{}") : a->request->content;
    struct buf open, secret;
    buf_init(&open, FORM_CONTENT_MAX + 8);
    buf_init(&secret, FORM_CONTENT_MAX + 8);
    if (is_accepted)
        answer_form_split(&a->form, content, &open, &secret);
    buf_printf(response, "{\"action\":\"%s\",\"content\":", answer_word(a->request->action));
    buf_text(response, is_accepted ? buf_as_text(&open) : TEXT_LIT("null"));
    buf_char(response, '}');
    if (secret.len) {
        buf_str(private, "{\"content\":");
        buf_text(private, buf_as_text(&secret));
        buf_char(private, '}');
    }
    buf_release(&open);
    buf_wipe(&secret);
}

/* Somebody was quicker, or the run ended: what the file says now. */
static enum err_code tell_loser(struct answering *a)
{
    a->question_id = a->question.asked.id;
    enum err_code code =
        store_read_question(a->store, a->run.id, a->question_id, a->arena, &a->question, a->err);
    if (code)
        return err_set(a->err, code, "run %.36s does not wait any more: it was removed", a->run.id.s);
    return tell_outcome(a, &a->question.asked);
}

static enum err_code write_answer(struct answering *a)
{
    struct buf response, private;
    buf_init(&response, FORM_CONTENT_MAX + 100);
    buf_init(&private, FORM_CONTENT_MAX + 100);
    write_response(a, &response, &private);
    struct answer answer = {
        .is_cancelled = a->request->action == ANSWER_CANCEL,
        .response_json = buf_as_text(&response),
        .response_private_json = private.len ? buf_as_text(&private) : TEXT_NULL,
        .at = time_now(),
    };
    struct run_ref ref = {a->run.scope_id, a->run.id};
    enum err_code code = store_answer(a->store, ref, a->question.asked.id, &answer, a->err);
    buf_release(&response);
    buf_wipe(&private);
    return code == ERR_NOT_FOUND ? tell_loser(a) : code;
}

enum err_code answer_local(const char *path, const struct answer_request *request, struct err *err)
{
    struct arena arena;
    struct answering answering = {.request = request, .arena = &arena, .err = err};
    int patience_ms = request->patience_ms ? request->patience_ms : ANSWER_PATIENCE_MS;
    struct store_options options = {.busy_timeout_ms = patience_ms, .must_exist = true};
    enum err_code code = store_open(path, &options, &answering.store, err);
    if (code)
        return code;
    arena_init(&arena);
    code = look(&answering);
    if (!code)
        code = write_answer(&answering);
    arena_release(&arena);
    store_close(answering.store);
    return code;
}
