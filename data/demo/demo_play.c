/*
 * A plan becomes rows in one of two ways: as they stood at a moment, or event by event as an engine writes them. Both end at the same
 * rows; test_demo.c holds them against each other.
 */
#include "data/demo/demo_parts.h"

#include <stdlib.h>

static struct run_ref ref_of(const struct demo_plan *plan)
{
    return (struct run_ref){plan->scope, {plan->id, UUID_TEXT - 1}};
}

static struct text id_text(const char id[UUID_TEXT])
{
    return (struct text){id, UUID_TEXT - 1};
}

static struct run run_of(const struct demo_plan *plan)
{
    return (struct run){.id = id_text(plan->id),
                        .scope_id = plan->scope,
                        .status = plan->started == TIME_NONE ? TEXT_LIT("pending") : TEXT_LIT("running"),
                        .code = plan->code,
                        .started_at = plan->started,
                        .completed_at = TIME_NONE,
                        .trigger_kind = plan->trigger_kind,
                        .trigger_meta_json = plan->trigger_meta,
                        .created_at = plan->created,
                        .updated_at = plan->created};
}

static struct tool_call call_of(const struct demo_plan *plan, const struct demo_pool *pool,
                                const struct plan_call *call)
{
    return (struct tool_call){.id = id_text(call->id),
                              .execution_id = id_text(plan->id),
                              .status = TEXT_LIT("running"),
                              .tool_path = pool->tools[call->tool].path,
                              .namespace_ = pool->tools[call->tool].namespace_,
                              .args_json = call->args,
                              .started_at = call->start,
                              .completed_at = TIME_NONE,
                              .duration_ms = DURATION_NONE};
}

static struct text call_status(const struct plan_call *call)
{
    return text_is_null(call->error) ? TEXT_LIT("completed") : TEXT_LIT("failed");
}

static struct interaction question_of(const struct demo_plan *plan)
{
    const struct plan_question *q = &plan->question;
    return (struct interaction){.id = id_text(q->id),
                                .execution_id = id_text(plan->id),
                                .status = TEXT_LIT("pending"),
                                .kind = q->kind,
                                .purpose = q->purpose,
                                .payload_json = q->payload,
                                .created_at = q->asked,
                                .updated_at = q->asked};
}

/* ---- as it stood ---- */

static enum err_code import_call(const struct demo_plan *plan, const struct demo_pool *pool,
                                 struct store *store, size_t i, int64_t now, struct err *err)
{
    const struct plan_call *call = &plan->calls[i];
    if (call->start > now)
        return ERR_OK;
    struct tool_call row = call_of(plan, pool, call);
    if (call->end <= now) {
        row.status = call_status(call);
        row.result_json = call->result;
        row.error_text = call->error;
        row.completed_at = call->end;
        row.duration_ms = call->end - call->start;
    }
    return store_import_call(store, &row, err);
}

static enum err_code import_question(const struct demo_plan *plan, struct store *store, int64_t now,
                                     struct err *err)
{
    const struct plan_question *q = &plan->question;
    struct interaction row = question_of(plan);
    if (q->answered > now)
        return store_import_interaction(store, &row, TEXT_NULL, err);
    row.status = q->is_cancelled ? TEXT_LIT("cancelled") : TEXT_LIT("resolved");
    row.response_json = q->response;
    row.updated_at = q->answered;
    return store_import_interaction(store, &row, q->secret, err);
}

static enum err_code import_run(const struct demo_plan *plan, struct store *store, int64_t now,
                                struct err *err)
{
    struct run row = run_of(plan);
    bool was_asked = plan->has_question && plan->question.asked <= now;
    if (plan->ended <= now) {
        row.status = plan->status;
        row.result_json = plan->result;
        row.error_text = plan->error;
        row.logs_json = plan->logs;
        row.completed_at = row.updated_at = plan->ended;
        row.tool_call_count = (int64_t)plan->call_count;
    } else if (was_asked) {
        bool is_open = plan->question.answered > now;
        row.updated_at = is_open ? plan->question.asked : plan->question.answered;
        if (is_open)
            row.status = TEXT_LIT("waiting_for_interaction");
    }
    return store_import_run(store, &row, err);
}

enum err_code demo_plan_import(const struct demo_plan *plan, const struct demo_pool *pool,
                               struct store *store, int64_t now, struct err *err)
{
    enum err_code code = import_run(plan, store, now, err);
    for (size_t i = 0; !code && i < plan->call_count; i++)
        code = import_call(plan, pool, store, i, now, err);
    if (!code && plan->has_question && plan->question.asked <= now)
        code = import_question(plan, store, now, err);
    return code;
}

