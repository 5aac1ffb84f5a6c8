/*
 * Written straight into a buffer rather than through a tree: a tree of doubles would lose the low digits of large integers, and one of C
 * strings would end a text at its first NUL.
 */
#include "data/wire.h"

#include "data/cursor.h"
#include "data/text/json_put.h"

/* ---- members: a name, and a comma before all but the first ---- */

static void put_name(const char *name, struct buf *out)
{
    json_put_name(out, text_of(name));
}

static void member_text(const char *name, struct text text, struct buf *out)
{
    put_name(name, out);
    json_put_string(out, text);
}

static void member_number(const char *name, int64_t n, struct buf *out)
{
    put_name(name, out);
    json_put_integer(out, n);
}

/* TIME_NONE and DURATION_NONE are null. */
static void member_time(const char *name, int64_t t, struct buf *out)
{
    if (t == TIME_NONE)
        member_text(name, TEXT_NULL, out);
    else
        member_number(name, t, out);
}

/* ---- records ---- */

void wire_execution(const struct run *run, struct buf *out)
{
    buf_char(out, '{');
    member_text("id", run->id, out);
    member_text("scopeId", run->scope_id, out);
    member_text("status", run->status, out);
    member_text("code", run->code, out);
    member_text("resultJson", run->result_json, out);
    member_text("errorText", run->error_text, out);
    member_text("logsJson", run->logs_json, out);
    member_time("startedAt", run->started_at, out);
    member_time("completedAt", run->completed_at, out);
    member_text("triggerKind", run->trigger_kind, out);
    member_text("triggerMetaJson", run->trigger_meta_json, out);
    member_number("toolCallCount", run->tool_call_count, out);
    member_time("createdAt", run->created_at, out);
    member_time("updatedAt", run->updated_at, out);
    buf_char(out, '}');
}

static void put_interaction(const struct interaction *interaction, struct buf *out)
{
    buf_char(out, '{');
    member_text("id", interaction->id, out);
    member_text("executionId", interaction->execution_id, out);
    member_text("status", interaction->status, out);
    member_text("kind", interaction->kind, out);
    member_text("purpose", interaction->purpose, out);
    member_text("payloadJson", interaction->payload_json, out);
    member_text("responseJson", interaction->response_json, out);
    member_text("responsePrivateJson", TEXT_NULL, out);
    if (interaction->has_private_response)
        buf_str(out, ",\"hasPrivateResponse\":true");
    member_time("createdAt", interaction->created_at, out);
    member_time("updatedAt", interaction->updated_at, out);
    buf_char(out, '}');
}

void wire_detail(const struct run_detail *detail, struct buf *out)
{
    buf_str(out, "{\"execution\":");
    wire_execution(&detail->run, out);
    buf_str(out, ",\"pendingInteraction\":");
    if (detail->pending < 0)
        buf_str(out, "null");
    else
        put_interaction(&detail->interactions[detail->pending], out);
    buf_char(out, '}');
}

static void put_tool_call(const struct tool_call *call, struct buf *out)
{
    buf_char(out, '{');
    member_text("id", call->id, out);
    member_text("executionId", call->execution_id, out);
    member_text("status", call->status, out);
    member_text("toolPath", call->tool_path, out);
    member_text("namespace", call->namespace_, out);
    member_text("argsJson", call->args_json, out);
    member_text("resultJson", call->result_json, out);
    member_text("errorText", call->error_text, out);
    member_time("startedAt", call->started_at, out);
    member_time("completedAt", call->completed_at, out);
    member_time("durationMs", call->duration_ms, out);
    buf_char(out, '}');
}

/* "toolCalls":[…] */
static void member_tool_calls(const struct tool_call *calls, size_t count, struct buf *out)
{
    put_name("toolCalls", out);
    buf_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_char(out, ',');
        put_tool_call(&calls[i], out);
    }
    buf_char(out, ']');
}

