/*
 * A filter: which runs a person wants to see. (product.md, Filter grammar.)
 *
 * A filter is a list of terms, all of which must hold. A term has a key and one or more values, any of which is enough; a leading '-' turns it
 * round. `status:failed,waiting tool:github.* -trigger:cli code:"two words" boom` has five terms. Two terms with the same key are
 * both required ("several words are all required"): tool:a tool:b is the runs that called both.
 *
 *     parse(format(f)) = f      for every filter that parse or the toggles made
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/err.h"
#include "data/base/text.h"
#include "data/base/timefmt.h"
#include "data/run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(enum, word, what its values are) — in the order of format. The table feeds parse, completion and the README. */
#define FILTER_KEYS(X)                                                                                       \
    X(FILTER_STATUS, "status", "pending, running, waiting, completed, failed, cancelled, or any other word") \
    X(FILTER_TRIGGER, "trigger", "cli, http, mcp, any other word; unknown where none was recorded")          \
    X(FILTER_TOOL, "tool", "an exact path, or prefix.* for it and everything below")                         \
    X(FILTER_ELICITATION, "elicitation", "true or false: whether the run ever asked a person")               \
    X(FILTER_DURATION, "duration", ">5s <=200ms =1m; duration_ms: takes plain numbers")                      \
    X(FILTER_AFTER, "after", "at or after: 15m 1h 24h 7d 2w back from now, a date or time, epoch ms")        \
    X(FILTER_BEFORE, "before", "earlier than: the same forms")                                               \
    X(FILTER_ID, "id", "the beginning of a run's id")                                                        \
    X(FILTER_CODE, "code", "text in the code, any case; bare words mean the same")

enum filter_key {
#define X(id, word, help) id,
    FILTER_KEYS(X)
#undef X
        FILTER_KEY_COUNT,
};

enum compare_op { OP_LT, OP_LE, OP_EQ, OP_GE, OP_GT };

enum {
    FILTER_TERMS_MAX = 32,  /* more is ERR_TOO_BIG */
    FILTER_VALUES_MAX = 64, /* a term */
    FILTER_TEXT_MAX = 4096, /* bytes of a whole filter line */
};

/* One value of a term. Which fields count depends on the key. */
struct filter_value {
    /* STATUS TRIGGER TOOL ID CODE: owned, NUL-terminated; other keys NULL. The six statuses as the store's word, whatever the case
     * typed; other statuses and triggers as typed and compared byte by byte ("unknown" = null, case folded). */
    char *text;
    enum compare_op op; /* DURATION */
    int64_t ms;         /* DURATION: ms. AFTER, BEFORE: epoch ms, or a span back from now where is_relative */
    bool is_relative;
    bool flag; /* ELICITATION */
};

struct filter_term {
    enum filter_key key;
    bool is_excluded;
    struct filter_value *values; /* owned; at least one; AFTER, BEFORE, ELICITATION exactly one */
    size_t count;
};

struct filter {
    struct filter_term *terms; /* owned */
    size_t count;
};

void filter_init(struct filter *filter); /* no terms: everything */
void filter_release(struct filter *filter);
/* `to` is overwritten, not released; release it later. */
void filter_copy(struct filter *to, const struct filter *from);
void filter_move(struct filter *to, struct filter *from);          /* releases `to`; `from` becomes empty */
bool filter_equal(const struct filter *a, const struct filter *b); /* same terms in the same order */
bool filter_is_empty(const struct filter *filter);

/* Where in the typed text a mistake is: bytes [start, end). */
struct filter_mistake {
    size_t start, end;
    char what[160]; /* "unknown key 'stat': did you mean status?" */
};

/* Reads a line. On a mistake returns ERR_USAGE (ERR_TOO_BIG above a maximum), fills *mistake and leaves *filter empty. `mode` is the
 * shown time zone. */
MUST_USE enum err_code filter_parse(struct text line, enum time_mode mode, struct filter *filter,
                                    struct filter_mistake *mistake);

/* Writes the canonical line. Absolute times are in the shown zone. */
void filter_format(const struct filter *filter, enum time_mode mode, struct buf *out);

/* ---- what the rail and the facets do: values are added to the first not-excluded (or excluded) term of the key, and taken out of all.
 * ELICITATION takes the words "true" and "false". An edit whose result would pass a maximum, or whose text no filter can hold (a NUL byte,
 * an empty id or code), changes nothing. ---- */

