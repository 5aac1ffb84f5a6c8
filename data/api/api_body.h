/*
 * The bodies of what goes wrong: JSON objects with `_tag`, as the API's clients tell them apart.
 */
#pragma once

#include "data/api/api.h"

/* A text in an object, of this or another body; behind a comma unless it is the first. */
void api_body_member(const char *name, struct text value, struct buf *out);

/* One issue of a 400, and more of the same parameter: the body is
 * {"issues":[…],"message":…,"_tag":"HttpApiDecodeError"}. */
struct api_issue {
    const char *tag;     /* "Transformation", "Type", … */
    const char *path;    /* the parameter, or the member of the body; "": all of it */
    const char *message; /* may quote outside text */
};
void api_body_issues(const struct api_issue *issues, size_t count, struct buf *out);

void api_body_not_found(const char *execution_id, struct buf *out); /* ExecutionNotFoundError */

/* Any other, as a whole response: {"_tag":tag,"message":message}. */
void api_refuse(struct api_response *response, int status, const char *tag, const char *message);
