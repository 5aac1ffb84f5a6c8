/*
 * How a demo is made, for its own files only: texts → pool → plan → rows.
 *
 * A pool holds prepared texts. A plan is the whole life of one run, each event with its time; written at a time `now` it gives the rows
 * as they stood then, so that the same plan serves a history (all at once) and a run that is followed (event by event).
 */
#pragma once

#include "data/base/arena.h"
#include "data/base/buf.h"
#include "data/base/err.h"
#include "data/base/rand.h"
#include "data/demo/demo.h"
#include "data/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- demo_text.c: words ---- */

/* Copies a template, each ~x replaced by a word drawn for it: ~n 1..999, ~N five digits, ~h hex, ~w a person, ~l a login, ~e an e-mail address, ~c a
 * company, ~m an amount, ~d a date, ~s a sentence (many languages), ~q a search word, ~p a repository, ~v a version. */
void demo_expand(struct rand *rng, const char *from, struct buf *out);
void demo_json_quote(struct text raw,
                     struct buf *out); /* with the quotes; bytes of broken UTF-8 go through as they are */

/* ---- demo_tools.c ---- */

struct demo_tool {
    const char *path;
    int32_t median_ms;
    int32_t fail_permille;
    const char *args, *result; /* templates of JSON */
    const char *error;         /* template of the tool's message */
};
extern const struct demo_tool demo_tools[];
extern const size_t demo_tool_count;

/* ---- demo_flows.c, demo_code.c: what people run ---- */

enum demo_trigger { BY_CLI, BY_HTTP, BY_MCP, BY_CRON, BY_SCHEDULE, BY_NOBODY, TRIGGER_COUNT };
enum demo_ask { ASK_NOTHING, ASK_FORM, ASK_URL };
enum { FLOW_STEPS = 6 };

struct demo_flow {
    int32_t weight;
    uint8_t triggers[TRIGGER_COUNT]; /* relative weights */
    uint8_t variants;                /* of the code; the same text runs again and again */
    uint8_t helpers;                 /* helper functions before the body: how the long ones get long */
    uint8_t repeat;                  /* the last step is called up to so many times */
    bool is_parallel;
    bool has_retry; /* tries a failed call again, up to twice */
    bool catches;   /* goes on after a failed call */
    uint8_t layers; /* JSON in JSON around the result */
    enum demo_ask ask;
    int32_t ask_permille;
    int32_t own_ms;                /* median time outside tools */
    const char *code;              /* template */
    const char *steps[FLOW_STEPS]; /* tool paths */
    const char *result;            /* template of JSON; NULL: null */
    const char *logs;              /* template, a line each; NULL: none */
    const char *purpose;           /* template of the question */
};
extern const struct demo_flow demo_flows[];
extern const size_t demo_flow_count;
void demo_helpers(struct rand *rng, int count, struct buf *out);

struct demo_nasty { /* a row that must not hurt the screen */
    const char *code, *result, *error, *logs;
};
extern const struct demo_nasty demo_nasties[];
extern const size_t demo_nasty_count;
void demo_long_line(struct buf *out); /* code in one line of 20 kB */

/* ---- demo_pool.c ---- */

enum { POOL_VARIANTS = 6, POOL_CODES = 8, POOL_LARGE = 6, POOL_HUGE = 2 };

struct pool_tool {
    struct text path, namespace_;
    struct text args[POOL_VARIANTS], results[POOL_VARIANTS];
};

struct pool_flow {
    struct text codes[POOL_CODES];
    struct text results[POOL_VARIANTS], logs[POOL_VARIANTS];
    size_t code_count;
    size_t steps[FLOW_STEPS]; /* indices of demo_tools */
    size_t step_count;
};

