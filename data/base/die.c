/*
 * See die.h. abort() rather than exit(): a core file is worth more than atexit handlers that run in an unknown state.
 */
#include "data/base/die.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Atomic(void (*)(void)) die_hook;

void die_set_hook(void (*hook)(void))
{
    atomic_store(&die_hook, hook);
}

void die(const char *fmt, ...)
{
    void (*hook)(void) = atomic_exchange(&die_hook, NULL);
    if (hook)
        hook();
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    fprintf(stderr, "executor-runs: %s\n", text);
    abort();
}

void *mem_resize(void *ptr, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        die("out of memory: %zu × %zu bytes asked for", count, size);
    size_t bytes = count * size;
    void *moved = realloc(ptr, bytes ? bytes : 1);
    if (!moved)
        die("out of memory: %zu bytes asked for", bytes);
    return moved;
}

void *mem_new(size_t size)
{
    return mem_resize(NULL, size, 1);
}

void *mem_new_array(size_t count, size_t size)
{
    void *array = calloc(count ? count : 1, size ? size : 1);
    if (!array)
        die("out of memory: %zu × %zu bytes asked for", count, size);
    return array;
}

char *mem_strndup(const char *s, size_t n)
{
    char *copy = mem_new(n + 1);
    if (n)
        memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *mem_strdup(const char *s)
{
    return mem_strndup(s, strlen(s));
}
