/*
 * See record_level.h. A word of prose is no level: "error handling is done" begins with one only by chance,
 * so a word in small letters must be marked as one, by brackets, a colon, or a time before it.
 */
#include "data/record/record_level.h"

#include "data/text/json_part.h"

#include <ctype.h>
#include <strings.h>

enum { PAIRS_MAX = 256 /* bytes in which level=… is looked for */, TIME_TOKENS_MAX = 3, WORD_MAX = 12 };

static const struct {
    const char *word;
    enum log_level level;
} words[] = {
    {"log", LOG_LOG},         {"trace", LOG_DEBUG}, {"debug", LOG_DEBUG},  {"dbg", LOG_DEBUG},
    {"verbose", LOG_DEBUG},   {"info", LOG_INFO},   {"inf", LOG_INFO},     {"information", LOG_INFO},
    {"notice", LOG_INFO},     {"warn", LOG_WARN},   {"wrn", LOG_WARN},     {"warning", LOG_WARN},
    {"error", LOG_ERROR},     {"err", LOG_ERROR},   {"fatal", LOG_ERROR},  {"ftl", LOG_ERROR},
    {"critical", LOG_ERROR},  {"crit", LOG_ERROR},  {"alert", LOG_ERROR},  {"emerg", LOG_ERROR},
    {"emergency", LOG_ERROR}, {"panic", LOG_ERROR}, {"severe", LOG_ERROR},
};

static bool word_level(struct text word, enum log_level *level)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == word.n && strncasecmp(words[i].word, word.s, word.n) == 0) {
            *level = words[i].level;
            return true;
        }
    return false;
}

static char at_or_end(struct text t, size_t at)
{
    return at < t.n ? t.s[at] : '\0';
}

static struct text behind(struct text t, size_t n)
{
    return (struct text){t.s + n, t.n - n};
}

static size_t letters(struct text t)
{
    size_t n = 0;
    while (n < t.n && n <= WORD_MAX && isalpha((unsigned char)t.s[n]))
        n++;
    return n;
}

static size_t spaces(struct text t)
{
    size_t n = 0;
    while (n < t.n && (t.s[n] == ' ' || t.s[n] == '\t'))
        n++;
    return n;
}

/* ---- forms ---- */

/* "<3>" and, with a facility, "<30>". */
static bool syslog_level(struct text line, enum log_level *level, struct text *rest)
{
    static const enum log_level of[8] = {LOG_ERROR, LOG_ERROR, LOG_ERROR, LOG_ERROR,
                                         LOG_WARN,  LOG_INFO,  LOG_INFO,  LOG_DEBUG};
    int number = 0;
    size_t at = 1;
    if (at_or_end(line, 0) != '<')
        return false;
    for (; at < 4 && isdigit((unsigned char)at_or_end(line, at)); at++)
        number = number * 10 + line.s[at] - '0';
    if (at == 1 || number > 191 || at_or_end(line, at) != '>')
        return false;
    *level = of[number & 7];
    *rest = behind(line, at + 1);
    return true;
}

/* "E1121 10:00:00.000000 …" */
static bool glog_level(struct text line, enum log_level *level)
{
    static const char names[] = "IWEF";
    static const enum log_level of[] = {LOG_INFO, LOG_WARN, LOG_ERROR, LOG_ERROR};
    const char *name = line.n > 8 && line.s[0] ? strchr(names, line.s[0]) : NULL;
    for (size_t i = 1; name && i <= 4; i++)
        if (!isdigit((unsigned char)line.s[i]))
            return false;
    if (!name || line.s[5] != ' ' || !isdigit((unsigned char)line.s[6]))
        return false;
    *level = of[name - names];
    return true;
}

static bool number_level(struct text raw, enum log_level *level)
{
    static const enum log_level of[] = {LOG_DEBUG, LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_ERROR};
    int64_t number;
    if (!json_whole(raw, &number) || number < 10 || number > 60 || number % 10)
        return false;
    *level = of[number / 10 - 1];
    return true;
}

