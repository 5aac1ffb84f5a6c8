/*
 * Tool calls. The tool of a call comes from the index on the paths, its run from the ids (source_sqlite_build_ids.c). So no row of theirs, with its
 * payload, is read. Only the calls that were there at the beginning: the follower adds the others.
 */
#include "data/sqlite/source_sqlite_builder.h"
#include "data/sqlite/source_sqlite_poll.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

enum { DENSE_MAX = 1 << 26, NO_PATH = UINT16_MAX /* not a text: no filter finds it */ };

/* ---- the tool of each call ---- */

static void forget_codes(struct call_codes *codes)
{
    free(codes->dense);
    free(codes->sparse);
    *codes = (struct call_codes){0};
}

static void restart_paths(struct builder *builder)
{
    forget_codes(&builder->codes);
    if (builder->has_feed)
        feed_restart(&builder->feed);
}

/* Room for a code of each call, where rowids are dense enough for that. */
static enum err_code begin_paths(struct reader *reader, struct builder *builder, struct err *err)
{
    struct call_codes *codes = &builder->codes;
    if (!builder->has_feed)
        feed_init(&builder->feed, FEED_CALL_PATHS, TEXT_NULL, FEED_ENTRIES);
    builder->has_feed = true;
    if (codes->dense || codes->sparse)
        return ERR_OK;
    int64_t count;
    enum err_code code =
        reader_number(reader, "SELECT min(rowid) FROM execution_tool_call", &codes->base, err);
    if (code || __builtin_sub_overflow(builder->last_call, codes->base, &count) || count < 0 ||
        count >= DENSE_MAX) {
        codes->sparse = mem_new_array(1, sizeof *codes->sparse);
        return code;
    }
    codes->count = (size_t)count + 1;
    codes->dense = mem_new_array(codes->count, sizeof *codes->dense);
    memset(codes->dense, 0xFF, codes->count * sizeof *codes->dense); /* NO_PATH */
    return ERR_OK;
}

static void note_code(struct call_codes *codes, int64_t rowid, uint16_t code)
{
    uint64_t at = (uint64_t)rowid - (uint64_t)codes->base;
    if (codes->dense && at < codes->count)
        codes->dense[at] = code;
    if (codes->dense)
        return;
    if (codes->count == codes->room) {
        codes->room = codes->room ? codes->room + codes->room / 2 : 256;
        codes->sparse = mem_resize(codes->sparse, codes->room, sizeof *codes->sparse);
    }
    codes->sparse[codes->count++] = (struct call_code){rowid, code};
}

static void note_paths(struct builder *builder)
{
    const struct feed *feed = &builder->feed;
    uint16_t code = 0;
    for (size_t i = 0; i < feed->count; i++) {
        const struct feed_entry *entry = &feed->entries[i];
        if (i == 0 || entry->at != entry[-1].at)
            code = run_index_code(builder->index, COLUMN_TOOLS, feed_text(feed, entry));
        if (entry->rowid <= builder->last_call)
            note_code(&builder->codes, entry->rowid, code);
    }
}

static enum err_code paths_body(struct reader *reader, void *context, struct err *err)
{
    struct builder *builder = context;
    int64_t until = clock_ms() + SLICE_MS;
    enum err_code code = begin_paths(reader, builder, err);
    if (!code)
        code = feed_begin(&builder->feed, reader, &builder->image, err);
    while (!code && !builder->feed.is_end && clock_ms() < until) {
        code = feed_fill(&builder->feed, until, err);
        if (!code)
            note_paths(builder);
    }
    if (builder->has_feed)
        feed_end(&builder->feed);
    return code;
}

static int by_rowid(const void *a, const void *b)
{
    const struct call_code *x = a, *y = b;
    return (x->rowid > y->rowid) - (x->rowid < y->rowid);
}

enum err_code build_paths(struct builder *builder, const struct reading *reading, struct err *err)
{
    enum err_code code = builder_reads(builder, reading, paths_body, restart_paths, err);
    if (code || builder->is_reading || !builder->feed.is_end)
        return code;
    feed_release(&builder->feed);
    builder->has_feed = false;
    if (builder->codes.sparse)
        qsort(builder->codes.sparse, builder->codes.count, sizeof *builder->codes.sparse, by_rowid);
    builder->phase = PHASE_CALLS;
    return ERR_OK;
}

/* ---- the run of each call ---- */

static uint16_t code_of_call(const struct call_codes *codes, int64_t rowid)
{
    uint64_t at = (uint64_t)rowid - (uint64_t)codes->base;
    if (codes->dense)
        return at < codes->count ? codes->dense[at] : NO_PATH;
    struct call_code wanted = {rowid, 0};
    const struct call_code *found =
        codes->count ? bsearch(&wanted, codes->sparse, codes->count, sizeof wanted, by_rowid) : NULL;
    return found ? found->code : NO_PATH;
}

static void restart_calls(struct builder *builder)
{
    run_index_clear(builder->index, COLUMN_TOOLS);
    id_merge_restart(&builder->merge);
}

enum { TOGETHER = 256 };

/* Calls on their way into the index: their codes lie far apart in memory, and are asked for ahead. */
struct found_calls {
    struct index_run_call calls[TOGETHER];
    int64_t rowids[TOGETHER];
    size_t count;
};

static void flush(struct builder *builder, struct found_calls *found)
{
    size_t kept = 0;
    for (size_t i = 0; i < found->count; i++) {
        uint16_t tool = code_of_call(&builder->codes, found->rowids[i]);
        if (tool != NO_PATH)
            found->calls[kept++] = (struct index_run_call){found->calls[i].run, tool};
    }
    run_index_put_calls(builder->index, found->calls, kept);
    found->count = 0;
}

static void note_call(struct builder *builder, struct found_calls *found, int64_t run, int64_t call)
{
    const struct call_codes *codes = &builder->codes;
    if (found->count == TOGETHER)
        flush(builder, found);
    if (codes->dense && (uint64_t)call - (uint64_t)codes->base < codes->count)
        __builtin_prefetch(&codes->dense[call - codes->base]);
    found->calls[found->count].run = run;
    found->rowids[found->count++] = call;
}

static enum err_code calls_body(struct reader *reader, void *context, struct err *err)
{
    struct builder *builder = context;
    struct id_merge *merge = &builder->merge;
    int64_t until = clock_ms() + SLICE_MS, run = 0, call = 0;
    if (!merge->scopes)
        id_merge_init(merge, &builder->follower->scopes, FEED_CALL_IDS);
    struct found_calls found = {.count = 0};
    enum merge_step step = MERGE_RUN;
    enum err_code code = id_merge_begin(merge, reader, &builder->image, until, err);
    while (!code && step != MERGE_LATE && step != MERGE_END && id_merge_has_children(merge)) {
        code = id_merge_next(merge, until, &step, &run, &call, err);
        if (!code && step == MERGE_CHILD)
            note_call(builder, &found, run, call);
    }
    flush(builder, &found);
    id_merge_end(merge);
    builder->is_at_end = step != MERGE_LATE;
    return code;
}

enum err_code build_calls(struct builder *builder, const struct reading *reading, struct err *err)
{
    enum err_code code = builder_reads(builder, reading, calls_body, restart_calls, err);
    if (code || builder->is_reading || !builder->is_at_end)
        return code;
    id_merge_release(&builder->merge);
    forget_codes(&builder->codes);
    run_index_lookup_free(builder->index);
    builder->phase = PHASE_PROOF;
    return ERR_OK;
}
