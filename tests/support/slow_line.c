/*
 * See slow_line.h.
 */
#include "tests/support/slow_line.h"

#include "data/base/die.h"

#include <stdlib.h>

enum { LINE_MAX_BYTES = 1 << 28 };

struct slow_line_mark {
    int64_t due;
    size_t end;
};

void slow_line_init(struct slow_line *line, int delay_ms, int bytes_per_second)
{
    *line = (struct slow_line){.delay_ms = delay_ms, .bytes_per_second = bytes_per_second};
    buf_init(&line->bytes, LINE_MAX_BYTES);
}

void slow_line_release(struct slow_line *line)
{
    buf_release(&line->bytes);
    free(line->marks);
}

void slow_line_in(struct slow_line *line, const char *bytes, size_t n, int64_t now)
{
    if (slow_line_held(line) == 0) {
        buf_clear(&line->bytes);
        line->out = line->mark_count = line->mark_at = 0;
        line->credit = 0;
        line->credit_at = now + line->delay_ms;
    }
    buf_add(&line->bytes, bytes, n);
    line->marks = mem_resize(line->marks, line->mark_count + 1, sizeof *line->marks);
    line->marks[line->mark_count++] = (struct slow_line_mark){now + line->delay_ms, line->bytes.len};
}

static size_t arrived(struct slow_line *line, int64_t now)
{
    while (line->mark_at < line->mark_count && line->marks[line->mark_at].due <= now)
        line->mark_at++;
    return line->mark_at ? line->marks[line->mark_at - 1].end : 0;
}

struct text slow_line_out(struct slow_line *line, int64_t now)
{
    size_t end = arrived(line, now), n = end - line->out;
    if (line->bytes_per_second && now > line->credit_at) {
        line->credit += (now - line->credit_at) * line->bytes_per_second;
        line->credit_at = now;
    }
    if (line->bytes_per_second && (int64_t)n > line->credit / 1000)
        n = (size_t)(line->credit / 1000);
    if (line->bytes_per_second)
        line->credit -= (int64_t)n * 1000;
    struct text text = {line->bytes.data ? line->bytes.data + line->out : "", n};
    line->out += n;
    return text;
}

size_t slow_line_held(const struct slow_line *line)
{
    return line->bytes.len - line->out;
}
