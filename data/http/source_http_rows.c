/*
 * The rows of a plan, of those that are held: the main list's, checked by what they tell of themselves and by the lists beside it.
 */
#include "data/http/source_http_int.h"

void http_rows_open(struct http_source *source, const struct http_plan *plan, struct plan_rows *rows)
{
    *rows = (struct plan_rows){.plan = plan};
    for (size_t i = 0; i < plan->side_count; i++)
        rows->sides[i] = http_slot(source, &plan->sides[i].params)->feed;
    rows->feed = http_slot(source, &plan->main)->feed;
    rows->rows = http_feed_rows(rows->feed, &rows->count);
}

bool http_rows_match(const struct plan_rows *rows, size_t at)
{
    const struct feed_row *row = rows->rows[at];
    const struct http_plan *plan = rows->plan;
    struct filter_subject subject = {.id = row->row.id,
                                     .status = row->row.status,
                                     .trigger_kind = row->row.trigger_kind,
                                     .code = row->code,
                                     .created_at = row->row.created_at,
                                     .duration_ms = run_row_duration(&row->row)};
    if (!http_plan_matches(plan, &subject, row->row.scope_id))
        return false;
    for (size_t i = 0; i < plan->side_count; i++)
        if ((http_feed_find(rows->sides[i], row->row.id) != NULL) == plan->sides[i].is_excluded)
            return false;
    return true;
}

bool http_rows_told(const struct plan_rows *rows, size_t at)
{
    int64_t t = rows->rows[at]->row.created_at;
    for (size_t i = 0; i < rows->plan->side_count; i++)
        if (!http_feed_covers(rows->sides[i], (struct time_range){t, time_after(t)}))
            return false;
    return true;
}

/* The first row created before t. */
static size_t first_before(const struct plan_rows *rows, int64_t t)
{
    return t == INT64_MIN ? rows->count : http_feed_position(rows->feed, t - 1, TEXT_LIT("\xff"));
}

void http_rows_between(const struct plan_rows *rows, struct time_range range, size_t *lo, size_t *hi)
{
    *lo = range.to == INT64_MAX ? 0 : first_before(rows, range.to);
    *hi = range.from == INT64_MIN ? rows->count : first_before(rows, range.from);
    if (*hi < *lo)
        *hi = *lo;
}

static bool list_gap(struct http_source *source, const struct http_params *params, struct time_range range,
                     struct fetch *fetch)
{
    *fetch = (struct fetch){.params = params, .range = range};
    return http_feed_newest_gap(http_slot(source, params)->feed, range, &fetch->gap);
}

bool http_rows_gap(struct http_source *source, const struct http_plan *plan, struct time_range range,
                   struct fetch *fetch)
{
    if (list_gap(source, &plan->main, range, fetch))
        return true;
    for (size_t i = 0; i < plan->side_count; i++)
        if (list_gap(source, &plan->sides[i].params, range, fetch))
            return true;
    return false;
}
