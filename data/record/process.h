/*
 * One process, or thread, as /proc tells of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROCESS_NAME = 64 };

struct process {
    char name[PROCESS_NAME];
    char state; /* 'R', 'S', 'Z' … */
    int64_t parent;
    int64_t terminal; /* 0: none */
    int64_t start;    /* clock ticks since boot */
};

/* False where there is none, or where it is hidden from us. */
bool process_read(int64_t pid, struct process *process);
bool process_read_thread(int64_t thread, struct process *process); /* of this process */

/* The start of a small file; "" where it cannot be read. */
void process_read_file(const char *path, char *out, size_t size);
