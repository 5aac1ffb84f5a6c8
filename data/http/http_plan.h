/*
 * How a filter is put to a server that knows less than the filter says (executions-api.md): what is sent along, what is asked beside it, and what is left to be
 * decided here, run by run. Pure.
 *
 * What a run in an answer tells of itself (id, scope, status, trigger, times, code) is always checked here again; tools and interactions are not in
 * it, so they are told by lists: a run has called github.* if it is in the list with tool=github.*.
 */
#pragma once

#include "data/base/arena.h"
#include "data/base/buf.h"
#include "data/filter/filter.h"

/* Parameters of a list but for its time bounds, order and place: null where not sent. Texts as they stand before percent-encoding, lists by commas. */
struct http_params {
    struct text status, trigger, tool, code, elicitation;
};

/* A list beside the main one that tells which runs are in (or, excluded, out). */
struct http_side {
    struct http_params params;
    bool is_excluded;
};

/* What has been learnt about the server: it decides whether an exclusion can be sent as its complement. */
struct http_known {
    bool has_counts;             /* a `meta` without any filter has been seen; else nothing is known below */
    const struct text *triggers; /* of all runs; a null text is runs without one */
    size_t trigger_count;
    bool has_other_statuses; /* there are runs with a status outside the six */
};

enum { HTTP_SIDES_MAX = 16 };

struct http_plan {
    struct http_params main;
    struct http_side sides[HTTP_SIDES_MAX];
    size_t side_count;
    /* No run matches, so nothing need be asked, and nothing is sent: the filter contradicts itself, or excludes all that is known, or another
     * scope is served. */
    bool is_nothing;
    bool
        is_sufficient; /* main and range alone say it all: the server's counts are the filter's, and every row in its answer matches */
    /* Main, range and an excluded side say it all: the runs are those of main less those that have called the side's tools too (http_plan_minus). */
    bool is_difference;
    bool wants_counts;       /* it would say more if http_known.has_counts */
    struct time_range range; /* created_at; from inclusive, to exclusive */
    struct filter
        rest; /* every term but tool and elicitation, for http_plan_matches; borrows the filter's terms, in the arena */
    struct text scope; /* null: all, or the server's only one */
    int64_t now;
};

/* Terms of keys in `without` (1u << filter_key) are left out altogether. `scope`: NULL, or the id that runs must have; server_scope: the one that the server
 * serves alone, null where not known. Texts are borrowed from the filter or live in the arena.
 *
 * Sent: status and trigger as any-of (several terms of a key are intersected; exclusions as complement: of statuses where
 * known.has_counts and there are none outside the six, of triggers where known.has_counts; a key is not sent and decided here where what is left of it
 * has a status outside the six or a word that a list cannot hold: with a comma, empty, with a blank at an end, no UTF-8, the very word
 * "unknown" of a run; and not sent where its exclusions leave out nothing that is known); the first included tool term; one elicitation; of all included code
 * terms with a single value the longest. The others are sides (tool terms, included and excluded; the same one is asked once) or decided here (code, id, duration).
 * More tool terms than sides: ERR_TOO_BIG; a path that a list cannot hold: ERR_UNSUPPORTED, by name. */
MUST_USE enum err_code http_plan_make(const struct filter *filter, int64_t now,
                                      const struct http_known *known, unsigned without,
                                      struct http_plan *plan, struct arena *arena, struct err *err);
void http_plan_set_scope(struct http_plan *plan, const char *scope, struct text server_scope);

/* Where is_difference: the plan whose runs main has too many. */
struct http_plan http_plan_minus(const struct http_plan *plan);

/* Whether a run may be in the answer, by what it tells of itself (subject's tools and interaction are not looked at). */
bool http_plan_matches(const struct http_plan *plan, const struct filter_subject *subject,
                       struct text scope_id);

/* "status=failed&tool=github.%2A": percent-encoded, in a fixed order; "" where nothing is sent. Equal params give equal text: it is a cache's key too. */
void http_params_write(const struct http_params *params, struct buf *out);
