/*
 * See source_sqlite_search.h. The scan reads rows by rowid, a batch of the newest runs at a time, and inside a batch by ascending rowid,
 * because a cold table read backwards is three times slower. Positions are the background thread's own: nobody else moves them.
 */
#include "data/source_sqlite_search.h"

#include "data/base/die.h"
#include "data/base/needle.h"

#include <stdlib.h>
#include <string.h>

enum { SEARCH_BATCH = 2000, CLOCK_EVERY = 8, PREFIX_MAX = 100000 };

static const unsigned searched_keys = 1u << FILTER_CODE | 1u << FILTER_ID;

struct search_term {
    enum filter_key key;
    char **values;           /* owned */
    struct needle **needles; /* CODE */
    size_t count;
    struct bitmap hits, searched;
    uint64_t layout;
    int64_t used_at;
    bool is_wanted;
    bool is_scanned; /* at this moment, by the background thread: must not be freed */
    bool is_seeded;  /* ID: the primary key has been asked */

    struct filter filter; /* whose other terms choose the runs to search */
    char *scope;          /* owned; NULL: all */
    int64_t now;
    bool for_facets;
};

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

/* Brings the positions up to date. Inside a section, or by the writer. */
static void carry(struct search_term *term, const struct run_index *index)
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
        term->needles = mem_new_array(asked->count, sizeof *term->needles);
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
        if (old == term || !old->needles || old->count != 1 ||
            needle_find(old->needles[0], text_of(term->values[0]), 0, NULL) < 0)
            continue;
        carry(old, index);
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
        if (!(searched_keys & 1u << asked->key))
            continue;
        struct search_term *term = find_term(searches, asked, index, since);
        if (!term)
            continue;
        term->used_at = since;
        uint64_t layout = term->layout;
        carry(term, index);
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

/* ---- scanning ---- */

struct scan {
    struct search_term *term;
    const struct run_index *index;
    struct index_row rows[SEARCH_BATCH];
    bool is_hit[SEARCH_BATCH];
    size_t count, done;
};

static struct search_term *wanted_term(struct searches *searches)
{
    for (size_t i = 0; i < searches->count; i++)
        if (searches->terms[i]->is_wanted)
            return searches->terms[i];
    return NULL;
}

static int by_rowid(const void *a, const void *b)
{
    const struct index_row *x = a, *y = b;
    return (x->rowid > y->rowid) - (x->rowid < y->rowid);
}

/* Adds the runs that the terms but those of `without` let through; all of them where that cannot be told yet. */
static void add_candidates(const struct scan *scan, unsigned without, const char *scope,
                           struct bitmap *candidates)
{
    const struct search_term *term = scan->term;
    struct index_question question = {
        .filter = &term->filter, .now = term->now, .scope = scope, .without = searched_keys | without};
    struct index_result result;
    run_index_result_init(&result);
    if (run_index_eval(scan->index, &question, &result))
        bitmap_set_range(candidates, 0, candidates->bits);
    else
        for (size_t i = 0; i < (candidates->bits + 63) / 64; i++)
            candidates->words[i] |= result.bits.words[i];
    run_index_result_release(&result);
}

static void add_candidates_of_facets(const struct scan *scan, struct bitmap *candidates)
{
    static const unsigned kinds[] = {1u << FILTER_STATUS, 1u << FILTER_TRIGGER, 1u << FILTER_TOOL,
                                     1u << FILTER_ELICITATION, 1u << FILTER_AFTER | 1u << FILTER_BEFORE};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (filter_keys_used(&scan->term->filter) & kinds[i])
            add_candidates(scan, kinds[i], scan->term->scope, candidates);
    if (scan->term->scope)
        add_candidates(scan, 0, NULL, candidates);
}

