/*
 * usage: slow_line COUNTS DELAY_MS BYTES_A_SECOND PROGRAM ARGUMENT...
 *
 * A terminal behind a bad line: what is typed and what is shown comes DELAY_MS later, and no more than so many bytes a second are shown (0: as
 * many as come). Like sshd it takes up to QUEUE_MAX bytes of a program that does not wait for the line, so that a storm of frames piles up here.
 */
#include "bench/programs/slow_line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { QUEUE_MAX = 256 * 1024, PARCELS_MAX = 1 << 14, MS = 1000000, FRAME_PAUSE_MS = 2, SLICE_MS = 50 };

struct parcel {
    int64_t due_ns;
    size_t end; /* in bytes sent so far, all of it */
};

/* A ring of bytes, and of the times at which they may leave. */
struct queue {
    char bytes[QUEUE_MAX];
    size_t in, out; /* ever */
    struct parcel parcels[PARCELS_MAX];
    size_t first, last;
};

struct line {
    int64_t delay_ns;
    double rate; /* bytes a ns; 0: any */
    double credit;
    int64_t paid_ns, came_ns;
    struct queue typed, shown;
    struct slow_line_count *count;
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool has_room(const struct queue *queue)
{
    return queue->in - queue->out < QUEUE_MAX && queue->last - queue->first < PARCELS_MAX;
}

/* False: the other side is gone. */
static bool take_in(struct queue *queue, int fd, int64_t due_ns, size_t *came)
{
    size_t at = queue->in % QUEUE_MAX, room = QUEUE_MAX - (queue->in - queue->out);
    ssize_t n = read(fd, queue->bytes + at, room < QUEUE_MAX - at ? room : QUEUE_MAX - at);
    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    queue->in += (size_t)n;
    queue->parcels[queue->last++ % PARCELS_MAX] = (struct parcel){due_ns, queue->in};
    *came = (size_t)n;
    return true;
}

static size_t due(struct queue *queue, int64_t now)
{
    size_t end = queue->out;
    for (size_t i = queue->first; i < queue->last && queue->parcels[i % PARCELS_MAX].due_ns <= now; i++)
        end = queue->parcels[i % PARCELS_MAX].end;
    return end - queue->out;
}

static size_t give_out(struct queue *queue, int fd, size_t n)
{
    size_t at = queue->out % QUEUE_MAX;
    n = n < QUEUE_MAX - at ? n : QUEUE_MAX - at;
    ssize_t written = n ? write(fd, queue->bytes + at, n) : 0;
    if (written <= 0)
        return 0;
    queue->out += (size_t)written;
    while (queue->first < queue->last && queue->parcels[queue->first % PARCELS_MAX].end <= queue->out)
        queue->first++;
    return (size_t)written;
}

static void show(struct line *line, int64_t now)
{
    size_t n = due(&line->shown, now);
    if (line->rate > 0) {
        line->credit += (double)(now - line->paid_ns) * line->rate;
        line->paid_ns = now;
        double most = line->rate * SLICE_MS * MS;
        line->credit = line->credit > most ? most : line->credit;
        n = (double)n < line->credit ? n : (size_t)line->credit;
    }
    line->credit -= (double)give_out(&line->shown, STDOUT_FILENO, n);
    line->count->queued = (int64_t)(line->shown.in - line->shown.out);
}

static void count(struct line *line, size_t came, int64_t now)
{
    struct slow_line_count *c = line->count;
    c->frames += now - line->came_ns > FRAME_PAUSE_MS * MS;
    line->came_ns = now;
    c->bytes += (int64_t)came;
    c->queued = (int64_t)(line->shown.in - line->shown.out);
    c->queued_max = c->queued > c->queued_max ? c->queued : c->queued_max;
}

static void run(struct line *line, int inner)
{
    for (;;) {
        struct pollfd fds[2] = {{STDIN_FILENO, has_room(&line->typed) ? POLLIN : 0, 0},
                                {inner, has_room(&line->shown) ? POLLIN : 0, 0}};
        poll(fds, 2, 1);
        int64_t now = now_ns();
        size_t came = 0;
        if (fds[0].revents && !take_in(&line->typed, STDIN_FILENO, now + line->delay_ns, &came))
            return;
        came = 0;
        if (fds[1].revents && !take_in(&line->shown, inner, now + line->delay_ns, &came))
            return;
        if (came)
            count(line, came, now);
        give_out(&line->typed, inner, due(&line->typed, now));
        show(line, now);
    }
}

static struct slow_line_count *map_count(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(struct slow_line_count)) != 0)
        return NULL;
    void *at = mmap(NULL, sizeof(struct slow_line_count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return at == MAP_FAILED ? NULL : at;
}

int main(int argc, char **argv)
{
    struct winsize size = {36, 120, 0, 0};
    struct termios settings;
    struct line *line = calloc(1, sizeof *line);
    int inner;
    if (argc < 5 || !line || !(line->count = map_count(argv[1])))
        return 2;
    line->delay_ns = strtol(argv[2], NULL, 10) * (int64_t)MS;
    line->rate = (double)strtol(argv[3], NULL, 10) / 1e9;
    ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
    tcgetattr(STDIN_FILENO, &settings);
    pid_t child = forkpty(&inner, NULL, &settings, &size);
    if (child == 0) {
        execv(argv[4], argv + 4);
        _exit(127);
    }
    cfmakeraw(&settings);
    tcsetattr(STDIN_FILENO, TCSANOW, &settings);
    fcntl(inner, F_SETFD, FD_CLOEXEC);
    if (child > 0)
        run(line, inner);
    return 0; /* the inner terminal closes, and the program with it */
}
