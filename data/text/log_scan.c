/*
 * See log_scan.h. A row of the list needs only two counts, so an entry is not decoded further than its level.
 */
#include "data/text/log_scan.h"

enum { LEVEL_BYTES_MAX = 8 }; /* "[error] " */

static const struct text words[LOG_LEVEL_COUNT] = {
#define X(id, word, letter) [id] = TEXT_LIT(word),
    LOG_LEVELS(X)
#undef X
};

const char *log_level_word(enum log_level level)
{
    return words[level].s;
}

const char *log_level_letter(enum log_level level)
{
    static const char *const letters[LOG_LEVEL_COUNT] = {
#define X(id, word, letter) [id] = letter,
        LOG_LEVELS(X)
#undef X
    };
    return letters[level];
}

enum log_level log_level_of(struct text entry, struct text *rest)
{
    if (rest)
        *rest = entry;
    if (entry.n < 2 || entry.s[0] != '[')
        return LOG_LOG;
    for (int level = 0; level < LOG_LEVEL_COUNT; level++) {
        size_t n = words[level].n;
        if (entry.n < n + 2 || entry.s[n + 1] != ']' || memcmp(entry.s + 1, words[level].s, n) != 0)
            continue;
        size_t prefix = n + 2;
        prefix += prefix < entry.n && entry.s[prefix] == ' ';
        if (rest)
            *rest = (struct text){entry.s + prefix, entry.n - prefix};
        return (enum log_level)level;
    }
    return LOG_LOG;
}

enum log_level log_level_of_raw(struct text raw)
{
    char head[LEVEL_BYTES_MAX];
    if (raw.n < 2 || raw.s[0] != '"')
        return LOG_LOG;
    size_t n = json_unescape_head(raw, head, sizeof head);
    return log_level_of((struct text){head, n}, NULL);
}

struct log_scan log_scan(struct text logs_json)
{
    return (struct log_scan){.json = json_scan(logs_json), .is_done = text_is_null(logs_json)};
}

static bool finish(struct log_scan *scan, bool is_broken)
{
    scan->is_done = true;
    scan->is_broken = is_broken;
    return false;
}

/* What must stand before a value: '[' first, then a comma. False at the end of the array. */
static bool take_separator(struct log_scan *scan, enum json_token *value)
{
    enum json_token token = json_next(&scan->json);
    bool is_first = !scan->is_started;
    scan->is_started = true;
    if (!is_first && token == JSON_ARRAY_CLOSE)
        return finish(scan, json_next(&scan->json) != JSON_END);
    if (token != (is_first ? JSON_ARRAY_OPEN : JSON_COMMA))
        return finish(scan, true);
    *value = json_next(&scan->json);
    if (is_first && *value == JSON_ARRAY_CLOSE)
        return finish(scan, json_next(&scan->json) != JSON_END);
    return true;
}

bool log_scan_next(struct log_scan *scan, struct text *raw)
{
    enum json_token value;
    if (scan->is_done || !take_separator(scan, &value))
        return false;
    size_t start = scan->json.start;
    bool is_value = value >= JSON_STRING || value == JSON_OBJECT_OPEN || value == JSON_ARRAY_OPEN;
    if (!is_value || !json_skip(&scan->json, value))
        return finish(scan, true);
    *raw = (struct text){scan->json.text.s + start, scan->json.end - start};
    return true;
}
