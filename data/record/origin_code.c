/*
 * A command as code to read, to copy and to search. Words stand bare where a shell takes them as they are,
 * else in single quotes. What is no UTF-8 becomes U+FFFD: the store's texts are UTF-8, and such a word cannot
 * be pasted anyway.
 */
#include "data/record/origin.h"

#include "data/base/utf8.h"

#include <ctype.h>
#include <string.h>

static bool is_bare(const char *word)
{
    for (const char *c = word; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_@%+=:,./-", *c))
            return false;
    return *word != '\0';
}

static void put_quoted(const char *word, struct buf *out)
{
    buf_char(out, '\'');
    for (const char *c = word; *c; c++)
        if (*c == '\'')
            buf_str(out, "'\\''");
        else
            buf_char(out, *c);
    buf_char(out, '\'');
}

static void put_utf8(struct text t, struct buf *out)
{
    for (size_t at = 0, n; at < t.n; at += n) {
        char32_t ch;
        n = utf8_decode(t.s + at, t.n - at, &ch);
        if (ch == UTF8_BAD)
            buf_str(out, "\xEF\xBF\xBD");
        else
            buf_add(out, t.s + at, n);
    }
}

static void put_name(const char *name, struct buf *out)
{
    char folded[ORIGIN_NAME_MAX + 1];
    size_t n = text_fold_space(text_of(name), folded, ORIGIN_NAME_MAX);
    buf_str(out, "# ");
    put_utf8((struct text){folded, n}, out);
    buf_char(out, '\n');
}

void origin_code(char *const *argv, const char *name, struct buf *out)
{
    struct buf words;
    buf_init(&words, ORIGIN_CODE_MAX);
    for (char *const *word = argv; *word && !buf_is_cut(&words); word++) {
        if (words.len)
            buf_char(&words, ' ');
        if (is_bare(*word))
            buf_str(&words, *word);
        else
            put_quoted(*word, &words);
    }
    if (name && *name)
        put_name(name, out);
    put_utf8(buf_as_text(&words), out);
    if (buf_is_cut(&words))
        buf_str(out, " …");
    buf_release(&words);
}
