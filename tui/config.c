/*
 * See config.h. One table says how each setting is read; a file with mistakes still counts line by line,
 * because a typo in one place must not change how the rest of the screen behaves.
 */
#include "tui/config.h"

#include "data/base/die.h"
#include "tui/files.h"

#include <stdlib.h>

enum { PATH_TEXT_MAX = 4096, VALUE_MAX = 4096 };

/* ---- values ---- */

/* Each returns what would have been right, or NULL where all is well. */
typedef const char *read_value(struct config *config, struct text value);

static void replace(char **field, struct text value)
{
    free(*field);
    *field = value.n ? mem_strndup(value.s, value.n) : NULL;
}

static const char *read_source(struct config *config, struct text value)
{
    const char *home = getenv("HOME");
    if (value.n < 2 || memcmp(value.s, "~/", 2) != 0 || !home) {
        replace(&config->source, value);
        return NULL;
    }
    struct buf path;
    buf_init(&path, 2 * PATH_TEXT_MAX);
    buf_str(&path, home);
    buf_add(&path, value.s + 1, value.n - 1);
    replace(&config->source, buf_as_text(&path));
    buf_release(&path);
    return NULL;
}

static const char *read_scope(struct config *config, struct text value)
{
    replace(&config->scope, value);
    return NULL;
}

static const char *read_filter(struct config *config, struct text value)
{
    replace(&config->filter, value);
    return NULL;
}

static const char *read_fields(struct config *config, struct text value)
{
    replace(&config->fields, value);
    return NULL;
}

static const char *read_keys(struct config *config, struct text value)
{
    if (!text_is(value, "vim") && !text_is(value, "default"))
        return "default or vim";
    config->is_vim = text_is(value, "vim");
    return NULL;
}

static const char *read_time(struct config *config, struct text value)
{
    static const char *const words[] = {
        [TIME_LOCAL] = "local", [TIME_IN_UTC] = "utc", [TIME_RELATIVE] = "relative"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!text_is(value, words[i]))
            continue;
        config->time = (enum time_mode)i;
        return NULL;
    }
    return "local, utc or relative";
}

static const char *read_flag(struct text value, bool *flag)
{
    static const char *const yes[] = {"yes", "true", "on", "1"}, *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (!text_is(value, yes[i]) && !text_is(value, no[i]))
            continue;
        *flag = text_is(value, yes[i]);
        return NULL;
    }
    return "yes or no";
}

static const char *read_live(struct config *config, struct text value)
{
    return read_flag(value, &config->is_live);
}

static const char *read_rail(struct config *config, struct text value)
{
    return read_flag(value, &config->has_rail);
}

static const char *read_mouse(struct config *config, struct text value)
{
    return read_flag(value, &config->has_mouse);
}

static const char *read_ascii(struct config *config, struct text value)
{
    return read_flag(value, &config->is_ascii);
}

static read_value *const readers[SETTING_COUNT] = {
    [SETTING_SOURCE] = read_source, [SETTING_SCOPE] = read_scope, [SETTING_FILTER] = read_filter,
    [SETTING_KEYS] = read_keys,     [SETTING_TIME] = read_time,   [SETTING_FIELDS] = read_fields,
    [SETTING_LIVE] = read_live,     [SETTING_RAIL] = read_rail,   [SETTING_MOUSE] = read_mouse,
    [SETTING_ASCII] = read_ascii,
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

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct text trim(struct text text)
{
    while (text.n && is_blank(text.s[0])) {
        text.s++;
        text.n--;
    }
    while (text.n && is_blank(text.s[text.n - 1]))
        text.n--;
    return text;
}

/* A '#' at the start of a word begins a comment; inside a word it is a character, as in file#1.db. */
static struct text without_comment(struct text line)
{
    for (size_t i = 0; i < line.n; i++) {
        if (line.s[i] == '#' && (i == 0 || is_blank(line.s[i - 1])))
            line.n = i;
    }
    return trim(line);
}

static void set(struct config *config, enum setting setting, struct text value, unsigned line,
                struct report *report)
{
    if (value.n > VALUE_MAX || memchr(value.s, '\0', value.n)) {
        report_add(report, line, "%s: the value is longer than %d bytes or holds a NUL", words[setting],
                   VALUE_MAX);
        return;
    }
    const char *expected = readers[setting](config, value);
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
    struct text key = trim((struct text){line.s, at});
    struct text value = trim((struct text){sign + 1, line.n - at - 1});
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
    *config = (struct config){.time = TIME_LOCAL, .has_rail = true};
}

void config_release(struct config *config)
{
    free(config->source);
    free(config->scope);
    free(config->filter);
    free(config->fields);
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
