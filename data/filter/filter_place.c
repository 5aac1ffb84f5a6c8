/*
 * See filter_place.h. Walks the line term by term as the parser does, since whether a space ends a word depends on every quote before it.
 */
#include "data/filter/filter_place.h"

#include "data/filter/filter_terms.h"

size_t filter_value_end(struct text line, size_t at)
{
    if (at < line.n && line.s[at] == '"') {
        for (at++; at < line.n && line.s[at] != '"'; at++)
            at += line.s[at] == '\\' && at + 1 < line.n;
        at += at < line.n;
    }
    while (at < line.n && line.s[at] != ',' && !filter_is_space(line.s[at]))
        at++;
    return at;
}

/* Fills start and end with the value around the cursor; returns where the term ends. */
static size_t walk_values(struct text line, size_t at, size_t cursor, struct filter_place *place)
{
    place->first_value = at;
    for (;; at++) {
        size_t end = filter_value_end(line, at);
        if (at <= cursor) {
            place->start = at;
            place->end = end;
        }
        at = end;
        if (at >= line.n || line.s[at] != ',')
            return at;
    }
}

static struct text typed_of(struct text line, size_t start, size_t cursor)
{
    if (start < cursor && line.s[start] == '"')
        start++;
    return (struct text){line.s + start, cursor - start};
}

/* A word that begins at `start`, its '-' left out, is under the cursor or before it; true where the place is found. */
static bool place_in_word(struct text line, size_t start, size_t cursor, struct filter_place *place,
                          size_t *end)
{
    struct text rest = {line.s + start, line.n - start};
    size_t n = filter_key_length(rest);
    bool is_key = n && !filter_is_bare(rest);
    struct text word = {rest.s, n};
    bool is_known = is_key && filter_key_of(word, &place->key);
    *end = walk_values(line, is_key ? start + n + 1 : start, cursor, place);
    if (cursor < start || cursor > *end)
        return false;
    place->is_word = !is_key || cursor <= start + n;
    if (place->is_word) {
        place->key = FILTER_CODE;
        place->start = start;
        place->end = is_key ? start + n + 1 : *end;
    } else if (!is_known) {
        return false;
    }
    place->is_plain_number = is_known && !place->is_word && n != strlen(filter_key_word(place->key));
    place->typed = typed_of(line, place->start, cursor);
    bool is_quoted_code = place->is_word && rest.n && rest.s[0] == '"';
    return !is_quoted_code && !(place->is_word && !place->typed.n && place->end > place->start);
}

bool filter_place_of(struct text line, size_t cursor, struct filter_place *place)
{
    size_t at = 0;
    while (at <= line.n) {
        size_t end = at;
        while (at < line.n && filter_is_space(line.s[at]))
            at++;
        bool is_between = cursor < at || at == line.n;
        *place = (struct filter_place){.key = FILTER_CODE};
        if (is_between && cursor >= end) {
            *place = (struct filter_place){
                .is_word = true, .key = FILTER_CODE, .start = cursor, .end = cursor, .typed = {"", 0}};
            return true;
        }
        at += at < line.n && line.s[at] == '-';
        bool is_found = place_in_word(line, at, cursor, place, &end);
        if (is_found || cursor <= end)
            return is_found;
        at = end;
    }
    return false;
}
