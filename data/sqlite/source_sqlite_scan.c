/*
 * The scan goes through the runs that the other terms let through, a batch of the newest at a time: small ones first, for a first screen,
 * then large ones, which are read in one sweep.
 *
 * Which runs are to be searched is evaluated once and then crossed off, so that a slice costs its rows and not the whole history. Changes of
 * the index in between are caught up with at the end, when the candidates are evaluated once more.
 */
#include "data/sqlite/source_sqlite_scan.h"

#include "data/base/die.h"

#include <stdlib.h>

enum {
    BATCH_MIN = 256,
    BATCH_MAX = 1 << 16,
    BATCH_GROWTH = 4,
    BATCH_MS = 1000, /* what a batch may take: its newest runs are read last */
    LOOK_CHUNK = 64, /* the first rows of a look; each further chunk is twice as large */
    LOOK_ROWS = 63 * LOOK_CHUNK,
    LOOK_MS = 3,
};

struct scanner *scanner_new(void)
{
    struct scanner *scanner = mem_new_array(1, sizeof *scanner);
    filter_init(&scanner->question.filter);
    bitmap_init(&scanner->candidates);
    return scanner;
}

void scanner_free(struct scanner *scanner)
{
    want_release(&scanner->question);
    bitmap_release(&scanner->candidates);
    free(scanner->rows);
    free(scanner);
}

/* ---- the question and its terms; under the mutex ---- */

static bool has_term(const struct scanner *scanner, const struct search_term *term, bool is_excluded)
{
    for (size_t i = 0; i < scanner->term_count; i++)
        if (scanner->terms[i] == term && scanner->is_excluded[i] == is_excluded)
            return true;
    return false;
}

/* False: they are not all remembered any more; the next question makes them anew. */
static bool hold_terms(const struct searches *searches, struct scanner *scanner)
{
    const struct filter *filter = &scanner->question.filter;
    scanner->term_count = 0;
    for (size_t i = 0; i < filter->count; i++) {
        if (!(SEARCHED_KEYS & 1u << filter->terms[i].key))
            continue;
        struct search_term *term = term_find(searches, &filter->terms[i]);
        if (!term)
            return false;
        if (has_term(scanner, term, filter->terms[i].is_excluded))
            continue;
        if (scanner->term_count == SEARCHES_MAX)
            return false;
        scanner->is_excluded[scanner->term_count] = filter->terms[i].is_excluded;
        scanner->terms[scanner->term_count++] = term;
    }
    for (size_t i = 0; i < scanner->term_count; i++)
        scanner->terms[i]->holders++;
    return true;
}

static void let_go(struct searches *searches, struct scanner *scanner)
{
    pthread_mutex_lock(&searches->mutex);
    for (size_t i = 0; i < scanner->term_count; i++)
        scanner->terms[i]->holders--;
    pthread_mutex_unlock(&searches->mutex);
    scanner->term_count = 0;
}

/* Takes on what is wanted now; false where nothing is. */
static bool take_question(struct searches *searches, struct scanner *scanner)
{
    struct search_want *want = &searches->want;
    pthread_mutex_lock(&searches->mutex);
    if (want->is_wanted && scanner->question.serial != want->serial) {
        want_set(&scanner->question, &want->filter, want->scope);
        scanner->question.serial = want->serial;
        scanner->has_candidates = false;
        scanner->count = scanner->begin = 0;
        scanner->batch = BATCH_MIN;
    }
    scanner->question.now = want->now;
    scanner->question.asked = want->asked;
    scanner->question.for_facets = want->for_facets;
    scanner->is_fresh = false;
    if (want->is_wanted && !hold_terms(searches, scanner))
        want->is_wanted = false;
    bool is_wanted = want->is_wanted;
    pthread_mutex_unlock(&searches->mutex);
    return is_wanted;
}

static void finish_question(struct searches *searches, struct scanner *scanner)
{
    pthread_mutex_lock(&searches->mutex);
    if (searches->want.asked == scanner->question.asked)
        searches->want.is_wanted = false;
    pthread_mutex_unlock(&searches->mutex);
    bitmap_release(&scanner->candidates);
    scanner->has_candidates = false;
    free(scanner->rows);
    scanner->rows = NULL;
    scanner->count = scanner->begin = 0;
}

