/*
 * The reading half of record_log.h: what was kept, line by line and merged by when a line began. Only here is
 * it looked at what a line says.
 */
#include "data/record/record_log.h"

#include "data/base/utf8.h"
#include "data/record/record_clean.h"
#include "data/record/record_level.h"
#include "data/record/record_log_int.h"
#include "data/text/json_put.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- reading a channel ---- */

struct walk {
    const struct channel *channel;
    const struct block *blocks[3]; /* first lines, older and newer of the last ones */
    int block;
    size_t at;                      /* in the block */
    struct text span;               /* lines that are left of one */
    int64_t lost_lines, lost_bytes; /* between the first and the last ones */
    bool is_at_gap;                 /* the next line is the first behind it */
    bool is_piece_read;
    bool has_line; /* the line that is next: */
    uint64_t began, more;
    struct text line;
};

static struct head read_head(const struct block *block, size_t at)
{
    struct head head;
    memcpy(&head, block->data + at, sizeof head);
    return head;
}

/* Of the older block only so much as makes RECORD_TAIL_MAX with the newer one. */
static size_t older_start(struct walk *w, const struct block *older, size_t newer_cost)
{
    size_t at = 0;
    for (size_t cost = older->cost + newer_cost; at < older->n && cost > RECORD_TAIL_MAX;) {
        struct head head = read_head(older, at);
        w->lost_lines += head.lines;
        w->lost_bytes += record_head_bytes(&head);
        cost -= record_head_cost(&head);
        at += sizeof head + head.n;
    }
    return at;
}

static void walk_to_block(struct walk *w)
{
    while (w->block < 3 && w->at == w->blocks[w->block]->n) {
        w->at = 0;
        if (++w->block == 1) {
            w->at = older_start(w, w->blocks[1], w->blocks[2]->cost);
            w->is_at_gap = w->lost_lines > 0;
        }
    }
}

static void walk_take(struct walk *w, const struct head *head, const char *bytes)
{
    w->has_line = true;
    w->began = head->began;
    w->more = head->more;
    w->line = (struct text){bytes, head->n};
    if (head->is_span) {
        w->line = record_to_newline(w->line);
        w->span = (struct text){bytes + w->line.n + 1, head->n - w->line.n - 1};
    }
}

static void walk_next(struct walk *w)
{
    const struct channel *c = w->channel;
    w->is_at_gap = w->has_line = false;
    if (w->span.n) {
        walk_take(w, &(struct head){.began = w->began + 1, .n = w->span.n, .is_span = true}, w->span.s);
        return;
    }
    walk_to_block(w);
    if (w->block < 3) {
        const struct block *block = w->blocks[w->block];
        struct head head = read_head(block, w->at);
        walk_take(w, &head, block->data + w->at + sizeof head);
        w->at += sizeof head + head.n;
    } else if (c->has_piece && !w->is_piece_read) {
        struct head head = record_piece_head(c);
        walk_take(w, &head, c->piece);
        w->is_piece_read = true;
    }
}

static struct walk walk_start(const struct channel *c)
{
    struct walk w = {.channel = c,
                     .blocks = {&c->first, &c->last[!c->filled], &c->last[c->filled]},
                     .lost_lines = c->lost_lines,
                     .lost_bytes = c->lost_bytes};
    walk_next(&w);
    return w;
}

/* Without a character that was cut in two. */
static size_t whole_characters(const char *s, size_t n)
{
    for (size_t max = n > 3 ? n - 3 : 0; n > max && (unsigned char)s[n - 1] >= 0x80;) {
        char32_t ch;
        size_t last = utf8_step_back(s, n);
        utf8_decode(s + last, n - last, &ch);
        if (ch != UTF8_BAD)
            break;
        n = last;
    }
    return n;
}

/* The line as text to keep. */
static void put_line(const struct walk *w, struct buf *out)
{
    size_t n = w->more ? whole_characters(w->line.s, w->line.n) : w->line.n;
    record_clean((struct text){w->line.s, n}, out);
    if (w->more)
        buf_printf(out, " … %" PRIu64 " more bytes of this line", w->more + w->line.n - n);
}

