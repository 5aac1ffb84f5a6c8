/*
 * See wire_record.h. By tokens, not by a tree: a tree of doubles loses the low digits of large integers, and
 * one of C strings ends at the first NUL. The line is checked as a whole first, so that what follows need not
 * look at structure any more.
 */
#include "data/wire_record.h"

#include "data/base/buf.h"
#include "data/base/utf8.h"
#include "data/text/json_scan.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

enum field_kind { FIELD_TEXT, FIELD_WORD /* not empty */, FIELD_NUMBER };

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
    bool is_needed;
};

#define RUN(name, kind, member, is_needed)                                                                   \
    {                                                                                                        \
        name, kind, offsetof(struct run, member), is_needed                                                  \
    }
static const struct field run_fields[] = {
    RUN("id", FIELD_WORD, id, true),
    RUN("scopeId", FIELD_WORD, scope_id, false),
    RUN("status", FIELD_WORD, status, true),
    RUN("code", FIELD_TEXT, code, true),
    RUN("resultJson", FIELD_TEXT, result_json, false),
    RUN("errorText", FIELD_TEXT, error_text, false),
    RUN("logsJson", FIELD_TEXT, logs_json, false),
    RUN("startedAt", FIELD_NUMBER, started_at, false),
    RUN("completedAt", FIELD_NUMBER, completed_at, false),
    RUN("triggerKind", FIELD_TEXT, trigger_kind, false),
    RUN("triggerMetaJson", FIELD_TEXT, trigger_meta_json, false),
    RUN("toolCallCount", FIELD_NUMBER, tool_call_count, false),
    RUN("createdAt", FIELD_NUMBER, created_at, true),
    RUN("updatedAt", FIELD_NUMBER, updated_at, false),
};

#define ASKED(name, kind, member, is_needed)                                                                 \
    {                                                                                                        \
        name, kind, offsetof(struct interaction, member), is_needed                                          \
    }
static const struct field interaction_fields[] = {
    ASKED("id", FIELD_WORD, id, true),
    ASKED("executionId", FIELD_WORD, execution_id, false),
    ASKED("status", FIELD_WORD, status, true),
    ASKED("kind", FIELD_TEXT, kind, true),
    ASKED("purpose", FIELD_TEXT, purpose, false),
    ASKED("payloadJson", FIELD_TEXT, payload_json, false),
    ASKED("responseJson", FIELD_TEXT, response_json, false),
    ASKED("createdAt", FIELD_NUMBER, created_at, true),
    ASKED("updatedAt", FIELD_NUMBER, updated_at, false),
};

#define CALL(name, kind, member, is_needed)                                                                  \
    {                                                                                                        \
        name, kind, offsetof(struct tool_call, member), is_needed                                            \
    }
