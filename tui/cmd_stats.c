/*
 * See cmd_stats.h. One question, two ways of counting: `meta` under the whole filter as the API does,
 * `facets` each without its own terms as the rail does.
 */
#include "tui/cmd_stats.h"

#include "data/meta_api.h"
#include "data/wire.h"
#include "tui/script_meta.h"
#include "tui/script_table.h"

#include <stdio.h>

enum { NAME_CELLS = 40, COUNT_CELLS = 12 };

static enum err_code write_json(struct script *script, const struct meta *meta, const struct meta *facets,
                                struct err *err)
{
    buf_str(&script->out, "{\"meta\":");
    wire_meta(meta, &script->out);
    buf_str(&script->out, ",\"facets\":");
    wire_facets(facets, &script->out);
    buf_str(&script->out, "}\n");
    return script_flush(script, err);
}

static void put_count(const struct script *script, struct text name, int64_t n, struct buf *out)
{
    char count[TIME_TEXT];
    count_format(n, count);
    buf_str(out, "  ");
    table_cell(name, NAME_CELLS, ALIGN_LEFT, script->is_ascii, out);
    table_cell(text_of(count), COUNT_CELLS, ALIGN_RIGHT, true, out);
    buf_char(out, '\n');
}

static void put_facet(const struct script *script, const char *heading, const struct facet *facet,
                      struct buf *out)
{
    if (!facet->count)
        return;
    buf_printf(out, "\n%s\n", heading);
    for (size_t i = 0; i < facet->count; i++) {
        struct text word = facet->values[i].word;
        put_count(script, text_is_null(word) ? TEXT_LIT("unknown") : word, facet->values[i].count, out);
    }
}

/* Buckets are whole: the outermost may reach beyond the history, and into the future. */
static void put_span(const struct script *script, const struct meta *meta, struct buf *out)
{
    const struct histogram *histogram = &meta->histogram;
    if (!histogram->width || !histogram->count)
        return;
    struct time_range span = {histogram->start,
                              histogram->start + (int64_t)histogram->count * histogram->width - 1};
    if (meta->extent.from < meta->extent.to) {
        span.from = span.from > meta->extent.from ? span.from : meta->extent.from;
        span.to = span.to < meta->extent.to - 1 ? span.to : meta->extent.to - 1;
    }
    char from[TIME_TEXT], to[TIME_TEXT];
    time_format_full(span.from, script->args.times, from);
    time_format_full(span.to, script->args.times, to);
    buf_printf(out, "between %s and %s\n", from, to);
}

static enum err_code write_table(struct script *script, const struct meta *meta, struct err *err)
{
    struct buf *out = &script->out;
    char filtered[TIME_TEXT], total[TIME_TEXT];
    count_format(meta->filtered.n, filtered);
    count_format(meta->total.n, total);
    buf_printf(out, "%s of %s runs\n", filtered, total);
    put_span(script, meta, out);
    put_facet(script, "STATUS", &meta->status, out);
    put_facet(script, "TRIGGER", &meta->trigger, out);
    buf_str(out, "\nINTERACTIONS\n");
    put_count(script, TEXT_LIT("asked a person"), meta->with_interaction.n, out);
    put_count(script, TEXT_LIT("never did"), meta->without_interaction.n, out);
    put_facet(script, "TOOLS (calls)", &meta->tools, out);
    return script_flush(script, err);
}

static enum err_code write_stats(struct script *script, struct arena *arena, struct err *err)
{
    struct meta counted, meta;
    enum err_code code = script_meta(script, arena, &counted, err);
    if (!code)
        code = script_meta_of_api(script, &counted, arena, &meta, err);
    if (code)
        return code;
    struct meta facets = meta_in_shape(&counted, arena);
    return script->args.form == OUTPUT_JSON ? write_json(script, &meta, &facets, err)
                                            : write_table(script, &meta, err);
}

int cmd_stats(int argc, char **argv)
{
    struct script script;
    struct err err;
    int exit_code = script_start(&script, SCRIPT_STATS, argc, argv);
    if (exit_code != SCRIPT_GO_ON)
        return exit_code;
    struct arena arena;
    arena_init(&arena);
    enum err_code code = write_stats(&script, &arena, &err);
    arena_release(&arena);
    return script_end(&script, code, &err);
}
