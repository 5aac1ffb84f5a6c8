/*
 * See wire_clean.h. Whatever has to be changed is written over in place, length for length, so that an error still names the byte of the body that came.
 */
#include "data/wire_clean.h"

#include "data/base/die.h"
#include "data/text/json_scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* cJSON up to 1.7.17 copies a number into 64 bytes. */
enum { NUMBER_MAX = 60, UNIT_LEN = 6 /* \uXXXX */ };

enum err_code wire_not_json(struct text body, size_t at, bool is_cut, struct err *err)
{
    if (!body.n)
        err_set(err, ERR_CORRUPT, "the answer is empty");
    else if (is_cut)
        err_set(err, ERR_CORRUPT, "the answer was cut short: its JSON ends too early, at byte %zu", body.n);
    else
        err_set(err, ERR_CORRUPT, "the answer is not JSON at byte %zu of %zu", at + 1, body.n);
    err_hint(err, is_cut || !body.n ? "try again; a proxy in between may have cut it"
                                    : "is the address an executor's?");
    return ERR_CORRUPT;
}

/* The bytes from `at` on, in a copy that may be written to. */
static char *editable(struct wire_clean *clean, size_t at)
{
    if (!clean->copy) {
        clean->copy = mem_strndup(clean->text.s, clean->text.n);
        clean->text.s = clean->copy;
    }
    return clean->copy + at;
}

/* ---- strings ---- */

/* The UTF-16 unit of an escape \uXXXX that begins at s; -1 where there is none. */
static long unit_at(const char *s, size_t n)
{
    char digits[5] = "", *end;
    if (n < UNIT_LEN || s[0] != '\\' || s[1] != 'u')
        return -1;
    memcpy(digits, s + 2, 4);
    bool is_hex = strspn(digits, "0123456789abcdefABCDEF") == 4;
    return is_hex ? strtol(digits, &end, 16) : -1;
}

static bool is_high(long unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(long unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* Looks at the escape at raw.s[i], a backslash; returns its bytes, 0 where it is none. */
static size_t clean_escape(struct wire_clean *clean, struct text raw, size_t i, size_t start)
{
    if (raw.s[i + 1] != 'u')
        return 2;
    long unit = unit_at(raw.s + i, raw.n - i);
    if (unit < 0)
        return 0;
    if (is_high(unit) && is_low(unit_at(raw.s + i + UNIT_LEN, raw.n - i - UNIT_LEN)))
        return 2 * UNIT_LEN;
    if (unit == 0 || is_high(unit) || is_low(unit))
        memcpy(editable(clean, start + i) + 2, "fffd", 4);
    return UNIT_LEN;
}

/* A string token at `start`, with its quotes. Returns the offset of what is wrong in it; raw.n: nothing. */
static size_t clean_string(struct wire_clean *clean, struct text raw, size_t start)
{
    const char *nul = memchr(raw.s, '\0', raw.n);
    if (nul)
        return (size_t)(nul - raw.s);
    const char *slash;
    for (size_t i = 0; (slash = memchr(raw.s + i, '\\', raw.n - i)) != NULL;) {
        i = (size_t)(slash - raw.s);
        size_t step = clean_escape(clean, raw, i, start);
        if (!step)
            return i;
        i += step;
    }
    return raw.n;
}

/* ---- numbers ---- */

/* Too long to be copied: the same value in fewer digits, spaces behind it. What no double holds is as good as any other beyond int64. */
static void clean_number(struct wire_clean *clean, struct text raw, size_t start)
{
    if (raw.n <= NUMBER_MAX)
        return;
    char shorter[NUMBER_MAX];
    char *place = editable(clean, start);
    double value = strtod(place, NULL);
    value = value > 1e300 ? 1e300 : value < -1e300 ? -1e300 : value;
    int n = snprintf(shorter, sizeof shorter, "%.17g", value);
    memcpy(place, shorter, (size_t)n);
    memset(place + n, ' ', raw.n - (size_t)n);
}

/* ---- all of it ---- */

static bool is_all_number(struct text rest)
{
    for (size_t i = 0; i < rest.n; i++)
        if (!memchr("-+.eE0123456789", rest.s[i], 15))
            return false;
    return true;
}

/* Whether what stands at the end of a text, and is no token, could be the beginning of one. */
static bool may_go_on(struct text rest)
{
    static const char *const words[] = {"true", "false", "null"};
    if (rest.s[0] == '"' || is_all_number(rest))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (rest.n < strlen(words[i]) && memcmp(rest.s, words[i], rest.n) == 0)
            return true;
    return false;
}

static enum err_code too_many(struct err *err)
{
    err_set(err, ERR_TOO_BIG, "the answer has more than %d values", WIRE_VALUES_MAX);
    err_hint(err, "is the address an executor's?");
    return ERR_TOO_BIG;
}

static struct text without_mark(struct text body)
{
    bool has_mark = body.n >= 3 && memcmp(body.s, "\xef\xbb\xbf", 3) == 0;
    return has_mark ? (struct text){body.s + 3, body.n - 3} : body;
}

/* How many values and open brackets a token adds. */
static int values_of(enum json_token token)
{
    return token == JSON_OBJECT_OPEN || token == JSON_ARRAY_OPEN || token == JSON_COMMA;
}

static int depth_of(enum json_token token)
{
    return (token == JSON_OBJECT_OPEN || token == JSON_ARRAY_OPEN) -
           (token == JSON_OBJECT_CLOSE || token == JSON_ARRAY_CLOSE);
}

static enum err_code clean_token(struct wire_clean *clean, const struct json_scan *scan,
                                 enum json_token token, struct err *err)
{
    struct text raw = json_raw(scan);
    if (token == JSON_BROKEN) {
        struct text rest = {scan->text.s + scan->start, scan->text.n - scan->start};
        return wire_not_json(scan->text, scan->start, may_go_on(rest), err);
    }
    if (token == JSON_NUMBER)
        clean_number(clean, raw, scan->start);
    size_t wrong = token == JSON_STRING ? clean_string(clean, raw, scan->start) : raw.n;
    return wrong < raw.n ? wire_not_json(scan->text, scan->start + wrong, false, err) : ERR_OK;
}

enum err_code wire_clean(struct text body, struct wire_clean *clean, struct err *err)
{
    *clean = (struct wire_clean){.text = without_mark(body.s ? body : TEXT_LIT(""))};
    struct json_scan scan = json_scan(clean->text);
    int64_t values = 1, depth = 0;
    for (enum json_token token; (token = json_next(&scan)) != JSON_END;) {
        enum err_code code = clean_token(clean, &scan, token, err);
        if (code != ERR_OK)
            return code;
        values += values_of(token);
        depth += depth_of(token);
        if (values > WIRE_VALUES_MAX)
            return too_many(err);
    }
    clean->is_open = depth > 0;
    return ERR_OK;
}

void wire_clean_release(struct wire_clean *clean)
{
    free(clean->copy);
    *clean = (struct wire_clean){0};
}
