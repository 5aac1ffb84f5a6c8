/*
 * An answer that is not what was asked for, in words: what the server said or is, and what to do next.
 */
#pragma once

#include "data/http/http_client.h"

enum http_expected { HTTP_LIST, HTTP_RUN, HTTP_SCOPE, HTTP_RESUME };

/* ERR_OK for a 2xx whose content is JSON (by its type, or by its first character where the type is missing or text/plain). Else:
 *
 * transport errors     as they are
 * 401, 403             ERR_DENIED; what to set (EXECUTOR_RUNS_TOKEN, token_command …), or that what is set (by http_auth_origin) was refused; a 403 in plain text on
 *                      a server that is reached under another name than localhost: that this server only answers to localhost (ssh -L)
 * HTML                 ERR_UNSUPPORTED "that is a web page": did you mean …/api; after a redirect to another host: a sign-in page
 * 404                  ERR_NOT_FOUND for HTTP_RUN; else ERR_UNSUPPORTED: no such API here
 * 400, 500 for HTTP_RUN with a JSON body that has a `_tag` or a traceId (executions-api.md): ERR_NOT_FOUND
 * 404, 409 for HTTP_RESUME: ERR_NOT_FOUND: it does not wait for that any more; 400: ERR_USAGE, with the server's words
 * 429, 503             ERR_BUSY, with when to try again
 * 5xx with a `_tag`    ERR_IO: the server failed, its tag and traceId
 * 502, 504 as HTML     ERR_IO: the proxy in front could not reach it
 * others               ERR_IO with the status and its name
 *
 * Texts quote at most a few words of the body. */
MUST_USE enum err_code http_fault(const struct http_answer *answer, enum http_expected expected,
                                  const struct http_address *address, const char *auth_origin,
                                  struct err *err);
