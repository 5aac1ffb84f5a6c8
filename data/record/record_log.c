/*
 * See record_log.h. Each channel has its own first and last lines, so that a flood on one leaves what the other said: a line remembers when
 * it began, and the channels are merged at the end. The last lines stand in two blocks that are filled in turn: where one is full, the
 * older one is forgotten as a whole.
 *
 * Whole lines are kept many at a time, as they came, so that a flood of short lines costs a copy and a count of newlines. A line that comes
 * in pieces is gathered up to its greatest length, and of a line that overwrites itself (a progress bar) only the present state is
 * gathered, so that hours of it take the place of one line.
 */
#include "data/record/record_log.h"

#include "data/base/die.h"
#include "data/base/utf8.h"
#include "data/record/record_clean.h"
#include "data/record/record_level.h"
#include "data/text/json_put.h"
#include "data/text/log_scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SPAN_MAX = 4 << 10, /* bytes of lines that are kept together */
    LINE_COST = 24, /* what a line takes of a block's room besides its bytes: empty lines are bounded, too */
};

/* What stands before the bytes of lines in a block. */
struct head {
    uint64_t began; /* the first of them; the others follow it */
    uint64_t more;  /* bytes of a line that are not kept */
    size_t n;
    uint32_t lines;
    bool is_span; /* whole lines, each with its newline; else one line without it */
};

struct block {
    char *data;
    size_t n, room, cost;
    int64_t lines, bytes; /* bytes of the lines as they came, newlines included */
};

struct channel {
    struct block first, last[2];
    int filled; /* which of the two is being filled; the other is older */
    int64_t lost_lines, lost_bytes;
    char *piece; /* of a line that has not ended; NULL before the first */
    size_t piece_n;
    uint64_t piece_began, piece_more;
    bool has_piece, has_return; /* the piece's last bytes so far are carriage returns */
};

struct record_log {
    uint64_t clock; /* counts lines */
    struct channel channels[RECORD_CHANNELS];
};

struct record_log *record_log_new(void)
{
    return mem_new_array(1, sizeof(struct record_log));
}

static void channel_release(struct channel *c)
{
    free(c->first.data);
    free(c->last[0].data);
    free(c->last[1].data);
    free(c->piece);
}

void record_log_free(struct record_log *log)
{
    for (int i = 0; log && i < RECORD_CHANNELS; i++)
        channel_release(&log->channels[i]);
    free(log);
}

/* ---- whole lines ---- */

static size_t cost_of(const struct head *head)
{
    return head->n + (size_t)head->lines * LINE_COST;
}

static int64_t bytes_of(const struct head *head)
{
    return (int64_t)(head->n + head->more + !head->is_span);
}

static bool block_has_room(const struct block *block, const struct head *head, size_t max)
{
    return block->cost + cost_of(head) <= max;
}

static void block_put(struct block *block, const struct head *head, const char *bytes)
{
    size_t n = block->n + sizeof *head + head->n;
    if (n > block->room) {
        block->room = n > block->room * 2 ? n : block->room * 2;
        block->data = mem_resize(block->data, block->room, 1);
    }
    memcpy(block->data + block->n, head, sizeof *head);
    if (head->n)
        memcpy(block->data + block->n + sizeof *head, bytes, head->n);
    block->n = n;
    block->cost += cost_of(head);
    block->lines += head->lines;
    block->bytes += bytes_of(head);
}

static void block_forget(struct block *block)
{
    block->n = block->cost = 0;
    block->lines = block->bytes = 0;
}

static void keep_lines(struct channel *c, const struct head *head, const char *bytes)
{
    bool has_overflown = c->last[c->filled].n > 0;
    if (!has_overflown && block_has_room(&c->first, head, RECORD_HEAD_MAX)) {
        block_put(&c->first, head, bytes);
        return;
    }
    if (!block_has_room(&c->last[c->filled], head, RECORD_TAIL_MAX)) {
        c->filled = !c->filled;
        c->lost_lines += c->last[c->filled].lines;
        c->lost_bytes += c->last[c->filled].bytes;
        block_forget(&c->last[c->filled]);
    }
    block_put(&c->last[c->filled], head, bytes);
}

/* One line of which nothing came before. */
static void keep_line(struct record_log *log, struct channel *c, struct text line)
{
    struct text state = record_last_state(line);
    size_t n = state.n < RECORD_LINE_MAX ? state.n : RECORD_LINE_MAX;
    keep_lines(c, &(struct head){.began = log->clock++, .more = state.n - n, .n = n, .lines = 1}, state.s);
}

