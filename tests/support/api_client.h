/*
 * The API application asked in a test, without any HTTP: one request line in, the response out.
 *
 *     api_ask(api, "GET /api/executions?limit=2&code=%C3%BC", &response)
 */
#pragma once

#include "data/api/api.h"

struct api_ask_options {
    const char *if_none_match, *content_type, *body; /* NULL: none */
};

/* Asks; the response is cleared first. The target is percent-decoded as a transport does it. */
void api_ask(struct api *api, const char *line, struct api_response *response);
void api_ask_with(struct api *api, const char *line, const struct api_ask_options *options,
                  struct api_response *response);