struct demo_pool {
    struct arena arena;
    struct pool_tool *tools;
    struct pool_flow *flows;
    struct text large[POOL_LARGE], huge[POOL_HUGE]; /* 100 kB and more; about 2 MB */
    struct text long_line, long_logs;
    struct text metas[TRIGGER_COUNT][POOL_VARIANTS];
    struct text scopes[DEMO_SCOPES_MAX];
    int32_t flow_weights[TRIGGER_COUNT]; /* sums over the flows of weight × trigger */
    enum demo_payload payload;
};
void demo_pool_init(struct demo_pool *pool, struct rand *rng, enum demo_payload payload);
/* The texts of large, huge, long_line and long_logs: some 5 MB, so only where they are wanted. */
void demo_pool_add_big(struct demo_pool *pool, struct rand *rng);
void demo_pool_release(struct demo_pool *pool);

/* ---- demo_shape.c: when things happen ---- */

enum { SHAPE_BIN_MS = 300000, INCIDENT_COUNT = 3 };

struct incident {
    int64_t from, to;
    const char *namespace_; /* whose tools fail */
    const char *error;      /* template */
};

struct demo_shape {
    int64_t start; /* of bin 0 */
    size_t bin_count;
    double *until; /* until[i]: the share of all runs in bins 0..i */
    uint8_t *is_burst;
    struct incident incidents[INCIDENT_COUNT];
};
void demo_shape_init(struct demo_shape *shape, struct rand *rng, int64_t now, int64_t days);
void demo_shape_release(struct demo_shape *shape);
/* The times of the runs in a bin when `total` runs are spread over all, in order, none after `now`; the caller frees. */
int64_t *demo_shape_times(const struct demo_shape *shape, struct rand *rng, size_t bin, int64_t total,
                          int64_t now, size_t *count);
double demo_shape_people(int64_t t); /* how much of what happens at t people started: 0..1 */
const struct incident *demo_shape_incident(const struct demo_shape *shape, int64_t t); /* NULL: none */

/* ---- demo_plan.c: the life of one run ---- */

enum { PLAN_CALLS = 24 };

struct plan_call {
    char id[UUID_TEXT];
    size_t tool;
    struct text args, result, error; /* an error: failed */
    int64_t start, end;              /* end may be INT64_MAX: never */
};

struct plan_question {
    char id[UUID_TEXT];
    struct text kind, purpose, payload, response, secret;
    bool is_cancelled;
    int64_t asked, answered; /* INT64_MAX: never */
};

struct demo_plan {
    struct arena arena; /* texts that are this run's own */
    char id[UUID_TEXT];
    struct text scope, code, trigger_kind, trigger_meta;
    struct text status, result, error, logs; /* at the end */
    int64_t created, started, ended;         /* started TIME_NONE: pending for ever; ended INT64_MAX: never */
    struct plan_call calls[PLAN_CALLS];
    size_t call_count;
    struct plan_question question;
    bool has_question;
};

struct plan_wish {
    int64_t at;
    int64_t answer_ms;               /* median wait for an answer */
    int64_t stretch_ms;              /* the last call takes so much longer */
    const struct incident *incident; /* NULL: none */
    double people;                   /* the chance that a person, and not a clock, started it */
    int scopes;
    const struct demo_nasty *nasty; /* NULL: an ordinary run */
    struct text code, result, logs; /* these instead of the flow's; null: the flow's */
    bool is_abandoned;              /* never ends: its executor was killed */
    bool is_pending;                /* never begins */
    bool must_ask;
    bool is_unanswered; /* if it asks, nobody answers */
};
void demo_plan_init(struct demo_plan *plan, const struct demo_pool *pool, struct rand *rng,
                    const struct plan_wish *wish);
void demo_plan_release(struct demo_plan *plan);

/* ---- demo_play.c: from plans to rows ---- */

/* The rows as they stood at `now`. */
MUST_USE enum err_code demo_plan_import(const struct demo_plan *plan, const struct demo_pool *pool,
                                        struct store *store, int64_t now, struct err *err);
/* What happened after `from`, up to and including `to`, in order, as the engine would write it. */
MUST_USE enum err_code demo_plan_play(const struct demo_plan *plan, const struct demo_pool *pool,
                                      struct store *store, int64_t from, int64_t to, struct err *err);
int64_t demo_plan_next(const struct demo_plan *plan,
                       int64_t after); /* the time of the next event; INT64_MAX: none */
