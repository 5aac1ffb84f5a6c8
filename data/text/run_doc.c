/*
 * See run_doc.h. The parsing is json_view's and its kin's; here is what belongs to a run: how much of it all is parsed, and what a question to a person
 * consists of.
 */
#include "data/text/run_doc.h"

#include "data/base/die.h"
#include "data/text/json_part.h"

#include <stdlib.h>

/* A string decoded, anything else as it is spelled; null stays null. */
static struct text words_of(struct arena *arena, struct text raw)
{
    return json_kind(raw) == JSON_STRING ? json_decode(arena, raw) : raw;
}

/* A payload may be JSON in a JSON string. */
static struct text unwrapped(struct arena *arena, struct text payload)
{
    struct json_scan scan = json_scan(payload);
    return json_open(&scan, JSON_STRING) ? json_decode(arena, json_raw(&scan)) : payload;
}

/* ---- interactions ---- */

static bool is_listed(struct text array, struct text key)
{
    struct json_scan scan = json_scan(array);
    for (enum json_token token; (token = json_next(&scan)) > JSON_END;)
        if (token == JSON_STRING && text_eq(json_raw(&scan), key))
            return true;
    return false;
}

static struct schema_field field_of(struct arena *arena, struct text key, struct text value,
                                    struct text required)
{
    struct text title = json_decode(arena, json_member(value, "title"));
    return (struct schema_field){
        .name = json_decode(arena, key),
        .type = words_of(arena, json_member(value, "type")),
        .title = title.n ? title : json_decode(arena, json_member(value, "description")),
        .options = json_member(value, "enum"),
        .is_required = is_listed(required, key),
        .is_secret = text_is(json_member(value, "writeOnly"), "true") ||
                     text_is(json_member(value, "format"), "\"password\""),
    };
}

static void read_fields(struct arena *arena, struct text schema, struct interaction_doc *doc)
{
    struct json_scan scan = json_scan(json_member(schema, "properties"));
    struct text required = json_member(schema, "required"), key, value;
    if (!json_open(&scan, JSON_OBJECT_OPEN))
        return;
    doc->fields = arena_array(arena, RUN_DOC_FIELDS_MAX, sizeof *doc->fields);
    while (doc->field_count < RUN_DOC_FIELDS_MAX && json_next_member(&scan, &key, &value))
        doc->fields[doc->field_count++] = field_of(arena, key, value, required);
}

/* ---- the parts ---- */

static struct json_view *view_within(struct text text, size_t *left)
{
    if (text.n > *left)
        return NULL;
    *left -= text.n;
    return json_view_new(text, RUN_DOC_FIT_CELLS);
}

static void read_interaction(struct run_doc *doc, size_t i, size_t *left)
{
    const struct interaction *interaction = &doc->detail->detail.interactions[i];
    struct interaction_doc *out = &doc->interactions[i];
    out->interaction = interaction;
    out->request = view_within(interaction->payload_json, left);
    out->response = view_within(interaction->response_json, left);
    struct text payload = out->request ? unwrapped(&doc->arena, interaction->payload_json) : TEXT_NULL;
    struct text message = json_decode(&doc->arena, json_member(payload, "message"));
    out->message = json_view_new(message.n ? message : interaction->purpose, RUN_DOC_FIT_CELLS);
    out->url = json_decode(&doc->arena, json_member(payload, "url"));
    read_fields(&doc->arena, json_member(payload, "requestedSchema"), out);
}

static void read_call(struct run_doc *doc, size_t i, size_t *left)
{
    const struct tool_call *call = &doc->detail->calls[i];
    doc->calls[i] = (struct call_doc){
        .call = call,
        .args = view_within(call->args_json, left),
        .result = view_within(call->result_json, left),
        .error = view_within(call->error_text, left),
    };
}

static void read_run(struct run_doc *doc, const struct run *run)
{
    doc->trigger = json_view_new(run->trigger_meta_json, RUN_DOC_FIT_CELLS);
    doc->result = json_view_new(run->result_json, RUN_DOC_FIT_CELLS);
    doc->error = json_view_new(run->error_text, RUN_DOC_FIT_CELLS);
    doc->code = code_view_new(run->code);
    doc->log = log_lines_new(run->logs_json);
}

struct run_doc *run_doc_new(const struct detail_reply *detail)
{
    struct run_doc *doc = mem_new_array(1, sizeof *doc);
    size_t left = RUN_DOC_CALLS_BYTES;
    doc->detail = detail;
    arena_init(&doc->arena);
    read_run(doc, &detail->detail.run);
    doc->interaction_count = detail->detail.interaction_count;
    doc->interactions = arena_array(&doc->arena, doc->interaction_count, sizeof *doc->interactions);
    for (size_t i = 0; i < doc->interaction_count; i++)
        read_interaction(doc, i, &left);
    doc->call_count = detail->call_count;
    doc->calls = arena_array(&doc->arena, doc->call_count, sizeof *doc->calls);
    for (size_t i = 0; i < doc->call_count; i++)
        read_call(doc, i, &left);
    return doc;
}

void run_doc_free(struct run_doc *doc)
{
    if (!doc)
        return;
    for (size_t i = 0; i < doc->call_count; i++) {
        json_view_free(doc->calls[i].args);
        json_view_free(doc->calls[i].result);
        json_view_free(doc->calls[i].error);
    }
    for (size_t i = 0; i < doc->interaction_count; i++) {
        json_view_free(doc->interactions[i].message);
        json_view_free(doc->interactions[i].request);
        json_view_free(doc->interactions[i].response);
    }
    json_view_free(doc->trigger);
    json_view_free(doc->result);
    json_view_free(doc->error);
    code_view_free(doc->code);
    log_lines_free(doc->log);
    arena_release(&doc->arena);
    free(doc);
}
