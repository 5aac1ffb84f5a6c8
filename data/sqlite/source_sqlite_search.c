/*
 * What has been found of the terms that were searched lately; see source_sqlite_search.h.
 *
 * A lane copies the bits of its terms before it evaluates: evaluating takes milliseconds in a large history, a copy takes a hundredth of that,
 * and neither another lane nor the scan should wait for it.
 */
#include "data/sqlite/source_sqlite_term.h"

#include "data/base/die.h"
#include "data/base/needle.h"

#include <stdlib.h>
#include <string.h>

enum { YOUNG_MS = 200 };

static void term_free(struct search_term *term)
{
    for (size_t i = 0; i < term->count; i++) {
        free(term->values[i]);
        if (term->needles)
            needle_free(term->needles[i]);
    }
    free(term->values);
    free(term->needles);
    bitmap_release(&term->hits);
    bitmap_release(&term->searched);
    free(term);
}

void searches_init(struct searches *searches)
{
    *searches = (struct searches){.version = 1, .scanner = scanner_new()};
    pthread_mutex_init(&searches->mutex, NULL);
}

void searches_release(struct searches *searches)
{
    for (size_t i = 0; i < searches->count; i++)
        term_free(searches->terms[i]);
    scanner_free(searches->scanner);
    want_release(&searches->want);
    pthread_mutex_destroy(&searches->mutex);
}

uint64_t searches_version(struct searches *searches)
{
    pthread_mutex_lock(&searches->mutex);
    uint64_t version = searches->version;
    pthread_mutex_unlock(&searches->mutex);
    return version;
}

bool searches_is_young(struct searches *searches)
{
    pthread_mutex_lock(&searches->mutex);
    bool is_young = searches->want.is_wanted && clock_ms() - searches->want.since < YOUNG_MS;
    pthread_mutex_unlock(&searches->mutex);
    return is_young;
}

/* ---- terms ---- */

static bool is_term(const struct search_term *term, const struct filter_term *asked)
{
    if (term->key != asked->key || term->count != asked->count)
        return false;
    for (size_t i = 0; i < term->count; i++)
        if (strcmp(term->values[i], asked->values[i].text) != 0)
            return false;
    return true;
}

struct search_term *term_find(const struct searches *searches, const struct filter_term *asked)
{
    for (size_t i = 0; i < searches->count; i++)
        if (is_term(searches->terms[i], asked))
            return searches->terms[i];
    return NULL;
}

void term_changed(struct searches *searches, struct search_term *term)
{
    term->version = ++searches->version;
}

static void start_over(struct search_term *term, const struct run_index *index)
{
    bitmap_resize(&term->hits, run_index_count(index));
    bitmap_resize(&term->searched, run_index_count(index));
    bitmap_clear(&term->hits);
    bitmap_clear(&term->searched);
    term->layout = run_index_layout(index);
    term->is_seeded = false;
}

void term_carry(struct searches *searches, struct search_term *term, const struct run_index *index)
{
    uint64_t before = term->layout, layout = before;
    bool is_carried = run_index_carry(index, &layout, &term->hits, NULL);
    layout = before;
    is_carried = is_carried && run_index_carry(index, &layout, &term->searched, NULL);
    term->layout = layout;
    if (!is_carried)
        start_over(term, index);
    if (!is_carried || term->layout != before)
        term_changed(searches, term);
}

static struct search_term *term_new(const struct filter_term *asked, const struct run_index *index)
{
    struct search_term *term = mem_new_array(1, sizeof *term);
    term->key = asked->key;
    term->count = asked->count;
    term->values = mem_new_array(asked->count, sizeof *term->values);
    if (asked->key == FILTER_CODE)
        term->needles = mem_new_array(asked->count, sizeof(void *));
    for (size_t i = 0; i < asked->count; i++) {
        term->values[i] = mem_strdup(asked->values[i].text);
        if (term->needles)
            term->needles[i] = needle_new(text_of(term->values[i]));
    }
    bitmap_init(&term->hits);
    bitmap_init(&term->searched);
    start_over(term, index);
    return term;
}

static bool contains(const struct search_term *outer, const struct search_term *inner)
{
    return needle_find(inner->needles[0], text_of(outer->values[0]), 0, NULL) >= 0;
}

/* What an older needle tells of a new one: where the new one contains it, what it missed is missed; where it contains the new one, what it
 * hit is hit. */
static void inherit_from(struct search_term *term, const struct search_term *old)
{
    bool is_longer = contains(term, old), is_shorter = contains(old, term);
    for (size_t i = 0; i < (term->searched.bits + 63) / 64; i++) {
        uint64_t searched = old->searched.words[i], hits = old->hits.words[i] & searched;
        if (is_longer)
            term->searched.words[i] |= searched & ~hits;
        if (is_shorter) {
            term->searched.words[i] |= hits;
            term->hits.words[i] |= hits;
        }
    }
}

static void inherit(struct searches *searches, struct search_term *term, const struct run_index *index)
{
    for (size_t i = 0; term->needles && term->count == 1 && i < searches->count; i++) {
        struct search_term *old = searches->terms[i];
        if (!old->needles || old->count != 1)
            continue;
        term_carry(searches, old, index);
        inherit_from(term, old);
    }
}

