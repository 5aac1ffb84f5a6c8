/*
 * See run_doc.h. The parsing is json_view's and its kin's; here is what belongs to a run: how much of it all is parsed, and what a question to a person
 * consists of.
 */
#include "data/text/run_doc.h"

#include "data/base/die.h"
#include "data/text/json_scan.h"

#include <stdlib.h>

/* ---- looking into an object ---- */

/* Steps to the next member of an object whose brace was read. False at its end, or where it is broken. */
static bool next_member(struct json_scan *scan, struct text *key, struct text *value)
{
    enum json_token token = json_next(scan);
    if (token == JSON_COMMA)
        token = json_next(scan);
    if (token != JSON_STRING)
        return false;
    *key = json_raw(scan);
    if (json_next(scan) != JSON_COLON)
        return false;
    token = json_next(scan);
    size_t start = scan->start;
    if (!json_skip(scan, token))
        return false;
    *value = (struct text){scan->text.s + start, scan->end - start};
    return true;
}

/* The value of a key as it is spelled; null where the text is no object or has no such key. The key is given with its quotes. */
static struct text member_of(struct text object, struct text key)
{
    struct json_scan scan = json_scan(object);
    struct text found, value;
    if (json_next(&scan) != JSON_OBJECT_OPEN)
        return TEXT_NULL;
    while (next_member(&scan, &found, &value))
        if (text_eq(found, key))
            return value;
    return TEXT_NULL;
}

static bool is_string(struct text raw)
{
    return raw.n >= 2 && raw.s[0] == '"';
}

static struct text decoded(struct arena *arena, struct text raw)
{
    char *out = arena_alloc(arena, raw.n + 1);
    return (struct text){out, json_unescape(raw, out)};
}

/* A string decoded, anything else as it is spelled; null stays null. */
static struct text words_of(struct arena *arena, struct text raw)
{
    return is_string(raw) ? decoded(arena, raw) : raw;
}

static struct text string_of(struct arena *arena, struct text raw)
{
    return is_string(raw) ? decoded(arena, raw) : TEXT_NULL;
}

/* A payload may be JSON in a JSON string. */
static struct text unwrapped(struct arena *arena, struct text payload)
{
    struct json_scan scan = json_scan(payload);
    return json_next(&scan) == JSON_STRING ? decoded(arena, json_raw(&scan)) : payload;
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
    struct text title = string_of(arena, member_of(value, TEXT_LIT("\"title\"")));
    return (struct schema_field){
        .name = decoded(arena, key),
        .type = words_of(arena, member_of(value, TEXT_LIT("\"type\""))),
        .title = title.n ? title : string_of(arena, member_of(value, TEXT_LIT("\"description\""))),
        .options = member_of(value, TEXT_LIT("\"enum\"")),
        .is_required = is_listed(required, key),
    };
}

static void read_fields(struct arena *arena, struct text schema, struct interaction_doc *doc)
{
    struct json_scan scan = json_scan(member_of(schema, TEXT_LIT("\"properties\"")));
    struct text required = member_of(schema, TEXT_LIT("\"required\"")), key, value;
    if (json_next(&scan) != JSON_OBJECT_OPEN)
        return;
    doc->fields = arena_array(arena, RUN_DOC_FIELDS_MAX, sizeof *doc->fields);
    while (doc->field_count < RUN_DOC_FIELDS_MAX && next_member(&scan, &key, &value))
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
    struct text message = string_of(&doc->arena, member_of(payload, TEXT_LIT("\"message\"")));
    out->message = json_view_new(message.n ? message : interaction->purpose, RUN_DOC_FIT_CELLS);
    out->url = string_of(&doc->arena, member_of(payload, TEXT_LIT("\"url\"")));
    read_fields(&doc->arena, member_of(payload, TEXT_LIT("\"requestedSchema\"")), out);
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