/* ---- event by event ---- */

enum event_kind { EVENT_CREATE, EVENT_CALL, EVENT_ASK, EVENT_ANSWER, EVENT_CALL_END, EVENT_FINISH };
enum { EVENTS_MAX = 2 * PLAN_CALLS + 4 };

struct event {
    int64_t at;
    enum event_kind kind; /* what comes first within a millisecond */
    size_t call;
};

static size_t list_events(const struct demo_plan *plan, struct event events[EVENTS_MAX])
{
    size_t n = 0;
    events[n++] = (struct event){plan->created, EVENT_CREATE, 0};
    for (size_t i = 0; i < plan->call_count; i++) {
        events[n++] = (struct event){plan->calls[i].start, EVENT_CALL, i};
        events[n++] = (struct event){plan->calls[i].end, EVENT_CALL_END, i};
    }
    if (plan->has_question) {
        events[n++] = (struct event){plan->question.asked, EVENT_ASK, 0};
        events[n++] = (struct event){plan->question.answered, EVENT_ANSWER, 0};
    }
    events[n++] = (struct event){plan->ended, EVENT_FINISH, 0};
    return n;
}

static int by_order(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->call > y->call) - (x->call < y->call);
}

static enum err_code play_create(const struct demo_plan *plan, struct store *store, struct err *err)
{
    struct run run = run_of(plan);
    return store_create_run(store, &run, err);
}

static enum err_code play_call(const struct demo_plan *plan, const struct demo_pool *pool,
                               struct store *store, size_t i, struct err *err)
{
    struct tool_call call = call_of(plan, pool, &plan->calls[i]);
    return store_start_call(store, &call, err);
}

static enum err_code play_ask(const struct demo_plan *plan, struct store *store, struct err *err)
{
    struct interaction question = question_of(plan);
    return store_ask(store, ref_of(plan), &question, err);
}

static enum err_code play_call_end(const struct plan_call *call, struct store *store, struct err *err)
{
    struct call_end end = {.status = call_status(call),
                           .result_json = call->result,
                           .error_text = call->error,
                           .completed_at = call->end};
    return store_finish_call(store, id_text(call->id), &end, err);
}

static enum err_code play_answer(const struct demo_plan *plan, struct store *store, struct err *err)
{
    const struct plan_question *q = &plan->question;
    struct answer answer = {.is_cancelled = q->is_cancelled,
                            .response_json = q->response,
                            .response_private_json = q->secret,
                            .at = q->answered};
    return store_answer(store, ref_of(plan), id_text(q->id), &answer, err);
}

static enum err_code play_finish(const struct demo_plan *plan, struct store *store, struct err *err)
{
    struct run_end end = {.status = plan->status,
                          .result_json = plan->result,
                          .error_text = plan->error,
                          .logs_json = plan->logs,
                          .completed_at = plan->ended,
                          .tool_call_count = (int64_t)plan->call_count};
    return store_finish_run(store, ref_of(plan), &end, err);
}

static enum err_code play_event(const struct demo_plan *plan, const struct demo_pool *pool,
                                struct store *store, const struct event *event, struct err *err)
{
    switch (event->kind) {
    case EVENT_CREATE: return play_create(plan, store, err);
    case EVENT_CALL: return play_call(plan, pool, store, event->call, err);
    case EVENT_ASK: return play_ask(plan, store, err);
    case EVENT_ANSWER: return play_answer(plan, store, err);
    case EVENT_CALL_END: return play_call_end(&plan->calls[event->call], store, err);
    case EVENT_FINISH: return play_finish(plan, store, err);
    }
    return ERR_OK;
}

enum err_code demo_plan_play(const struct demo_plan *plan, const struct demo_pool *pool, struct store *store,
                             int64_t from, int64_t to, struct err *err)
{
    struct event events[EVENTS_MAX];
    size_t n = list_events(plan, events);
    qsort(events, n, sizeof *events, by_order);
    enum err_code code = ERR_OK;
    for (size_t i = 0; !code && i < n && events[i].at <= to; i++)
        if (events[i].at > from && events[i].at != INT64_MAX)
            code = play_event(plan, pool, store, &events[i], err);
    return code;
}

int64_t demo_plan_next(const struct demo_plan *plan, int64_t after)
{
    struct event events[EVENTS_MAX];
    size_t n = list_events(plan, events);
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < n; i++)
        if (events[i].at > after && events[i].at < next)
            next = events[i].at;
    return next;
}
