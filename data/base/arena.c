/*
 * See arena.h. Blocks double up to 1 MB; a larger request gets a block of its own behind the current one, so that
 * one big result does not waste the room left for small ones.
 */
#include "data/base/arena.h"

#include "data/base/die.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 4096, LAST_BLOCK = 1 << 20 };

struct arena_block {
    struct arena_block *next;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

void arena_release(struct arena *arena)
{
    for (struct arena_block *block = arena->head, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    arena_init(arena);
}

static struct arena_block *block_new(size_t size)
{
    struct arena_block *block = mem_new(sizeof *block + size);
    block->next = NULL;
    block->size = size;
    return block;
}

/* Not zeroed. */
static void *take(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        die("out of memory: %zu bytes asked for", size);
    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    arena->total += size;
    if (arena->head && size > LAST_BLOCK / 4) {
        struct arena_block *own = block_new(size);
        own->next = arena->head->next;
        arena->head->next = own;
        return own->bytes;
    }
    if (!arena->head || arena->head->size - arena->used < size) {
        size_t want = arena->head ? arena->head->size * 2 : FIRST_BLOCK;
        want = want > LAST_BLOCK ? LAST_BLOCK : want;
        struct arena_block *block = block_new(want < size ? size : want);
        block->next = arena->head;
        arena->head = block;
        arena->used = 0;
    }
    void *place = arena->head->bytes + arena->used;
    arena->used += size;
    return place;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return memset(take(arena, size), 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        die("out of memory: %zu × %zu bytes asked for", count, size);
    return arena_alloc(arena, count * size);
}

char *arena_strndup(struct arena *arena, const char *s, size_t n)
{
    char *copy = take(arena, n + 1);
    if (n)
        memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

struct text arena_text(struct arena *arena, struct text t)
{
    return t.s ? (struct text){arena_strndup(arena, t.s, t.n), t.n} : TEXT_NULL;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *s = arena_alloc(arena, (size_t)(n < 0 ? 0 : n) + 1);
    if (n > 0)
        vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    return s;
}
