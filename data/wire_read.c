/*
 * See wire_read.h. By way of a tree, since an answer must be whole and one value before any of it counts; the tree is gone before the values are handed out, so that
 * nothing of it, the secret part of an answer to a question above all, outlives the reading.
 *
 * cJSON notes the place of its last error in a variable of its own, which lanes that fail at once may both write; nothing here reads it.
 */
#include "data/wire_read.h"

#include "data/base/utf8.h"
#include "data/wire_clean.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

/* ---- the tree ---- */

/* Only whitespace may stand behind the value. */
static size_t skip_space(struct text text, size_t at)
{
    while (at < text.n && (unsigned char)text.s[at] <= ' ')
        at++;
    return at;
}

/* NULL where it is not JSON. */
static cJSON *parse(const struct wire_clean *clean, enum err_code *code, struct err *err)
{
    struct text text = clean->text;
    if (skip_space(text, 0) == text.n) {
        *code = wire_not_json(TEXT_LIT(""), 0, true, err);
        return NULL;
    }
    const char *end = text.s;
    cJSON *root = cJSON_ParseWithLengthOpts(text.s, text.n, &end, false);
    size_t at = (size_t)(end - text.s);
    if (root && skip_space(text, at) == text.n)
        return root;
    cJSON_Delete(root);
    *code = wire_not_json(text, at, clean->is_open && skip_space(text, at + 1) == text.n, err);
    return NULL;
}

/* Caller deletes. NULL: *code says why. */
static cJSON *read_tree(struct text body, enum err_code *code, struct err *err)
{
    struct wire_clean clean;
    *code = wire_clean(body, &clean, err);
    cJSON *root = *code == ERR_OK ? parse(&clean, code, err) : NULL;
    wire_clean_release(&clean);
    return root;
}

/* "JSON, but not a run: its keys are a, b": names only, values may be anybody's secrets. */
static enum err_code refuse(const cJSON *root, const char *wanted, struct err *err)
{
    enum { KEYS_SHOWN = 6, KEY_LEN = 32 };
    struct buf keys;
    buf_init(&keys, KEYS_SHOWN * (KEY_LEN + 2));
    int count = 0;
    for (const cJSON *item = cJSON_IsObject(root) ? root->child : NULL; item && count < KEYS_SHOWN;
         item = item->next) {
        struct text key = text_of(item->string);
        buf_str(&keys, count++ ? ", " : "");
        buf_add(&keys, key.s, utf8_cut(key, KEY_LEN));
    }
    if (count)
        err_set(err, ERR_UNSUPPORTED, "this is JSON, but not %s: its keys are %s", wanted, buf_cstr(&keys));
    else
        err_set(err, ERR_UNSUPPORTED, "this is JSON, but not %s: %s", wanted,
                cJSON_IsObject(root)  ? "it is an empty object"
                : cJSON_IsArray(root) ? "it is an array"
                                      : "it is a single value");
    err_hint(err, "is the address an executor's? Its API is found below …/api");
    buf_release(&keys);
    return ERR_UNSUPPORTED;
}

/* ---- members ---- */

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static struct text member_text(const cJSON *object, const char *name, struct arena *arena)
{
    const cJSON *item = member(object, name);
    return cJSON_IsString(item) ? arena_text(arena, text_of(item->valuestring)) : TEXT_NULL;
}

/* The lower end is one above INT64_MIN, which is null here. */
static int64_t whole(double value)
{
    if (value >= 0x1p63)
        return INT64_MAX;
    return value <= -0x1p63 ? -INT64_MAX : (int64_t)value;
}

static int64_t member_number(const cJSON *object, const char *name, int64_t missing)
{
    const cJSON *item = member(object, name);
    return cJSON_IsNumber(item) ? whole(item->valuedouble) : missing;
}

static int64_t member_time(const cJSON *object, const char *name)
{
    return member_number(object, name, TIME_NONE);
}

/* ---- records ---- */

/* False where it cannot stand in a list. */
static bool read_run(const cJSON *object, struct arena *arena, struct run *run)
{
    *run = (struct run){
        .id = member_text(object, "id", arena),
        .scope_id = member_text(object, "scopeId", arena),
        .status = member_text(object, "status", arena),
        .code = member_text(object, "code", arena),
        .result_json = member_text(object, "resultJson", arena),
        .error_text = member_text(object, "errorText", arena),
        .logs_json = member_text(object, "logsJson", arena),
        .started_at = member_time(object, "startedAt"),
        .completed_at = member_time(object, "completedAt"),
        .trigger_kind = member_text(object, "triggerKind", arena),
        .trigger_meta_json = member_text(object, "triggerMetaJson", arena),
        .tool_call_count = member_number(object, "toolCallCount", 0),
        .created_at = member_time(object, "createdAt"),
        .updated_at = member_time(object, "updatedAt"),
    };
    return run->id.n > 0 && run->created_at != TIME_NONE;
}

static bool has_value(const cJSON *item)
{
    return item && !cJSON_IsNull(item);
}

