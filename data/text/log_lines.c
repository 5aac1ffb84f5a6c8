/*
 * See log_lines.h. All entries stand decoded in one block of bytes, and lines are places in it: a log of a
 * hundred thousand lines is two allocations, and an entry of several lines can be handed out whole.
 */
#include "data/text/log_lines.h"

#include "data/base/buf.h"
#include "data/base/die.h"
#include "data/base/timefmt.h"
#include "data/base/utf8.h"

#include <stdlib.h>

enum { NOTE_ROOM = 256, JSON_TAIL_TRIES = 8 };

struct place {
    uint32_t start, n;
    uint32_t entry; /* NO_ENTRY for a note */
    uint8_t level;
    bool is_continuation;
};

struct entry {
    uint32_t start, n;
};

#define NO_ENTRY UINT32_MAX

struct log_lines {
    struct buf bytes;
    struct place *lines;
    size_t count, cap;
    struct entry *entries;
    size_t entry_count, entry_cap;
    size_t level_counts[LOG_LEVEL_COUNT];
};

static struct text text_at(const struct log_lines *log, size_t start, size_t n)
{
    return (struct text){n ? log->bytes.data + start : "", n};
}

static void add_line(struct log_lines *log, struct place place)
{
    if (log->count == log->cap) {
        log->cap = log->cap ? log->cap * 2 : 32;
        log->lines = mem_resize(log->lines, log->cap, sizeof *log->lines);
    }
    log->lines[log->count++] = place;
}

static void add_note(struct log_lines *log, const char *before, size_t bytes, const char *after)
{
    char count[TIME_TEXT];
    size_t start = log->bytes.len;
    count_format((int64_t)bytes, count);
    log->bytes.limit += NOTE_ROOM;
    buf_printf(&log->bytes, "%s%s%s", before, count, after);
    add_line(log, (struct place){.start = (uint32_t)start,
                                 .n = (uint32_t)(log->bytes.len - start),
                                 .entry = NO_ENTRY,
                                 .level = LOG_WARN});
}

/* Splits the entry that the last bytes are; a newline at its end starts no line. False where there are
 * lines enough. */
static bool add_lines(struct log_lines *log, enum log_level level, struct text text)
{
    const char *base = log->bytes.data;
    const char *at = text.s, *end = text.s + text.n;
    uint32_t entry = (uint32_t)log->entry_count - 1;
    bool is_first = true;
    do {
        const char *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        const char *stop = newline ? newline : end;
        size_t n = (size_t)(stop - at);
        n -= newline && n && at[n - 1] == '\r';
        if (log->count >= LOG_LINES_MAX - 1)
            return false;
        add_line(log, (struct place){.start = n ? (uint32_t)(at - base) : 0,
                                     .n = (uint32_t)n,
                                     .entry = entry,
                                     .level = (uint8_t)level,
                                     .is_continuation = !is_first});
        is_first = false;
        at = newline ? newline + 1 : end;
    } while (at < end);
    return true;
}

static void remember_entry(struct log_lines *log, size_t start, size_t n)
{
    if (log->entry_count == log->entry_cap) {
        log->entry_cap = log->entry_cap ? log->entry_cap * 2 : 32;
        log->entries = mem_resize(log->entries, log->entry_cap, sizeof *log->entries);
    }
    log->entries[log->entry_count++] = (struct entry){(uint32_t)start, (uint32_t)n};
}

/* Adds what an entry is spelled as, decoded; false where the log is full. */
static bool add_bytes(struct log_lines *log, struct text raw)
{
    if (raw.s[0] != '"') {
        buf_text(&log->bytes, raw);
    } else {
        char *decoded = mem_new(raw.n);
        buf_add(&log->bytes, decoded, json_unescape(raw, decoded));
        free(decoded);
    }
    return !buf_is_cut(&log->bytes);
}

static bool add_entry(struct log_lines *log, struct text raw)
{
    size_t start = log->bytes.len;
    bool is_string = raw.s[0] == '"';
    if (!add_bytes(log, raw))
        return false;
    struct text text = text_at(log, start, log->bytes.len - start);
    enum log_level level = is_string ? log_level_of(text, &text) : LOG_LOG;
    log->level_counts[level]++;
    remember_entry(log, log->bytes.len - text.n, text.n);
    return add_lines(log, level, text);
}

