/*
 * The recorder is forked; what its watcher is told goes into a file in memory that both processes hold, and
 * so does the end.
 */
#include "tests/support/recorded.h"

#include "data/base/buf.h"
#include "data/base/clock.h"
#include "data/base/die.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 512 << 20 };

struct files {
    int log, end, started[2], out[2], err[2];
};

static void write_all(int fd, const void *bytes, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t now = write(fd, (const char *)bytes + done, n - done);
        if (now < 0)
            _exit(98);
        done += (size_t)now;
    }
}

static void keep_output(void *context, enum child_stream stream, const char *bytes, size_t n)
{
    const struct files *files = context;
    struct {
        int stream;
        size_t n;
    } head = {(int)stream, n};
    write_all(files->log, &head, sizeof head);
    write_all(files->log, bytes, n);
}

static void keep_pid(void *context, pid_t pid)
{
    write_all(((const struct files *)context)->started[1], &pid, sizeof pid);
}

static _Noreturn void record(const struct recorded_options *options, struct files *files)
{
    int in = options->in ? options->in : open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(in, 0);
    dup2(files->out[1], 1);
    dup2(options->is_one_place ? files->out[1] : files->err[1], 2);
    if (options->prepare)
        options->prepare();
    struct child_watch watch = {files, keep_output, keep_pid};
    struct child_options child = {(char *const *)(uintptr_t)options->argv,
                                  options->env ? (char *const *)(uintptr_t)options->env : environ};
    struct recorded result = {0};
    struct err err;
    result.code = child_run(&child, &watch, &result.end, &err);
    write_all(files->end, &result, sizeof result);
    if (options->leave)
        options->leave();
    child_leave(&result.end);
}

static void make_files(struct files *files)
{
    files->log = memfd_create("log", MFD_CLOEXEC);
    files->end = memfd_create("end", MFD_CLOEXEC);
    bool is_fine = pipe2(files->started, O_CLOEXEC) == 0 && pipe2(files->out, O_CLOEXEC) == 0 &&
                   pipe2(files->err, O_CLOEXEC) == 0;
    if (!is_fine || files->log < 0 || files->end < 0)
        die("no files for a recorder");
}

static char *whole_file(int fd, size_t *n)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char *bytes = mem_new((size_t)size + 1);
    ssize_t got = pread(fd, bytes, (size_t)size, 0);
    *n = got > 0 ? (size_t)got : 0;
    bytes[*n] = '\0';
    close(fd);
    return bytes;
}

/* Reads both until both have ended, and says when the recorder did. */
static void read_both(struct files *files, pid_t recorder, bool is_out_unread, struct recorded *result)
{
    struct pollfd fds[2] = {{.fd = is_out_unread ? -1 : files->out[0], .events = POLLIN},
                            {.fd = files->err[0], .events = POLLIN}};
    struct buf bufs[2];
    buf_init(&bufs[0], OUTPUT_MAX);
    buf_init(&bufs[1], OUTPUT_MAX);
    static char bytes[1 << 18];
    bool has_ended = false;
    while (fds[0].fd >= 0 || fds[1].fd >= 0 || !has_ended) {
        struct rusage usage;
        poll(fds, 2, has_ended ? -1 : 2);
        if (!has_ended && wait4(recorder, &result->status, WNOHANG, &usage) == recorder) {
            has_ended = true;
            result->max_rss_kb = usage.ru_maxrss;
            result->ended_ms = clock_ms();
        }
        for (int i = 0; i < 2; i++) {
            if (fds[i].fd < 0 || !fds[i].revents)
                continue;
            ssize_t got = read(fds[i].fd, bytes, sizeof bytes);
            if (got <= 0)
                fds[i].fd = -1;
            else
                buf_add(&bufs[i], bytes, (size_t)got);
        }
    }
    result->eof_ms = clock_ms();
    result->out_len = bufs[0].len;
    result->err_len = bufs[1].len;
    buf_cstr(&bufs[0]);
    buf_cstr(&bufs[1]);
    result->out = buf_take(&bufs[0]);
    result->err = buf_take(&bufs[1]);
}

void recorded_run(const struct recorded_options *options, struct recorded *result)
{
    struct files files;
    make_files(&files);
    if (options->is_out_unread)
        close(files.out[0]);
    pid_t recorder = fork(), command = 0;
    if (recorder < 0)
        die("no process for a recorder");
    if (recorder == 0)
        record(options, &files);
    close(files.out[1]);
    close(files.err[1]);
    close(files.started[1]);
    *result = (struct recorded){0};
    bool has_started = read(files.started[0], &command, sizeof command) == sizeof command;
    close(files.started[0]);
    if (has_started && options->meanwhile)
        options->meanwhile(recorder, command, options->arg);
    struct recorded outside = {0};
    read_both(&files, recorder, options->is_out_unread, &outside);
    if (pread(files.end, result, sizeof *result, 0) != sizeof *result)
        *result = (struct recorded){0};
    outside.code = result->code;
    outside.end = result->end;
    *result = outside;
    result->log = whole_file(files.log, &result->log_len);
    close(files.end);
    if (!options->is_out_unread)
        close(files.out[0]);
    close(files.err[0]);
}

void recorded_free(struct recorded *result)
{
    free(result->out);
    free(result->err);
    free(result->log);
}

char *recorded_stream(const struct recorded *result, int stream, size_t *n)
{
    char *bytes = mem_new(result->log_len + 1);
    *n = 0;
    struct {
        int stream;
        size_t n;
    } head;
    for (size_t at = 0; at + sizeof head <= result->log_len; at += head.n) {
        memcpy(&head, result->log + at, sizeof head);
        at += sizeof head;
        if (stream < 0 || head.stream == stream) {
            memcpy(bytes + *n, result->log + at, head.n);
            *n += head.n;
        }
    }
    bytes[*n] = '\0';
    return bytes;
}
