/*
 * A growing run of bytes with a mandatory limit. What would pass the limit is not added, and the buffer remembers
 * that it is incomplete: check buf_is_cut() once at the end instead of every call.
 *
 *     struct buf b;
 *     buf_init(&b, 64 * 1024);
 *     buf_str(&b, "status:");
 *     buf_printf(&b, "%d", 3);
 *     use(buf_cstr(&b));
 *     buf_release(&b);
 */
#pragma once

#include "data/base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* NULL while empty */
    size_t len;
    size_t cap;
    size_t limit;
    bool is_cut;
};

void buf_init(struct buf *buf, size_t limit);
void buf_release(struct buf *buf);
void buf_wipe(struct buf *buf);  /* released, and nothing of it stays in memory */
void buf_clear(struct buf *buf); /* keeps the memory, forgets the content and the cut */

void buf_add(struct buf *buf, const char *bytes, size_t n); /* all or nothing */
void buf_str(struct buf *buf, const char *s);
void buf_text(struct buf *buf, struct text t); /* null adds nothing */
void buf_char(struct buf *buf, char c);
void buf_fill(struct buf *buf, char c, size_t times);
void buf_printf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The content, NUL-terminated; borrowed until the next change. Never NULL. */
const char *buf_cstr(struct buf *buf);
struct text buf_as_text(const struct buf *buf); /* never null; not NUL-terminated */
bool buf_is_cut(const struct buf *buf);

/* Hands the bytes (NUL-terminated) to the caller, who frees them; the buffer is empty afterwards. */
char *buf_take(struct buf *buf);