enum filter_mark { MARK_NONE, MARK_INCLUDED, MARK_EXCLUDED };
enum filter_mark filter_mark(const struct filter *filter, enum filter_key key, struct text value);

/* Include ↔ not; an excluded value becomes included. */
void filter_toggle(struct filter *filter, enum filter_key key, struct text value);
/* The key's only term; again: none. */
void filter_only(struct filter *filter, enum filter_key key, struct text value);
/* Exclude ↔ not; an included value becomes excluded. */
void filter_exclude(struct filter *filter, enum filter_key key, struct text value);
/* ELICITATION; the same flag again clears it. */
void filter_set_flag(struct filter *filter, enum filter_key key, bool flag);
/* Replaces all code terms; empty clears. */
void filter_set_code(struct filter *filter, struct text code);
void filter_clear_key(struct filter *filter, enum filter_key key);
void filter_clear(struct filter *filter);

/* ---- time ---- */

struct time_range {
    int64_t from; /* inclusive; INT64_MIN: open */
    int64_t to;   /* exclusive; INT64_MAX: open */
};
static inline struct time_range time_range_intersect(struct time_range a, struct time_range b)
{
    return (struct time_range){a.from > b.from ? a.from : b.from, a.to < b.to ? a.to : b.to};
}

/* to − from; INT64_MAX where that is more. */
static inline int64_t time_range_span(struct time_range range)
{
    int64_t span;
    return __builtin_sub_overflow(range.to, range.from, &span) ? INT64_MAX : span;
}

/* The end of a range that holds t. */
static inline int64_t time_after(int64_t t)
{
    return t == INT64_MAX ? t : t + 1;
}

#define TIME_RANGE_ALL ((struct time_range){INT64_MIN, INT64_MAX})

/* The absolute times a filter may hold: the years 1 to 9999 in every zone. Zooming and panning stay inside too. */
#define FILTER_TIME_FIRST INT64_C(-62135424000000)
#define FILTER_TIME_LAST INT64_C(253402128000000)

/* The intersection of all AFTER and BEFORE terms at `now` (exclusions turned round). from ≥ to: matches nothing. */
struct time_range filter_time_range(const struct filter *filter, int64_t now);
/* Replaces all time terms by an absolute range; an open end writes no term. */
void filter_set_range(struct filter *filter, struct time_range range);
/* Replaces all time terms by after:<span>; 0 clears them. */
void filter_set_recent(struct filter *filter, int64_t span_ms);
/* The span where the only time term is a relative after, 0 where there is no time term, -1 for anything else. */
int64_t filter_recent(const struct filter *filter);
bool filter_has_relative_time(const struct filter *filter);

/* ---- meaning ---- */

/* Everything about one run that a filter can ask, for filtering outside a database (and for tests of the other two ways: SQL and columns). */
struct filter_subject {
    struct text id, status, trigger_kind, code;
    int64_t created_at, duration_ms;
    const struct text *tool_paths;
    size_t tool_count;
    bool has_interaction;
};
bool filter_matches(const struct filter *filter, const struct filter_subject *subject, int64_t now);

/* A tool value against a path: exact, or "prefix.*" = prefix itself and all below "prefix." (executor-store.md). */
bool tool_pattern_matches(struct text pattern, struct text path);
/* DURATION_NONE never matches. */
bool duration_compare(enum compare_op op, int64_t duration_ms, int64_t bound_ms);

/* Bits (1u << key) of the keys that have a term. */
unsigned filter_keys_used(const struct filter *filter);

/* ---- undo ---- */

enum { FILTER_HISTORY_MAX = 100 };
struct filter_history {
    struct filter entries[FILTER_HISTORY_MAX]; /* the oldest falls out */
    size_t count, at; /* entries[at] is what is shown; entries above it can be redone */
};
void filter_history_init(struct filter_history *history);
void filter_history_release(struct filter_history *history);
/* Copies; nothing where equal to the current one; drops the redo side. */
void filter_history_push(struct filter_history *history, const struct filter *filter);
const struct filter *filter_history_undo(struct filter_history *history); /* borrowed; NULL at the end */
const struct filter *filter_history_redo(struct filter_history *history);
