/*
 * See http_resume.h. To answer is not a question that can be put twice: whatever leaves it open whether the
 * answer arrived ends with a look at the run, which tells it, and not with another try.
 */
#include "data/http/http_resume.h"

#include "data/http/source_http_int.h"
#include "data/text/json_scan.h"

#include <stdlib.h>

enum { BODY_MAX = HTTP_RESUME_CONTENT_MAX + 100, ID_SHOWN = 80 };

struct resuming {
    const struct http_resume *resume;
    struct http_work work;
    struct http_source *source;
    struct run_detail detail; /* the run as it waits */
    struct text question;     /* the id of the open one */
};

/* ---- what is sent ---- */

static enum err_code check_content(const struct http_resume *resume, struct err *err)
{
    if (resume->content.n > HTTP_RESUME_CONTENT_MAX)
        return err_set(err, ERR_TOO_BIG, "the answer's content has more than %d bytes",
                       HTTP_RESUME_CONTENT_MAX);
    if (!text_is_null(resume->content) && json_check(resume->content) != JSON_OBJECT_OPEN) {
        err_set(err, ERR_USAGE, "the answer's content is no JSON object");
        return err_hint(err, "For example: {\"approve\":true}");
    }
    return ERR_OK;
}

static void write_body(const struct http_resume *resume, struct buf *body)
{
    buf_init(body, BODY_MAX);
    buf_printf(body, "{\"action\":\"%s\"", resume->action);
    if (!text_is_null(resume->content)) {
        buf_str(body, ",\"content\":");
        buf_text(body, resume->content);
    }
    buf_char(body, '}');
}

/* ---- whether it waits for that ---- */

static const char *short_text(struct text text, struct arena *arena)
{
    return arena_strndup(arena, text.s ? text.s : "", text.n < ID_SHOWN ? text.n : ID_SHOWN);
}

static enum err_code does_not_wait(const struct resuming *resuming, struct err *err)
{
    const struct run *run = &resuming->detail.run;
    struct arena *arena = resuming->work.arena;
    err_set(err, ERR_NOT_FOUND, "run %s does not wait for an answer: it is %s", short_text(run->id, arena),
            short_text(run->status, arena));
    return err_hint(err, "It was answered meanwhile, or has ended.");
}

static enum err_code is_another(const struct resuming *resuming, struct err *err)
{
    struct arena *arena = resuming->work.arena;
    err_set(err, ERR_NOT_FOUND, "run %s waits for the answer to another question by now: %s",
            short_text(resuming->detail.run.id, arena), short_text(resuming->question, arena));
    return err_hint(err, "Look at that one first: a server takes the answer to its newest question only.");
}

static enum err_code find_question(struct resuming *resuming, struct err *err)
{
    const struct http_resume *resume = resuming->resume;
    struct detail_query query = {
        .id = (char *)resume->run_id, .scope = (char *)resume->scope, .is_prefix = true};
    enum err_code code = http_find_run(&resuming->work, &query, &resuming->detail, err);
    if (code)
        return code;
    if (resuming->detail.pending < 0 || !resuming->detail.interactions)
        return does_not_wait(resuming, err);
    const struct interaction *asked = &resuming->detail.interactions[resuming->detail.pending];
    resuming->question = asked->id;
    if (resume->interaction_id && !text_is(asked->id, resume->interaction_id))
        return is_another(resuming, err);
    return resume->check ? resume->check(resume->context, asked, err) : ERR_OK;
}

/* ---- after it was sent ---- */

enum outcome { STILL_OPEN, NOT_OPEN, UNKNOWN };

static enum outcome look_again(const struct resuming *resuming)
{
    struct run_detail now;
    struct err err;
    if (http_ask_run(&resuming->work, resuming->detail.run.id, resuming->work.arena, &now, NULL, &err))
        return UNKNOWN;
    bool is_open = now.pending >= 0 && text_eq(now.interactions[now.pending].id, resuming->question);
    return is_open ? STILL_OPEN : NOT_OPEN;
}

/* The way back failed, and says nothing of the way there. */
static bool is_lost_on_the_way(const struct http_answer *answer)
{
    return answer->code ? answer->was_sent : answer->status == 502 || answer->status == 504;
}

/* A real server says the same of a trouble of its own and of a run that nobody can answer any more. */
static enum err_code explain_failure(enum outcome outcome, struct err *err)
{
    if (outcome == STILL_OPEN)
        return err_hint(err, "The question is still open. If its executor was started anew since, nothing "
                             "waits for the answer any more.");
    if (outcome == NOT_OPEN)
        return err_hint(err, "The question is not open any more: look at the run.");
    return err_hint(err, "The answer may have arrived: look at the run before you send it again.");
}

static enum err_code judge(const struct resuming *resuming, const struct http_answer *answer, struct err *err)
{
    struct http_source *source = resuming->source;
    enum err_code code =
        http_fault(answer, HTTP_RESUME, &source->address, http_auth_origin(source->auth), err);
    bool is_lost = is_lost_on_the_way(answer), has_failed = !answer->code && answer->status == 500;
    if (!code || code == ERR_CANCELLED || !(is_lost || has_failed))
        return code;
    enum outcome outcome = look_again(resuming);
    if (cancel_requested(resuming->work.cancel))
        return err_set(err, ERR_CANCELLED, "cancelled");
    if (is_lost && outcome == NOT_OPEN)
        return ERR_OK;
    return is_lost && outcome == STILL_OPEN ? code : explain_failure(outcome, err);
}

static enum err_code send_answer(const struct resuming *resuming, struct err *err)
{
    struct http_answer answer;
    struct buf body;
    char *url = http_resume_url(&resuming->work, resuming->detail.run.id);
    write_body(resuming->resume, &body);
    struct http_post post = {url, buf_as_text(&body)};
    http_client_post(resuming->work.conn->client, &post, resuming->work.cancel, &answer);
    buf_wipe(&body);
    enum err_code code = judge(resuming, &answer, err);
    http_answer_release(&answer);
    free(url);
    return code;
}

enum err_code http_resume_send(const char *address, const struct http_settings *settings,
                               const struct http_resume *resume, struct cancel *cancel, struct err *err)
{
    struct source_options options = {.http = settings, .no_background = true};
    struct source *base;
    enum err_code code = check_content(resume, err);
    if (!code)
        code = source_http_open(address, &options, &base, err);
    if (code)
        return code;
    struct arena arena;
    arena_init(&arena);
    struct http_source *source = (struct http_source *)base;
    struct http_conn *conn = http_conn_new(source);
    struct resuming resuming = {
        .resume = resume,
        .source = source,
        .work = {.conn = conn, .source = source, .cancel = cancel, .arena = &arena},
    };
    code = find_question(&resuming, err);
    if (!code)
        code = send_answer(&resuming, err);
    http_conn_free(conn);
    source_close(base);
    arena_release(&arena);
    return code;
}
