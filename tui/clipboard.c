/*
 * See clipboard.h.
 */
#include "tui/clipboard.h"

#include "data/base/base64.h"

enum { SCREEN_PIECE = 256 };

static void add_pieces(const struct buf *sequence, struct buf *out)
{
    for (size_t at = 0; at < sequence->len; at += SCREEN_PIECE) {
        size_t n = sequence->len - at < SCREEN_PIECE ? sequence->len - at : SCREEN_PIECE;
        buf_str(out, "\033P");
        buf_add(out, sequence->data + at, n);
        buf_str(out, "\033\\");
    }
}

static void add_wrapped(const struct buf *sequence, enum clipboard_road road, struct buf *out)
{
    if (road == CLIPBOARD_SCREEN) {
        add_pieces(sequence, out);
        return;
    }
    buf_add(out, sequence->data, sequence->len);
    if (road == CLIPBOARD_PLAIN)
        return;
    buf_str(out, "\033Ptmux;\033"); /* an escape inside is doubled; there is one, at the very start */
    buf_add(out, sequence->data, sequence->len);
    buf_str(out, "\033\\");
}

enum err_code clipboard_bytes(struct text text, enum clipboard_road road, struct buf *out, struct err *err)
{
    struct buf sequence;
    buf_init(&sequence, CLIPBOARD_MAX);
    buf_init(out, (size_t)3 * CLIPBOARD_MAX);
    buf_str(&sequence, "\033]52;c;");
    base64_encode(text, &sequence);
    buf_str(&sequence, "\a");
    enum err_code code = ERR_OK;
    if (buf_is_cut(&sequence))
        code = err_set(err, ERR_TOO_BIG, "%zu bytes are more than a terminal's clipboard takes (about 56 kB)",
                       text.n);
    else
        add_wrapped(&sequence, road, out);
    buf_release(&sequence);
    return code;
}
