/*
 * See process.h. A line of /proc/PID/stat is "PID (name) state parent …" with numbers behind; the name may
 * hold anything, also ") S 1 (", so what follows the last parenthesis is counted.
 */
#include "data/record/process.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STAT_MAX = 1024, FIELD_STATE = 3, FIELD_PARENT = 4, FIELD_TERMINAL = 7, FIELD_START = 22 };

void process_read_file(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, out, size - 1);
    if (fd >= 0)
        close(fd);
    out[n > 0 ? n : 0] = '\0';
}

static bool read_stat(const char *path, struct process *process)
{
    char stat[STAT_MAX];
    process_read_file(path, stat, sizeof stat);
    const char *open_at = strchr(stat, '('), *at = strrchr(stat, ')');
    *process = (struct process){0};
    if (!open_at || !at || at < open_at)
        return false;
    snprintf(process->name, sizeof process->name, "%.*s", (int)(at - open_at - 1), open_at + 1);
    for (int field = FIELD_STATE; (at = strchr(at, ' ')) != NULL; field++) {
        at++;
        switch (field) {
        case FIELD_STATE: process->state = *at; break;
        case FIELD_PARENT: process->parent = strtoll(at, NULL, 10); break;
        case FIELD_TERMINAL: process->terminal = strtoll(at, NULL, 10); break;
        case FIELD_START: process->start = strtoll(at, NULL, 10); return true;
        default: break;
        }
    }
    return false;
}

bool process_read(int64_t pid, struct process *process)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", pid);
    return read_stat(path, process);
}

bool process_read_thread(int64_t thread, struct process *process)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%" PRId64 "/stat", thread);
    return read_stat(path, process);
}