static struct interaction read_interaction(const cJSON *object, struct arena *arena)
{
    return (struct interaction){
        .id = member_text(object, "id", arena),
        .execution_id = member_text(object, "executionId", arena),
        .status = member_text(object, "status", arena),
        .kind = member_text(object, "kind", arena),
        .purpose = member_text(object, "purpose", arena),
        .payload_json = member_text(object, "payloadJson", arena),
        .response_json = member_text(object, "responseJson", arena),
        .has_private_response = has_value(member(object, "responsePrivateJson")) ||
                                cJSON_IsTrue(member(object, "hasPrivateResponse")),
        .created_at = member_time(object, "createdAt"),
        .updated_at = member_time(object, "updatedAt"),
    };
}

/* {"execution":…,"pendingInteraction":…|null} */
static bool read_item(const cJSON *object, struct arena *arena, struct run_detail *detail)
{
    const cJSON *pending = member(object, "pendingInteraction");
    *detail = (struct run_detail){.pending = -1};
    if (!read_run(member(object, "execution"), arena, &detail->run))
        return false;
    if (cJSON_IsObject(pending)) {
        detail->interactions = arena_alloc(arena, sizeof *detail->interactions);
        detail->interactions[0] = read_interaction(pending, arena);
        detail->interaction_count = 1;
        detail->pending = 0;
    }
    return true;
}

static bool read_call(const cJSON *object, struct arena *arena, struct tool_call *call)
{
    *call = (struct tool_call){
        .id = member_text(object, "id", arena),
        .execution_id = member_text(object, "executionId", arena),
        .status = member_text(object, "status", arena),
        .tool_path = member_text(object, "toolPath", arena),
        .namespace_ = member_text(object, "namespace", arena),
        .args_json = member_text(object, "argsJson", arena),
        .result_json = member_text(object, "resultJson", arena),
        .error_text = member_text(object, "errorText", arena),
        .started_at = member_time(object, "startedAt"),
        .completed_at = member_time(object, "completedAt"),
        .duration_ms = member_number(object, "durationMs", DURATION_NONE),
    };
    return call->id.n > 0;
}

/* ---- meta ---- */

static struct tally member_tally(const cJSON *object, const char *name)
{
    int64_t n = member_number(object, name, -1);
    return n < 0 ? TALLY_UNKNOWN : (struct tally){n, true};
}

/* `may_be_null`: a null word is a value of its own (runs without a trigger). */
static struct facet read_facet(const cJSON *list, const char *word, bool may_be_null, struct arena *arena)
{
    struct facet facet = {.is_counted = cJSON_IsArray(list)};
    if (!facet.is_counted)
        return facet;
    facet.values = arena_array(arena, (size_t)cJSON_GetArraySize(list), sizeof *facet.values);
    for (const cJSON *item = list->child; item; item = item->next) {
        struct text value = member_text(item, word, arena);
        int64_t count = member_number(item, "count", 0);
        if (cJSON_IsObject(item) && (value.s || may_be_null))
            facet.values[facet.count++] = (struct facet_value){value, count < 0 ? 0 : count};
    }
    return facet;
}

static void add_counts(const cJSON *counts, struct bucket *bucket)
{
    for (const cJSON *item = cJSON_IsObject(counts) ? counts->child : NULL; item; item = item->next) {
        int64_t n = cJSON_IsNumber(item) ? whole(item->valuedouble) : 0;
        uint32_t *count = &bucket->counts[run_status_of(text_of(item->string))];
        if (n > 0)
            *count = n > UINT32_MAX - *count ? UINT32_MAX : *count + (uint32_t)n;
    }
}

static void read_chart(const cJSON *object, struct arena *arena, struct wire_meta *meta)
{
    const cJSON *list = member(object, "chartData");
    int64_t width = member_number(object, "chartBucketMs", 0);
    if (width <= 0 || !cJSON_IsArray(list))
        return;
    meta->chart_width = width;
    meta->chart = arena_array(arena, (size_t)cJSON_GetArraySize(list), sizeof *meta->chart);
    for (const cJSON *item = list->child; item; item = item->next) {
        struct sparse_bucket bucket = {.start = member_time(item, "bucketStart")};
        if (bucket.start == TIME_NONE)
            continue;
        add_counts(member(item, "counts"), &bucket.counts);
        meta->chart[meta->chart_count++] = bucket;
    }
}

static void read_meta(const cJSON *object, struct arena *arena, struct wire_meta *meta)
{
    const cJSON *interactions = member(object, "interactionCounts");
    meta->total = member_tally(object, "totalRowCount");
    meta->filtered = member_tally(object, "filterRowCount");
    meta->status = read_facet(member(object, "statusCounts"), "status", false, arena);
    meta->trigger = read_facet(member(object, "triggerCounts"), "triggerKind", true, arena);
    meta->tools = read_facet(member(object, "toolFacets"), "toolPath", false, arena);
    meta->with_interaction = member_tally(interactions, "withElicitation");
    meta->without_interaction = member_tally(interactions, "withoutElicitation");
    read_chart(object, arena, meta);
}

