/*
 * One run, thought through from its start to its end: which flow, which calls, what fails and why, what is asked. Chance enters here; what
 * comes out holds together as a real run does: a failed call is why the run failed, a question keeps its call waiting, the
 * logs end with the error.
 */
#include "data/demo/demo_parts.h"

#include <math.h>
#include <string.h>

static const char *const trigger_words[TRIGGER_COUNT] = {"cli", "http", "mcp", "cron", "schedule", NULL};

struct planner {
    struct demo_plan *plan;
    const struct demo_pool *pool;
    struct rand *rng;
    const struct plan_wish *wish;
    const struct demo_flow *flow;
    const struct pool_flow *texts;
    int64_t clock; /* the time that the run has come to */
    bool is_failed;
    struct text cause; /* the failed call's error */
};

/* Log-normal around a median, as durations are: most near it, a few far above. */
static int64_t about(struct rand *rng, double median, double spread)
{
    double normal = (rand_unit(rng) + rand_unit(rng) + rand_unit(rng) + rand_unit(rng) - 2) * 1.7320508;
    return (int64_t)(median * exp(spread * normal));
}

static struct text own_text(struct demo_plan *plan, struct buf *buf)
{
    struct text kept = arena_text(&plan->arena, buf_as_text(buf));
    buf_release(buf);
    return kept;
}

static struct text own_expanded(struct planner *p, const char *from)
{
    struct buf buf;
    buf_init(&buf, 1 << 16);
    demo_expand(p->rng, from, &buf);
    return own_text(p->plan, &buf);
}

/* ---- which flow ---- */

static enum demo_trigger pick_trigger(struct planner *p)
{
    bool by_people = rand_chance(p->rng, p->wish->people);
    enum demo_trigger first = by_people ? BY_CLI : BY_CRON, last = by_people ? BY_MCP : BY_SCHEDULE;
    if (by_people && rand_chance(p->rng, 0.02))
        return BY_NOBODY;
    int64_t sum = 0;
    for (int trigger = first; trigger <= (int)last; trigger++)
        sum += p->pool->flow_weights[trigger];
    int64_t draw = rand_between(p->rng, 0, sum - 1);
    enum demo_trigger trigger = first;
    while (trigger < last && draw >= p->pool->flow_weights[trigger])
        draw -= p->pool->flow_weights[trigger++];
    return trigger;
}

static size_t pick_flow(struct planner *p, enum demo_trigger trigger)
{
    int64_t draw = rand_between(p->rng, 0, p->pool->flow_weights[trigger] - 1);
    size_t flow = 0;
    while (flow + 1 < demo_flow_count) {
        int64_t weight = (int64_t)demo_flows[flow].weight * demo_flows[flow].triggers[trigger];
        if (draw < weight)
            break;
        draw -= weight;
        flow++;
    }
    return flow;
}

static struct text pick_scope(struct planner *p)
{
    uint32_t others = (uint32_t)p->wish->scopes - 1;
    bool is_first = others == 0 || rand_chance(p->rng, 0.6);
    return p->pool->scopes[is_first ? 0 : 1 + rand_below(p->rng, others)];
}

static bool uses(const struct planner *p, size_t flow, const char *namespace_)
{
    const struct pool_flow *texts = &p->pool->flows[flow];
    for (size_t i = 0; i < texts->step_count; i++)
        if (text_is(p->pool->tools[texts->steps[i]].namespace_, namespace_))
            return true;
    return false;
}

/* In an incident most of what runs is what fails, again and again. */
static bool is_fitting(struct planner *p, size_t flow)
{
    if (p->wish->must_ask)
        return demo_flows[flow].ask != ASK_NOTHING;
    return !p->wish->incident || uses(p, flow, p->wish->incident->namespace_) || rand_chance(p->rng, 0.12);
}

static void choose(struct planner *p)
{
    struct demo_plan *plan = p->plan;
    enum demo_trigger trigger = pick_trigger(p);
    size_t flow = pick_flow(p, trigger);
    for (int again = 0; again < 24 && !is_fitting(p, flow); again++) {
        trigger = pick_trigger(p);
        flow = pick_flow(p, trigger);
    }
    p->flow = &demo_flows[flow];
    p->texts = &p->pool->flows[flow];
    plan->scope = pick_scope(p);
    plan->trigger_kind = text_of(trigger_words[trigger]);
    plan->trigger_meta = p->pool->metas[trigger][rand_below(p->rng, POOL_VARIANTS)];
    plan->code = p->texts->codes[rand_below(p->rng, (uint32_t)p->texts->code_count)];
}

/* ---- calls ---- */

static bool is_hit(const struct planner *p, size_t tool)
{
    return p->wish->incident && text_is(p->pool->tools[tool].namespace_, p->wish->incident->namespace_);
}