/* A text of which no entry can be read: as it is, cut where it is too long. */
static void add_foreign(struct log_lines *log, struct text text)
{
    add_note(log, "not a log that can be read: its ", text.n, " bytes as they are");
    size_t n = utf8_cut(text, LOG_BYTES_MAX), start = log->bytes.len;
    buf_add(&log->bytes, text.s, n);
    n = log->bytes.len - start;
    remember_entry(log, start, n);
    bool is_whole = add_lines(log, LOG_LOG, text_at(log, start, n));
    if (!is_whole || n < text.n)
        add_note(log, "… cut here: the whole log has ", text.n, " bytes");
}

static void add_all(struct log_lines *log, struct text logs_json)
{
    struct log_scan scan = log_scan(logs_json);
    size_t read = 0;
    for (struct text raw; log_scan_next(&scan, &raw); read = scan.json.end) {
        if (add_entry(log, raw))
            continue;
        add_note(log, "… cut here: ", logs_json.n - read, " more bytes of log are not shown");
        return;
    }
    if (scan.is_broken && log->count == 0)
        add_foreign(log, logs_json);
    else if (scan.is_broken)
        add_note(log, "the log is broken off here: its last ", logs_json.n - read, " bytes cannot be read");
}

struct log_lines *log_lines_new(struct text logs_json)
{
    struct log_lines *log = mem_new(sizeof *log);
    *log = (struct log_lines){0};
    buf_init(&log->bytes, LOG_BYTES_MAX);
    if (!text_is_null(logs_json))
        add_all(log, logs_json);
    return log;
}

void log_lines_free(struct log_lines *log)
{
    if (!log)
        return;
    buf_release(&log->bytes);
    free(log->lines);
    free(log->entries);
    free(log);
}

size_t log_lines_count(const struct log_lines *log)
{
    return log->count;
}

size_t log_lines_level_count(const struct log_lines *log, enum log_level level)
{
    return log->level_counts[level];
}

struct log_line log_lines_at(const struct log_lines *log, size_t line)
{
    const struct place *place = &log->lines[line];
    return (struct log_line){.text = text_at(log, place->start, place->n),
                             .level = (enum log_level)place->level,
                             .is_continuation = place->is_continuation,
                             .is_note = place->entry == NO_ENTRY,
                             .entry = place->entry == NO_ENTRY ? SIZE_MAX : place->entry};
}

struct text log_lines_entry(const struct log_lines *log, size_t entry)
{
    return text_at(log, log->entries[entry].start, log->entries[entry].n);
}

struct text log_json_tail(struct text entry)
{
    size_t tries = 0;
    for (size_t at = 0; at < entry.n && tries < JSON_TAIL_TRIES; at++) {
        if (entry.s[at] != '{' && entry.s[at] != '[')
            continue;
        struct text tail = {entry.s + at, entry.n - at};
        if (json_check(tail) != JSON_BROKEN)
            return tail;
        tries++;
    }
    return TEXT_NULL;
}

/* ---- choices ---- */

void log_choose(const struct log_lines *log, unsigned levels, struct log_choice *choice)
{
    choice->lines = mem_resize(choice->lines, log->count, sizeof *choice->lines);
    choice->count = 0;
    for (size_t line = 0; line < log->count; line++)
        if (log->lines[line].entry == NO_ENTRY || levels >> log->lines[line].level & 1)
            choice->lines[choice->count++] = (uint32_t)line;
}

void log_choice_release(struct log_choice *choice)
{
    free(choice->lines);
    *choice = (struct log_choice){0};
}

size_t log_choice_row(const struct log_choice *choice, size_t line)
{
    size_t low = 0, high = choice->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (choice->lines[middle] <= line)
            low = middle;
        else
            high = middle;
    }
    return low;
}

ptrdiff_t log_find(const struct log_lines *log, const struct log_choice *choice, const struct needle *needle,
                   ptrdiff_t from, int step)
{
    step = step < 0 ? -1 : 1;
    for (ptrdiff_t row = from + step; row >= 0 && row < (ptrdiff_t)choice->count; row += step)
        if (needle_find(needle, log_lines_at(log, choice->lines[row]).text, 0, NULL) >= 0)
            return row;
    return -1;
}