static const struct field call_fields[] = {
    CALL("id", FIELD_WORD, id, true),
    CALL("executionId", FIELD_WORD, execution_id, false),
    CALL("status", FIELD_WORD, status, true),
    CALL("toolPath", FIELD_TEXT, tool_path, true),
    CALL("namespace", FIELD_TEXT, namespace_, false),
    CALL("argsJson", FIELD_TEXT, args_json, false),
    CALL("resultJson", FIELD_TEXT, result_json, false),
    CALL("errorText", FIELD_TEXT, error_text, false),
    CALL("startedAt", FIELD_NUMBER, started_at, true),
    CALL("completedAt", FIELD_NUMBER, completed_at, false),
    CALL("durationMs", FIELD_NUMBER, duration_ms, false),
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct record_reader {
    struct arena *arena;
    struct err *err;
    char where[40]; /* "execution", "toolCalls[2]" */
};

/* ---- values ---- */

/* The bytes that are not UTF-8. */
static size_t count_bad(struct text text)
{
    size_t bad = 0;
    for (size_t at = 0; at < text.n;) {
        char32_t ch = 0;
        at += (unsigned char)text.s[at] < 0x80 ? 1 : utf8_decode(text.s + at, text.n - at, &ch);
        bad += ch == UTF8_BAD;
    }
    return bad;
}

static struct text replace_bad(struct text text, size_t bad, struct arena *arena)
{
    char *out = arena_alloc(arena, text.n + 2 * bad);
    size_t len = 0;
    for (size_t at = 0, step; at < text.n; at += step) {
        char32_t ch;
        step = utf8_decode(text.s + at, text.n - at, &ch);
        memcpy(out + len, ch == UTF8_BAD ? "\uFFFD" : text.s + at, ch == UTF8_BAD ? 3 : step);
        len += ch == UTF8_BAD ? 3 : step;
    }
    return (struct text){out, len};
}

static struct text read_text(struct text raw, struct arena *arena)
{
    char *out = arena_alloc(arena, raw.n);
    struct text text = {out, json_unescape(raw, out)};
    size_t bad = count_bad(text);
    return bad ? replace_bad(text, bad, arena) : text;
}

/* Exact where it is written as digits; 1e3 and 2.0 are whole numbers too, as far as doubles go. */
static bool read_whole(struct text raw, int64_t *number)
{
    char digits[400], *end;
    if (raw.n >= sizeof digits)
        return false;
    memcpy(digits, raw.s, raw.n);
    digits[raw.n] = '\0';
    errno = 0;
    *number = strtoll(digits, &end, 10);
    if (!*end)
        return !errno && *number != INT64_MIN; /* which is null among times */
    double value = strtod(digits, &end);
    bool is_whole = value > -0x1p53 && value < 0x1p53 && value == (double)(int64_t)value;
    *number = is_whole ? (int64_t)value : 0;
    return is_whole;
}

static enum err_code wrong(const struct record_reader *reader, const char *name, const char *what)
{
    return err_set(reader->err, ERR_USAGE, "%s.%s %s", reader->where, name, what);
}

static enum err_code read_field(const struct record_reader *reader, const struct field *field,
                                const struct json_scan *scan, enum json_token token, char *target)
{
    struct text raw = json_raw(scan);
    if (field->kind == FIELD_NUMBER) {
        if (token != JSON_NULL && token != JSON_NUMBER)
            return wrong(reader, field->name, "is no number");
        if (token == JSON_NUMBER && !read_whole(raw, (int64_t *)(void *)(target + field->offset)))
            return wrong(reader, field->name, "is no whole number of 64 bits");
        return ERR_OK;
    }
    if (token != JSON_NULL && token != JSON_STRING)
        return wrong(reader, field->name, "is no text");
    if (token == JSON_STRING)
        *(struct text *)(void *)(target + field->offset) = read_text(raw, reader->arena);
    return ERR_OK;
}

/* ---- objects ---- */

/* The next member of the object that the scan is in: its decoded name, and the first token of its value.
 * False at the end. */
struct member {
    char name[32]; /* longer ones are cut: no name that we know is as long */
    enum json_token value;
};

static bool next_member(struct json_scan *scan, struct member *member)
{
    enum json_token token = json_next(scan);
    if (token == JSON_COMMA)
        token = json_next(scan);
    if (token != JSON_STRING)
        return false;
    size_t n = json_unescape_head(json_raw(scan), member->name, sizeof member->name - 1);
    member->name[n] = '\0';
    (void)json_next(scan);
    member->value = json_next(scan);
    return true;
}

static const struct field *find_field(const struct field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

static void clear_fields(const struct field *fields, size_t count, char *target)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].kind == FIELD_NUMBER)
            *(int64_t *)(void *)(target + fields[i].offset) = TIME_NONE;
        else
            *(struct text *)(void *)(target + fields[i].offset) = TEXT_NULL;
    }
}

static enum err_code check_fields(const struct record_reader *reader, const struct field *fields,
                                  size_t count, const char *target)
{
    for (size_t i = 0; i < count; i++) {
        const void *value = target + fields[i].offset;
        const struct text *text = value;
        bool is_text = fields[i].kind != FIELD_NUMBER;
        bool is_null = is_text ? text_is_null(*text) : *(const int64_t *)value == TIME_NONE;
        if (is_null && fields[i].is_needed)
            return wrong(reader, fields[i].name, "is missing");
        if (fields[i].kind == FIELD_WORD && !is_null && !text->n)
            return wrong(reader, fields[i].name, "is empty");
    }
    return ERR_OK;
}