/* One call from the clock on; the clock moves to its end. False: it failed. */
static bool call_once(struct planner *p, size_t tool)
{
    struct demo_plan *plan = p->plan;
    if (plan->call_count == PLAN_CALLS)
        return true;
    struct plan_call *call = &plan->calls[plan->call_count++];
    bool hit = is_hit(p, tool);
    double failing = hit ? 0.9 : demo_tools[tool].fail_permille / 1000.0;
    *call = (struct plan_call){.tool = tool,
                               .start = p->clock,
                               .args = p->pool->tools[tool].args[rand_below(p->rng, POOL_VARIANTS)]};
    rand_uuid(p->rng, call->id);
    bool is_failed = rand_chance(p->rng, failing);
    call->end = call->start + about(p->rng, hit ? 70 : demo_tools[tool].median_ms, is_failed ? 0.7 : 0.55);
    p->clock = call->end;
    if (is_failed)
        call->error = p->cause = own_expanded(p, hit ? p->wish->incident->error : demo_tools[tool].error);
    else
        call->result = p->pool->tools[tool].results[rand_below(p->rng, POOL_VARIANTS)];
    return !is_failed;
}

static bool call_with_retries(struct planner *p, size_t tool)
{
    int64_t wait = 250;
    for (int attempt = 0; attempt < 3; attempt++, wait *= 2) {
        if (call_once(p, tool))
            return true;
        if (!p->flow->has_retry)
            return false;
        p->clock += wait + rand_below(p->rng, 40);
    }
    return false;
}

/* A file of many millions of runs is for counting them: a call in every other one is enough. */
static void call_little(struct planner *p)
{
    if (p->texts->step_count && rand_chance(p->rng, 0.6))
        p->is_failed = !call_once(p, p->texts->steps[0]);
}

/* Where payloads are large, the lists that are gone through are longer, too. */
static int times_of_last(struct planner *p)
{
    int times = p->flow->repeat > 1 ? 1 + (int)rand_below(p->rng, p->flow->repeat) : 1;
    return p->pool->payload == PAYLOAD_LARGE ? times + (int)rand_below(p->rng, 2) : times;
}

static void call_in_order(struct planner *p)
{
    for (size_t step = 0; step < p->texts->step_count; step++) {
        int times = step + 1 == p->texts->step_count ? times_of_last(p) : 1;
        for (int i = 0; i < times; i++) {
            p->clock += 2 + rand_below(p->rng, 9);
            if (!call_with_retries(p, p->texts->steps[step]) && !p->flow->catches) {
                p->is_failed = true;
                return;
            }
        }
    }
}

static void call_at_once(struct planner *p)
{
    int64_t start = p->clock, end = start;
    for (size_t step = 0; step < p->texts->step_count; step++) {
        p->clock = start + (int64_t)step * 3;
        if (!call_once(p, p->texts->steps[step]))
            p->is_failed = true;
        end = p->clock > end ? p->clock : end;
    }
    p->clock = end;
}

/* ---- questions ---- */

static void shift_after(struct demo_plan *plan, int64_t at, int64_t by)
{
    for (size_t i = 0; i < plan->call_count; i++) {
        struct plan_call *call = &plan->calls[i];
        call->start += call->start > at ? by : 0;
        call->end += call->end > at ? by : 0;
    }
}

static void write_answer(struct planner *p, struct plan_question *q)
{
    bool is_url = p->flow->ask == ASK_URL;
    uint32_t draw = rand_below(p->rng, 100);
    q->is_cancelled = draw < 8;
    if (q->is_cancelled)
        q->response = TEXT_LIT("{\"action\":\"cancel\",\"content\":null}");
    else if (draw < 18)
        q->response = TEXT_LIT("{\"action\":\"decline\",\"content\":null}");
    else
        q->response =
            is_url ? TEXT_LIT("{\"action\":\"accept\"}")
                   : own_expanded(
                         p, "{\"action\":\"accept\",\"content\":{\"approved\":true,\"note\":\"ok — ~w\"}}");
    if (draw >= 18 && rand_chance(p->rng, is_url ? 0.6 : 0.12))
        q->secret = own_expanded(p, "{\"token\":\"secret-~h~h\",\"refresh\":\"secret-~h\"}");
}

static void write_question(struct planner *p, struct plan_question *q)
{
    bool is_url = p->flow->ask == ASK_URL;
    rand_uuid(p->rng, q->id);
    q->kind = is_url ? TEXT_LIT("UrlElicitation") : TEXT_LIT("FormElicitation");
    q->purpose = own_expanded(p, p->flow->purpose);
    struct buf buf;
    buf_init(&buf, 1 << 16);
    buf_printf(&buf, "{\"kind\":\"%s\",\"message\":", is_url ? "url" : "form");
    demo_json_quote(q->purpose, &buf);
    demo_expand(
        p->rng,
        is_url
            ? ",\"url\":\"https://login.example.com/authorize?state=~h~h\"}"
            : ",\"requestedSchema\":{\"type\":\"object\",\"properties\":{\"approved\":{\"type\":\"boolean\","
              "\"title\":"
              "\"Approve\"},\"note\":{\"type\":\"string\",\"title\":\"Note\"}},\"required\":[\"approved\"]}}",
        &buf);
    q->payload = own_text(p->plan, &buf);
}

