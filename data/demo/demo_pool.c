/*
 * All texts that many runs share are made once. Writing a million runs is then a matter of picking, and SQLite, not printf, is what
 * takes the time. What a pool holds is a few megabytes, whatever the number of runs.
 */
#include "data/demo/demo_parts.h"

#include "data/base/die.h"

#include <string.h>

enum {
    TEXT_LIMIT = 4 << 20,
    LARGE_HELPERS = 12, /* up to so many more than the flow has */
    LARGE_RESULT = 128,
    LARGE_CALL_RESULT = 24,
    LARGE_LOG_LINES = 2,
};

static struct text keep(struct demo_pool *pool, struct buf *buf)
{
    struct text kept = arena_text(&pool->arena, buf_as_text(buf));
    buf_release(buf);
    return kept;
}

static struct text expanded(struct demo_pool *pool, struct rand *rng, const char *from)
{
    if (!from)
        return TEXT_NULL;
    struct buf buf;
    buf_init(&buf, TEXT_LIMIT);
    demo_expand(rng, from, &buf);
    return keep(pool, &buf);
}

/* What a tool of the kind "content" wraps its answer in: JSON in a JSON string, once for every layer. */
static struct text wrapped(struct demo_pool *pool, struct text json, int layers)
{
    for (int i = 0; i < layers; i++) {
        struct buf buf;
        buf_init(&buf, TEXT_LIMIT);
        buf_str(&buf, "{\"content\":[{\"type\":\"text\",\"text\":");
        demo_json_quote(json, &buf);
        buf_str(&buf, "}]}");
        json = keep(pool, &buf);
    }
    return json;
}

/* A JSON array of strings from a template with a line each. */
static struct text log_array(struct demo_pool *pool, struct rand *rng, const char *lines)
{
    if (!lines)
        return TEXT_NULL;
    struct text raw = expanded(pool, rng, lines);
    struct buf buf;
    buf_init(&buf, TEXT_LIMIT);
    buf_char(&buf, '[');
    for (const char *line = raw.s; line;) {
        const char *end = strchr(line, '\n');
        demo_json_quote((struct text){line, end ? (size_t)(end - line) : strlen(line)}, &buf);
        buf_str(&buf, end ? "," : "]");
        line = end ? end + 1 : NULL;
    }
    return keep(pool, &buf);
}

/* A table as people return them: an array of records, until there are enough bytes. */
static struct text big_table(struct demo_pool *pool, struct rand *rng, size_t bytes)
{
    struct buf buf;
    buf_init(&buf, TEXT_LIMIT);
    buf_char(&buf, '[');
    for (unsigned id = 0; buf.len < bytes; id++) {
        buf_printf(&buf, "%s{\"id\":%u,", id ? "," : "", id);
        demo_expand(rng,
                    "\"name\":\"~w\",\"email\":\"~e\",\"company\":\"~c\",\"note\":\"~s\",\"paid\":~m,"
                    "\"tags\":[\"~q\",\"~q\"]}",
                    &buf);
    }
    buf_char(&buf, ']');
    return keep(pool, &buf);
}

/* ---- payloads by their size ---- */

/* Most are near the least, few are large: each of the `doublings` is as likely as the next. */
static size_t large_size(struct rand *rng, size_t least, uint32_t doublings)
{
    size_t size = least << rand_below(rng, doublings);
    return size + rand_below(rng, (uint32_t)size);
}

static struct text result_of(struct demo_pool *pool, struct rand *rng, const char *from, size_t least)
{
    switch (pool->payload) {
    case PAYLOAD_SMALL: return TEXT_LIT("null");
    case PAYLOAD_LARGE: return big_table(pool, rng, large_size(rng, least, 5));
    case PAYLOAD_ORDINARY: break;
    }
    return expanded(pool, rng, from);
}

static void add_log_lines(struct rand *rng, size_t lines, struct buf *buf)
{
    static const char *const levels[] = {"log", "debug", "debug", "info", "warn", "log", "error", "debug"};
    for (size_t i = 0; i < lines; i++) {
        buf_printf(buf, "%s[%s] line %zu of %zu: ", i ? "\n" : "", levels[rand_below(rng, 8)], i + 1, lines);
        demo_expand(rng, "~s — ~e ~m", buf);
    }
}

static struct text large_logs(struct demo_pool *pool, struct rand *rng, size_t lines)
{
    struct buf buf;
    buf_init(&buf, TEXT_LIMIT);
    add_log_lines(rng, lines, &buf);
    struct text logs = log_array(pool, rng, buf_cstr(&buf));
    buf_release(&buf);
    return logs;
}

static struct text logs_of(struct demo_pool *pool, struct rand *rng, const char *lines)
{
    switch (pool->payload) {
    case PAYLOAD_SMALL: return TEXT_NULL;
    case PAYLOAD_LARGE: return large_logs(pool, rng, large_size(rng, LARGE_LOG_LINES, 4));
    case PAYLOAD_ORDINARY: break;
    }
    return log_array(pool, rng, lines);
}

static void fill_tool(struct demo_pool *pool, struct rand *rng, size_t i)
{
    const struct demo_tool *tool = &demo_tools[i];
    struct pool_tool *made = &pool->tools[i];
    made->path = text_of(tool->path);
    made->namespace_ = (struct text){tool->path, strcspn(tool->path, ".")};
    for (int v = 0; v < POOL_VARIANTS; v++) {
        made->args[v] = pool->payload == PAYLOAD_SMALL ? TEXT_LIT("{}") : expanded(pool, rng, tool->args);
        made->results[v] = result_of(pool, rng, tool->result, LARGE_CALL_RESULT);
    }
}