/* The newest of the candidates that have not been searched. */
static void take_rows(struct scan *scan, struct bitmap *candidates)
{
    for (size_t i = 0; i < (candidates->bits + 63) / 64; i++)
        candidates->words[i] &= ~scan->term->searched.words[i];
    size_t at = candidates->bits ? bitmap_prev(candidates, candidates->bits - 1) : BITMAP_NONE;
    while (at != BITMAP_NONE && scan->count < SEARCH_BATCH) {
        scan->count += run_index_rows(scan->index, (uint32_t)at, 1, &scan->rows[scan->count]);
        at = at ? bitmap_prev(candidates, at - 1) : BITMAP_NONE;
    }
}

static void choose_rows(struct scan *scan)
{
    struct bitmap candidates;
    bitmap_init(&candidates);
    bitmap_resize(&candidates, run_index_count(scan->index));
    scan->count = scan->done = 0;
    add_candidates(scan, 0, scan->term->scope, &candidates);
    take_rows(scan, &candidates);
    if (!scan->count && scan->term->for_facets) {
        add_candidates_of_facets(scan, &candidates);
        take_rows(scan, &candidates);
    }
    bitmap_release(&candidates);
    if (scan->count)
        qsort(scan->rows, scan->count, sizeof *scan->rows, by_rowid);
}

static bool has_hit(const struct search_term *term, struct text text)
{
    for (size_t i = 0; i < term->count && !text_is_null(text); i++) {
        if (term->needles ? needle_find(term->needles[i], text, 0, NULL) >= 0
                          : text.n >= strlen(term->values[i]) &&
                                memcmp(text.s, term->values[i], strlen(term->values[i])) == 0)
            return true;
    }
    return false;
}

static enum err_code scan_body(struct reader *reader, void *context, struct err *err)
{
    struct scan *scan = context;
    int64_t until = clock_ms() + SLICE_MS;
    sqlite3_stmt *statement;
    enum err_code code =
        reader_prepare(reader,
                       scan->term->key == FILTER_CODE ? "SELECT code FROM execution WHERE rowid = ?"
                                                      : "SELECT id FROM execution WHERE rowid = ?",
                       &statement, err);
    for (scan->done = 0; !code && scan->done < scan->count; scan->done++) {
        if (scan->done % CLOCK_EVERY == 0 && scan->done && clock_ms() >= until)
            break;
        sqlite3_bind_int64(statement, 1, scan->rows[scan->done].rowid);
        bool is_there = reader_step(reader, statement, &code, err);
        scan->is_hit[scan->done] = is_there && has_hit(scan->term, column_borrow(statement, 0));
        sqlite3_reset(statement);
        if (code == ERR_TOO_BIG) /* a value above the limit is not searched */
            code = ERR_OK;
    }
    sqlite3_finalize(statement);
    return code;
}

static void note_hits(struct searches *searches, const struct scan *scan)
{
    struct search_term *term = scan->term;
    carry(term, scan->index);
    for (size_t i = 0; i < scan->done; i++) {
        size_t at = scan->rows[i].position;
        bitmap_set(&term->searched, at);
        if (scan->is_hit[i])
            bitmap_set(&term->hits, at);
    }
    searches->version++;
}

/* *found_none: every run that was to be searched has been; the term is not wanted any more. */
static enum err_code scan_step(struct searches *searches, struct run_index *index, struct search_term *term,
                               const struct reading *reading, bool *found_none, struct err *err)
{
    struct scan *scan = mem_new(sizeof *scan);
    scan->term = term;
    scan->index = index;
    searches_lock(searches);
    run_index_lock(index);
    carry(term, index);
    choose_rows(scan);
    if (!scan->count)
        term->is_wanted = false;
    run_index_unlock(index);
    searches_unlock(searches);
    *found_none = scan->count == 0;
    enum err_code code = scan->count ? source_read(reading, scan_body, scan, err) : ERR_OK;
    if (!code && scan->count) {
        searches_lock(searches);
        run_index_lock(index);
        note_hits(searches, scan);
        run_index_unlock(index);
        searches_unlock(searches);
    }
    free(scan);
    return code;
}