/* ---- candidates; inside a section ---- */

/* Adds the runs that the terms but those of `without` let through; all of them where that cannot be told yet. */
static void add_candidates(struct scanner *scanner, const struct run_index *index, unsigned without,
                           const char *scope)
{
    struct bitmap *candidates = &scanner->candidates;
    struct index_question question = {.filter = &scanner->question.filter,
                                      .now = scanner->question.now,
                                      .scope = scope,
                                      .without = SEARCHED_KEYS | without};
    struct index_result result;
    run_index_result_init(&result);
    if (run_index_eval(index, &question, &result))
        bitmap_set_range(candidates, 0, candidates->bits);
    else
        for (size_t i = 0; i < (candidates->bits + 63) / 64; i++)
            candidates->words[i] |= result.bits.words[i];
    run_index_result_release(&result);
}

static void add_candidates_of_facets(struct scanner *scanner, const struct run_index *index)
{
    static const unsigned kinds[] = {1u << FILTER_STATUS, 1u << FILTER_TRIGGER, 1u << FILTER_TOOL,
                                     1u << FILTER_ELICITATION, 1u << FILTER_AFTER | 1u << FILTER_BEFORE};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (filter_keys_used(&scanner->question.filter) & kinds[i])
            add_candidates(scanner, index, kinds[i], scanner->question.scope);
    if (scanner->question.scope)
        add_candidates(scanner, index, 0, NULL);
}

static void evaluate_candidates(struct scanner *scanner, const struct run_index *index, enum stage stage)
{
    bitmap_resize(&scanner->candidates, run_index_count(index));
    bitmap_clear(&scanner->candidates);
    add_candidates(scanner, index, 0, scanner->question.scope);
    if (stage == STAGE_FACETS)
        add_candidates_of_facets(scanner, index);
    scanner->layout = run_index_layout(index);
    scanner->stage = stage;
    scanner->has_candidates = scanner->is_fresh = true;
}

/* New runs are candidates until they have been looked at. */
static void carry_candidates(struct scanner *scanner, const struct run_index *index)
{
    struct bitmap added;
    bitmap_init(&added);
    scanner->has_candidates =
        scanner->has_candidates && run_index_carry(index, &scanner->layout, &scanner->candidates, &added);
    for (size_t i = 0; scanner->has_candidates && i < (added.bits + 63) / 64; i++)
        scanner->candidates.words[i] |= added.words[i];
    bitmap_release(&added);
}

/* The next candidates to choose from; false where all have been searched. */
static bool next_candidates(struct scanner *scanner, const struct run_index *index)
{
    if (!scanner->is_fresh)
        evaluate_candidates(scanner, index, STAGE_LIST);
    else if (scanner->stage == STAGE_LIST && scanner->question.for_facets)
        evaluate_candidates(scanner, index, STAGE_FACETS);
    else
        return false;
    return true;
}

/* ---- a slice of the background ---- */

/* A sweep through many rows is the quickest, above all where the disk is read ahead of it. */
static void adapt_batch(struct scanner *scanner)
{
    size_t larger = scanner->batch * BATCH_GROWTH, smaller = scanner->batch / BATCH_GROWTH;
    if (scanner->batch_ms > BATCH_MS)
        scanner->batch = smaller > BATCH_MIN ? smaller : BATCH_MIN;
    else if (scanner->batch_ms < BATCH_MS / BATCH_GROWTH)
        scanner->batch = larger < BATCH_MAX ? larger : BATCH_MAX;
}

static void pass_slice(struct scanner *scanner)
{
    scanner->begin = scanner->done;
    scanner->batch_ms += scanner->took_ms;
    if (scanner->begin == scanner->count)
        adapt_batch(scanner);
}

/* False: the candidates are not of this layout (which only a lane sees happen). */
static bool choose(struct searches *searches, struct scanner *scanner, struct run_index *index)
{
    pthread_mutex_lock(&searches->mutex);
    run_index_lock(index);
    bool is_current = run_index_layout(index) == scanner->layout;
    for (size_t i = 0; i < scanner->term_count; i++)
        term_carry(searches, scanner->terms[i], index);
    scanner->count = scanner->begin = 0;
    if (is_current)
        scanner_choose_rows(scanner, index);
    run_index_unlock(index);
    pthread_mutex_unlock(&searches->mutex);
    return is_current;
}

