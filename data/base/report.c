/*
 * See report.h. A file with one mistake on each of ten thousand lines must not become ten thousand messages.
 */
#include "data/base/report.h"

#include "data/base/nearest.h"

#include <stdarg.h>
#include <stdio.h>

enum { QUOTED_MAX = 40 };

void report_clear(struct report *report)
{
    report->count = 0;
}

void report_add(struct report *report, unsigned line, const char *fmt, ...)
{
    if (report->count < REPORT_MAX) {
        struct mistake *mistake = &report->mistakes[report->count];
        mistake->line = line;
        va_list args;
        va_start(args, fmt);
        vsnprintf(mistake->what, sizeof mistake->what, fmt, args);
        va_end(args);
    }
    report->count++;
}

void report_unknown(struct report *report, unsigned line, const char *kind, struct text word,
                    const char *const *words, size_t count)
{
    const char *near = nearest_word(word, words, count);
    int n = (int)(word.n < QUOTED_MAX ? word.n : QUOTED_MAX);
    if (near)
        report_add(report, line, "unknown %s '%.*s': did you mean %s?", kind, n, word.s, near);
    else
        report_add(report, line, "unknown %s '%.*s'", kind, n, word.s);
}

void report_write(const struct report *report, const char *file, struct buf *out)
{
    size_t kept = report->count < REPORT_MAX ? report->count : REPORT_MAX;
    for (size_t i = 0; i < kept; i++) {
        const struct mistake *mistake = &report->mistakes[i];
        if (mistake->line)
            buf_printf(out, "%s:%u: %s\n", file, mistake->line, mistake->what);
        else
            buf_printf(out, "%s: %s\n", file, mistake->what);
    }
    if (kept < report->count)
        buf_printf(out, "%s: and %zu more\n", file, report->count - kept);
}

bool report_next_line(struct text *rest, struct text *line, unsigned *number)
{
    if (!rest->n)
        return false;
    const char *end = memchr(rest->s, '\n', rest->n);
    line->s = rest->s;
    line->n = end ? (size_t)(end - rest->s) : rest->n;
    size_t taken = end ? line->n + 1 : line->n;
    *rest = (struct text){rest->s + taken, rest->n - taken};
    ++*number;
    return true;
}
