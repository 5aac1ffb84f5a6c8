/*
 * See buf.h.
 */
#include "data/base/buf.h"

#include "data/base/die.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_init(struct buf *buf, size_t limit)
{
    *buf = (struct buf){.limit = limit};
}

void buf_release(struct buf *buf)
{
    free(buf->data);
    buf_init(buf, buf->limit);
}

void buf_wipe(struct buf *buf)
{
    if (buf->data)
        explicit_bzero(buf->data, buf->cap);
    buf_release(buf);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->is_cut = false;
}

/* Room for n more bytes and a NUL; false where the limit forbids it. */
static bool buf_reserve(struct buf *buf, size_t n)
{
    if (n > buf->limit - buf->len) {
        buf->is_cut = true;
        return false;
    }
    size_t need = buf->len + n + 1;
    if (need <= buf->cap)
        return true;
    size_t cap = buf->cap ? buf->cap : 64;
    while (cap < need)
        cap *= 2;
    buf->data = mem_resize(buf->data, cap, 1);
    buf->cap = cap;
    return true;
}

void buf_add(struct buf *buf, const char *bytes, size_t n)
{
    if (!n || !buf_reserve(buf, n))
        return;
    memcpy(buf->data + buf->len, bytes, n);
    buf->len += n;
}

void buf_str(struct buf *buf, const char *s)
{
    buf_add(buf, s, strlen(s));
}

void buf_text(struct buf *buf, struct text t)
{
    buf_add(buf, t.s, t.n);
}

void buf_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_fill(struct buf *buf, char c, size_t times)
{
    if (!times || !buf_reserve(buf, times))
        return;
    memset(buf->data + buf->len, c, times);
    buf->len += times;
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n > 0 && buf_reserve(buf, (size_t)n)) {
        vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, again);
        buf->len += (size_t)n;
    }
    va_end(again);
}

const char *buf_cstr(struct buf *buf)
{
    if (!buf->data) {
        buf->data = mem_new(64);
        buf->cap = 64;
    }
    buf->data[buf->len] = '\0';
    return buf->data;
}

struct text buf_as_text(const struct buf *buf)
{
    return (struct text){buf->data ? buf->data : "", buf->len};
}

bool buf_is_cut(const struct buf *buf)
{
    return buf->is_cut;
}

char *buf_take(struct buf *buf)
{
    buf_cstr(buf);
    char *bytes = buf->data;
    buf->data = NULL;
    buf->len = buf->cap = 0;
    return bytes;
}
