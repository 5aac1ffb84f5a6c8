/*
 * Answers to questions. Only runs that `executor-runs record` made may be
 * answered here: another run waits inside its own executor, which alone can let
 * it go on. Who asked goes on in a process of its own, so the answer to this
 * request is that the answer was taken, and not what came of it.
 */
#include "data/api/api_int.h"

#include "data/answer/answer.h"
#include "data/api/api_body.h"
#include "data/base/clock.h"
#include "data/record/recorder.h"
#include "data/text/json_part.h"
#include "data/text/json_put.h"

#include <strings.h>
#include <time.h>

enum { TRY_MS = 50, PAUSE_MS = 100 };

/* ---- the body ---- */

static bool refuse_body(struct api_response *response, const char *path, const char *message)
{
    response->status = 400;
    api_body_issues(&(struct api_issue){"Type", path, message}, 1, &response->body);
    return false;
}

static bool read_action(struct text raw, enum answer_action *action)
{
    for (int i = ANSWER_ACCEPT; i <= ANSWER_CANCEL; i++) {
        *action = (enum answer_action)i;
        if (json_says(raw, text_of(answer_word(*action))))
            return true;
    }
    return false;
}

static bool read_body(struct text body, struct answer_request *answer, struct api_response *response)
{
    if (json_check(body) != JSON_OBJECT_OPEN)
        return refuse_body(response, "", "Expected a JSON object with the members action and content");
    if (!read_action(json_member(body, "action"), &answer->action))
        return refuse_body(response, "action", "Expected \"accept\" | \"decline\" | \"cancel\"");
    struct text content = json_member(body, "content");
    enum json_token kind = json_kind(content);
    if (kind != JSON_OBJECT_OPEN && kind != JSON_NULL && kind != JSON_END)
        return refuse_body(response, "content", "Expected an object");
    answer->content = kind == JSON_OBJECT_OPEN ? content : TEXT_NULL;
    return true;
}

bool api_is_json(const char *content_type)
{
    static const char json[] = "application/json";
    if (!content_type || strncasecmp(content_type, json, sizeof json - 1) != 0)
        return false;
    const char *rest = content_type + sizeof json - 1;
    rest += strspn(rest, " \t");
    return !*rest || *rest == ';';
}

static bool read_request(const struct api_request *request, struct answer_request *answer,
                         struct api_response *response)
{
    if (!api_is_json(request->content_type)) {
        api_refuse(response, 415, "UnsupportedMediaType", "an answer is sent as application/json");
        return false;
    }
    if (request->body.n > API_RESUME_MAX) {
        api_refuse(response, 413, "PayloadTooLarge", "an answer has at most 1 MB");
        return false;
    }
    return read_body(request->body, answer, response);
}

/* ---- the answer ---- */

static void refuse_answer(struct api_response *response, enum err_code code, const struct err *err)
{
    switch (code) {
    case ERR_USAGE: refuse_body(response, "content", err->what); break;
    case ERR_NOT_FOUND:
        api_refuse(response, 409, "NothingPendingError",
                   "this run waits for no answer: it was answered meanwhile, or "
                   "has ended");
        break;
    case ERR_DENIED:
        response->why = *err;
        api_refuse(response, 500, "InternalError",
                   "the answer cannot be written: this server may only read the file");
        break;
    default: api_fail(response, code, err);
    }
}

static void write_taken(const struct interaction *asked, enum answer_action action, struct buf *out)
{
    buf_str(out, "{\"text\":\"The answer was taken, and the run goes "
                 "on.\",\"structured\":{\"executionId\":");
    json_put_string(out, asked->execution_id);
    buf_str(out, ",\"interactionId\":");
    json_put_string(out, asked->id);
    buf_printf(out, ",\"action\":\"%s\"},\"isError\":false}", answer_word(action));
}

static bool is_recorded(const struct run *run)
{
    struct recorder recorder;
    return recorder_parse(run->trigger_meta_json, &recorder);
}

/* Nobody can read while it is tried, so it is tried for a moment at a time. */
static enum err_code send_answer(struct api *api, struct answer_request *answer, struct err *err)
{
    int64_t until = clock_ms() + ANSWER_PATIENCE_MS;
    answer->patience_ms = TRY_MS;
    for (;;) {
        source_make_way(api->source, true);
        enum err_code code = answer_send(api->path, NULL, answer, NULL, err);
        source_make_way(api->source, false);
        if (code != ERR_BUSY || clock_ms() >= until || api_is_stopped(api))
            return code;
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000}, NULL);
    }
}

static void answer_question(struct api *api, const struct interaction *asked, struct answer_request *answer,
                            struct arena *arena, struct api_response *response)
{
    struct err err;
    answer->run_id = arena_text(arena, asked->execution_id).s;
    answer->interaction_id = arena_text(arena, asked->id).s;
    answer->scope = api->scope;
    enum err_code code = send_answer(api, answer, &err);
    if (code)
        refuse_answer(response, code, &err);
    else
        write_taken(asked, answer->action, &response->body);
}

void api_resume(struct api *api, const struct api_request *request, struct text id,
                struct api_response *response)
{
    struct err err;
    struct arena arena;
    struct detail_reply reply;
    struct answer_request answer = {.action = ANSWER_ACCEPT};
    if (!read_request(request, &answer, response))
        return;
    arena_init(&arena);
    enum err_code code = api_read_run(api, id, &arena, &reply, &err);
    if (code == ERR_NOT_FOUND)
        api_run_not_found(id, response);
    else if (code)
        api_fail(response, code, &err);
    else if (reply.detail.pending < 0)
        refuse_answer(response, ERR_NOT_FOUND, NULL);
    else if (!is_recorded(&reply.detail.run))
        api_refuse(
            response, 409, "ForeignExecutionError",
            "this run waits inside its own executor, which takes no answers from here: answer it there");
    else
        answer_question(api, &reply.detail.interactions[reply.detail.pending], &answer, &arena, response);
    arena_release(&arena);
}
