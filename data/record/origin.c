/*
 * See origin.h. A cron daemon sets nothing that its jobs could tell it by, so the ancestors are asked for
 * their names. systemd sets $INVOCATION_ID, but a terminal emulator that is a unit itself hands it on to
 * every shell: what has a terminal was started by a person.
 */
#include "data/record/origin.h"

#include "data/base/utf8.h"
#include "data/record/process.h"
#include "data/record/record_clean.h"
#include "data/text/json_part.h"
#include "data/text/json_put.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { GROUPS_MAX = 4096, ANCESTORS_MAX = 64, ARGV_MAX = 16 << 10 };

/* ---- cron ---- */

static bool is_cron(const char *name)
{
    static const char *const daemons[] = {"cron", "crond", "anacron", "fcron", "supercronic"};
    for (size_t i = 0; i < sizeof daemons / sizeof *daemons; i++)
        if (strcasecmp(name, daemons[i]) == 0)
            return true;
    return false;
}

static bool has_cron_above(int64_t pid)
{
    struct process process;
    for (int i = 0; i < ANCESTORS_MAX && pid > 0 && process_read(pid, &process); i++) {
        if (is_cron(process.name))
            return true;
        pid = process.parent;
    }
    return false;
}

/* ---- systemd ---- */

static bool ends_with(const char *word, size_t n, const char *end)
{
    size_t m = strlen(end);
    return n > m && memcmp(word + n - m, end, m) == 0;
}

/* The innermost service or scope of a control group's path; the person's own manager is none. */
static void unit_of_path(const char *path, char unit[ORIGIN_UNIT])
{
    for (const char *at = path; *at;) {
        at += *at == '/';
        size_t n = strcspn(at, "/\n");
        bool is_unit = ends_with(at, n, ".service") || ends_with(at, n, ".scope");
        if (is_unit && n < ORIGIN_UNIT && strncmp(at, "user@", 5) != 0)
            snprintf(unit, ORIGIN_UNIT, "%.*s", (int)n, at);
        if (at[n] != '/')
            return;
        at += n;
    }
}

void origin_unit(const char *groups, char unit[ORIGIN_UNIT])
{
    unit[0] = '\0';
    for (const char *line = groups; line && *line && !unit[0];) {
        const char *path = strncmp(line, "0::", 3) == 0 ? line + 3 : NULL;
        const char *named = strstr(line, ":name=systemd:");
        const char *end = strchr(line, '\n');
        if (!path && named && (!end || named < end))
            path = named + strlen(":name=systemd:");
        if (path)
            unit_of_path(path, unit);
        line = end ? end + 1 : NULL;
    }
}

static void read_unit(char unit[ORIGIN_UNIT])
{
    char groups[GROUPS_MAX];
    process_read_file("/proc/self/cgroup", groups, sizeof groups);
    origin_unit(groups, unit);
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

/* A variable may hold anything: what becomes the store's is text, and cut at a character. */
static void take_word(const char *word, char out[ORIGIN_WORD])
{
    struct buf clean;
    buf_init(&clean, ORIGIN_TEXT_MAX);
    record_clean(text_of(word), &clean);
    struct text text = buf_as_text(&clean);
    snprintf(out, ORIGIN_WORD, "%.*s", (int)utf8_cut(text, ORIGIN_WORD - 1), text.s);
    buf_release(&clean);
}

void origin_find(const char *asked, struct origin *origin)
{
    struct process self = {.terminal = 0};
    *origin = (struct origin){0};
    bool is_unit = is_set("INVOCATION_ID") && process_read(getpid(), &self) && self.terminal == 0;
    if (is_unit)
        read_unit(origin->unit);
    const char *kind = asked && *asked              ? asked
                       : is_set("EXECUTOR_TRIGGER") ? getenv("EXECUTOR_TRIGGER")
                       : has_cron_above(getppid())  ? "cron"
                       : is_unit                    ? "systemd"
                                                    : "cli";
    take_word(kind, origin->trigger);
}

/* ---- metadata ---- */

enum err_code origin_check_meta(struct text meta, struct err *err)
{
    if (meta.n > ORIGIN_META_MAX)
        return err_set(err, ERR_USAGE, "record: --meta is longer than %d bytes", ORIGIN_META_MAX);
    if (json_check(meta) != JSON_OBJECT_OPEN)
        return err_set(err, ERR_USAGE, "record: --meta is no JSON object: %.100s", meta.s);
    return ERR_OK;
}

/* The person's own members as they are spelled, but for one of the name that we answer for. */
static void put_members(struct text meta, struct buf *out)
{
    struct json_scan scan = json_scan(meta);
    struct text key, value;
    if (!json_open(&scan, JSON_OBJECT_OPEN))
        return;
    while (json_next_member(&scan, &key, &value)) {
        if (json_says(key, TEXT_LIT("recorder")))
            continue;
        if (out->len > 1)
            buf_char(out, ',');
        buf_text(out, key);
        buf_char(out, ':');
        buf_text(out, value);
    }
}

static bool is_given(const struct origin_facts *facts, const char *name)
{
    return !text_is_null(json_member(facts->meta, name));
}

static void put_fact(const struct origin_facts *facts, const char *name, const char *value, struct buf *out)
{
    if (!value || !*value || is_given(facts, name))
        return;
    json_put_name(out, text_of(name));
    json_put_string(out, text_of(value));
}

static void put_argv(const struct origin_facts *facts, struct buf *out)
{
    if (!facts->argv || is_given(facts, "argv"))
        return;
    json_put_name(out, TEXT_LIT("argv"));
    buf_char(out, '[');
    size_t start = out->len;
    for (char *const *word = facts->argv; *word; word++) {
        if (out->len > start)
            buf_char(out, ',');
        bool has_room = out->len - start + strlen(*word) * 6 < ARGV_MAX;
        json_put_string(out, has_room ? text_of(*word) : TEXT_LIT("…"));
        if (!has_room)
            break;
    }
    buf_char(out, ']');
}

void origin_meta(const struct origin_facts *facts, struct buf *out)
{
    struct buf meta;
    buf_init(&meta, ORIGIN_TEXT_MAX - ORIGIN_RECORDER_MAX);
    buf_char(&meta, '{');
    put_members(facts->meta, &meta);
    put_fact(facts, "cwd", facts->cwd, &meta);
    put_argv(facts, &meta);
    put_fact(facts, "user", facts->user, &meta);
    put_fact(facts, "name", facts->name, &meta);
    put_fact(facts, "unit", facts->unit, &meta);
    if (buf_is_cut(&meta)) {
        buf_clear(&meta);
        buf_char(&meta, '{');
    }
    meta.limit = ORIGIN_TEXT_MAX;
    json_put_name(&meta, TEXT_LIT("recorder"));
    recorder_write(facts->recorder, &meta);
    buf_char(&meta, '}');
    buf_text(out, buf_as_text(&meta));
    buf_release(&meta);
}
