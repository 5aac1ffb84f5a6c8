/*
 * Counted by hand, row by row; see api_server_list.c for why.
 */
#include "tests/support/api_server_meta.h"

#include "data/base/die.h"
#include "data/base/timefmt.h"
#include "tests/support/api_server_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TOOLS_SHOWN = 20 };

struct rows {
    const struct served_runs *runs;
    const struct served_run *const *rows;
    size_t count;
};

struct count {
    const char *word; /* NULL: null */
    size_t n, first_seen;
};

static int most_first(const void *a, const void *b)
{
    const struct count *x = a, *y = b;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return (x->first_seen > y->first_seen) - (x->first_seen < y->first_seen);
}

static void put_counts(const char *list, const char *name, const struct count *counts, size_t count,
                       struct buf *out)
{
    buf_printf(out, ",\"%s\":[", list);
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%s{\"%s\":", i ? "," : "", name);
        json_string(text_of(counts[i].word), out);
        buf_printf(out, ",\"count\":%zu}", counts[i].n);
    }
    buf_char(out, ']');
}

static void put_statuses(const struct rows *rows, struct buf *out)
{
    struct count counts[JSON_STATUSES] = {{0}};
    for (int i = 0; i < JSON_STATUSES; i++)
        counts[i].word = json_status_word(i);
    for (size_t i = 0; i < rows->count; i++) {
        int status = json_status_index(rows->rows[i]->status);
        if (status >= 0)
            counts[status].n++;
    }
    put_counts("statusCounts", "status", counts, JSON_STATUSES, out);
}

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void put_triggers(const struct rows *rows, struct buf *out)
{
    struct count *counts = mem_new_array(rows->count + 1, sizeof *counts);
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        size_t at = 0;
        while (at < count && !is_same(counts[at].word, rows->rows[i]->trigger))
            at++;
        count += at == count;
        counts[at].word = rows->rows[i]->trigger;
        counts[at].n++;
    }
    put_counts("triggerCounts", "triggerKind", counts, count, out);
    free(counts);
}

static void put_tools(const struct rows *rows, struct buf *out)
{
    struct count *counts = mem_new_array(rows->runs->path_count + 1, sizeof *counts);
    size_t seen = 0, shown = 0;
    for (size_t i = 0; i < rows->count; i++) {
        for (size_t j = 0; j < rows->rows[i]->call_count; j++) {
            size_t path = rows->rows[i]->calls[j].path;
            if (!counts[path].n++) {
                counts[path].word = rows->runs->paths[path];
                counts[path].first_seen = seen++;
            }
        }
    }
    qsort(counts, rows->runs->path_count, sizeof *counts, most_first);
    while (shown < TOOLS_SHOWN && shown < seen)
        shown++;
    put_counts("toolFacets", "toolPath", counts, shown, out);
    free(counts);
}

static void put_interactions(const struct rows *rows, struct buf *out)
{
    size_t with = 0;
    for (size_t i = 0; i < rows->count; i++)
        with += rows->rows[i]->was_asked;
    buf_printf(out, ",\"interactionCounts\":{\"withElicitation\":%zu,\"withoutElicitation\":%zu}", with,
               rows->count - with);
}

/* ---- chart ---- */

/* A double: the span between two int64 may be none. */
static int64_t width_for(double span)
{
    static const struct {
        int64_t span, width;
    } steps[] = {{15 * MINUTE_MS, 30 * SECOND_MS},
                 {HOUR_MS, 2 * MINUTE_MS},
                 {24 * HOUR_MS, 30 * MINUTE_MS},
                 {7 * DAY_MS, 3 * HOUR_MS}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (span <= (double)steps[i].span)
            return steps[i].width;
    return DAY_MS;
}

struct place {
    int64_t created_at;
    int status;
};

static int oldest_first(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return (x->created_at > y->created_at) - (x->created_at < y->created_at);
}

static int64_t bucket_of(int64_t at, int64_t width)
{
    return at / width * width - (at % width < 0 ? width : 0);
}

/* The bucket that starts with places[at]; returns where the next one does. */
static size_t put_bucket(const struct place *places, size_t count, size_t at, int64_t width, struct buf *out)
{
    int64_t start = bucket_of(places[at].created_at, width);
    size_t counts[JSON_STATUSES] = {0};
    for (; at < count && bucket_of(places[at].created_at, width) == start; at++)
        if (places[at].status >= 0)
            counts[places[at].status]++;
    buf_printf(out, "{\"bucketStart\":%" PRId64 ",\"counts\":{", start);
    for (int i = 0; i < JSON_STATUSES; i++)
        buf_printf(out, "%s\"%s\":%zu", i ? "," : "", json_status_word(i), counts[i]);
    buf_str(out, "}}");
    return at;
}

static void put_chart(const struct rows *rows, struct buf *out)
{
    struct place *places = mem_new_array(rows->count + 1, sizeof *places);
    for (size_t i = 0; i < rows->count; i++)
        places[i] = (struct place){rows->rows[i]->created_at, json_status_index(rows->rows[i]->status)};
    qsort(places, rows->count, sizeof *places, oldest_first);
    size_t last = rows->count ? rows->count - 1 : 0;
    int64_t width = width_for((double)places[last].created_at - (double)places[0].created_at);
    buf_printf(out, ",\"chartBucketMs\":%" PRId64 ",\"chartData\":[", width);
    for (size_t at = 0; at < rows->count;) {
        if (at)
            buf_char(out, ',');
        at = put_bucket(places, rows->count, at, width, out);
    }
    buf_char(out, ']');
    free(places);
}

void meta_write(const struct served_runs *runs, const struct served_run *const *rows, size_t count,
                struct buf *out)
{
    struct rows filtered = {runs, rows, count};
    buf_printf(out, "{\"totalRowCount\":%zu,\"filterRowCount\":%zu", runs->count, count);
    put_statuses(&filtered, out);
    put_triggers(&filtered, out);
    put_tools(&filtered, out);
    put_interactions(&filtered, out);
    put_chart(&filtered, out);
    buf_char(out, '}');
}
