/*
 * See record_log.h. Each channel has its own first and last lines, so that a flood on one leaves what the
 * other said: a line remembers when it began, and the channels are merged at the end. The last lines stand in
 * two blocks that are filled in turn: where one is full, the older one is forgotten as a whole.
 *
 * Whole lines are kept many at a time, as they came, so that a flood of short lines costs a copy and a count
 * of newlines. A line that comes in pieces is gathered up to its greatest length, and of a line that
 * overwrites itself (a progress bar) only the present state is gathered, so that hours of it take the place
 * of one line.
 */
#include "data/record/record_log.h"

#include "data/base/die.h"
#include "data/record/record_clean.h"
#include "data/record/record_log_int.h"

#include <stdlib.h>
#include <string.h>

enum { SPAN_MAX = 4 << 10 /* bytes of lines that are kept together */ };

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

static struct block block_copy(const struct block *block)
{
    struct block copy = *block;
    copy.room = block->n;
    copy.data = NULL;
    if (block->n) {
        copy.data = mem_new(block->n);
        memcpy(copy.data, block->data, block->n);
    }
    return copy;
}

static struct channel channel_copy(const struct channel *c)
{
    struct channel copy = *c;
    copy.first = block_copy(&c->first);
    for (int i = 0; i < 2; i++)
        copy.last[i] = block_copy(&c->last[i]);
    copy.piece = NULL;
    if (c->piece) {
        copy.piece = mem_new(RECORD_LINE_MAX);
        memcpy(copy.piece, c->piece, c->has_piece ? c->piece_n : 0);
    }
    return copy;
}

struct record_log *record_log_copy(const struct record_log *log)
{
    struct record_log *copy = mem_new(sizeof *copy);
    copy->clock = log->clock;
    for (int i = 0; i < RECORD_CHANNELS; i++)
        copy->channels[i] = channel_copy(&log->channels[i]);
    return copy;
}

/* ---- whole lines ---- */

static bool block_has_room(const struct block *block, const struct head *head, size_t max)
{
    return block->cost + record_head_cost(head) <= max;
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
    block->cost += record_head_cost(head);
    block->lines += head->lines;
    block->bytes += record_head_bytes(head);
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

/* Eight bytes at a time: only a byte of `same` that is zero has the high bit of `others` unset. The product
 * adds up the eight. */
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

/* The lines at the start of whole ones that can be kept as they are; none where the first is long or
 * overwrites itself. */
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
            span = record_to_newline(lines);
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

static void piece_end(struct channel *c)
{
    struct head head = record_piece_head(c);
    keep_lines(c, &head, c->piece);
    c->has_piece = false;
}

void record_log_add(struct record_log *log, enum record_channel channel, const char *bytes, size_t n)
{
    struct channel *c = &log->channels[channel];
    struct text rest = {bytes, n};
    const char *last = n ? memrchr(bytes, '\n', n) : NULL;
    if (last && c->has_piece) {
        struct text line = record_to_newline(rest);
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