static bool object_level(struct text line, enum log_level *level)
{
    static const char *const names[] = {"level", "severity", "lvl", "levelname", "log.level", "loglevel"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct text raw = json_member(line, names[i]);
        if (text_is_null(raw))
            continue;
        bool is_string = json_kind(raw) == JSON_STRING && raw.n >= 2;
        return is_string ? word_level((struct text){raw.s + 1, raw.n - 2}, level) : number_level(raw, level);
    }
    return false;
}

/* level=warn, lvl="warn", severity=WARN, at the start or behind a space. */
static bool pair_level(struct text line, enum log_level *level)
{
    static const char *const names[] = {"level=", "lvl=", "severity="};
    struct text head = {line.s, line.n < PAIRS_MAX ? line.n : PAIRS_MAX};
    for (const char *at = head.s, *end = head.s + head.n; at && at < end;) {
        struct text rest = {at, (size_t)(line.s + line.n - at)};
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            size_t n = strlen(names[i]);
            if (rest.n <= n || memcmp(rest.s, names[i], n) != 0)
                continue;
            struct text value = behind(rest, n + (rest.s[n] == '"'));
            return word_level((struct text){value.s, letters(value)}, level);
        }
        at = memchr(at, ' ', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    return false;
}

/* What a time is written with; at least one digit, and no plain number. */
static size_t time_token(struct text t)
{
    size_t at = at_or_end(t, 0) == '[', digits = 0, marks = 0;
    for (; at < t.n && t.s[at] && strchr("0123456789-:/.,+TZ", t.s[at]); at++) {
        digits += isdigit((unsigned char)t.s[at]) != 0;
        marks += strchr("-:/", t.s[at]) != NULL;
    }
    at += at_or_end(t, at) == ']';
    return digits && marks && (at == t.n || t.s[at] == ' ' || t.s[at] == '\t') ? at : 0;
}

static struct text behind_time(struct text line, bool *has_time)
{
    *has_time = false;
    for (int i = 0; i < TIME_TOKENS_MAX; i++) {
        size_t n = time_token(line);
        if (n == 0)
            break;
        *has_time = true;
        line = behind(line, n);
        line = behind(line, spaces(line));
    }
    return line;
}

static bool is_upper(struct text word)
{
    for (size_t i = 0; i < word.n; i++)
        if (!isupper((unsigned char)word.s[i]))
            return false;
    return true;
}

static bool bracket_level(struct text line, enum log_level *level)
{
    const char open = at_or_end(line, 0), close = open == '[' ? ']' : open == '(' ? ')' : '\0';
    if (!close)
        return false;
    line = behind(line, 1);
    line = behind(line, spaces(line));
    size_t n = letters(line);
    struct text rest = behind(line, n);
    return at_or_end(rest, spaces(rest)) == close && word_level((struct text){line.s, n}, level);
}

static bool leading_level(struct text line, bool has_time, enum log_level *level)
{
    struct text word = {line.s, letters(line)};
    char next = at_or_end(line, word.n);
    bool is_apart = word.n == line.n || (next && strchr(" \t|,!:]", next));
    if (!is_apart || !word_level(word, level))
        return false;
    return next == ':' || has_time || is_upper(word);
}

bool record_level_of(struct text line, enum log_level *level, struct text *rest)
{
    struct text kept = line;
    *level = log_level_of(line, &kept);
    bool has_level = kept.n < line.n || syslog_level(line, level, &kept);
    if (rest)
        *rest = kept;
    if (has_level)
        return true;
    bool has_time;
    struct text t = behind_time(behind(line, spaces(line)), &has_time);
    if (at_or_end(t, 0) == '{')
        return object_level(t, level);
    return bracket_level(t, level) || leading_level(t, has_time, level) || glog_level(t, level) ||
           pair_level(t, level);
}
