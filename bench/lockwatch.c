/*
 * See lockwatch.h. SQLite locks bytes 120 to 127 of the -shm: 123 and on are the read marks, shared by all connections of one process.
 */
#include "bench/lockwatch.h"

#include "bench/stand.h"
#include "data/base/die.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MARK_FIRST = 123, MARK_LAST = 127, LOCKS_MAX = 1 << 16, PAUSE_NS = 700000 };

struct watching {
    char shm[300], wal[300];
    pid_t reader;
    int locks;
    char text[LOCKS_MAX];
    int64_t free_since, busy_since; /* 0: it is the other */
    int64_t second, longest_gap;
    int64_t looks, busy_looks, began;
    struct lockwatch_result result;
};

/* "12: POSIX  ADVISORY  READ 4711 fe:00:1234 123 127": one of the reader's, on the file, that covers a mark. */
static bool is_mark(const char *line, pid_t reader, ino_t inode)
{
    int pid;
    unsigned long long node;
    unsigned long from, to;
    const char *at = strstr(line, "POSIX ");
    return at && sscanf(at, "POSIX %*s %*s %d %*x:%*x:%llu %lu %lu", &pid, &node, &from, &to) == 4 &&
           pid == reader && node == inode && to >= MARK_FIRST && from <= MARK_LAST;
}

static bool is_reading(struct watching *w)
{
    struct stat st;
    if (stat(w->shm, &st) != 0)
        return false;
    ssize_t n = pread(w->locks, w->text, sizeof w->text - 1, 0);
    w->text[n > 0 ? n : 0] = '\0';
    for (char *line = w->text, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        if (is_mark(line, w->reader, st.st_ino))
            return true;
    }
    return false;
}

static void end_second(struct watching *w, int64_t now)
{
    double gap = (double)w->longest_gap / 1e6;
    if (w->result.worst_gap_ms < 0 || gap < w->result.worst_gap_ms)
        w->result.worst_gap_ms = gap;
    w->longest_gap = 0;
    w->second = now;
}

static void look_once(struct watching *w)
{
    bool is_busy = is_reading(w);
    int64_t now = now_ns();
    w->looks++;
    w->busy_looks += is_busy;
    if (is_busy) {
        w->busy_since = w->busy_since ? w->busy_since : now;
        w->free_since = 0;
        double ms = (double)(now - w->busy_since) / 1e6;
        w->result.longest_ms = ms > w->result.longest_ms ? ms : w->result.longest_ms;
    } else {
        w->free_since = w->free_since ? w->free_since : now;
        w->busy_since = 0;
        int64_t from = w->free_since > w->second ? w->free_since : w->second;
        w->longest_gap = now - from > w->longest_gap ? now - from : w->longest_gap;
    }
    if (now - w->second >= 1000000000)
        end_second(w, now);
}

static void look_at_wal(struct watching *w)
{
    struct stat st;
    if (stat(w->wal, &st) == 0 && st.st_size > w->result.wal_bytes)
        w->result.wal_bytes = st.st_size;
}

static bool is_stopped(int stop)
{
    struct pollfd fd = {.fd = stop, .events = POLLIN};
    struct timespec pause = {0, PAUSE_NS};
    return ppoll(&fd, 1, &pause, NULL) > 0;
}

static struct lockwatch_result watch_all(const char *path, pid_t reader, int stop)
{
    struct watching *w = mem_new_array(1, sizeof *w);
    snprintf(w->shm, sizeof w->shm, "%s-shm", path);
    snprintf(w->wal, sizeof w->wal, "%s-wal", path);
    w->reader = reader;
    w->locks = open("/proc/locks", O_RDONLY | O_CLOEXEC);
    w->result.worst_gap_ms = -1;
    w->second = w->began = now_ns();
    while (!is_stopped(stop)) {
        look_once(w);
        if (w->looks % 16 == 0)
            look_at_wal(w);
    }
    struct lockwatch_result result = w->result;
    result.share = w->looks ? (double)w->busy_looks / (double)w->looks : 0;
    result.looks_a_second = (double)w->looks / ((double)(now_ns() - w->began) / 1e9);
    close(w->locks);
    free(w);
    return result;
}

void lockwatch_start(struct lockwatch *watch, const char *path, pid_t reader)
{
    int stop[2], back[2];
    if (pipe2(stop, O_CLOEXEC) != 0 || pipe2(back, O_CLOEXEC) != 0)
        die("no pipe");
    watch->child = fork();
    if (watch->child < 0)
        die("no process");
    if (watch->child == 0) {
        struct lockwatch_result result = watch_all(path, reader, stop[0]);
        _exit(write(back[1], &result, sizeof result) == sizeof result ? 0 : 1);
    }
    close(stop[0]);
    close(back[1]);
    watch->stop = stop[1];
    watch->pipe = back[0];
}

struct lockwatch_result lockwatch_stop(struct lockwatch *watch)
{
    struct lockwatch_result result = {0};
    if (write(watch->stop, "", 1) != 1 || read(watch->pipe, &result, sizeof result) != sizeof result)
        die("the watch over the locks failed");
    close(watch->stop);
    close(watch->pipe);
    waitpid(watch->child, NULL, 0);
    return result;
}
