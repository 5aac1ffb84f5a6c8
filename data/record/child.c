/*
 * What is set up around the command, and taken down after it: see child_loop.c for the time between.
 */
#include "data/base/die.h"
#include "data/record/child_int.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGE_PIPE = 256 * 1024 };

static enum err_code make_large_pipe(struct child_loop *loop, struct child_channel *channel, struct err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_set(err, ERR_IO, "No pipe for the command: %s", strerror(errno));
    channel->in = ends[0];
    channel->out = ends[1];
    fcntl(channel->in, F_SETFL, O_NONBLOCK);
    fcntl(channel->in, F_SETPIPE_SZ, LARGE_PIPE); /* or what the person's share of pipe memory allows */
    child_loop_watch(loop, channel->in, EPOLLIN | EPOLLET, channel->stream);
    return ERR_OK;
}

/* Standard output goes elsewhere, but whoever looks at the other one sees a terminal: with colours, and of
 * some width. */
static enum err_code make_error_channel(struct child_loop *loop, struct err *err)
{
    struct child_channel *error = &loop->channels[CHILD_ERR];
    if (error->sink.kind == SINK_NONE)
        return ERR_OK;
    error->is_terminal = isatty(STDERR_FILENO) && child_pty_stand_in(STDERR_FILENO, &error->in, &error->out);
    if (!error->is_terminal)
        return make_large_pipe(loop, error, err);
    child_loop_watch(loop, error->in, EPOLLIN | EPOLLET, CHILD_ERR);
    return ERR_OK;
}

static bool is_one_place(const struct child_sink *a, const struct child_sink *b)
{
    return a->kind != SINK_NONE && b->kind != SINK_NONE && a->device == b->device && a->inode == b->inode;
}

static enum err_code make_pipes(struct child_loop *loop, struct err *err)
{
    struct child_channel *channels = loop->channels;
    if (is_one_place(&channels[CHILD_OUT].sink, &channels[CHILD_ERR].sink))
        return child_order_start(&loop->order, loop->epoll, channels, err);
    enum err_code code = ERR_OK;
    if (channels[CHILD_OUT].sink.kind != SINK_NONE)
        code = make_large_pipe(loop, &channels[CHILD_OUT], err);
    return code == ERR_OK ? make_error_channel(loop, err) : code;
}

