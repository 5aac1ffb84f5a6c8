/*
 * See config.h. One table says how each setting is read; a file with mistakes still counts line by line,
 * because a typo in one place must not change how the rest of the screen behaves.
 */
#include "tui/config.h"

#include "data/base/die.h"
#include "data/base/files.h"
#include "data/base/trim.h"

#include <stddef.h>
#include <stdlib.h>

enum { PATH_TEXT_MAX = 4096, VALUE_MAX = 4096 };

/* ---- values ---- */

/* Reads into a field of the config. Returns what would have been right, or NULL where all is well. */
typedef const char *read_value(void *field, struct text value);

static void replace(char **field, struct text value)
{
    free(*field);
    *field = value.n ? mem_strndup(value.s, value.n) : NULL;
}

static const char *read_words(void *field, struct text value)
{
    replace(field, value);
    return NULL;
}

static const char *read_path(void *field, struct text value)
{
    const char *home = getenv("HOME");
    if (value.n < 2 || memcmp(value.s, "~/", 2) != 0 || !home)
        return read_words(field, value);
    struct buf path;
    buf_init(&path, 2 * PATH_TEXT_MAX);
    buf_str(&path, home);
    buf_add(&path, value.s + 1, value.n - 1);
    replace(field, buf_as_text(&path));
    buf_release(&path);
    return NULL;
}

static const char *read_keys(void *field, struct text value)
{
    bool *is_vim = field;
    if (!text_is(value, "vim") && !text_is(value, "default"))
        return "default or vim";
    *is_vim = text_is(value, "vim");
    return NULL;
}

static const char *read_time(void *field, struct text value)
{
    static const char *const words[] = {
        [TIME_LOCAL] = "local", [TIME_IN_UTC] = "utc", [TIME_RELATIVE] = "relative"};
    enum time_mode *mode = field;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!text_is(value, words[i]))
            continue;
        *mode = (enum time_mode)i;
        return NULL;
    }
    return "local, utc or relative";
}

static const char *read_flag(void *field, struct text value)
{
    static const char *const yes[] = {"yes", "true", "on", "1"}, *const no[] = {"no", "false", "off", "0"};
    bool *flag = field;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (!text_is(value, yes[i]) && !text_is(value, no[i]))
            continue;
        *flag = text_is(value, yes[i]);
        return NULL;
    }
    return "yes or no";
}

static const char *read_span(void *field, struct text value)
{
    int64_t *ms = field, span;
    if (!span_parse(value, &span) || span < SECOND_MS || span > DAY_MS)
        return "a time from 1s to 24h: 5m, 30s";
    *ms = span;
    return NULL;
}

static const struct {
    read_value *read;
    size_t field; /* its place in struct config */
} readers[SETTING_COUNT] = {
#define FIELD(setting, reader, name) [setting] = {reader, offsetof(struct config, name)}
    FIELD(SETTING_SOURCE, read_path, source),
    FIELD(SETTING_SCOPE, read_words, scope),
    FIELD(SETTING_FILTER, read_words, filter),
    FIELD(SETTING_KEYS, read_keys, is_vim),
    FIELD(SETTING_TIME, read_time, time),
    FIELD(SETTING_FIELDS, read_words, fields),
    FIELD(SETTING_LIVE, read_flag, is_live),
    FIELD(SETTING_RAIL, read_flag, has_rail),
    FIELD(SETTING_MOUSE, read_flag, has_mouse),
    FIELD(SETTING_ASCII, read_flag, is_ascii),
    FIELD(SETTING_CACHE, read_flag, has_cache),
    FIELD(SETTING_TOKEN_FILE, read_path, token_file),
    FIELD(SETTING_TOKEN_COMMAND, read_words, token_command),
    FIELD(SETTING_USER_FILE, read_path, user_file),
    FIELD(SETTING_COOKIE_FILE, read_path, cookie_file),
    FIELD(SETTING_NETRC_FILE, read_path, netrc_file),
    FIELD(SETTING_CACERT, read_path, cacert),
    FIELD(SETTING_PLAIN_HTTP, read_words, plain_http),
    FIELD(SETTING_TIMEOUT, read_span, timeout_ms),
    FIELD(SETTING_POLL, read_span, poll_ms),
#undef FIELD
};

static const char *const words[SETTING_COUNT] = {
#define X(id, word, help) [id] = (word),
    CONFIG_SETTINGS(X)
#undef X
};

