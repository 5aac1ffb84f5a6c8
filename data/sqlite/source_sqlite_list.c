/*
 * A list: where its rows are is found by SQL pages or by the index in memory, and then the rows are read by rowid.
 */
#include "data/sqlite/source_sqlite_int.h"

enum {
    LIST_MS = 400, /* how long a page may be looked for before what was found is shown */
    FULL_BYTES =
        32 << 20 /* of whole runs in one reply, and what one more slice reads: then the page ends early */
};

struct fetch {
    struct row_batch batch, saved;
    const struct page *page;
    bool is_other_file; /* the index was made from a file that is not there any more */
};

static enum err_code fetch_body(struct reader *reader, void *context, struct err *err)
{
    struct fetch *fetch = context;
    fetch->batch = fetch->saved;
    fetch->is_other_file = fetch->page->inode && (reader->mark.main.inode != fetch->page->inode ||
                                                  reader->mark.main.device != fetch->page->device);
    if (fetch->is_other_file)
        return ERR_OK;
    return rows_read(reader, &fetch->batch, clock_ms() + SLICE_MS, err);
}

/* The anchor among the rows that are still there. */
static ptrdiff_t anchor_among(const struct page *page, const struct row_batch *batch)
{
    if (page->anchor < 0 || batch->filled == 0)
        return -1;
    const struct place *anchor = &page->places[page->anchor];
    for (size_t i = 0; i < batch->filled; i++)
        if (batch->rows[i].created_at == anchor->created_at &&
            (text_is_null(anchor->id) ? i >= (size_t)page->anchor : text_eq(batch->rows[i].id, anchor->id)))
            return (ptrdiff_t)i;
    return page->anchor < (ptrdiff_t)batch->filled ? page->anchor : (ptrdiff_t)batch->filled - 1;
}

static enum err_code read_rows(const struct reading *reading, const struct page *page,
                               const struct list_query *query, struct arena *arena, struct list_reply *reply,
                               bool *is_other_file, struct err *err)
{
    bool want_full = query->want_full;
    struct fetch fetch = {
        .page = page,
        .saved = {.places = page->places,
                  .count = page->count,
                  .want_full = want_full,
                  .want_calls = query->want_calls,
                  .arena = arena},
    };
    fetch.saved.rows = arena_array(arena, page->count, sizeof *fetch.saved.rows);
    fetch.saved.full = want_full ? arena_array(arena, page->count, sizeof *fetch.saved.full) : NULL;
    size_t before = arena->total;
    while (fetch.saved.done < page->count &&
           !(want_full && fetch.saved.filled && arena->total - before > FULL_BYTES)) {
        enum err_code code = source_read(reading, fetch_body, &fetch, err);
        *is_other_file = fetch.is_other_file;
        if (code || fetch.is_other_file)
            return code;
        fetch.saved = fetch.batch;
    }
    reply->is_last = reply->is_last && fetch.saved.done == page->count;
    if (page->inode && fetch.saved.vanished)
        source_is_outgrown(reading->source, false);
    reply->rows = fetch.saved.rows;
    reply->full = fetch.saved.full;
    reply->count = fetch.saved.filled;
    reply->anchor = anchor_among(page, &fetch.saved);
    return ERR_OK;
}

static void copy_numbers(const struct page *page, struct list_reply *reply)
{
    reply->anchor_found = page->anchor_found;
    reply->is_first = page->is_first;
    reply->is_last = page->is_last;
    reply->total = page->total;
    reply->rank = page->rank;
    reply->new_count = page->new_count;
    reply->new_failed = page->new_failed;
    reply->is_partial = page->is_partial;
    reply->progress = page->progress;
    reply->reach = page->reach;
}

static enum err_code answer(const struct reading *reading, const struct page *page,
                            const struct list_query *query, struct arena *arena, struct list_reply *reply,
                            bool *is_other_file, struct err *err)
{
    copy_numbers(page, reply);
    return read_rows(reading, page, query, arena, reply, is_other_file, err);
}

enum err_code sqlite_list(struct sqlite_conn *conn, const struct reading *reading,
                          const struct list_query *query, struct arena *arena, struct list_reply *reply,
                          struct err *err)
{
    *reply = (struct list_reply){.anchor = -1};
    struct page page;
    bool is_other_file = false;
    enum err_code code;
    if (ranked_find(conn, reading, query, arena, &page, &code, err)) {
        if (!code)
            code = answer(reading, &page, query, arena, reply, &is_other_file, err);
        if (code || !is_other_file)
            return code;
        source_is_outgrown(reading->source, true);
    }
    code = pages_find(reading, query, clock_ms() + LIST_MS, arena, &page, err);
    return code ? code : answer(reading, &page, query, arena, reply, &is_other_file, err);
}
