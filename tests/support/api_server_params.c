/*
 * Numbers are those of JavaScript's Number(): "2.5" and "NaN" are limits that the real server takes.
 */
#include "tests/support/api_server_params.h"

#include "data/base/base64.h"
#include "tests/support/api_server_json.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[PARAM_COUNT] = {"limit", "cursor", "status", "trigger", "tool",       "from",
                                               "to",    "after",  "code",   "sort",    "elicitation"};

/* ---- texts ---- */

static int hex_digit(char c)
{
    if (!isxdigit((unsigned char)c))
        return -1;
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* The byte that "%C3" stands for; -1 where these are no such three characters. */
static int escaped_byte(const char *s, size_t n)
{
    if (n < 3 || s[0] != '%')
        return -1;
    int high = hex_digit(s[1]), low = hex_digit(s[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

char *percent_decode(struct text text, bool plus, struct arena *arena)
{
    char *out = arena_alloc(arena, text.n + 1);
    for (size_t i = 0, n = 0; i < text.n;) {
        int byte = escaped_byte(text.s + i, text.n - i);
        if (byte >= 0)
            out[n++] = (char)byte;
        else
            out[n++] = plus && text.s[i] == '+' ? ' ' : text.s[i];
        i += byte >= 0 ? 3 : 1;
    }
    return out;
}

/* ---- what is wrong, in the schema's words ---- */

#define SCHEMA                                                                                               \
    "{ readonly limit?: NumberFromString | undefined; readonly cursor?: string | undefined; readonly "       \
    "status?: string | undefined; readonly trigger?: string | undefined; readonly tool?: string | "          \
    "undefined; readonly from?: NumberFromString | undefined; readonly to?: NumberFromString | undefined; "  \
    "readonly after?: string | undefined; readonly code?: string | undefined; readonly sort?: string | "     \
    "undefined; readonly elicitation?: string | undefined }"

static void put_issue(const char *tag, const char *name, const char *message, struct buf *out)
{
    buf_printf(out, "{\"_tag\":\"%s\",\"path\":[\"%s\"],\"message\":", tag, name);
    json_string(text_of(message), out);
    buf_char(out, '}');
}

static void write_not_a_number(const char *name, const char *value, struct arena *arena, struct buf *out)
{
    const char *unable = arena_printf(arena, "Unable to decode \"%s\" into a number", value);
    const char *expected = arena_printf(arena, "Expected undefined, actual \"%s\"", value);
    buf_str(out, "{\"issues\":[");
    put_issue("Transformation", name, unable, out);
    buf_char(out, ',');
    put_issue("Type", name, expected, out);
    buf_str(out, "],\"message\":");
    json_string(text_of(arena_printf(arena,
                                     SCHEMA "\n└─ [\"%s\"]\n   └─ NumberFromString | undefined\n"
                                            "      ├─ NumberFromString\n"
                                            "      │  └─ Transformation process failure\n"
                                            "      │     └─ %s\n"
                                            "      └─ %s",
                                     name, unable, expected)),
                out);
    buf_str(out, ",\"_tag\":\"HttpApiDecodeError\"}");
}

static void write_twice(const char *name, struct buf *out)
{
    buf_str(out, "{\"issues\":[");
    put_issue("Type", name, "Expected string, actual an array", out);
    buf_str(out, "],\"message\":\"" SCHEMA "\",\"_tag\":\"HttpApiDecodeError\"}");
}

/* ---- values ---- */

static bool read_number(const char *value, double *number)
{
    char *end;
    if (!*value)
        return false;
    *number = strtod(value, &end);
    return *end == '\0';
}

static double clamp_limit(double limit)
{
    if (isnan(limit))
        return limit;
    return limit < 1 ? 1 : limit > 100 ? 100 : limit;
}

static bool read_numbers(struct list_params *params, struct arena *arena, struct buf *issue)
{
    const struct {
        enum list_param param;
        double *number;
        bool *is_there;
    } numbers[] = {{PARAM_LIMIT, &params->limit, NULL},
                   {PARAM_FROM, &params->from, &params->has_from},
                   {PARAM_TO, &params->to, &params->has_to}};
    params->limit = 25;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const char *value = params->values[numbers[i].param];
        if (!value)
            continue;
        if (!read_number(value, numbers[i].number)) {
            write_not_a_number(names[numbers[i].param], value, arena, issue);
            return false;
        }
        if (numbers[i].is_there)
            *numbers[i].is_there = true;
    }
    params->limit = clamp_limit(params->limit);
    return true;
}

static void read_cursor(struct list_params *params, struct arena *arena)
{
    struct buf json;
    buf_init(&json, 1 << 16);
    const char *value = params->values[PARAM_CURSOR];
    cJSON *object = value && base64_decode(text_of(value), &json) ? cJSON_Parse(buf_cstr(&json)) : NULL;
    const cJSON *at = cJSON_GetObjectItemCaseSensitive(object, "createdAt");
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(object, "id");
    params->has_cursor = cJSON_IsNumber(at) && cJSON_IsString(id);
    if (params->has_cursor) {
        params->cursor_at = (int64_t)at->valuedouble;
        params->cursor_id = arena_strndup(arena, id->valuestring, strlen(id->valuestring));
    }
    cJSON_Delete(object);
    buf_release(&json);
}

void list_cursor_write(int64_t created_at, const char *id, struct buf *out)
{
    struct buf json;
    buf_init(&json, 1 << 16);
    buf_printf(&json, "{\"createdAt\":%" PRId64 ",\"id\":", created_at);
    json_string(text_of(id), &json);
    buf_char(&json, '}');
    base64url_encode(buf_as_text(&json), out);
    buf_release(&json);
}

static void read_sort(struct list_params *params)
{
    static const struct {
        const char *word;
        enum list_sort sort;
        bool is_ascending;
    } sorts[] = {{"createdAt,asc", SORT_BY_CREATED, true},
                 {"durationMs,asc", SORT_BY_DURATION, true},
                 {"durationMs,desc", SORT_BY_DURATION, false}};
    for (size_t i = 0; params->values[PARAM_SORT] && i < sizeof sorts / sizeof *sorts; i++) {
        if (strcmp(params->values[PARAM_SORT], sorts[i].word) == 0) {
            params->sort = sorts[i].sort;
            params->is_ascending = sorts[i].is_ascending;
        }
    }
}

/* ---- the whole ---- */

static int param_of(const char *name)
{
    for (int i = 0; i < PARAM_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static bool read_pair(struct text pair, struct arena *arena, struct list_params *params, struct buf *issue)
{
    const char *equals = memchr(pair.s, '=', pair.n);
    size_t name_len = equals ? (size_t)(equals - pair.s) : pair.n;
    size_t value_at = equals ? name_len + 1 : pair.n;
    int param = param_of(percent_decode((struct text){pair.s, name_len}, true, arena));
    if (param < 0)
        return true;
    if (params->values[param]) {
        write_twice(names[param], issue);
        return false;
    }
    params->values[param] = percent_decode((struct text){pair.s + value_at, pair.n - value_at}, true, arena);
    return true;
}

static bool read_pairs(const char *query, struct arena *arena, struct list_params *params, struct buf *issue)
{
    while (*query) {
        size_t n = strcspn(query, "&");
        if (n && !read_pair((struct text){query, n}, arena, params, issue))
            return false;
        query += n + (query[n] == '&');
    }
    return true;
}

bool list_params_read(const char *query, struct arena *arena, struct list_params *params, struct buf *issue)
{
    *params = (struct list_params){0};
    if (!read_pairs(query, arena, params, issue) || !read_numbers(params, arena, issue))
        return false;
    for (int i = 0; i < PARAM_COUNT; i++)
        if (params->values[i] && !*params->values[i])
            params->values[i] = NULL;
    params->has_after =
        params->values[PARAM_AFTER] && read_number(params->values[PARAM_AFTER], &params->after);
    read_cursor(params, arena);
    read_sort(params);
    return true;
}