/* Eight bytes at a time: only a byte of `same` that is zero has the high bit of `others` unset. The product adds up the eight. */
static uint32_t count_newlines(struct text t)
{
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f), ones = UINT64_C(0x0101010101010101);
    uint32_t count = 0;
    size_t at = 0;
    for (; at + 8 <= t.n; at += 8) {
        uint64_t same;
        memcpy(&same, t.s + at, 8);
        same ^= '\n' * ones;
        uint64_t others = ((same & low) + low) | same | low;
        count += (uint32_t)((~others >> 7) * ones >> 56);
    }
    for (; at < t.n; at++)
        count += t.s[at] == '\n';
    return count;
}

static struct text to_newline(struct text t)
{
    const char *newline = memchr(t.s, '\n', t.n);
    return (struct text){t.s, (size_t)(newline - t.s)};
}

/* The lines at the start of whole ones that can be kept as they are; none where the first is long or overwrites itself. */
static struct text span_of(struct text lines)
{
    struct text span = {lines.s, lines.n < SPAN_MAX ? lines.n : SPAN_MAX};
    const char *back = memchr(span.s, '\r', span.n);
    span.n = back ? (size_t)(back - span.s) : span.n;
    const char *end = span.n ? memrchr(span.s, '\n', span.n) : NULL;
    return (struct text){span.s, end ? (size_t)(end + 1 - span.s) : 0};
}

static void keep_whole(struct record_log *log, struct channel *c, struct text lines)
{
    while (lines.n) {
        struct text span = span_of(lines);
        if (span.n) {
            struct head head = {
                .began = log->clock, .n = span.n, .lines = count_newlines(span), .is_span = true};
            log->clock += head.lines;
            keep_lines(c, &head, span.s);
        } else {
            span = to_newline(lines);
            keep_line(log, c, span);
            span.n++;
        }
        lines = (struct text){lines.s + span.n, lines.n - span.n};
    }
}

/* ---- lines in pieces ---- */

static void piece_start(struct record_log *log, struct channel *c)
{
    if (!c->piece)
        c->piece = mem_new(RECORD_LINE_MAX);
    c->piece_n = c->piece_more = 0;
    c->piece_began = log->clock++;
    c->has_piece = true;
    c->has_return = false;
}

static void piece_add(struct record_log *log, struct channel *c, struct text bytes)
{
    struct text state = record_last_state(bytes);
    bool ends_in_return = bytes.n && bytes.s[bytes.n - 1] == '\r';
    bool overwrites = state.s != bytes.s || (c->has_return && state.n);
    if (!c->has_piece || overwrites)
        piece_start(log, c);
    size_t room = RECORD_LINE_MAX - c->piece_n;
    size_t n = state.n < room ? state.n : room;
    memcpy(c->piece + c->piece_n, state.s, n);
    c->piece_n += n;
    c->piece_more += state.n - n;
    c->has_return = ends_in_return || (c->has_return && state.n == 0);
}

static struct head piece_head(const struct channel *c)
{
    return (struct head){.began = c->piece_began, .more = c->piece_more, .n = c->piece_n, .lines = 1};
}

static void piece_end(struct channel *c)
{
    struct head head = piece_head(c);
    keep_lines(c, &head, c->piece);
    c->has_piece = false;
}

void record_log_add(struct record_log *log, enum record_channel channel, const char *bytes, size_t n)
{
    struct channel *c = &log->channels[channel];
    struct text rest = {bytes, n};
    const char *last = n ? memrchr(bytes, '\n', n) : NULL;
    if (last && c->has_piece) {
        struct text line = to_newline(rest);
        piece_add(log, c, line);
        piece_end(c);
        rest = (struct text){rest.s + line.n + 1, rest.n - line.n - 1};
    }
    if (last) {
        size_t whole = (size_t)(last + 1 - rest.s);
        keep_whole(log, c, (struct text){rest.s, whole});
        rest = (struct text){rest.s + whole, rest.n - whole};
    }
    if (rest.n)
        piece_add(log, c, rest);
}

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
        w->lost_bytes += bytes_of(&head);
        cost -= cost_of(&head);
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
        w->line = to_newline(w->line);
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
        struct head head = piece_head(c);
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