void wire_tool_calls(const struct tool_call *calls, size_t count, struct buf *out)
{
    buf_char(out, '{');
    member_tool_calls(calls, count, out);
    buf_char(out, '}');
}

void wire_record(const struct run_detail *detail, const struct tool_call *calls, size_t count,
                 struct buf *out)
{
    buf_str(out, "{\"execution\":");
    wire_execution(&detail->run, out);
    buf_str(out, ",\"interactions\":[");
    for (size_t i = 0; i < detail->interaction_count; i++) {
        if (i)
            buf_char(out, ',');
        put_interaction(&detail->interactions[i], out);
    }
    buf_char(out, ']');
    member_tool_calls(calls, count, out);
    buf_char(out, '}');
}

/* ---- meta ---- */

static void put_facet(const char *name, const char *word, const struct facet *facet, struct buf *out)
{
    put_name(name, out);
    buf_char(out, '[');
    for (size_t i = 0; i < facet->count; i++) {
        buf_str(out, i ? ",{" : "{");
        member_text(word, facet->values[i].word, out);
        member_number("count", facet->values[i].count, out);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

static void put_facets(const struct meta *meta, struct buf *out)
{
    put_facet("statusCounts", "status", &meta->status, out);
    put_facet("triggerCounts", "triggerKind", &meta->trigger, out);
    put_facet("toolFacets", "toolPath", &meta->tools, out);
    put_name("interactionCounts", out);
    buf_char(out, '{');
    member_number("withElicitation", meta->with_interaction.n, out);
    member_number("withoutElicitation", meta->without_interaction.n, out);
    buf_char(out, '}');
}

static void put_bucket(int64_t start, const struct bucket *bucket, struct buf *out)
{
    buf_char(out, '{');
    member_number("bucketStart", start, out);
    put_name("counts", out);
    buf_char(out, '{');
    for (int i = 0; i < STATUS_OTHER; i++)
        member_number(run_status_word((enum run_status)i), bucket->counts[i], out);
    if (bucket->counts[STATUS_OTHER])
        member_number("other", bucket->counts[STATUS_OTHER], out);
    buf_str(out, "}}");
}

static void put_chart(const struct histogram *histogram, struct buf *out)
{
    member_number("chartBucketMs", histogram->width, out);
    put_name("chartData", out);
    buf_char(out, '[');
    bool is_first = true;
    for (size_t i = 0; i < histogram->count; i++) {
        if (!bucket_total(&histogram->buckets[i]))
            continue;
        if (!is_first)
            buf_char(out, ',');
        is_first = false;
        put_bucket(histogram->start + (int64_t)i * histogram->width, &histogram->buckets[i], out);
    }
    buf_char(out, ']');
}

void wire_meta(const struct meta *meta, struct buf *out)
{
    buf_char(out, '{');
    member_number("totalRowCount", meta->total.n, out);
    member_number("filterRowCount", meta->filtered.n, out);
    put_facets(meta, out);
    put_chart(&meta->histogram, out);
    buf_char(out, '}');
}

void wire_facets(const struct meta *meta, struct buf *out)
{
    buf_char(out, '{');
    put_facets(meta, out);
    buf_char(out, '}');
}

/* ---- lists ---- */

void wire_list_open(struct buf *out)
{
    buf_str(out, "{\"executions\":[");
}

void wire_list_item(const struct run_detail *detail, bool is_first, struct buf *out)
{
    if (!is_first)
        buf_char(out, ',');
    wire_detail(detail, out);
}

void wire_list_close(const struct run_row *next, const struct meta *meta, struct buf *out)
{
    buf_char(out, ']');
    if (next) {
        buf_str(out, ",\"nextCursor\":\"");
        cursor_encode(next->created_at, next->id, out);
        buf_char(out, '"');
    }
    if (meta) {
        buf_str(out, ",\"meta\":");
        wire_meta(meta, out);
    }
    buf_char(out, '}');
}
