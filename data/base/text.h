/*
 * A borrowed run of bytes. Not NUL-terminated unless a prototype says so; may hold any bytes, NUL and broken
 * UTF-8 included. `s == NULL` is SQL's null, which is not the empty text.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text {
    const char *s;
    size_t n;
};

#define TEXT_NULL ((struct text){NULL, 0})
#define TEXT_LIT(literal) ((struct text){(literal), sizeof(literal) - 1})

static inline struct text text_of(const char *s)
{
    return (struct text){s, s ? strlen(s) : 0};
}

static inline bool text_is_null(struct text t)
{
    return t.s == NULL;
}

/* Null equals null and nothing else. */
static inline bool text_eq(struct text a, struct text b)
{
    if (!a.s || !b.s)
        return !a.s && !b.s;
    return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
}

static inline bool text_is(struct text t, const char *s)
{
    return t.s && t.n == strlen(s) && memcmp(t.s, s, t.n) == 0;
}

/* Byte order (as SQLite's BINARY collation); null sorts first. */
static inline int text_cmp(struct text a, struct text b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.s, b.s, n) : 0;
    if (order)
        return order;
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    return (a.s != NULL) - (b.s != NULL);
}