const struct doc_row *config_rows(void)
{
    static const struct doc_row rows[SETTING_COUNT] = {
#define X(id, word, help) [id] = {word, help},
        CONFIG_SETTINGS(X)
#undef X
    };
    return rows;
}

/* ---- lines ---- */

#define BLANKS " \t\r"

static bool is_blank(char c)
{
    return c && strchr(BLANKS, c);
}

/* A '#' at the start of a word begins a comment; inside a word it is a character, as in file#1.db. */
static struct text without_comment(struct text line)
{
    for (size_t i = 0; i < line.n; i++) {
        if (line.s[i] == '#' && (i == 0 || is_blank(line.s[i - 1])))
            line.n = i;
    }
    return text_trim(line, TEXT_LIT(BLANKS));
}

static void set(struct config *config, enum setting setting, struct text value, unsigned line,
                struct report *report)
{
    if (value.n > VALUE_MAX || memchr(value.s, '\0', value.n)) {
        report_add(report, line, "%s: the value is longer than %d bytes or holds a NUL", words[setting],
                   VALUE_MAX);
        return;
    }
    const char *expected = readers[setting].read((char *)config + readers[setting].field, value);
    if (expected)
        report_add(report, line, "%s is %s", words[setting], expected);
}

static void read_line(struct config *config, struct text line, unsigned number, struct report *report)
{
    const char *sign = memchr(line.s, '=', line.n);
    if (!sign) {
        report_add(report, number, "a line is: key = value");
        return;
    }
    size_t at = (size_t)(sign - line.s);
    struct text key = text_trim((struct text){line.s, at}, TEXT_LIT(BLANKS));
    struct text value = text_trim((struct text){sign + 1, line.n - at - 1}, TEXT_LIT(BLANKS));
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (!text_is(key, words[i]))
            continue;
        set(config, (enum setting)i, value, number, report);
        return;
    }
    report_unknown(report, number, "setting", key, words, SETTING_COUNT);
}

void config_init(struct config *config)
{
    *config = (struct config){.time = TIME_LOCAL, .has_rail = true, .has_cache = true};
}

void config_release(struct config *config)
{
    char *const texts[] = {config->source,     config->scope,         config->filter,    config->fields,
                           config->token_file, config->token_command, config->user_file, config->cookie_file,
                           config->netrc_file, config->cacert,        config->plain_http};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        free(texts[i]);
    config_init(config);
}

void config_read(struct config *config, struct text text, struct report *report)
{
    report_clear(report);
    unsigned number = 0;
    for (struct text line; report_next_line(&text, &line, &number);) {
        line = without_comment(line);
        if (line.n)
            read_line(config, line, number, report);
    }
}

struct http_settings config_http(const struct config *config, const char *cacert)
{
    return (struct http_settings){
        .token_file = config->token_file,
        .token_command = config->token_command,
        .user_file = config->user_file,
        .cookie_file = config->cookie_file,
        .netrc_file = config->netrc_file,
        .cacert = cacert ? cacert : config->cacert,
        .plain_http = config->plain_http,
        .timeout_ms = config->timeout_ms,
        .poll_ms = config->poll_ms,
    };
}

/* ---- the files ---- */

/* False where there is no such file, or it cannot be read: then a complaint stands in the buffer. */
static bool read_own_file(const char *name, struct buf *path, struct buf *content, struct buf *complaints)
{
    if (!files_config_path(name, path))
        return false;
    struct err err;
    enum err_code code = files_read(buf_cstr(path), content, &err);
    if (code && code != ERR_NOT_FOUND)
        buf_printf(complaints, "%s\n", err.what);
    return !code;
}

void config_load(struct config *config, struct buf *complaints)
{
    config_init(config);
    struct buf path, content;
    buf_init(&path, PATH_TEXT_MAX);
    buf_init(&content, CONFIG_FILE_MAX);
    if (read_own_file("config", &path, &content, complaints)) {
        struct report report;
        config_read(config, buf_as_text(&content), &report);
        report_write(&report, buf_cstr(&path), complaints);
    }
    buf_release(&content);
    buf_release(&path);
}

void config_load_keys(bool is_vim, struct keymap *keymap, struct buf *complaints)
{
    keymap_init(keymap, is_vim);
    struct buf path, content;
    buf_init(&path, PATH_TEXT_MAX);
    buf_init(&content, KEYMAP_FILE_MAX);
    if (read_own_file("keys", &path, &content, complaints)) {
        struct report report;
        keymap_load(keymap, buf_as_text(&content), &report);
        report_write(&report, buf_cstr(&path), complaints);
    }
    buf_release(&content);
    buf_release(&path);
}
