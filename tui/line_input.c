/*
 * See line_input.h. A line that is too long is read on to its end and thrown away on the way, so that it
 * costs no more memory than the longest allowed.
 */
#include "tui/line_input.h"

#include "data/base/die.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM_FIRST = 256 * 1024 };

void line_input_init(struct line_input *input, int fd, size_t max, struct stop *stop)
{
    *input = (struct line_input){.fd = fd, .stop = stop, .max = max};
}

void line_input_release(struct line_input *input)
{
    free(input->data);
    input->data = NULL;
}

static void make_room(struct line_input *input)
{
    if (input->start) {
        memmove(input->data, input->data + input->start, input->end - input->start);
        input->end -= input->start;
        input->searched -= input->start;
        input->start = 0;
    }
    if (input->end < input->room)
        return;
    size_t most = input->max + 2; /* a line that is just not too long, with its end */
    size_t room = input->room ? 2 * input->room : ROOM_FIRST;
    input->room = room < most ? room : most;
    input->data = mem_resize(input->data, input->room, 1);
}

static bool is_input_there(int fd)
{
    struct pollfd poll_fd = {fd, POLLIN, 0};
    return poll(&poll_fd, 1, 0) > 0;
}

/* INPUT_LINE where bytes came, or the end. */
static enum input_result read_more(struct line_input *input, bool may_wait, struct err *err)
{
    make_room(input);
    if (!may_wait && !is_input_there(input->fd))
        return INPUT_IDLE;
    if (!stop_or_input(input->stop, input->fd))
        return INPUT_STOPPED;
    ssize_t n = read(input->fd, input->data + input->end, input->room - input->end);
    if (n < 0 && errno != EINTR && errno != EAGAIN) {
        err_set(err, ERR_IO, "cannot be read: %s", strerror(errno));
        return INPUT_FAILED;
    }
    input->is_at_end = n == 0;
    input->end += n > 0 ? (size_t)n : 0;
    return INPUT_LINE;
}

static void take_line(struct line_input *input, size_t n, size_t end_bytes)
{
    input->line = (struct text){input->data + input->start, n};
    input->start += n + end_bytes;
    input->searched = input->start;
    input->number++;
}

/* Takes the line that is whole; false where more has to be read. */
static bool find_line(struct line_input *input, enum input_result *result)
{
    size_t held = input->end - input->start;
    char *from = held ? input->data + input->searched : NULL;
    char *found = held ? memchr(from, '\n', input->end - input->searched) : NULL;
    size_t n = found ? (size_t)(found - input->data) - input->start : held;
    input->searched = input->end;
    bool is_long = input->is_skipping || n > input->max;
    if (found || (input->is_at_end && (held || input->is_skipping))) {
        take_line(input, n, found != NULL);
        input->is_skipping = false;
        *result = is_long ? INPUT_TOO_LONG : INPUT_LINE;
        return true;
    }
    input->is_skipping = is_long;
    if (is_long)
        input->start = input->searched = input->end;
    return false;
}

enum input_result line_input_next(struct line_input *input, bool may_wait, struct err *err)
{
    enum input_result result = INPUT_LINE;
    while (result == INPUT_LINE) {
        if (find_line(input, &result))
            return result;
        if (input->is_at_end)
            return INPUT_END;
        result = read_more(input, may_wait, err);
    }
    return result;
}