static size_t tool_of(const char *path)
{
    for (size_t i = 0; i < demo_tool_count; i++)
        if (strcmp(demo_tools[i].path, path) == 0)
            return i;
    die("demo: a flow calls %s, which is no tool", path);
}

static struct text flow_code(struct demo_pool *pool, struct rand *rng, const struct demo_flow *flow)
{
    if (pool->payload == PAYLOAD_SMALL)
        return expanded(pool, rng, "return ~n");
    int more = pool->payload == PAYLOAD_LARGE ? (int)rand_below(rng, LARGE_HELPERS) : 0;
    struct buf buf;
    buf_init(&buf, TEXT_LIMIT);
    demo_helpers(rng, flow->helpers + more, &buf);
    demo_expand(rng, flow->code, &buf);
    return keep(pool, &buf);
}

static void fill_flow(struct demo_pool *pool, struct rand *rng, size_t i)
{
    const struct demo_flow *flow = &demo_flows[i];
    struct pool_flow *made = &pool->flows[i];
    made->code_count = flow->variants;
    for (size_t v = 0; v < made->code_count; v++)
        made->codes[v] = flow_code(pool, rng, flow);
    for (int v = 0; v < POOL_VARIANTS; v++) {
        made->results[v] =
            pool->payload == PAYLOAD_SMALL
                ? TEXT_LIT("1")
                : wrapped(pool, result_of(pool, rng, flow->result, LARGE_RESULT), flow->layers);
        made->logs[v] = logs_of(pool, rng, flow->logs);
    }
    for (int step = 0; step < FLOW_STEPS && flow->steps[step]; step++)
        made->steps[made->step_count++] = tool_of(flow->steps[step]);
    for (int trigger = 0; trigger < TRIGGER_COUNT; trigger++)
        pool->flow_weights[trigger] += flow->weight * flow->triggers[trigger];
}

static void fill_metas(struct demo_pool *pool, struct rand *rng)
{
    static const char *const templates[TRIGGER_COUNT] = {
        [BY_CLI] = "{\"cwd\":\"~p\",\"argv\":[\"run\",\"report.ts\",\"--since\",\"~d\"],\"user\":\"~l\"}",
        [BY_HTTP] =
            "{\"method\":\"POST\",\"path\":\"/v1/execute\",\"requestId\":\"~h~h\",\"ip\":\"10.0.3.17\"}",
        [BY_MCP] = "{\"client\":\"desktop\",\"sessionId\":\"~h-~h\",\"user\":\"~e\"}",
        [BY_CRON] = "{\"expression\":\"*/5 * * * *\",\"job\":\"~q-~p\"}",
        [BY_SCHEDULE] = "{\"schedule\":\"~q every weekday\",\"owner\":\"~w\"}",
    };
    for (int trigger = 0; trigger < TRIGGER_COUNT; trigger++)
        for (int v = 0; v < POOL_VARIANTS; v++)
            pool->metas[trigger][v] = pool->payload == PAYLOAD_SMALL || v % 3 == 2
                                          ? TEXT_NULL
                                          : expanded(pool, rng, templates[trigger]);
}

static void fill_scopes(struct demo_pool *pool, struct rand *rng)
{
    static const char *const names[] = {"acme-app", "billing",    "ops-nightly",
                                        "sandbox",  "größe-test", "team"};
    for (size_t i = 0; i < DEMO_SCOPES_MAX; i++) {
        const char *name = names[i < sizeof names / sizeof names[0] ? i : sizeof names / sizeof names[0] - 1];
        const char *id = arena_printf(&pool->arena, "%s-%08x", name, (unsigned)rand_next(rng));
        pool->scopes[i] = text_of(id);
    }
}

void demo_pool_init(struct demo_pool *pool, struct rand *rng, enum demo_payload payload)
{
    *pool = (struct demo_pool){.payload = payload};
    pool->tools = arena_array(&pool->arena, demo_tool_count, sizeof *pool->tools);
    pool->flows = arena_array(&pool->arena, demo_flow_count, sizeof *pool->flows);
    fill_scopes(pool, rng);
    fill_metas(pool, rng);
    for (size_t i = 0; i < demo_tool_count; i++)
        fill_tool(pool, rng, i);
    for (size_t i = 0; i < demo_flow_count; i++)
        fill_flow(pool, rng, i);
}

void demo_pool_add_big(struct demo_pool *pool, struct rand *rng)
{
    for (size_t i = 0; i < POOL_LARGE; i++)
        pool->large[i] = wrapped(pool, big_table(pool, rng, 100000 + 40000 * i), i % 3);
    for (int i = 0; i < POOL_HUGE; i++)
        pool->huge[i] = wrapped(pool, big_table(pool, rng, 1600000), i);
    struct buf buf;
    buf_init(&buf, TEXT_LIMIT);
    demo_long_line(&buf);
    pool->long_line = keep(pool, &buf);
    pool->long_logs = large_logs(pool, rng, 2500);
}

void demo_pool_release(struct demo_pool *pool)
{
    arena_release(&pool->arena);
}