/* ---- the beginning of an id, by the primary key ---- */

struct prefix_scan {
    const struct search_term *term;
    const struct scope_list *scopes;
    struct index_row *rows; /* PREFIX_MAX of them */
    size_t count;
};

static enum err_code read_prefix(struct prefix_scan *scan, struct reader *reader, sqlite3_stmt *statement,
                                 const char *scope, const char *prefix, struct err *err)
{
    size_t n = strlen(prefix);
    char *end = mem_strndup(prefix, n + 1); /* its NUL is replaced by a byte that no UTF-8 holds */
    end[n] = (char)0xFF;
    bind_text(statement, 1, text_of(scope));
    bind_text(statement, 2, (struct text){prefix, n});
    bind_text(statement, 3, (struct text){end, n + 1});
    enum err_code code = ERR_OK;
    while (scan->count < PREFIX_MAX && reader_step(reader, statement, &code, err))
        scan->rows[scan->count++] = (struct index_row){.created_at = sqlite3_column_int64(statement, 0),
                                                       .rowid = sqlite3_column_int64(statement, 1)};
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    free(end);
    return code;
}

static enum err_code prefix_body(struct reader *reader, void *context, struct err *err)
{
    struct prefix_scan *scan = context;
    scan->count = 0;
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(
        reader, "SELECT created_at, rowid FROM execution WHERE scope_id = ? AND id >= ? AND id < ?",
        &statement, err);
    for (size_t s = 0; !code && s < scan->scopes->count; s++)
        for (size_t i = 0; !code && i < scan->term->count; i++)
            code = read_prefix(scan, reader, statement, scan->scopes->words[s], scan->term->values[i], err);
    sqlite3_finalize(statement);
    return code;
}

/* Too many hits to take at once are left to the scan. */
static enum err_code seed_step(struct searches *searches, struct run_index *index, struct search_term *term,
                               const struct scope_list *scopes, const struct reading *reading,
                               struct err *err)
{
    struct prefix_scan scan = {term, scopes, mem_new_array(PREFIX_MAX, sizeof *scan.rows), 0};
    enum err_code code = source_read(reading, prefix_body, &scan, err);
    searches_lock(searches);
    run_index_lock(index);
    carry(term, index);
    term->is_seeded |= !code;
    bool is_whole = !code && scan.count < PREFIX_MAX && scopes->count < SCOPES_MAX;
    if (is_whole)
        bitmap_set_range(&term->searched, 0, term->searched.bits);
    for (size_t i = 0; is_whole && i < scan.count; i++) {
        uint32_t at;
        if (run_index_find(index, scan.rows[i].created_at, scan.rows[i].rowid, &at))
            bitmap_set(&term->hits, at);
    }
    searches->version++;
    run_index_unlock(index);
    searches_unlock(searches);
    free(scan.rows);
    return code;
}

static struct search_term *hold_wanted(struct searches *searches)
{
    searches_lock(searches);
    struct search_term *term = wanted_term(searches);
    if (term)
        term->is_scanned = true;
    searches_unlock(searches);
    return term;
}

static void let_go(struct searches *searches, struct search_term *term)
{
    searches_lock(searches);
    term->is_scanned = false;
    searches_unlock(searches);
}

enum err_code searches_step(struct searches *searches, struct run_index *index, struct scope_list *scopes,
                            const struct reading *reading, bool *is_idle, struct err *err)
{
    enum err_code code = ERR_OK;
    bool found_none = true;
    struct search_term *term;
    while (!code && found_none && (term = hold_wanted(searches))) {
        if (term->key == FILTER_ID && !term->is_seeded) {
            found_none = false;
            code = seed_step(searches, index, term, scopes, reading, err);
        } else {
            code = scan_step(searches, index, term, reading, &found_none, err);
        }
        let_go(searches, term);
    }
    *is_idle = found_none;
    return code;
}
