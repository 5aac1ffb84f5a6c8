/*
 * The parameters of a list request as values, read as strictly as the API's schema reads them: numbers must
 * be numbers, nothing may come twice; what is merely unknown (a status, a sort, a cursor that does not
 * decode) is forgiven.
 */
#pragma once

#include "data/api/api.h"
#include "data/query.h"

enum { API_LIMIT_DEFAULT = 25, API_LIMIT_MAX = 100 };

/* X(enum, name) — in the order of the API's schema. */
#define API_PARAMS(X)                                                                                        \
    X(API_LIMIT, "limit")                                                                                    \
    X(API_CURSOR, "cursor")                                                                                  \
    X(API_STATUS, "status")                                                                                  \
    X(API_TRIGGER, "trigger")                                                                                \
    X(API_TOOL, "tool")                                                                                      \
    X(API_FROM, "from")                                                                                      \
    X(API_TO, "to")                                                                                          \
    X(API_AFTER, "after")                                                                                    \
    X(API_CODE, "code")                                                                                      \
    X(API_SORT, "sort")                                                                                      \
    X(API_ELICITATION, "elicitation")

struct api_list_params {
    struct filter filter; /* owned; absolute times only */
    struct sort sort;
    size_t limit; /* 1..API_LIMIT_MAX */
    bool has_cursor;
    struct row_key cursor; /* where has_cursor; its duration is not known */
    bool wants_meta;
    uint64_t fingerprint; /* the same of two requests that ask the same */
};

/* False: *issues is the body of a 400 that says what is wrong. Release *params in any case. */
MUST_USE bool api_list_params_read(const struct api_request *request, struct api_list_params *params,
                                   struct buf *issues);
void api_list_params_release(struct api_list_params *params);
