/*
 * Answers to questions. Only runs that `executor-runs record` made may be answered here: another run waits inside its own executor, which alone
 * can let it go on.
 */
#include "data/api/api_int.h"

#include "data/api/api_body.h"

void api_resume(struct api *api, const struct api_request *request, struct text id,
                struct api_response *response)
{
    struct err err;
    struct arena arena;
    struct detail_reply reply;
    (void)request;
    arena_init(&arena);
    enum err_code code = api_read_run(api, id, &arena, &reply, &err);
    if (code == ERR_NOT_FOUND)
        api_run_not_found(id, response);
    else if (code)
        api_fail(response, code, &err);
    else if (reply.detail.pending < 0)
        api_refuse(response, 409, "NothingPendingError", "this run waits for no answer");
    else
        api_refuse(response, 409, "ForeignExecutionError",
                   "this run waits inside its own executor: answer it there");
    arena_release(&arena);
}