static void open_channel(struct child_loop *loop, enum child_stream stream)
{
    int fd = stream == CHILD_OUT ? STDOUT_FILENO : STDERR_FILENO;
    struct child_channel *channel = &loop->channels[stream];
    *channel = (struct child_channel){.stream = stream, .in = -1, .out = -1};
    channel->sink = (struct child_sink){.kind = SINK_NONE, .fd = -1, .own = -1};
    channel->bytes = mem_new(CHILD_OUTPUT_MAX);
    if (!(loop->closed & 1U << fd))
        child_sink_open(&channel->sink, fd);
    if (child_sink_can_wait(&channel->sink))
        child_loop_watch(loop, channel->sink.fd, EPOLLOUT | EPOLLET, LOOP_SINK + stream);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_loop(struct child_loop *loop)
{
    for (int i = 0; i < 2; i++) {
        struct child_channel *channel = &loop->channels[i];
        child_channel_close(channel);
        close_fd(&channel->out);
        child_sink_close(&channel->sink);
        free(channel->bytes);
    }
    child_witness_end(&loop->witness);
    close_fd(&loop->signals.fd);
    close_fd(&loop->epoll);
}

/* What a shell or env would say, and to whom: standard error, and whoever watches it. */
static void tell_why(struct child_loop *loop, const char *name, int start_errno)
{
    struct child_channel *channel = &loop->channels[CHILD_ERR];
    int n = snprintf(channel->bytes, 4096, "executor-runs: %.3000s: %s\n", name, strerror(start_errno));
    for (int i = 0; i + 1 < n; i++) {
        if ((unsigned char)channel->bytes[i] < ' ' || channel->bytes[i] == 0x7f)
            channel->bytes[i] = '?';
    }
    channel->from = 0;
    channel->len = (size_t)n;
    struct pollfd pfd = {.fd = channel->sink.fd, .events = POLLOUT};
    while (!child_channel_pass(channel, loop->watch))
        poll(&pfd, 1, -1);
}

static enum err_code start_in_pipes(struct child_loop *loop, struct child_start *start, struct err *err)
{
    enum err_code code = make_pipes(loop, err);
    if (code != ERR_OK)
        return code;
    struct child_channel *out = &loop->channels[CHILD_OUT], *error = &loop->channels[CHILD_ERR];
    start->std[STDOUT_FILENO] = out->out;
    start->std[STDERR_FILENO] = error->out;
    code = child_start(start, &loop->pid, &loop->end->start_errno, err);
    if (!loop->order
             .is_on) { /* so that the end of a stream is seen; in order, its pipe is still to be changed */
        close_fd(&out->out);
        if (!error->is_terminal)
            close_fd(&error->out);
    }
    return code;
}

static enum err_code start_in_pty(struct child_loop *loop, struct child_start *start, struct err *err)
{
    struct child_pty *pty = loop->pty;
    struct child_channel *out = &loop->channels[CHILD_OUT], *error = &loop->channels[CHILD_ERR];
    bool is_error_there = child_pty_is_same(pty, STDERR_FILENO);
    if (!is_error_there && error->sink.kind != SINK_NONE) {
        enum err_code code = make_large_pipe(loop, error, err);
        if (code != ERR_OK)
            return code;
    }
    out->is_terminal = true;
    out->in = fcntl(pty->master, F_DUPFD_CLOEXEC, 3);
    bool is_input_there = child_pty_is_same(pty, STDIN_FILENO) && child_pty_is_of_our_session(pty);
    start->std[STDIN_FILENO] = is_input_there ? pty->slave : -1;
    start->std[STDOUT_FILENO] = pty->slave;
    start->std[STDERR_FILENO] = is_error_there ? pty->slave : error->out;
    child_pty_begin(pty);
    enum err_code code = child_monitor_start(start, pty, &loop->pid, &loop->end->start_errno, err);
    close_fd(&error->out);
    if (code != ERR_OK)
        return code;
    child_loop_watch(loop, out->in, EPOLLIN | EPOLLOUT | EPOLLET, CHILD_OUT);
    child_loop_watch(loop, pty->tty, EPOLLIN | EPOLLET, LOOP_TTY);
    child_loop_watch(loop, pty->monitor, EPOLLIN | EPOLLET, LOOP_MONITOR);
    return code;
}

static void run_to_the_end(struct child_loop *loop, const char *name)
{
    int start_errno = loop->end->start_errno;
    if (start_errno == 0)
        child_fds_hand_over();
    if (start_errno == 0 && loop->watch->started)
        loop->watch->started(loop->watch->context, loop->pid);
    if (start_errno == 0)
        child_loop_run(loop);
    if (loop->pty && start_errno == 0 && loop->end->signal == 0)
        child_pty_leave_as(loop->pty);
    if (loop->pty)
        child_pty_give_back(loop->pty);
    if (start_errno) {
        loop->end->exit_status = start_errno == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_EXECUTABLE;
        tell_why(loop, name, start_errno);
    }
    close_fd(&loop->channels[CHILD_OUT].out);
    close_fd(&loop->channels[CHILD_ERR].out);
    child_pump_leave_behind(loop->channels, loop->pty ? loop->pty->monitor : -1);
}

static enum err_code open_loop(struct child_loop *loop, struct err *err)
{
    loop->signals.fd = loop->passing = loop->witness.socket = -1;
    loop->order.streaming = -1;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0)
        return err_set(err, ERR_IO, "The command cannot be watched: %s", strerror(errno));
    open_channel(loop, CHILD_OUT);
    open_channel(loop, CHILD_ERR);
    enum err_code code = child_signals_take(&loop->signals, err);
    if (code != ERR_OK)
        return code;
    child_loop_watch(loop, loop->signals.fd, EPOLLIN, LOOP_SIGNALS);
    child_witness_start(&loop->witness);
    return ERR_OK;
}

static enum err_code run(struct child_loop *loop, const struct child_options *options, struct err *err)
{
    struct child_start start = {options, &loop->signals, {-1, -1, -1}, loop->closed, getpid()};
    struct child_pty pty;
    bool has_pty = child_pty_open(&pty);
    loop->pty = has_pty ? &pty : NULL;
    enum err_code code = has_pty ? start_in_pty(loop, &start, err) : start_in_pipes(loop, &start, err);
    if (code == ERR_OK)
        run_to_the_end(loop, options->argv[0]);
    if (has_pty)
        child_pty_close(&pty);
    loop->pty = NULL;
    return code;
}

/* As it was before: whoever asked may now run the command itself. */
static void undo(struct child_loop *loop)
{
    if (loop->signals.fd >= 0)
        child_signals_restore(&loop->signals);
    for (int fd = 0; fd <= 2; fd++) {
        if (loop->closed & 1U << fd)
            close(fd);
    }
}

enum err_code child_run(const struct child_options *options, const struct child_watch *watch,
                        struct child_end *end, struct err *err)
{
    *end = (struct child_end){0};
    struct child_loop loop = {.watch = watch, .end = end, .closed = child_start_fill()};
    enum err_code code = open_loop(&loop, err);
    if (code == ERR_OK)
        code = run(&loop, options, err);
    if (code != ERR_OK)
        undo(&loop);
    end->out_bytes = loop.channels[CHILD_OUT].total;
    end->err_bytes = loop.channels[CHILD_ERR].total;
    for (int i = 0; i < 2; i++)
        end->lost_errno[i] = loop.channels[i].lost_errno;
    close_loop(&loop);
    return code;
}