/* The object whose opening bracket was the last token. */
static enum err_code read_object(const struct record_reader *reader, struct json_scan *scan,
                                 const struct field *fields, size_t count, void *target)
{
    struct member member;
    clear_fields(fields, count, target);
    while (next_member(scan, &member)) {
        const struct field *field = find_field(fields, count, member.name);
        enum err_code code = field ? read_field(reader, field, scan, member.value, target) : ERR_OK;
        if (code)
            return code;
        (void)json_skip(scan, member.value);
    }
    return check_fields(reader, fields, count, target);
}

static enum err_code read_run(struct record_reader *reader, struct json_scan *scan, struct run *run)
{
    snprintf(reader->where, sizeof reader->where, "execution");
    enum err_code code = read_object(reader, scan, run_fields, COUNT(run_fields), run);
    if (run->tool_call_count == TIME_NONE)
        run->tool_call_count = 0;
    if (run->updated_at == TIME_NONE)
        run->updated_at = run->created_at;
    return code;
}

static enum err_code read_interaction(struct record_reader *reader, struct json_scan *scan, void *target)
{
    struct interaction *asked = target;
    enum err_code code = read_object(reader, scan, interaction_fields, COUNT(interaction_fields), asked);
    if (asked->updated_at == TIME_NONE)
        asked->updated_at = asked->created_at;
    return code;
}

static enum err_code read_call(struct record_reader *reader, struct json_scan *scan, void *target)
{
    return read_object(reader, scan, call_fields, COUNT(call_fields), target);
}

/* ---- what belongs to the run ---- */

struct children {
    const char *name;
    size_t size;
    enum err_code (*read)(struct record_reader *, struct json_scan *, void *);
    char *items;
    size_t count;
};

/* Values of the array whose opening bracket was the last token of this copy of the scan. */
static size_t count_items(struct json_scan scan)
{
    size_t count = 0;
    for (enum json_token token = json_next(&scan); token != JSON_ARRAY_CLOSE; token = json_next(&scan)) {
        if (token == JSON_COMMA)
            continue;
        count++;
        (void)json_skip(&scan, token);
    }
    return count;
}

static enum err_code read_items(struct record_reader *reader, struct json_scan *scan, struct children *all)
{
    size_t count = count_items(*scan);
    if (count > WIRE_RECORD_CHILDREN_MAX)
        return err_set(reader->err, ERR_TOO_BIG, "%s has %zu items, %d are the most", all->name, count,
                       WIRE_RECORD_CHILDREN_MAX);
    all->items = arena_array(reader->arena, count, all->size);
    all->count = 0;
    for (enum json_token token = json_next(scan); token != JSON_ARRAY_CLOSE; token = json_next(scan)) {
        if (token == JSON_COMMA)
            continue;
        snprintf(reader->where, sizeof reader->where, "%s[%zu]", all->name, all->count);
        if (token != JSON_OBJECT_OPEN)
            return err_set(reader->err, ERR_USAGE, "%s is no object", reader->where);
        enum err_code code = all->read(reader, scan, all->items + all->size * all->count);
        if (code)
            return code;
        all->count++;
    }
    return ERR_OK;
}

/* One pending interaction, or null, as an item of the API has it. */
static enum err_code read_single(struct record_reader *reader, struct json_scan *scan, struct children *all)
{
    snprintf(reader->where, sizeof reader->where, "pendingInteraction");
    all->items = arena_alloc(reader->arena, all->size);
    enum err_code code = all->read(reader, scan, all->items);
    all->count = !code;
    return code;
}

/* ---- the line ---- */

struct parts {
    struct children asked, calls;
    bool has_run, has_id;
    struct buf keys; /* names for a complaint */
};

static enum err_code read_member(struct record_reader *reader, struct json_scan *scan,
                                 const struct member *member, struct parts *parts, struct run *run)
{
    struct children *list = strcmp(member->name, "interactions") == 0 ? &parts->asked
                            : strcmp(member->name, "toolCalls") == 0  ? &parts->calls
                                                                      : NULL;
    buf_printf(&parts->keys, "%s%s", parts->keys.len ? ", " : "", member->name);
    parts->has_id = parts->has_id || strcmp(member->name, "id") == 0;
    if (strcmp(member->name, "execution") == 0 && member->value == JSON_OBJECT_OPEN) {
        parts->has_run = true;
        return read_run(reader, scan, run);
    }
    if (list && member->value == JSON_ARRAY_OPEN)
        return read_items(reader, scan, list);
    if (list && member->value != JSON_NULL)
        return err_set(reader->err, ERR_USAGE, "%s is no array", member->name);
    if (strcmp(member->name, "pendingInteraction") == 0 && member->value == JSON_OBJECT_OPEN &&
        !parts->asked.count)
        return read_single(reader, scan, &parts->asked);
    (void)json_skip(scan, member->value);
    return ERR_OK;
}

