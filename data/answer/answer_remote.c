/*
 * The answer sent to a server. The run is read like any other first, since the API checks contents by its own rules, or not at all, and says what is
 * wrong in words that no person understands.
 */
#include "data/answer/answer_int.h"

#include "data/http/http_resume.h"
#include "data/source.h"

#include <stdlib.h>

static const struct interaction *question_of(const struct run_detail *detail, const char *id)
{
    for (size_t i = 0; i < detail->interaction_count; i++)
        if (id ? text_is(detail->interactions[i].id, id) : (ptrdiff_t)i == detail->pending)
            return &detail->interactions[i];
    return NULL;
}

/* The question as the server tells it; NULL where there is none: then sending says why. */
static enum err_code read_question(struct source *source, const struct answer_request *request,
                                   struct cancel *cancel, struct arena *arena, struct detail_reply *reply,
                                   struct err *err)
{
    struct source_conn *conn;
    struct detail_query query = {
        .id = (char *)request->run_id, .scope = (char *)request->scope, .is_prefix = true};
    enum err_code code = source_connect(source, &conn, err);
    if (code)
        return code;
    code = conn_detail(conn, &query, cancel, arena, reply, err);
    conn_close(conn);
    return code;
}

static enum err_code check_and_send(struct source *source, const char *address,
                                    const struct http_settings *http, const struct answer_request *request,
                                    struct cancel *cancel, struct arena *arena, struct err *err)
{
    struct detail_reply reply;
    struct answer_form form;
    struct http_resume resume = {.run_id = request->run_id,
                                 .scope = request->scope,
                                 .interaction_id = request->interaction_id,
                                 .action = answer_word(request->action)};
    enum err_code code = read_question(source, request, cancel, arena, &reply, err);
    if (code)
        return code;
    const struct interaction *asked = question_of(&reply.detail, request->interaction_id);
    if (asked) {
        code = answer_check(request, asked, arena, &form, err);
        resume.interaction_id = arena_strndup(arena, asked->id.s, asked->id.n);
    }
    resume.run_id = arena_strndup(arena, reply.detail.run.id.s, reply.detail.run.id.n);
    if (request->action == ANSWER_ACCEPT)
        resume.content = request->content;
    return code ? code : http_resume_send(address, http, &resume, cancel, err);
}

enum err_code answer_remote(const char *address, const struct http_settings *http,
                            const struct answer_request *request, struct cancel *cancel, struct err *err)
{
    struct source *source;
    struct arena arena;
    struct source_options options = {.http = http, .no_background = true};
    enum err_code code = source_open(address, &options, &source, err);
    if (code)
        return code;
    arena_init(&arena);
    code = check_and_send(source, address, http, request, cancel, &arena, err);
    arena_release(&arena);
    source_close(source);
    return code;
}