/* Has rows to read; none: every run that was to be searched has been. New runs come first. */
static void fill_batch(struct searches *searches, struct scanner *scanner, struct run_index *index)
{
    run_index_lock(index);
    carry_candidates(scanner, index);
    bool is_current = run_index_layout(index) == scanner->rows_layout;
    run_index_unlock(index);
    if (scanner->begin < scanner->count && is_current)
        return;
    if (!is_current)
        scanner->batch = BATCH_MIN;
    scanner->count = scanner->begin = 0;
    for (bool is_more = true; is_more && !scanner->count;) {
        if (scanner->has_candidates)
            (void)choose(searches, scanner, index);
        if (scanner->count)
            break;
        run_index_lock(index);
        is_more = next_candidates(scanner, index);
        run_index_unlock(index);
    }
}

static enum err_code scan_step(struct searches *searches, struct scanner *scanner, struct run_index *index,
                               const struct reading *reading, bool *found_none, struct err *err)
{
    if (!scanner->rows)
        scanner->rows = mem_new_array(BATCH_MAX, sizeof *scanner->rows);
    scanner->chunk = scanner->batch;
    scanner->enough = SIZE_MAX;
    scanner->budget_ms = SLICE_MS;
    fill_batch(searches, scanner, index);
    *found_none = scanner->count == 0;
    if (*found_none) {
        finish_question(searches, scanner);
        return ERR_OK;
    }
    enum err_code code = scanner_read_rows(searches, scanner, index, reading, err);
    if (!code)
        pass_slice(scanner);
    return code;
}

static struct search_term *unseeded_term(const struct scanner *scanner)
{
    for (size_t i = 0; i < scanner->term_count; i++)
        if (scanner->terms[i]->key == FILTER_ID && !scanner->terms[i]->is_seeded)
            return scanner->terms[i];
    return NULL;
}

enum err_code searches_step(struct searches *searches, struct run_index *index, struct scope_list *scopes,
                            const struct reading *reading, bool *is_idle, struct err *err)
{
    struct scanner *scanner = searches->scanner;
    enum err_code code = ERR_OK;
    bool found_none = true;
    while (!code && found_none && take_question(searches, scanner)) {
        struct search_term *prefix = unseeded_term(scanner);
        found_none = false;
        code = prefix ? prefix_step(searches, index, prefix, scopes, reading, err)
                      : scan_step(searches, scanner, index, reading, &found_none, err);
        let_go(searches, scanner);
    }
    *is_idle = found_none;
    return code;
}

/* ---- a look by a lane ---- */

static bool start_look(struct searches *searches, const struct run_index *index,
                       const struct index_question *question, struct scanner *scanner)
{
    if (want_is(&searches->want, question->filter, question->scope))
        return false;
    want_set(&scanner->question, question->filter, question->scope);
    scanner->question.now = question->now;
    terms_obtain(searches, index, question->filter);
    return hold_terms(searches, scanner);
}

static void look(struct searches *searches, struct scanner *scanner, struct run_index *index,
                 const struct reading *reading)
{
    scanner->rows = mem_new_array(LOOK_ROWS, sizeof *scanner->rows);
    run_index_lock(index);
    evaluate_candidates(scanner, index, STAGE_LIST);
    run_index_unlock(index);
    if (choose(searches, scanner, index) && scanner->count)
        (void)!scanner_read_rows(searches, scanner, index, reading, NULL);
}

void searches_look(struct searches *searches, struct run_index *index, const struct index_question *question,
                   const struct reading *reading, size_t rows)
{
    struct scanner *scanner = scanner_new();
    scanner->batch = LOOK_ROWS;
    scanner->chunk = LOOK_CHUNK;
    scanner->enough = rows;
    scanner->budget_ms = LOOK_MS;
    pthread_mutex_lock(&searches->mutex);
    run_index_lock(index);
    bool is_started =
        run_index_ready(index) & COLUMN_BIT(COLUMN_CREATED) && start_look(searches, index, question, scanner);
    run_index_unlock(index);
    pthread_mutex_unlock(&searches->mutex);
    if (is_started) {
        if (!unseeded_term(scanner))
            look(searches, scanner, index, reading);
        let_go(searches, scanner);
    }
    scanner_free(scanner);
}