/* Nobody answers: the call that asked never ends, and nothing comes after it. */
static void leave_open(struct planner *p)
{
    p->plan->question.answered = INT64_MAX;
    p->plan->calls[0].end = INT64_MAX;
    p->plan->call_count = 1;
    p->plan->ended = INT64_MAX;
}

/* The first call asks, and waits for the answer. */
static void ask(struct planner *p)
{
    struct demo_plan *plan = p->plan;
    struct plan_question *q = &plan->question;
    if (!plan->call_count || p->flow->ask == ASK_NOTHING)
        return;
    if (!p->wish->must_ask && !rand_chance(p->rng, p->flow->ask_permille / 1000.0))
        return;
    plan->has_question = true;
    q->asked = plan->calls[0].start + 15 + rand_below(p->rng, 60);
    q->answered = q->asked + 900 + about(p->rng, (double)p->wish->answer_ms, 0.9);
    write_question(p, q);
    if (p->wish->is_unanswered) {
        leave_open(p);
        return;
    }
    write_answer(p, q);
    int64_t by = q->answered - plan->calls[0].start;
    shift_after(plan, plan->calls[0].start, by);
    p->clock += by;
}

/* ---- the end ---- */

static struct text stack_of(struct planner *p, struct text cause)
{
    struct buf buf;
    buf_init(&buf, 1 << 16);
    buf_str(&buf, "Error: Error: ");
    buf_text(&buf, cause);
    buf_str(&buf,
            "\n    at mcp.tool.dispatch (/opt/executor/packages/core/execution/src/tool-invoker.ts:42:18)"
            "\n    at mcp.tool.dispatch (/opt/executor/packages/core/execution/src/engine.ts:426:29)"
            "\n    at executor.code.exec (/opt/executor/packages/core/execution/src/engine.ts:605:55)"
            "\n    at <anonymous> (executor-runtime.js:42)\n"
            "\n    at toErrorMessage (/opt/executor/packages/kernel/runtime/src/index.ts:61:17)"
            "\n    at processTicksAndRejections (native:7:39)");
    return own_text(p->plan, &buf);
}

/* What goes wrong without a tool. */
static void fail_by_itself(struct planner *p)
{
    static const char *const causes[] = {
        "TypeError: cannot read property 'id' of undefined\n    at <anonymous> (executor-runtime.js:4~n)",
        "Error: ToolNotFoundError: { \"toolId\": \"~q.~q.list\" }\n    at executor.tool.invoke "
        "(/opt/executor/packages/core/sdk/src/executor.ts:2240:16)",
        "    at executor-runtime.js:42\n",
        "Error: checks of #~n are not green\n    at <anonymous> (executor-runtime.js:45)",
        "RangeError: Maximum call stack size exceeded\n    at fib (executor-runtime.js:51)\n    at fib "
        "(executor-runtime.js:51)",
        "Error: Bestellung ~N hat keine Größe\n    at <anonymous> (executor-runtime.js:60)",
        "execution timed out after 300000ms",
    };
    uint32_t which = rand_below(p->rng, sizeof causes / sizeof causes[0]);
    p->is_failed = true;
    p->plan->error = own_expanded(p, causes[which]);
    if (which == sizeof causes / sizeof causes[0] - 1)
        p->clock += 300000;
}

/* The first line of a JSON array of strings, without the closing bracket. */
static struct text first_line(struct text logs)
{
    const char *end = memmem(logs.s, logs.n, "\",\"", 3);
    return (struct text){logs.s, end ? (size_t)(end - logs.s) + 1 : logs.n - 1};
}

/* A run that failed did not get to its last lines; one that went on after a failed call has them all. */
static void append_error_log(struct planner *p)
{
    struct text logs = p->plan->logs;
    struct buf line, buf;
    buf_init(&line, 1 << 12);
    buf_str(&line, "[error] ");
    buf_text(&line, p->cause);
    buf_init(&buf, 1 << 20);
    if (text_is_null(logs))
        buf_char(&buf, '[');
    else
        buf_text(&buf, p->is_failed ? first_line(logs) : (struct text){logs.s, logs.n - 1});
    buf_str(&buf, text_is_null(logs) ? "" : ",");
    demo_json_quote(buf_as_text(&line), &buf);
    buf_char(&buf, ']');
    buf_release(&line);
    p->plan->logs = own_text(p->plan, &buf);
}

