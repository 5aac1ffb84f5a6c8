/*
 * See json_part.h. Looking a name up reads the object from its start: the objects that are looked into have a
 * handful of names.
 */
#include "data/text/json_part.h"

#include "data/base/arena.h"

#include <errno.h>
#include <stdlib.h>

bool json_open(struct json_scan *scan, enum json_token bracket)
{
    return json_next(scan) == bracket;
}

/* The value whose first token this is. */
static bool take_value(struct json_scan *scan, enum json_token first, struct text *value)
{
    size_t start = scan->start;
    if (first < JSON_STRING && first != JSON_OBJECT_OPEN && first != JSON_ARRAY_OPEN)
        return false;
    if (!json_skip(scan, first))
        return false;
    *value = (struct text){scan->text.s + start, scan->end - start};
    return true;
}

static enum json_token behind_comma(struct json_scan *scan)
{
    enum json_token token = json_next(scan);
    return token == JSON_COMMA ? json_next(scan) : token;
}

bool json_next_member(struct json_scan *scan, struct text *key, struct text *value)
{
    if (behind_comma(scan) != JSON_STRING)
        return false;
    *key = json_raw(scan);
    return json_next(scan) == JSON_COLON && take_value(scan, json_next(scan), value);
}

bool json_next_element(struct json_scan *scan, struct text *value)
{
    return take_value(scan, behind_comma(scan), value);
}

struct text json_member(struct text object, const char *name)
{
    struct json_scan scan = json_scan(object);
    struct text key, value;
    if (!json_open(&scan, JSON_OBJECT_OPEN))
        return TEXT_NULL;
    while (json_next_member(&scan, &key, &value))
        if (json_says(key, text_of(name)))
            return value;
    return TEXT_NULL;
}

enum json_token json_kind(struct text raw)
{
    struct json_scan scan = json_scan(raw);
    return json_next(&scan);
}

bool json_says(struct text raw, struct text words)
{
    if (raw.n < words.n + 2 || raw.s[0] != '"')
        return false;
    if (!memchr(raw.s, '\\', raw.n))
        return text_eq((struct text){raw.s + 1, raw.n - 2}, words);
    struct arena arena;
    arena_init(&arena);
    bool is_equal = text_eq(json_decode(&arena, raw), words);
    arena_release(&arena);
    return is_equal;
}

struct text json_decode(struct arena *arena, struct text raw)
{
    if (raw.n < 2 || raw.s[0] != '"')
        return TEXT_NULL;
    char *out = arena_alloc(arena, raw.n + 1);
    return (struct text){out, json_unescape(raw, out)};
}

bool json_whole(struct text raw, int64_t *number)
{
    char digits[24];
    if (json_kind(raw) != JSON_NUMBER || raw.n >= sizeof digits || memchr(raw.s, '.', raw.n) ||
        memchr(raw.s, 'e', raw.n) || memchr(raw.s, 'E', raw.n))
        return false;
    memcpy(digits, raw.s, raw.n);
    digits[raw.n] = '\0';
    errno = 0;
    *number = strtoll(digits, NULL, 10);
    return errno == 0;
}
