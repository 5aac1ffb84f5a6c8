/*
 * The answer sent to a server. The question is looked at first, as it stands there, since the API checks
 * contents by its own rules, or not at all, and says what is wrong in words that no person understands.
 */
#include "data/answer/answer_int.h"

#include "data/http/http_resume.h"

static enum err_code check(void *context, const struct interaction *asked, struct err *err)
{
    struct arena arena;
    struct answer_form form;
    arena_init(&arena);
    enum err_code code = answer_check(context, asked, &arena, &form, err);
    arena_release(&arena);
    return code;
}

enum err_code answer_remote(const char *address, const struct http_settings *http,
                            const struct answer_request *request, struct cancel *cancel, struct err *err)
{
    struct http_resume resume = {
        .run_id = request->run_id,
        .scope = request->scope,
        .interaction_id = request->interaction_id,
        .action = answer_word(request->action),
        .content = request->action == ANSWER_ACCEPT ? request->content : TEXT_NULL,
        .check = check,
        .context = (void *)request,
    };
    return http_resume_send(address, http, &resume, cancel, err);
}
