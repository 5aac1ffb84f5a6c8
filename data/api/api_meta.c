/*
 * See api_meta.h. Tools under their own filter are the one thing that counts without a facet's own terms
 * cannot tell: a run that matches tool:a may have called b as well, and the API then counts those calls of b.
 * A source that holds all runs counts them so, too (meta.called); for others they are counted run by run, in
 * pages of constant memory.
 */
#include "data/api/api_meta.h"

#include "data/base/die.h"

#include <stdlib.h>

enum { WALK_PAGE = 200, TOOLS_COUNTED_MAX = 65536 };

/* Nobody may take an estimate for a count. */
static enum err_code check_exact(const struct meta *meta, struct err *err)
{
    const struct tally *tallies[] = {&meta->total, &meta->filtered, &meta->with_interaction,
                                     &meta->without_interaction};
    bool is_exact = meta->status.is_counted && meta->trigger.is_counted && meta->tools.is_counted;
    for (size_t i = 0; i < sizeof tallies / sizeof tallies[0]; i++)
        is_exact = is_exact && tallies[i]->n >= 0 && tallies[i]->is_exact;
    return is_exact ? ERR_OK : err_set(err, ERR_UNSUPPORTED, "this source cannot count its runs exactly");
}

enum err_code api_meta_read(const struct api_meta_question *question, struct arena *arena, struct meta *meta,
                            struct err *err)
{
    struct meta_query query = {.now = question->now,
                               .scope = question->scope ? mem_strdup(question->scope) : NULL,
                               .max_buckets = HISTOGRAM_MAX,
                               .wait_exact = true,
                               .want_api_chart = true};
    filter_copy(&query.filter, question->filter);
    enum err_code code = conn_meta(question->conn, &query, question->cancel, arena, meta, err);
    filter_release(&query.filter);
    free(query.scope);
    return code ? code : check_exact(meta, err);
}

/* ---- tools, run by run ---- */

struct tool_counts {
    struct facet_value *values; /* in the order first seen */
    size_t count, capacity;
    struct arena *arena; /* of the words */
};

static void count_call(struct tool_counts *counts, struct text path)
{
    for (size_t i = 0; i < counts->count; i++) {
        if (!text_eq(counts->values[i].word, path))
            continue;
        counts->values[i].count++;
        return;
    }
    if (counts->count == TOOLS_COUNTED_MAX)
        return;
    if (counts->count == counts->capacity) {
        counts->capacity = counts->capacity ? 2 * counts->capacity : 64;
        counts->values = mem_resize(counts->values, counts->capacity, sizeof *counts->values);
    }
    counts->values[counts->count++] = (struct facet_value){arena_text(counts->arena, path), 1};
}

static enum err_code count_run(const struct api_meta_question *question, const struct run_row *row,
                               struct tool_counts *counts, struct err *err)
{
    struct arena arena;
    struct detail_reply reply;
    arena_init(&arena);
    struct detail_query query = {.id = mem_strndup(row->id.s, row->id.n),
                                 .scope = mem_strndup(row->scope_id.s, row->scope_id.n)};
    enum err_code code = conn_detail(question->conn, &query, question->cancel, &arena, &reply, err);
    for (size_t i = 0; !code && i < reply.call_count; i++)
        count_call(counts, reply.calls[i].tool_path);
    arena_release(&arena);
    free(query.id);
    free(query.scope);
    return code == ERR_NOT_FOUND ? ERR_OK : code; /* swept away in between */
}

static enum err_code count_page(const struct api_meta_question *question, struct list_query *query,
                                struct tool_counts *counts, bool *is_last, struct err *err)
{
    struct arena arena;
    struct list_reply reply;
    arena_init(&arena);
    enum err_code code = conn_list(question->conn, query, question->cancel, &arena, &reply, err);
    for (size_t i = 0; !code && i < reply.count; i++)
        code = count_run(question, &reply.rows[i], counts, err);
    *is_last = code || !reply.count || reply.is_last;
    if (!*is_last)
        query->key = run_row_key(&reply.rows[reply.count - 1]);
    query->anchor = ANCHOR_AFTER;
    arena_release(&arena);
    return code;
}

static int by_count(const void *a, const void *b)
{
    const struct facet_value *one = a, *two = b;
    if (one->count != two->count)
        return one->count < two->count ? 1 : -1;
    return text_cmp(one->word, two->word);
}

static enum err_code count_tools(const struct api_meta_question *question, struct tool_counts *counts,
                                 struct err *err)
{
    struct list_query query = {.now = question->now,
                               .scope = question->scope ? mem_strdup(question->scope) : NULL,
                               .sort = {SORT_CREATED, false},
                               .anchor = ANCHOR_FIRST,
                               .after = WALK_PAGE,
                               .wait_exact = true,
                               .cutoff = TIME_NONE};
    filter_copy(&query.filter, question->filter);
    enum err_code code = ERR_OK;
    for (bool is_last = false; !is_last && !code;)
        code = count_page(question, &query, counts, &is_last, err);
    filter_release(&query.filter);
    free(query.scope);
    if (counts->count)
        qsort(counts->values, counts->count, sizeof *counts->values, by_count);
    return code;
}

enum err_code api_meta_narrow(const struct api_meta_question *question, const struct meta *meta,
                              struct arena *arena, struct meta *out, struct err *err)
{
    struct meta exact = *meta;
    struct tool_counts counts = {.arena = arena};
    enum err_code code = ERR_OK;
    if (filter_keys_used(question->filter) & (1u << FILTER_TOOL)) {
        exact.tools = meta->called;
        if (!meta->called.is_counted) {
            code = count_tools(question, &counts, err);
            exact.tools = (struct facet){counts.values, counts.count, true, false};
        }
    }
    *out = meta_of_api(&exact, question->filter, arena); /* copies the values */
    free(counts.values);
    return code;
}
