/*
 * Whole runs. A list's answer has all of each run but its tool calls, and a row holds little of that: the last pages stay at hand as they came. From them a
 * script's rows are made whole, and a run that is opened is there before the server has been asked.
 */
#include "data/http/source_http_int.h"

/* ---- copies ---- */

static struct interaction copy_interaction(const struct interaction *from, struct arena *arena)
{
    struct interaction copy = *from;
    copy.id = arena_text(arena, from->id);
    copy.execution_id = arena_text(arena, from->execution_id);
    copy.status = arena_text(arena, from->status);
    copy.kind = arena_text(arena, from->kind);
    copy.purpose = arena_text(arena, from->purpose);
    copy.payload_json = arena_text(arena, from->payload_json);
    copy.response_json = arena_text(arena, from->response_json);
    return copy;
}

static struct run_detail copy_detail(const struct run_detail *from, struct arena *arena)
{
    struct run_detail copy = *from;
    struct run *run = &copy.run;
    struct text *texts[] = {&run->id,        &run->scope_id,     &run->status,
                            &run->code,      &run->result_json,  &run->error_text,
                            &run->logs_json, &run->trigger_kind, &run->trigger_meta_json};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = arena_text(arena, *texts[i]);
    copy.interactions = arena_array(arena, from->interaction_count + 1, sizeof *copy.interactions);
    for (size_t i = 0; i < from->interaction_count; i++)
        copy.interactions[i] = copy_interaction(&from->interactions[i], arena);
    return copy;
}

/* ---- pages that are kept ---- */

static void page_release(struct kept_page *kept)
{
    arena_release(&kept->arena);
    kept->page = (struct wire_page){0};
}

void http_kept_release(struct http_source *source)
{
    for (size_t i = 0; i < PAGES_KEPT; i++)
        page_release(&source->kept[i]);
}

static size_t bytes_kept(const struct http_source *source)
{
    size_t bytes = 0;
    for (size_t i = 0; i < PAGES_KEPT; i++)
        bytes += source->kept[i].arena.total;
    return bytes;
}

/* A script goes on with the page that it has just asked for, whatever is in it. */
void http_keep_page(struct http_source *source, struct arena *arena, const struct wire_page *page)
{
    bool is_welcome = source->options.no_background || arena->total <= PAGES_BYTES_MAX;
    if (!is_welcome || !page->count)
        return;
    pthread_mutex_lock(&source->lock);
    struct kept_page *kept = &source->kept[source->kept_at];
    source->kept_at = (source->kept_at + 1) % PAGES_KEPT;
    page_release(kept);
    *kept = (struct kept_page){*arena, *page};
    arena_init(arena);
    for (size_t i = 0; i + 1 < PAGES_KEPT && bytes_kept(source) > PAGES_BYTES_MAX; i++)
        page_release(&source->kept[(source->kept_at + i) % PAGES_KEPT]);
    pthread_mutex_unlock(&source->lock);
}

/* Under the lock. */
static const struct run_detail *find_kept(const struct http_source *source, struct text id,
                                          int64_t updated_at)
{
    for (size_t i = 0; i < PAGES_KEPT; i++) {
        const struct wire_page *page = &source->kept[i].page;
        for (size_t j = 0; j < page->count; j++)
            if (page->items[j].run.updated_at == updated_at && text_eq(page->items[j].run.id, id))
                return &page->items[j];
    }
    return NULL;
}

bool http_kept_run(struct http_source *source, struct text id, int64_t updated_at, struct arena *arena,
                   struct run_detail *detail)
{
    pthread_mutex_lock(&source->lock);
    const struct run_detail *kept = find_kept(source, id, updated_at);
    if (kept)
        *detail = copy_detail(kept, arena);
    pthread_mutex_unlock(&source->lock);
    return kept != NULL;
}

/* ---- rows of a script ---- */

/* Those of the last pages are at hand; others are asked for one by one. What is gone by now is left out. */
enum err_code http_fill_whole(const struct http_work *work, struct list_reply *reply, struct err *err)
{
    struct arena *arena = work->arena;
    struct text *ids = arena_array(arena, reply->count + 1, sizeof *ids);
    size_t *places = arena_array(arena, reply->count + 1, sizeof *places), missing = 0;
    reply->full = arena_array(arena, reply->count + 1, sizeof *reply->full);
    for (size_t i = 0; i < reply->count; i++) {
        const struct run_row *row = &reply->rows[i];
        if (!http_kept_run(work->source, row->id, row->updated_at, arena, &reply->full[i]))
            places[missing] = i, ids[missing++] = row->id;
    }
    struct run_detail *details = arena_array(arena, missing + 1, sizeof *details);
    enum err_code *codes = arena_array(arena, missing + 1, sizeof *codes);
    enum err_code code = http_ask_runs(work, ids, missing, arena, details, codes, err);
    for (size_t i = 0; !code && i < missing; i++) {
        if (codes[i])
            details[i] = (struct run_detail){.run = {.id = TEXT_NULL}, .pending = -1};
        reply->full[places[i]] = details[i];
    }
    size_t count = 0;
    for (size_t i = 0; !code && i < reply->count; i++) {
        if (text_is_null(reply->full[i].run.id))
            continue;
        reply->rows[count] = reply->rows[i];
        reply->full[count++] = reply->full[i];
    }
    reply->count = code ? reply->count : count;
    return code;
}
