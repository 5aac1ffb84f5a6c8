/*
 * See api_client.h.
 */
#include "tests/support/api_client.h"

#include "data/base/arena.h"
#include "tests/support/api_server_params.h"

#include <string.h>

enum { PARAMS = 100 };

static struct text cut(const char **rest, const char *stops)
{
    struct text part = {*rest, strcspn(*rest, stops)};
    *rest += part.n;
    return part;
}

static size_t read_query(const char *query, struct arena *arena, struct api_param *params)
{
    size_t count = 0;
    while (*query && count < PARAMS) {
        struct text name = cut(&query, "=&");
        query += *query == '=';
        struct text value = cut(&query, "&");
        query += *query == '&';
        params[count++] =
            (struct api_param){percent_decode(name, true, arena), percent_decode(value, true, arena)};
    }
    return count;
}

void api_ask_with(struct api *api, const char *line, const struct api_ask_options *options,
                  struct api_response *response)
{
    struct arena arena;
    struct api_param params[PARAMS];
    arena_init(&arena);
    struct text method = cut(&line, " ");
    line += *line == ' ';
    struct text path = cut(&line, "?");
    line += *line == '?';
    struct api_request request = {.method = arena_strndup(&arena, method.s, method.n),
                                  .path = percent_decode(path, false, &arena),
                                  .params = params,
                                  .param_count = read_query(line, &arena, params),
                                  .if_none_match = options->if_none_match,
                                  .content_type = options->content_type,
                                  .body = text_of(options->body)};
    api_response_release(response);
    api_response_init(response);
    api_answer(api, &request, response);
    arena_release(&arena);
}

void api_ask(struct api *api, const char *line, struct api_response *response)
{
    api_ask_with(api, line, &(struct api_ask_options){0}, response);
}
