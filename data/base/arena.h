/*
 * An arena: many small allocations, one release. Every reply owns one; what is allocated in it lives as long as
 * the reply. Running out of memory dies (die.h); there is no limit of its own, since what fills it is bounded where
 * it is read.
 */
#pragma once

#include "data/base/text.h"

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *head;
    size_t used;
    size_t total; /* bytes handed out since init or clear */
};

void arena_init(struct arena *arena);
void arena_release(struct arena *arena); /* frees everything; the arena is empty and usable again */

void *arena_alloc(struct arena *arena, size_t size);               /* zeroed, aligned for any type */
void *arena_array(struct arena *arena, size_t count, size_t size); /* zeroed; dies on overflow */
char *arena_strndup(struct arena *arena, const char *s, size_t n); /* NUL-terminated copy */
struct text arena_text(struct arena *arena, struct text t);        /* copy; null stays null; NUL-terminated */
char *arena_printf(struct arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
