/*
 * What has been found of the terms that were searched lately; see source_sqlite_search.h.
 */
#include "data/sqlite/source_sqlite_term.h"

#include "data/base/die.h"
#include "data/base/needle.h"

#include <stdlib.h>
#include <string.h>

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
    filter_release(&term->filter);
    free(term->scope);
    free(term);
}

void searches_init(struct searches *searches)
{
    *searches = (struct searches){.version = 1};
    pthread_mutex_init(&searches->mutex, NULL);
}

void searches_release(struct searches *searches)
{
    for (size_t i = 0; i < searches->count; i++)
        term_free(searches->terms[i]);
    pthread_mutex_destroy(&searches->mutex);
}

void searches_lock(struct searches *searches)
{
    pthread_mutex_lock(&searches->mutex);
}

void searches_unlock(struct searches *searches)
{
    pthread_mutex_unlock(&searches->mutex);
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

static void start_over(struct search_term *term, const struct run_index *index)
{
    bitmap_resize(&term->hits, run_index_count(index));
    bitmap_resize(&term->searched, run_index_count(index));
    bitmap_clear(&term->hits);
    bitmap_clear(&term->searched);
    term->layout = run_index_layout(index);
    term->is_seeded = false;
}

void term_carry(struct search_term *term, const struct run_index *index)
{
    uint64_t layout = term->layout;
    bool is_carried = run_index_carry(index, &layout, &term->hits, NULL);
    layout = term->layout;
    is_carried = is_carried && run_index_carry(index, &layout, &term->searched, NULL);
    term->layout = layout;
    if (!is_carried)
        start_over(term, index);
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
    filter_init(&term->filter);
    start_over(term, index);
    return term;
}

/* Where the new needle contains an old one, only the old one's hits can be hits. */
static void inherit(struct search_term *term, const struct searches *searches, const struct run_index *index)
{
    for (size_t i = 0; term->needles && term->count == 1 && i < searches->count; i++) {
        struct search_term *old = searches->terms[i];
        if (!old || old == term || !old->needles || old->count != 1 ||
            needle_find(old->needles[0], text_of(term->values[0]), 0, NULL) < 0)
            continue;
        term_carry(old, index);
        for (size_t at = bitmap_next(&old->searched, 0); at != BITMAP_NONE;
             at = bitmap_next(&old->searched, at + 1))
            if (!bitmap_get(&old->hits, at))
                bitmap_set(&term->searched, at);
    }
}

/* The term that was used longest ago and can go; `count` where there is none. */
static size_t oldest_term(const struct searches *searches, int64_t used_since)
{
    size_t oldest = searches->count;
    for (size_t i = 0; i < searches->count; i++) {
        const struct search_term *term = searches->terms[i];
        if (term->is_scanned || term->used_at >= used_since)
            continue;
        if (oldest == searches->count || term->used_at < searches->terms[oldest]->used_at)
            oldest = i;
    }
    return oldest;
}

/* NULL: more terms at once than are remembered. */
static struct search_term *find_term(struct searches *searches, const struct filter_term *asked,
                                     const struct run_index *index, int64_t used_since)
{
    for (size_t i = 0; i < searches->count; i++)
        if (is_term(searches->terms[i], asked))
            return searches->terms[i];
    if (searches->count == SEARCHES_MAX) {
        size_t at = oldest_term(searches, used_since);
        if (at == searches->count)
            return NULL;
        term_free(searches->terms[at]);
        searches->terms[at] = searches->terms[--searches->count];
    }
    struct search_term *term = term_new(asked, index);
    inherit(term, searches, index);
    searches->terms[searches->count++] = term;
    searches->version++;
    return term;
}

void searches_collect(struct searches *searches, const struct run_index *index,
                      const struct index_question *question, struct search_externals *externals)
{
    externals->count = 0;
    int64_t since = ++searches->clock;
    for (size_t i = 0; i < question->filter->count; i++) {
        const struct filter_term *asked = &question->filter->terms[i];
        if (!(SEARCHED_KEYS & 1u << asked->key))
            continue;
        struct search_term *term = find_term(searches, asked, index, since);
        if (!term)
            continue;
        term->used_at = since;
        uint64_t layout = term->layout;
        term_carry(term, index);
        searches->version += term->layout != layout;
        externals->items[externals->count++] = (struct index_external){i, &term->hits, &term->searched};
    }
    externals->version = searches->version;
}

static bool is_same_scope(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void remember_question(struct search_term *term, const struct index_question *question,
                              bool for_facets)
{
    bool is_same =
        filter_equal(&term->filter, question->filter) && is_same_scope(term->scope, question->scope);
    term->for_facets = for_facets || (is_same && term->for_facets);
    term->now = question->now;
    term->is_wanted = true;
    if (is_same)
        return;
    filter_release(&term->filter);
    filter_copy(&term->filter, question->filter);
    free(term->scope);
    term->scope = question->scope ? mem_strdup(question->scope) : NULL;
}

static bool has_term(const struct filter *filter, const struct search_term *term)
{
    for (size_t i = 0; i < filter->count; i++)
        if (is_term(term, &filter->terms[i]))
            return true;
    return false;
}

void searches_want(struct searches *searches, const struct index_question *question, bool for_facets)
{
    for (size_t i = 0; i < searches->count; i++) {
        struct search_term *term = searches->terms[i];
        term->is_wanted = has_term(question->filter, term);
        if (term->is_wanted)
            remember_question(term, question, for_facets);
    }
}
