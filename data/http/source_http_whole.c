/*
 * Rows of a list as whole runs, for scripts: those of the last pages are still at hand with all that was in them.
 */
#include "data/http/source_http_int.h"

static const struct run_detail *kept_run(const struct http_conn *conn, const struct run_row *row)
{
    for (size_t i = 0; i < PAGES_KEPT; i++) {
        const struct wire_page *page = &conn->kept[i].page;
        for (size_t j = 0; j < page->count; j++)
            if (text_eq(page->items[j].run.id, row->id) && page->items[j].run.updated_at == row->updated_at)
                return &page->items[j];
    }
    return NULL;
}

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

/* Those of the last pages are at hand; others are asked for one by one. What is gone by now is left out. */
enum err_code http_fill_whole(const struct http_work *work, struct list_reply *reply, struct err *err)
{
    struct arena *arena = work->arena;
    struct text *ids = arena_array(arena, reply->count + 1, sizeof *ids);
    size_t *places = arena_array(arena, reply->count + 1, sizeof *places), missing = 0;
    reply->full = arena_array(arena, reply->count + 1, sizeof *reply->full);
    for (size_t i = 0; i < reply->count; i++) {
        const struct run_detail *kept = kept_run(work->conn, &reply->rows[i]);
        if (kept)
            reply->full[i] = copy_detail(kept, arena);
        else
            places[missing] = i, ids[missing++] = reply->rows[i].id;
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
