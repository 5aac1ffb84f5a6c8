/*
 * What knows its run by the run's id alone: the ids of the runs, by the primary key, and those of interactions or calls, by their index, are read
 * side by side, both ascending, and what is equal belongs together. No id is looked up, and none is kept.
 *
 * The primary key begins with the scope, so each scope is a stream of its own, and a heap tells which has the next id. Where two scopes have the same id,
 * its children belong to one of them.
 */
#include "data/sqlite/source_sqlite_builder.h"

#include "data/base/die.h"

#include <stdlib.h>

enum { HEADS_MAX = 1 << 16, ROOM_MIN = 16 };

void id_merge_init(struct id_merge *merge, const struct scope_list *scopes, enum feed_source child)
{
    *merge = (struct id_merge){.scope_count = scopes->count};
    merge->scopes = mem_new_array(scopes->count, sizeof *merge->scopes);
    merge->heap = mem_new_array(scopes->count, sizeof *merge->heap);
    size_t room = HEADS_MAX / (scopes->count + 1);
    room = room > FEED_ENTRIES ? FEED_ENTRIES : room < ROOM_MIN ? ROOM_MIN : room;
    for (size_t i = 0; i < scopes->count; i++)
        feed_init(&merge->scopes[i], FEED_RUN_IDS, scopes->words[i], room);
    feed_init(&merge->child, child, TEXT_NULL, FEED_ENTRIES);
}

void id_merge_restart(struct id_merge *merge)
{
    for (size_t i = 0; i < merge->scope_count; i++)
        feed_restart(&merge->scopes[i]);
    feed_restart(&merge->child);
}

void id_merge_release(struct id_merge *merge)
{
    for (size_t i = 0; i < merge->scope_count; i++)
        feed_release(&merge->scopes[i]);
    if (merge->scopes)
        feed_release(&merge->child);
    free(merge->scopes);
    free(merge->heap);
    *merge = (struct id_merge){0};
}

/* ---- the heap ---- */

static int compare_heads(const struct feed *a, const struct feed *b)
{
    const struct feed_entry *x = &a->entries[a->at], *y = &b->entries[b->at];
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return text_cmp(feed_text(a, x), feed_text(b, y));
}

static void sift_down(struct id_merge *merge, size_t at)
{
    uint32_t *heap = merge->heap;
    for (size_t child; (child = 2 * at + 1) < merge->heap_count; at = child) {
        if (child + 1 < merge->heap_count &&
            compare_heads(&merge->scopes[heap[child + 1]], &merge->scopes[heap[child]]) < 0)
            child++;
        if (compare_heads(&merge->scopes[heap[at]], &merge->scopes[heap[child]]) <= 0)
            return;
        uint32_t lower = heap[child];
        heap[child] = heap[at];
        heap[at] = lower;
    }
}

/* Sees to it that the feed has a next entry or is at its end; *is_late where the time does not suffice. */
static enum err_code refill(const struct id_merge *merge, struct feed *feed, int64_t until, bool *is_late,
                            struct err *err)
{
    *is_late = false;
    if (feed_has_next(feed) || feed->is_end)
        return ERR_OK;
    *is_late = clock_ms() >= until;
    if (*is_late)
        return ERR_OK;
    enum err_code code = feed->reader ? ERR_OK : feed_begin(feed, merge->reader, merge->image, err);
    return code ? code : feed_fill(feed, until, err);
}

/* The first entry of each scope may take more than one slice. */
static enum err_code make_heap(struct id_merge *merge, int64_t until, struct err *err)
{
    merge->heap_count = 0;
    merge->is_open = false;
    for (size_t i = 0; i < merge->scope_count; i++) {
        bool is_late;
        enum err_code code = refill(merge, &merge->scopes[i], until, &is_late, err);
        if (code || is_late)
            return code;
        if (feed_has_next(&merge->scopes[i]))
            merge->heap[merge->heap_count++] = (uint32_t)i;
    }
    for (size_t i = merge->heap_count / 2; i-- > 0;)
        sift_down(merge, i);
    merge->is_open = true;
    return ERR_OK;
}

enum err_code id_merge_begin(struct id_merge *merge, struct reader *reader, struct feed_image *image,
                             int64_t until, struct err *err)
{
    merge->reader = reader;
    merge->is_matched = false;
    merge->image = image;
    return make_heap(merge, until, err);
}

void id_merge_end(struct id_merge *merge)
{
    for (size_t i = 0; i < merge->scope_count; i++)
        feed_end(&merge->scopes[i]);
    feed_end(&merge->child);
}

/* ---- stepping ---- */

/* Puts the scope with the next id on top, which may have used up its batch. */
static enum err_code settle_top(struct id_merge *merge, int64_t until, bool *is_late, struct err *err)
{
    *is_late = false;
    while (merge->heap_count) {
        struct feed *top = &merge->scopes[merge->heap[0]];
        enum err_code code = refill(merge, top, until, is_late, err);
        if (code || *is_late)
            return code;
        bool has_next = feed_has_next(top);
        if (!has_next)
            merge->heap[0] = merge->heap[--merge->heap_count];
        sift_down(merge, 0);
        if (has_next)
            return ERR_OK;
    }
    return ERR_OK;
}

