/*
 * The rows of a scan. Each is read once for all terms of the question, and only as far as it matters: a run that fails one word for certain
 * is not looked at for the next. Inside a batch they go by ascending rowid, because a cold table read backwards is three times slower.
 */
#include "data/sqlite/source_sqlite_scan.h"

#include "data/base/needle.h"
#include "data/sqlite/source_sqlite_columns.h"

#include <stdlib.h>
#include <string.h>

enum {
    CLOCK_EVERY = 8,
    SORT_MOVES = 16, /* of a row, on average */
};

/* ---- which rows; inside a section, under the mutex ---- */

/* Of 64 runs those that have to be read: some term is open, and none fails for certain. */
static uint64_t unsettled(const struct scanner *scanner, size_t word)
{
    uint64_t runs = scanner->candidates.words[word], open = 0;
    for (size_t i = 0; runs && i < scanner->term_count; i++) {
        uint64_t searched = scanner->terms[i]->searched.words[word];
        uint64_t hits = scanner->terms[i]->hits.words[word];
        runs &= ~(searched & (scanner->is_excluded[i] ? hits : ~hits));
        open |= ~searched;
    }
    return runs & open;
}

static void take_row(struct scanner *scanner, const struct run_index *index, size_t at)
{
    struct scan_row *row = &scanner->rows[scanner->count];
    *row = (struct scan_row){.open = 0};
    scanner->count += run_index_rows(index, (uint32_t)at, 1, &row->row);
    for (size_t i = 0; i < scanner->term_count; i++)
        if (!bitmap_get(&scanner->terms[i]->searched, at))
            row->open |= (uint8_t)(1u << i);
}

static int by_rowid(const void *a, const void *b)
{
    const struct scan_row *x = a, *y = b;
    return (x->row.rowid > y->row.rowid) - (x->row.rowid < y->row.rowid);
}

/* By rowid. They come newest first: in a history that only grew, turning them round nearly does it. */
static void sort_rows(struct scan_row *rows, size_t count)
{
    size_t moves = 0;
    for (size_t i = 0; i < count / 2; i++) {
        struct scan_row row = rows[i];
        rows[i] = rows[count - 1 - i];
        rows[count - 1 - i] = row;
    }
    for (size_t i = 1; i < count && moves < SORT_MOVES * count; i++) {
        struct scan_row row = rows[i];
        size_t to = i;
        for (; to > 0 && rows[to - 1].row.rowid > row.row.rowid; to--, moves++)
            rows[to] = rows[to - 1];
        rows[to] = row;
    }
    if (moves >= SORT_MOVES * count)
        qsort(rows, count, sizeof *rows, by_rowid);
}

/* The end of the chunk that begins at `from`. */
static size_t chunk_end(const struct scanner *scanner, size_t from)
{
    size_t end = scanner->chunk;
    while (end <= from)
        end = end * 2 + scanner->chunk;
    return end < scanner->count ? end : scanner->count;
}

void scanner_choose_rows(struct scanner *scanner, const struct run_index *index)
{
    scanner->count = scanner->begin = scanner->sorted = 0;
    scanner->rows_layout = scanner->layout;
    scanner->batch_ms = 0;
    for (size_t word = (scanner->candidates.bits + 63) / 64; word-- > 0 && scanner->count < scanner->batch;) {
        uint64_t runs = scanner->candidates.words[word] = unsettled(scanner, word);
        while (runs && scanner->count < scanner->batch) {
            unsigned bit = 63 - (unsigned)__builtin_clzll(runs);
            take_row(scanner, index, word * 64 + bit);
            runs &= ~(UINT64_C(1) << bit);
        }
    }
}

/* ---- reading ---- */

static bool is_hit(const struct search_term *term, struct text text)
{
    for (size_t i = 0; i < term->count && !text_is_null(text); i++) {
        size_t n = strlen(term->values[i]);
        if (term->needles ? needle_find(term->needles[i], text, 0, NULL) >= 0
                          : text.n >= n && memcmp(text.s, term->values[i], n) == 0)
            return true;
    }
    return false;
}

/* A run that is not there any more has no text. */
static void look_at(const struct scanner *scanner, struct scan_row *row, const struct row_columns *columns)
{
    row->looked = row->hits = 0;
    row->is_match = false;
    for (size_t i = 0; i < scanner->term_count; i++) {
        unsigned bit = 1u << i;
        if (!(row->open & bit))
            continue;
        const struct search_term *term = scanner->terms[i];
        bool hit = is_hit(term, columns->values[scanner->column_of[term->key == FILTER_ID]].bytes);
        row->looked |= (uint8_t)bit;
        row->hits |= (uint8_t)(hit ? bit : 0);
        if (hit == scanner->is_excluded[i])
            return;
    }
    row->is_match = true;
}

