/*
 * See json_argument.h.
 */
#include "tui/json_argument.h"

#include "data/base/files.h"
#include "data/text/json_scan.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static enum err_code too_big(const char *what, const struct buf *out, struct err *err)
{
    return err_set(err, ERR_TOO_BIG, "%s: more than %zu kB", what, out->limit >> 10);
}

static enum err_code read_input(const char *what, struct buf *out, struct err *err)
{
    char chunk[16 * 1024];
    for (;;) {
        ssize_t n = read(STDIN_FILENO, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(err, ERR_IO, "%s: cannot read standard input: %s", what, strerror(errno));
        if (n == 0)
            return ERR_OK;
        buf_add(out, chunk, (size_t)n);
        if (buf_is_cut(out))
            return too_big(what, out, err);
    }
}

static enum err_code read_word(const char *what, const char *word, struct buf *out, struct err *err)
{
    if (strcmp(word, "-") == 0)
        return read_input(what, out, err);
    if (word[0] == '@')
        return files_read(word + 1, out, err);
    buf_str(out, word);
    return buf_is_cut(out) ? too_big(what, out, err) : ERR_OK;
}

enum err_code json_argument_read(const char *what, const char *word, struct buf *out, struct err *err)
{
    enum err_code code = read_word(what, word, out, err);
    if (code)
        return code;
    if (json_check(buf_as_text(out)) != JSON_BROKEN)
        return ERR_OK;
    err_set(err, ERR_USAGE, "%s: that is no JSON", what);
    return err_hint(err,
                    "A text is JSON with its quotes on: '\"text\"'. @FILE reads a file, - standard input.");
}