static enum err_code refuse(const struct record_reader *reader, struct parts *parts)
{
    if (parts->keys.len)
        err_set(reader->err, ERR_UNSUPPORTED, "this is JSON, but no run: its keys are %s",
                buf_cstr(&parts->keys));
    else
        err_set(reader->err, ERR_UNSUPPORTED, "this is JSON, but no run: it is an empty object");
    return err_hint(reader->err, "`executor-runs export` writes lines that can be read, and so does "
                                 "`executor-runs list --ndjson`.");
}

static enum err_code read_parts(struct record_reader *reader, struct text line, struct parts *parts,
                                struct run *run)
{
    struct json_scan scan = json_scan(line);
    struct member member;
    (void)json_next(&scan);
    while (next_member(&scan, &member)) {
        enum err_code code = read_member(reader, &scan, &member, parts, run);
        if (code)
            return code;
    }
    if (parts->has_run)
        return ERR_OK;
    if (!parts->has_id)
        return refuse(reader, parts);
    scan = json_scan(line);
    (void)json_next(&scan);
    return read_run(reader, &scan, run);
}

/* What names another run than the one it stands under does not belong to it. */
static enum err_code adopt(const struct record_reader *reader, const char *list, size_t at, struct text id,
                           struct text *execution_id)
{
    if (text_is_null(*execution_id))
        *execution_id = id;
    if (text_eq(*execution_id, id))
        return ERR_OK;
    return err_set(reader->err, ERR_USAGE, "%s[%zu].executionId is another run's", list, at);
}

static enum err_code adopt_all(const struct record_reader *reader, struct run_record *record)
{
    enum err_code code = ERR_OK;
    for (size_t i = 0; !code && i < record->interaction_count; i++)
        code = adopt(reader, "interactions", i, record->run.id, &record->interactions[i].execution_id);
    for (size_t i = 0; !code && i < record->call_count; i++)
        code = adopt(reader, "toolCalls", i, record->run.id, &record->calls[i].execution_id);
    return code;
}

static enum err_code check_line(struct text line, struct err *err)
{
    size_t at = 0;
    if (line.n > WIRE_RECORD_MAX)
        return err_set(err, ERR_TOO_BIG, "is longer than %d MB", WIRE_RECORD_MAX >> 20);
    enum json_token first = json_check_place(line, &at);
    if (first == JSON_OBJECT_OPEN)
        return ERR_OK;
    if (first != JSON_BROKEN)
        return err_set(err, ERR_UNSUPPORTED, "this is JSON, but no object");
    if (at >= line.n)
        return err_set(err, ERR_CORRUPT, "the JSON ends too early, at byte %zu", line.n);
    return err_set(err, ERR_CORRUPT, "no JSON from byte %zu on", at + 1);
}

enum err_code wire_record_read(struct text line, struct arena *arena, struct run_record *record,
                               struct err *err)
{
    struct record_reader reader = {.arena = arena, .err = err};
    struct parts parts = {.asked = {"interactions", sizeof(struct interaction), read_interaction},
                          .calls = {"toolCalls", sizeof(struct tool_call), read_call}};
    *record = (struct run_record){0};
    enum err_code code = check_line(line, err);
    if (code)
        return code;
    buf_init(&parts.keys, 160);
    code = read_parts(&reader, line, &parts, &record->run);
    buf_release(&parts.keys);
    record->interactions = (struct interaction *)(void *)parts.asked.items;
    record->interaction_count = parts.asked.count;
    record->calls = (struct tool_call *)(void *)parts.calls.items;
    record->call_count = parts.calls.count;
    if (!code)
        code = adopt_all(&reader, record);
    if (code)
        *record = (struct run_record){0};
    return code;
}
