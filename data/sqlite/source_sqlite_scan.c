/*
 * The scan reads rows by rowid, a batch of the newest runs at a time, and inside a batch by ascending rowid,
 * because a cold table read backwards is three times slower. Positions are the background thread's own: nobody else moves them.
 */
#include "data/sqlite/source_sqlite_term.h"

#include "data/base/die.h"
#include "data/base/needle.h"
#include "data/sqlite/source_sqlite_step.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH_MIN = 250, BATCH_MAX = 8000, CLOCK_EVERY = 8, PREFIX_MAX = 100000 };

struct scan {
    struct search_term *term;
    const struct run_index *index;
    struct index_row rows[BATCH_MAX];
    bool is_hit[BATCH_MAX];
    size_t count, done;
    int64_t took_ms;
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
        .filter = &term->filter, .now = term->now, .scope = scope, .without = SEARCHED_KEYS | without};
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
    while (at != BITMAP_NONE && scan->count < scan->term->batch) {
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
    int64_t start = clock_ms(), until = start + SLICE_MS;
    struct row_steps steps;
    enum err_code code = row_steps_start(
        &steps, reader,
        scan->term->key == FILTER_CODE ? "SELECT rowid, code FROM execution WHERE rowid >= ? ORDER BY rowid"
                                       : "SELECT rowid, id FROM execution WHERE rowid >= ? ORDER BY rowid",
        err);
    for (scan->done = 0; !code && scan->done < scan->count; scan->done++) {
        if (scan->done % CLOCK_EVERY == 0 && scan->done && clock_ms() >= until)
            break;
        bool is_there = row_steps_find(&steps, scan->rows[scan->done].rowid, &code, err);
        scan->is_hit[scan->done] = is_there && has_hit(scan->term, column_borrow(steps.statement, 1));
        if (code == ERR_TOO_BIG) /* a value above the limit is not searched */
            code = ERR_OK;
    }
    row_steps_end(&steps);
    scan->took_ms = clock_ms() - start;
    return code;
}

/* As many rows as a slice gets through: choosing them costs a pass over the index, and of those that are left over the newest would be looked at
 * last. */
static void adapt_batch(struct search_term *term, const struct scan *scan)
{
    if (scan->done < scan->count)
        term->batch = term->batch / 2 > BATCH_MIN ? term->batch / 2 : BATCH_MIN;
    else if (scan->took_ms < SLICE_MS / 2)
        term->batch = term->batch * 2 < BATCH_MAX ? term->batch * 2 : BATCH_MAX;
}

static void note_hits(struct searches *searches, const struct scan *scan)
{
    struct search_term *term = scan->term;
    term_carry(term, scan->index);
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
    term_carry(term, index);
    if (!term->batch)
        term->batch = BATCH_MIN;
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
        adapt_batch(term, scan);
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
                                 struct text scope, const char *prefix, struct err *err)
{
    size_t n = strlen(prefix);
    char *end = mem_strndup(prefix, n + 1); /* its NUL is replaced by a byte that no UTF-8 holds */
    end[n] = (char)0xFF;
    bind_text(statement, 1, scope);
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
    term_carry(term, index);
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