/* Reads only what is asked for. */
static enum err_code start_columns(struct scanner *scanner, struct row_columns *columns,
                                   struct reader *reader, struct err *err)
{
    static const char *const names[] = {"code", "id"};
    bool has_code = false, has_id = false;
    for (size_t i = 0; i < scanner->term_count; i++)
        *(scanner->terms[i]->key == FILTER_ID ? &has_id : &has_code) = true;
    scanner->column_of[1] = has_code;
    return row_columns_start(columns, reader, has_code ? names : names + 1, (size_t)has_code + has_id,
                             BTREE_TEXT, err);
}

static bool is_over(const struct scanner *scanner, int64_t until)
{
    return scanner->done > scanner->begin && scanner->done % CLOCK_EVERY == 0 && clock_ms() >= until;
}

static enum err_code read_chunk(struct scanner *scanner, struct row_columns *columns, size_t to,
                                int64_t until, struct err *err)
{
    enum err_code code = ERR_OK;
    for (; !code && scanner->done < to && !is_over(scanner, until); scanner->done += !code) {
        struct scan_row *row = &scanner->rows[scanner->done];
        code = row_columns_find(columns, row->row.rowid, err);
        if (!code)
            look_at(scanner, row, columns);
        scanner->matches += !code && row->is_match;
    }
    return code;
}

static enum err_code read_slice(struct scanner *scanner, struct row_columns *columns, int64_t until,
                                struct err *err)
{
    enum err_code code = ERR_OK;
    scanner->done = scanner->begin;
    scanner->matches = 0;
    while (!code && scanner->done < scanner->count && scanner->matches < scanner->enough) {
        size_t to = chunk_end(scanner, scanner->done);
        if (to > scanner->sorted)
            sort_rows(scanner->rows + scanner->sorted, to - scanner->sorted);
        scanner->sorted = to > scanner->sorted ? to : scanner->sorted;
        code = read_chunk(scanner, columns, to, until, err);
        if (scanner->done < to)
            break;
    }
    return code;
}

static enum err_code scan_body(struct reader *reader, void *context, struct err *err)
{
    struct scanner *scanner = context;
    int64_t start = clock_ms(), until = start + scanner->budget_ms;
    struct row_columns columns;
    enum err_code code = start_columns(scanner, &columns, reader, err);
    if (!code)
        code = read_slice(scanner, &columns, until, err);
    if (!code && row_columns_must_start_over(&columns))
        code = read_slice(scanner, &columns, until, err);
    row_columns_end(&columns);
    scanner->took_ms = clock_ms() - start;
    return code;
}

/* ---- what was found; inside a section, under the mutex ---- */

static void note_row(const struct scanner *scanner, const struct scan_row *row, size_t at)
{
    for (size_t i = 0; i < scanner->term_count; i++) {
        unsigned bit = 1u << i;
        if (row->looked & bit)
            bitmap_set(&scanner->terms[i]->searched, at);
        if (row->hits & bit)
            bitmap_set(&scanner->terms[i]->hits, at);
    }
}

static void note_rows(struct searches *searches, struct scanner *scanner, const struct run_index *index)
{
    bool is_moved = run_index_layout(index) != scanner->rows_layout;
    for (size_t i = 0; i < scanner->term_count; i++)
        term_carry(searches, scanner->terms[i], index);
    for (size_t i = scanner->begin; i < scanner->done; i++) {
        const struct scan_row *row = &scanner->rows[i];
        uint32_t at = row->row.position;
        if (!is_moved || run_index_find(index, row->row.created_at, row->row.rowid, &at))
            note_row(scanner, row, at);
    }
    for (size_t i = 0; i < scanner->term_count; i++)
        term_changed(searches, scanner->terms[i]);
}

enum err_code scanner_read_rows(struct searches *searches, struct scanner *scanner, struct run_index *index,
                                const struct reading *reading, struct err *err)
{
    enum err_code code = source_read(reading, scan_body, scanner, err);
    if (code)
        return code;
    pthread_mutex_lock(&searches->mutex);
    run_index_lock(index);
    note_rows(searches, scanner, index);
    run_index_unlock(index);
    pthread_mutex_unlock(&searches->mutex);
    return ERR_OK;
}