/* ---- as JSON ---- */

static void put_entry(struct buf *json, enum log_level level, struct text line, struct buf *entry)
{
    buf_clear(entry);
    buf_printf(entry, "[%s] ", log_level_word(level));
    buf_text(entry, line);
    if (json->len > 1)
        buf_char(json, ',');
    json_put_string(json, buf_as_text(entry));
}

static void put_gap(const struct walk *w, enum record_channel channel, struct buf *json, struct buf *entry)
{
    char note[160];
    int n =
        snprintf(note, sizeof note, "… %" PRId64 " line%s (%" PRId64 " bytes) of standard %s left out here …",
                 w->lost_lines, w->lost_lines == 1 ? "" : "s", w->lost_bytes,
                 channel == RECORD_ERR ? "error" : "output");
    put_entry(json, LOG_INFO, (struct text){note, (size_t)n}, entry);
}

/* What the entries are made in. */
struct room {
    struct buf line, entry;
};

static void put_next(struct walk *w, enum record_channel channel, struct buf *json, struct room *room)
{
    if (w->is_at_gap)
        put_gap(w, channel, json, &room->entry);
    buf_clear(&room->line);
    put_line(w, &room->line);
    struct text line = buf_as_text(&room->line);
    enum log_level level;
    if (!record_level_of(line, &level, &line))
        level = channel == RECORD_ERR ? LOG_ERROR : LOG_LOG;
    put_entry(json, level, line, &room->entry);
    walk_next(w);
}

static bool is_next(const struct walk *w, const struct walk *other)
{
    return w->has_line && (!other->has_line || w->began < other->began);
}

void record_log_json(const struct record_log *log, struct buf *out)
{
    struct walk w[RECORD_CHANNELS] = {walk_start(&log->channels[RECORD_OUT]),
                                      walk_start(&log->channels[RECORD_ERR])};
    struct room room;
    struct buf json;
    buf_init(&json, RECORD_JSON_MAX);
    buf_init(&room.line, RECORD_LINE_MAX * 4);
    buf_init(&room.entry, RECORD_LINE_MAX * 4);
    buf_char(&json, '[');
    while (w[RECORD_OUT].has_line || w[RECORD_ERR].has_line) {
        bool is_error = !is_next(&w[RECORD_OUT], &w[RECORD_ERR]);
        put_next(&w[is_error], is_error ? RECORD_ERR : RECORD_OUT, &json, &room);
    }
    buf_char(&json, ']');
    buf_text(out, buf_as_text(&json));
    buf_release(&json);
    buf_release(&room.line);
    buf_release(&room.entry);
}

/* ---- the last lines ---- */

static struct text trimmed(struct text t)
{
    while (t.n && strchr(" \t\n", t.s[t.n - 1]) && t.s[t.n - 1])
        t.n--;
    while (t.n && t.s[0] == '\n') {
        t.s++;
        t.n--;
    }
    return t;
}

/* As many of the last lines as are few and short enough; at least the beginning of the last one. */
static struct text last_lines(struct text all)
{
    size_t start = all.n;
    for (int lines = 0; lines < RECORD_ERROR_LINES && start > 0; lines++) {
        const char *before = memrchr(all.s, '\n', start - 1);
        size_t line = before ? (size_t)(before + 1 - all.s) : 0;
        struct text rest = {all.s + line, all.n - line};
        if (rest.n > RECORD_ERROR_MAX && lines == 0)
            return (struct text){rest.s, utf8_cut(rest, RECORD_ERROR_MAX)};
        if (rest.n > RECORD_ERROR_MAX)
            break;
        start = line;
    }
    return (struct text){all.s + start, all.n - start};
}

void record_log_last(const struct record_log *log, enum record_channel channel, struct buf *out)
{
    struct buf lines;
    buf_init(&lines, RECORD_JSON_MAX);
    for (struct walk w = walk_start(&log->channels[channel]); w.has_line; walk_next(&w)) {
        put_line(&w, &lines);
        buf_char(&lines, '\n');
    }
    buf_text(out, trimmed(last_lines(trimmed(buf_as_text(&lines)))));
    buf_release(&lines);
}
