/*
 * The end of the process when it cannot go on: out of memory, or a broken promise of the program itself.
 * Outside data never leads here.
 */
#pragma once

#include <stddef.h>

/* Called once, before the message is written; restores the terminal. NULL takes it away. The hook is the one
 * mutable file-scope variable of this room: a dying process has no caller to hand it down from. */
void die_set_hook(void (*hook)(void));

/* Writes "executor-runs: <text>" to standard error and aborts. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Allocation that dies instead of failing. count and size are multiplied with a check. Caller frees with free(). */
void *mem_new(size_t size) __attribute__((returns_nonnull, malloc));
void *mem_new_array(size_t count, size_t size) __attribute__((returns_nonnull, malloc)); /* zeroed */
void *mem_resize(void *ptr, size_t count, size_t size) __attribute__((returns_nonnull));
char *mem_strdup(const char *s) __attribute__((returns_nonnull, malloc));
char *mem_strndup(const char *s, size_t n) __attribute__((returns_nonnull, malloc)); /* always ends in NUL */
