/*
 * See filter.h. What the rail, the timeline and the "code contains" field do to a filter. Each works on a
 * copy and keeps it only where the result is within the limits, so that whatever a person ticks can be
 * written down and read again.
 */
#include "data/filter/filter_terms.h"

#include <stdlib.h>

enum { NOT_THERE = -1 };

static ptrdiff_t value_index(const struct filter_term *term, struct text value)
{
    for (size_t i = 0; i < term->count; i++)
        if (text_eq(text_of(term->values[i].text), value))
            return (ptrdiff_t)i;
    return NOT_THERE;
}

static enum filter_mark text_mark(const struct filter *filter, enum filter_key key, struct text value)
{
    enum filter_mark mark = MARK_NONE;
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_term *term = &filter->terms[i];
        if (term->key != key || value_index(term, value) == NOT_THERE)
            continue;
        if (!term->is_excluded)
            return MARK_INCLUDED;
        mark = MARK_EXCLUDED;
    }
    return mark;
}

static enum filter_mark flag_mark(const struct filter *filter, bool flag)
{
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_term *term = &filter->terms[i];
        if (term->key == FILTER_ELICITATION && term->values[0].flag == flag)
            return term->is_excluded ? MARK_EXCLUDED : MARK_INCLUDED;
    }
    return MARK_NONE;
}

enum filter_mark filter_mark(const struct filter *filter, enum filter_key key, struct text value)
{
    if (key == FILTER_ELICITATION)
        return flag_mark(filter, text_is(value, "true"));
    if (!filter_key_has_text(key) || !filter_text_is_usable(key, value))
        return MARK_NONE;
    char *canonical = filter_canonical_text(key, value);
    enum filter_mark mark = text_mark(filter, key, text_of(canonical));
    free(canonical);
    return mark;
}

/* Takes the value out of every term of the key; terms that become empty go. */
static void drop_value(struct filter *filter, enum filter_key key, struct text value)
{
    for (size_t i = filter->count; i-- > 0;) {
        struct filter_term *term = &filter->terms[i];
        ptrdiff_t at = term->key == key ? value_index(term, value) : NOT_THERE;
        if (at == NOT_THERE)
            continue;
        filter_remove_value(term, (size_t)at);
        if (!term->count)
            filter_remove_term(filter, i);
    }
}

static bool put_value(struct filter *filter, enum filter_key key, bool is_excluded, struct filter_value value)
{
    struct filter_term *term = NULL;
    for (size_t i = 0; i < filter->count && !term; i++)
        if (filter->terms[i].key == key && filter->terms[i].is_excluded == is_excluded)
            term = &filter->terms[i];
    if (!term)
        term = filter_add_term(filter, key, is_excluded);
    if (!term) {
        free(value.text);
        return false;
    }
    return filter_add_value(term, value);
}

/* Ends an edit: the copy replaces the filter where it is whole and within the limits. */
static void keep(struct filter *filter, struct filter *edited, bool is_whole)
{
    if (is_whole && filter_fits(edited))
        filter_move(filter, edited);
    else
        filter_release(edited);
}

/* Puts the value where `wanted` says; MARK_NONE takes it away. */
static void set_mark(struct filter *filter, enum filter_key key, struct text canonical,
                     enum filter_mark wanted)
{
    struct filter edited;
    filter_copy(&edited, filter);
    drop_value(&edited, key, canonical);
    bool is_whole = true;
    if (wanted != MARK_NONE)
        is_whole = put_value(&edited, key, wanted == MARK_EXCLUDED,
                             (struct filter_value){.text = filter_canonical_text(key, canonical)});
    keep(filter, &edited, is_whole);
}

static void flip(struct filter *filter, enum filter_key key, struct text value, enum filter_mark wanted)
{
    if (!filter_key_has_text(key) || !filter_text_is_usable(key, value))
        return;
    char *canonical = filter_canonical_text(key, value);
    bool is_there = text_mark(filter, key, text_of(canonical)) == wanted;
    set_mark(filter, key, text_of(canonical), is_there ? MARK_NONE : wanted);
    free(canonical);
}

void filter_toggle(struct filter *filter, enum filter_key key, struct text value)
{
    if (key == FILTER_ELICITATION)
        filter_set_flag(filter, key, text_is(value, "true"));
    else
        flip(filter, key, value, MARK_INCLUDED);
}

void filter_exclude(struct filter *filter, enum filter_key key, struct text value)
{
    if (key == FILTER_ELICITATION)
        filter_set_flag(filter, key, !text_is(value, "true"));
    else
        flip(filter, key, value, MARK_EXCLUDED);
}

/* Replaces the terms of a key by one with one value; where that is what was there already, and `is_switch`,
 * by nothing. */
static void set_single(struct filter *filter, enum filter_key key, struct filter_value value, bool is_switch)
{
    struct filter edited;
    filter_copy(&edited, filter);
    filter_clear_key(&edited, key);
    bool is_whole = put_value(&edited, key, false, value);
    if (is_switch && is_whole && filter_equal(&edited, filter))
        filter_clear_key(&edited, key);
    keep(filter, &edited, is_whole);
}

void filter_only(struct filter *filter, enum filter_key key, struct text value)
{
    if (key == FILTER_ELICITATION)
        filter_set_flag(filter, key, text_is(value, "true"));
    else if (filter_key_has_text(key) && filter_text_is_usable(key, value))
        set_single(filter, key, (struct filter_value){.text = filter_canonical_text(key, value)}, true);
}

void filter_set_flag(struct filter *filter, enum filter_key key, bool flag)
{
    if (key == FILTER_ELICITATION)
        set_single(filter, key, (struct filter_value){.flag = flag}, true);
}

void filter_set_code(struct filter *filter, struct text code)
{
    if (!code.n)
        filter_clear_key(filter, FILTER_CODE);
    else if (filter_text_is_usable(FILTER_CODE, code))
        set_single(filter, FILTER_CODE,
                   (struct filter_value){.text = filter_canonical_text(FILTER_CODE, code)}, false);
}

/* ---- time ---- */

static int64_t clamp_time(int64_t t)
{
    if (t < FILTER_TIME_FIRST)
        return FILTER_TIME_FIRST;
    return t > FILTER_TIME_LAST ? FILTER_TIME_LAST : t;
}

void filter_set_range(struct filter *filter, struct time_range range)
{
    struct filter edited;
    bool is_whole = true;
    filter_copy(&edited, filter);
    filter_clear_key(&edited, FILTER_AFTER);
    filter_clear_key(&edited, FILTER_BEFORE);
    if (range.from != INT64_MIN)
        is_whole =
            put_value(&edited, FILTER_AFTER, false, (struct filter_value){.ms = clamp_time(range.from)});
    if (is_whole && range.to != INT64_MAX)
        is_whole =
            put_value(&edited, FILTER_BEFORE, false, (struct filter_value){.ms = clamp_time(range.to)});
    keep(filter, &edited, is_whole);
}

void filter_set_recent(struct filter *filter, int64_t span_ms)
{
    struct filter edited;
    bool is_whole = true;
    filter_copy(&edited, filter);
    filter_clear_key(&edited, FILTER_AFTER);
    filter_clear_key(&edited, FILTER_BEFORE);
    if (span_ms > 0)
        is_whole = put_value(&edited, FILTER_AFTER, false,
                             (struct filter_value){.ms = span_ms, .is_relative = true});
    keep(filter, &edited, is_whole);
}