/* The term that was used longest ago and can go; `count` where there is none. */
static size_t oldest_term(const struct searches *searches, int64_t used_since)
{
    size_t oldest = searches->count;
    for (size_t i = 0; i < searches->count; i++) {
        const struct search_term *term = searches->terms[i];
        if (term->holders || term->used_at >= used_since)
            continue;
        if (oldest == searches->count || term->used_at < searches->terms[oldest]->used_at)
            oldest = i;
    }
    return oldest;
}

/* NULL: more terms at once than are remembered. */
static struct search_term *remember_term(struct searches *searches, const struct filter_term *asked,
                                         const struct run_index *index, int64_t used_since)
{
    if (searches->count == SEARCHES_MAX) {
        size_t at = oldest_term(searches, used_since);
        if (at == searches->count)
            return NULL;
        term_free(searches->terms[at]);
        searches->terms[at] = searches->terms[--searches->count];
    }
    struct search_term *term = term_new(asked, index);
    inherit(searches, term, index);
    searches->terms[searches->count++] = term;
    term_changed(searches, term);
    return term;
}

void terms_obtain(struct searches *searches, const struct run_index *index, const struct filter *filter)
{
    int64_t since = ++searches->clock;
    for (size_t i = 0; i < filter->count; i++) {
        if (!(SEARCHED_KEYS & 1u << filter->terms[i].key))
            continue;
        struct search_term *term = term_find(searches, &filter->terms[i]);
        if (!term)
            term = remember_term(searches, &filter->terms[i], index, since);
        if (!term)
            continue;
        term->used_at = since;
        term_carry(searches, term, index);
    }
}

/* ---- copies for the lanes ---- */

void search_externals_init(struct search_externals *externals)
{
    *externals = (struct search_externals){0};
}

void search_externals_release(struct search_externals *externals)
{
    for (size_t i = 0; i < SEARCHES_MAX; i++) {
        bitmap_release(&externals->copies[i].hits);
        bitmap_release(&externals->copies[i].searched);
    }
    search_externals_init(externals);
}

/* *used: copies that this question has already. There are never more than SEARCHES_MAX different terms. */
static const struct search_copy *copy_term(struct search_externals *externals, const struct search_term *term,
                                           size_t *used)
{
    for (size_t i = 0; i < *used; i++)
        if (externals->copies[i].version == term->version)
            return &externals->copies[i];
    struct search_copy *copy = &externals->copies[(*used)++];
    if (copy->version != term->version) {
        bitmap_copy(&copy->hits, &term->hits);
        bitmap_copy(&copy->searched, &term->searched);
        copy->version = term->version;
    }
    return copy;
}

static void copy_terms(const struct searches *searches, const struct filter *filter,
                       struct search_externals *externals)
{
    size_t used = 0;
    externals->version = 0;
    for (size_t i = 0; i < filter->count; i++) {
        bool is_searched = SEARCHED_KEYS & 1u << filter->terms[i].key;
        const struct search_term *term = is_searched ? term_find(searches, &filter->terms[i]) : NULL;
        if (!term)
            continue;
        const struct search_copy *copy = copy_term(externals, term, &used);
        externals->items[externals->count++] = (struct index_external){i, &copy->hits, &copy->searched};
        if (externals->version < copy->version)
            externals->version = copy->version;
    }
}

void searches_collect(struct searches *searches, struct run_index *index, struct index_question *question,
                      struct search_externals *externals)
{
    pthread_mutex_lock(&searches->mutex);
    run_index_lock(index);
    externals->count = 0;
    if (run_index_ready(index) & COLUMN_BIT(COLUMN_CREATED)) {
        terms_obtain(searches, index, question->filter);
        copy_terms(searches, question->filter, externals);
    }
    pthread_mutex_unlock(&searches->mutex);
    question->externals = externals->items;
    question->external_count = externals->count;
    question->external_version = externals->version;
}

/* ---- what is wanted ---- */

static bool is_same_scope(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool want_is(const struct search_want *want, const struct filter *filter, const char *scope)
{
    return filter_equal(&want->filter, filter) && is_same_scope(want->scope, scope);
}

void want_release(struct search_want *want)
{
    filter_release(&want->filter);
    free(want->scope);
    want->scope = NULL;
}

void want_set(struct search_want *want, const struct filter *filter, const char *scope)
{
    want_release(want);
    filter_copy(&want->filter, filter);
    want->scope = scope ? mem_strdup(scope) : NULL;
}

void searches_want(struct searches *searches, const struct index_question *question, bool for_facets)
{
    struct search_want *want = &searches->want;
    pthread_mutex_lock(&searches->mutex);
    bool is_same = want_is(want, question->filter, question->scope);
    if (!is_same) {
        want_set(want, question->filter, question->scope);
        want->serial++;
        want->since = clock_ms();
    }
    want->for_facets = for_facets || (is_same && want->for_facets);
    want->now = question->now;
    want->is_wanted = true;
    want->asked++;
    pthread_mutex_unlock(&searches->mutex);
}