static void end_well_or_not(struct planner *p)
{
    struct demo_plan *plan = p->plan;
    plan->logs = p->texts->logs[rand_below(p->rng, POOL_VARIANTS)];
    if (p->is_failed) {
        plan->status = TEXT_LIT("failed");
        plan->result = TEXT_LIT("null");
        if (text_is_null(plan->error))
            plan->error = stack_of(p, p->cause);
    } else {
        plan->status = TEXT_LIT("completed");
        plan->result = p->texts->results[rand_below(p->rng, POOL_VARIANTS)];
    }
    if (p->pool->payload != PAYLOAD_SMALL && !text_is_null(p->cause))
        append_error_log(p);
    if (plan->ended != INT64_MAX)
        plan->ended = p->clock + about(p->rng, p->flow->own_ms, 0.5);
}

/* Somebody stops it half-way: what is under way then fails, and the rest never happens. */
static void cancel(struct planner *p)
{
    struct demo_plan *plan = p->plan;
    plan->ended = plan->created + (int64_t)((double)(plan->ended - plan->created) * rand_unit(p->rng)) + 1;
    plan->status = TEXT_LIT("cancelled");
    plan->result = plan->error = TEXT_NULL;
    size_t kept = 0;
    for (size_t i = 0; i < plan->call_count; i++) {
        struct plan_call *call = &plan->calls[i];
        if (call->start >= plan->ended)
            continue;
        if (call->end > plan->ended) {
            call->end = plan->ended;
            call->error = TEXT_LIT("cancelled");
            call->result = TEXT_NULL;
        }
        plan->calls[kept++] = *call;
    }
    plan->call_count = kept;
}

/* ---- what the wish asks for beyond the ordinary ---- */

static void stretch(struct planner *p)
{
    struct demo_plan *plan = p->plan;
    if (!p->wish->stretch_ms || plan->ended == INT64_MAX)
        return;
    plan->ended += p->wish->stretch_ms;
    if (plan->call_count)
        plan->calls[plan->call_count - 1].end += p->wish->stretch_ms;
}

static void abandon(struct demo_plan *plan)
{
    plan->ended = INT64_MAX;
    if (plan->call_count)
        plan->calls[plan->call_count - 1].end = INT64_MAX;
}

static void be_pending(struct demo_plan *plan)
{
    plan->started = TIME_NONE;
    plan->ended = INT64_MAX;
    plan->call_count = 0;
    plan->has_question = false;
}

static void be_nasty(struct demo_plan *plan, const struct demo_nasty *nasty)
{
    plan->code = text_of(nasty->code);
    plan->result = text_of(nasty->result);
    plan->error = text_of(nasty->error);
    plan->logs = text_of(nasty->logs);
    plan->status = nasty->error ? TEXT_LIT("failed") : TEXT_LIT("completed");
}

static void apply_wish(struct planner *p)
{
    struct demo_plan *plan = p->plan;
    stretch(p);
    if (p->wish->is_abandoned)
        abandon(plan);
    if (p->wish->is_pending)
        be_pending(plan);
    if (p->wish->nasty)
        be_nasty(plan, p->wish->nasty);
    if (!text_is_null(p->wish->code))
        plan->code = p->wish->code;
    if (!text_is_null(p->wish->logs))
        plan->logs = p->wish->logs;
    if (!text_is_null(p->wish->result) && text_is(plan->status, "completed"))
        plan->result = p->wish->result;
}

void demo_plan_init(struct demo_plan *plan, const struct demo_pool *pool, struct rand *rng,
                    const struct plan_wish *wish)
{
    arena_init(&plan->arena);
    plan->created = plan->started = wish->at;
    plan->ended = 0;
    plan->error = TEXT_NULL;
    plan->call_count = 0;
    plan->has_question = false;
    plan->question = (struct plan_question){.secret = TEXT_NULL};
    rand_uuid(rng, plan->id);
    struct planner p = {.plan = plan, .pool = pool, .rng = rng, .wish = wish, .clock = wish->at};
    choose(&p);
    p.clock += 1 + about(rng, p.flow->own_ms / 3.0, 0.5);
    if (pool->payload == PAYLOAD_SMALL)
        call_little(&p);
    else if (p.flow->is_parallel)
        call_at_once(&p);
    else
        call_in_order(&p);
    ask(&p);
    if (!p.is_failed && rand_chance(rng, 0.011))
        fail_by_itself(&p);
    end_well_or_not(&p);
    if (plan->ended != INT64_MAX && !plan->has_question && rand_chance(rng, 0.008))
        cancel(&p);
    apply_wish(&p);
}

void demo_plan_release(struct demo_plan *plan)
{
    arena_release(&plan->arena);
}
