/*
 * See filter.h. The value itself: a short list of terms that own their texts. Terms are kept in the order of
 * FILTER_KEYS whoever adds them, so that the canonical line does not depend on the order in which boxes were
 * ticked.
 */
#include "data/filter/filter.h"

#include "data/base/die.h"
#include "data/filter/filter_terms.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void filter_init(struct filter *filter)
{
    *filter = (struct filter){0};
}

static void term_release(struct filter_term *term)
{
    for (size_t i = 0; i < term->count; i++)
        free(term->values[i].text);
    free(term->values);
}

void filter_release(struct filter *filter)
{
    for (size_t i = 0; i < filter->count; i++)
        term_release(&filter->terms[i]);
    free(filter->terms);
    filter_init(filter);
}

static void term_copy(struct filter_term *to, const struct filter_term *from)
{
    *to = *from;
    to->values = mem_new_array(from->count, sizeof *to->values);
    for (size_t i = 0; i < from->count; i++) {
        to->values[i] = from->values[i];
        if (from->values[i].text)
            to->values[i].text = mem_strdup(from->values[i].text);
    }
}

void filter_copy(struct filter *to, const struct filter *from)
{
    filter_init(to);
    if (!from->count)
        return;
    to->terms = mem_new_array(from->count, sizeof *to->terms);
    to->count = from->count;
    for (size_t i = 0; i < from->count; i++)
        term_copy(&to->terms[i], &from->terms[i]);
}

void filter_move(struct filter *to, struct filter *from)
{
    filter_release(to);
    *to = *from;
    filter_init(from);
}

bool filter_value_equal(enum filter_key key, const struct filter_value *a, const struct filter_value *b)
{
    switch (key) {
    case FILTER_ELICITATION: return a->flag == b->flag;
    case FILTER_DURATION: return a->op == b->op && a->ms == b->ms;
    case FILTER_AFTER:
    case FILTER_BEFORE: return a->is_relative == b->is_relative && a->ms == b->ms;
    default: return strcmp(a->text, b->text) == 0;
    }
}

static bool term_equal(const struct filter_term *a, const struct filter_term *b)
{
    if (a->key != b->key || a->is_excluded != b->is_excluded || a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!filter_value_equal(a->key, &a->values[i], &b->values[i]))
            return false;
    return true;
}

bool filter_equal(const struct filter *a, const struct filter *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!term_equal(&a->terms[i], &b->terms[i]))
            return false;
    return true;
}

bool filter_is_empty(const struct filter *filter)
{
    return filter->count == 0;
}

unsigned filter_keys_used(const struct filter *filter)
{
    unsigned bits = 0;
    for (size_t i = 0; i < filter->count; i++)
        bits |= 1u << filter->terms[i].key;
    return bits;
}

void filter_clear(struct filter *filter)
{
    filter_release(filter);
}

void filter_clear_key(struct filter *filter, enum filter_key key)
{
    for (size_t i = filter->count; i-- > 0;)
        if (filter->terms[i].key == key)
            filter_remove_term(filter, i);
}

/* ---- building terms ---- */

bool filter_key_has_text(enum filter_key key)
{
    return key == FILTER_STATUS || key == FILTER_TRIGGER || key == FILTER_TOOL || key == FILTER_ID ||
           key == FILTER_CODE;
}

const char *filter_key_word(enum filter_key key)
{
    static const char *const words[] = {
#define X(id, word, help) word,
        FILTER_KEYS(X)
#undef X
    };
    return words[key];
}

static bool is_word(struct text text, const char *word)
{
    return text.n == strlen(word) && strncasecmp(text.s, word, text.n) == 0;
}

bool filter_key_of(struct text word, enum filter_key *key)
{
    for (int k = 0; k < FILTER_KEY_COUNT; k++)
        if (is_word(word, filter_key_word((enum filter_key)k))) {
            *key = (enum filter_key)k;
            return true;
        }
    *key = FILTER_DURATION;
    return is_word(word, "duration_ms");
}

char *filter_canonical_text(enum filter_key key, struct text text)
{
    if (key == FILTER_STATUS)
        text = run_status_canonical(text);
    if (key == FILTER_TRIGGER && is_word(text, "unknown"))
        text = TEXT_LIT("unknown");
    return mem_strndup(text.s, text.n);
}

bool filter_text_is_usable(enum filter_key key, struct text text)
{
    if (!text.s || memchr(text.s, '\0', text.n))
        return false;
    return text.n || (key != FILTER_ID && key != FILTER_CODE);
}

static bool stands_behind(const struct filter_term *term, enum filter_key key, bool is_excluded)
{
    return term->key != key ? term->key > key : term->is_excluded && !is_excluded;
}

struct filter_term *filter_add_term(struct filter *filter, enum filter_key key, bool is_excluded)
{
    if (filter->count >= FILTER_TERMS_MAX)
        return NULL;
    filter->terms = mem_resize(filter->terms, filter->count + 1, sizeof *filter->terms);
    size_t at = filter->count++;
    for (; at > 0 && stands_behind(&filter->terms[at - 1], key, is_excluded); at--)
        filter->terms[at] = filter->terms[at - 1];
    filter->terms[at] = (struct filter_term){.key = key, .is_excluded = is_excluded};
    return &filter->terms[at];
}

void filter_remove_term(struct filter *filter, size_t index)
{
    term_release(&filter->terms[index]);
    filter->count--;
    memmove(&filter->terms[index], &filter->terms[index + 1],
            (filter->count - index) * sizeof *filter->terms);
    if (!filter->count)
        filter_release(filter);
}

bool filter_add_value(struct filter_term *term, struct filter_value value)
{
    bool is_known = false;
    for (size_t i = 0; i < term->count && !is_known; i++)
        is_known = filter_value_equal(term->key, &term->values[i], &value);
    if (is_known || term->count >= FILTER_VALUES_MAX) {
        free(value.text);
        return is_known;
    }
    term->values = mem_resize(term->values, term->count + 1, sizeof *term->values);
    term->values[term->count++] = value;
    return true;
}

void filter_remove_value(struct filter_term *term, size_t index)
{
    free(term->values[index].text);
    term->count--;
    memmove(&term->values[index], &term->values[index + 1], (term->count - index) * sizeof *term->values);
}
