/*
 * See trim.h.
 */
#include "data/base/trim.h"

static bool is_among(char c, struct text blanks)
{
    return memchr(blanks.s, c, blanks.n) != NULL;
}

struct text text_trim(struct text text, struct text blanks)
{
    while (text.n && is_among(text.s[0], blanks))
        text = (struct text){text.s + 1, text.n - 1};
    while (text.n && is_among(text.s[text.n - 1], blanks))
        text.n--;
    return text;
}