/* ---- bodies ---- */

static void read_page(const cJSON *root, const cJSON *list, struct arena *arena, struct wire_page *page)
{
    page->items = arena_array(arena, (size_t)cJSON_GetArraySize(list), sizeof *page->items);
    for (const cJSON *item = list->child; item; item = item->next) {
        if (read_item(item, arena, &page->items[page->count]))
            page->count++;
        else
            page->broken++;
    }
    page->next_cursor = member_text(root, "nextCursor", arena);
    if (!page->next_cursor.n)
        page->next_cursor = TEXT_NULL;
    page->has_meta = cJSON_IsObject(member(root, "meta"));
    if (page->has_meta)
        read_meta(member(root, "meta"), arena, &page->meta);
}

enum err_code wire_read_list(struct text body, struct arena *arena, struct wire_page *page, struct err *err)
{
    *page = (struct wire_page){0};
    enum err_code code;
    cJSON *root = read_tree(body, &code, err);
    if (!root)
        return code;
    const cJSON *list = member(root, "executions");
    if (cJSON_IsArray(list))
        read_page(root, list, arena, page);
    else
        code = refuse(root, "a list of runs", err);
    cJSON_Delete(root);
    return code;
}

enum err_code wire_read_detail(struct text body, struct arena *arena, struct run_detail *detail,
                               struct err *err)
{
    *detail = (struct run_detail){.pending = -1};
    enum err_code code;
    cJSON *root = read_tree(body, &code, err);
    if (!root)
        return code;
    if (!read_item(root, arena, detail)) {
        *detail = (struct run_detail){.pending = -1};
        code = refuse(root, "a run with its id and time", err);
    }
    cJSON_Delete(root);
    return code;
}

static int compare_calls(const void *a, const void *b)
{
    const struct tool_call *one = a, *other = b;
    if (one->started_at != other->started_at)
        return one->started_at < other->started_at ? -1 : 1;
    return text_cmp(one->id, other->id);
}

/* NULL where there are none. */
static struct tool_call *read_calls(const cJSON *list, struct arena *arena, size_t *count)
{
    struct tool_call *calls = arena_array(arena, (size_t)cJSON_GetArraySize(list), sizeof *calls);
    for (const cJSON *item = list->child; item; item = item->next)
        *count += read_call(item, arena, &calls[*count]);
    if (!*count)
        return NULL;
    qsort(calls, *count, sizeof *calls, compare_calls);
    return calls;
}

enum err_code wire_read_tool_calls(struct text body, struct arena *arena, struct tool_call **calls,
                                   size_t *count, struct err *err)
{
    *calls = NULL;
    *count = 0;
    enum err_code code;
    cJSON *root = read_tree(body, &code, err);
    if (!root)
        return code;
    const cJSON *list = member(root, "toolCalls");
    if (cJSON_IsArray(list))
        *calls = read_calls(list, arena, count);
    else
        code = refuse(root, "a list of tool calls", err);
    cJSON_Delete(root);
    return code;
}

enum err_code wire_read_scope(struct text body, struct arena *arena, struct wire_scope *scope,
                              struct err *err)
{
    *scope = (struct wire_scope){TEXT_NULL, TEXT_NULL, TEXT_NULL};
    enum err_code code;
    cJSON *root = read_tree(body, &code, err);
    if (!root)
        return code;
    if (cJSON_IsString(member(root, "id")))
        *scope = (struct wire_scope){member_text(root, "id", arena), member_text(root, "name", arena),
                                     member_text(root, "dir", arena)};
    else
        code = refuse(root, "a scope", err);
    cJSON_Delete(root);
    return code;
}

/* ---- errors ---- */

static struct text first_line(struct text text)
{
    const char *end = text.s ? memchr(text.s, '\n', text.n) : NULL;
    if (end)
        text.n = (size_t)(end - text.s);
    return text;
}

/* The first issue says what is wrong with which parameter; the message beside it lists all there are. */
static struct text read_message(const cJSON *root, struct arena *arena)
{
    const cJSON *issues = member(root, "issues");
    struct text issue = member_text(cJSON_IsArray(issues) ? issues->child : NULL, "message", arena);
    return first_line(issue.n ? issue : member_text(root, "message", arena));
}

bool wire_read_error(struct text body, struct arena *arena, struct wire_error *error)
{
    *error = (struct wire_error){TEXT_NULL, TEXT_NULL, TEXT_NULL, TEXT_NULL};
    enum err_code code;
    cJSON *root = read_tree(body, &code, NULL);
    if (!root)
        return false;
    bool is_object = cJSON_IsObject(root);
    if (is_object)
        *error = (struct wire_error){
            .tag = member_text(root, "_tag", arena),
            .trace_id = member_text(root, "traceId", arena),
            .execution_id = member_text(root, "executionId", arena),
            .message = read_message(root, arena),
        };
    cJSON_Delete(root);
    return is_object;
}
