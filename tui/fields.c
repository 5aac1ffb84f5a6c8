/*
 * See fields.h.
 */
#include "tui/fields.h"

#include "widgets/list.h"

static const char *const words_of_fields[] = {
#define X(id, word, heading) word,
    LIST_FIELDS(X)
#undef X
};

static unsigned field_bit(struct text word)
{
    for (unsigned i = 0; i < LIST_FIELD_COUNT; i++)
        if (text_is(word, words_of_fields[i]))
            return 1u << i;
    return 0;
}

unsigned fields_parse(struct text words)
{
    unsigned fields = 0;
    size_t start = 0;
    for (size_t i = 0; i <= words.n; i++) {
        if (i < words.n && words.s[i] != ',' && words.s[i] != ' ')
            continue;
        fields |= field_bit((struct text){words.s + start, i - start});
        start = i + 1;
    }
    return fields;
}

void fields_format(unsigned fields, struct buf *out)
{
    bool is_first = true;
    for (unsigned i = 0; i < LIST_FIELD_COUNT; i++) {
        if (!(fields & 1u << i))
            continue;
        buf_str(out, is_first ? "" : ",");
        buf_str(out, words_of_fields[i]);
        is_first = false;
    }
}