static enum err_code prepare_heads(struct id_merge *merge, int64_t until, bool *is_late, struct err *err)
{
    *is_late = !merge->is_open;
    enum err_code code = *is_late ? ERR_OK : settle_top(merge, until, is_late, err);
    if (code || *is_late)
        return code;
    return refill(merge, &merge->child, until, is_late, err);
}

/* A child with the same id as the one before, of the same run, needs no look at the ids. */
static int compare_to_child(const struct id_merge *merge, const struct feed *top)
{
    const struct feed *children = &merge->child;
    const struct feed_entry *child = &children->entries[children->at];
    if (merge->is_matched && children->at && child->at == child[-1].at)
        return 0;
    return compare_heads(top, children);
}

enum err_code id_merge_next(struct id_merge *merge, int64_t until, enum merge_step *step, int64_t *run,
                            int64_t *child, struct err *err)
{
    for (;;) {
        bool is_late;
        enum err_code code = prepare_heads(merge, until, &is_late, err);
        *step = is_late ? MERGE_LATE : MERGE_END;
        if (code || is_late || !merge->heap_count)
            return code;
        struct feed *top = &merge->scopes[merge->heap[0]], *children = &merge->child;
        int order = feed_has_next(children) ? compare_to_child(merge, top) : -1;
        if (order <= 0)
            *run = top->entries[top->at].rowid;
        if (order < 0) {
            top->at++;
            merge->is_matched = false;
            *step = MERGE_RUN;
            return ERR_OK;
        }
        *child = children->entries[children->at++].rowid;
        *step = MERGE_CHILD;
        merge->is_matched = order == 0;
        if (order == 0)
            return ERR_OK;
    }
}

bool id_merge_has_children(const struct id_merge *merge)
{
    return feed_has_next(&merge->child) || !merge->child.is_end;
}

/* ---- interactions, and the order of the ties ---- */

static void restart_questions(struct builder *builder)
{
    run_index_clear(builder->index, COLUMN_INTERACTION);
    id_merge_release(&builder->merge);
    run_index_ties_free(builder->ties);
    builder->ties = NULL;
}

static void begin_questions(struct builder *builder)
{
    if (builder->merge.scopes)
        return;
    id_merge_init(&builder->merge, &builder->follower->scopes, FEED_INTERACTION_IDS);
    builder->ties = run_index_ties_new(builder->index);
}

enum { TOGETHER = 256 };

/* Runs on their way to the ties, and of interactions. */
struct walked {
    int64_t runs[TOGETHER], asked[TOGETHER];
    size_t run_count, asked_count;
};

static void flush(struct builder *builder, struct walked *walked)
{
    if (builder->ties)
        run_index_ties_see(builder->ties, walked->runs, walked->run_count);
    run_index_put_rowids(builder->index, COLUMN_INTERACTION, walked->asked, walked->asked_count, 0);
    walked->run_count = walked->asked_count = 0;
}

static void note_run(struct builder *builder, struct walked *walked, int64_t run, bool has_question)
{
    if (walked->run_count == TOGETHER || walked->asked_count == TOGETHER)
        flush(builder, walked);
    if (has_question)
        walked->asked[walked->asked_count++] = run;
    else
        walked->runs[walked->run_count++] = run;
}

static enum err_code questions_body(struct reader *reader, void *context, struct err *err)
{
    struct builder *builder = context;
    int64_t until = clock_ms() + SLICE_MS, run = 0, child = 0;
    struct walked walked = {.run_count = 0};
    begin_questions(builder);
    enum merge_step step = MERGE_RUN;
    enum err_code code = id_merge_begin(&builder->merge, reader, &builder->image, until, err);
    while (!code && step != MERGE_LATE && step != MERGE_END) {
        code = id_merge_next(&builder->merge, until, &step, &run, &child, err);
        if (!code && (step == MERGE_RUN || step == MERGE_CHILD))
            note_run(builder, &walked, run, step == MERGE_CHILD);
        if (!builder->ties && !id_merge_has_children(&builder->merge))
            break;
    }
    flush(builder, &walked);
    id_merge_end(&builder->merge);
    builder->is_at_end = step != MERGE_LATE;
    return code;
}

enum err_code build_questions(struct builder *builder, const struct reading *reading, struct err *err)
{
    enum err_code code = builder_reads(builder, reading, questions_body, restart_questions, err);
    if (code || builder->is_reading || !builder->is_at_end)
        return code;
    id_merge_release(&builder->merge);
    run_index_complete(builder->index, COLUMN_INTERACTION, 0);
    builder->tie = (struct index_tie){0};
    builder->has_tie = builder->ties && run_index_ties_left(builder->ties, &builder->tie);
    builder->phase = PHASE_TIES;
    return ERR_OK;
}
