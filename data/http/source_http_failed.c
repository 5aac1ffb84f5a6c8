/*
 * A window around the next failed run, however far away: it is found in the list of the failed ones.
 */
#include "data/http/source_http_list.h"

/* The row that the question is anchored at. False: there is none. */
static enum err_code find_anchor(const struct http_work *work, struct list_query *query, bool *is_found,
                                 struct err *err)
{
    struct list_query one = *query;
    struct list_reply reply;
    one.find_failed = 0;
    one.before = 0;
    one.after = 1;
    one.want_full = false;
    enum err_code code = listing_window(work, &one, &reply, err);
    *is_found = !code && reply.count;
    if (*is_found)
        query->key = run_row_key(&reply.rows[0]);
    return code;
}

/* The next failed run to that side of the anchor, from the list of the failed ones: the server has them at hand, however far apart they
 * are. */
static enum err_code find_failed(const struct http_work *work, struct list_query *query,
                                 struct list_reply *reply, bool *is_found, struct err *err)
{
    struct list_query failed = *query;
    struct filter_value value = {.text = (char *)"failed"};
    struct filter_term *terms = arena_array(work->arena, query->filter.count + 1, sizeof *terms);
    if (query->filter.count)
        memcpy(terms, query->filter.terms, query->filter.count * sizeof *terms);
    terms[query->filter.count] = (struct filter_term){.key = FILTER_STATUS, .values = &value, .count = 1};
    failed.filter = (struct filter){terms, query->filter.count + 1};
    bool is_forward = query->find_failed > 0;
    failed.find_failed = 0;
    failed.anchor = is_forward ? ANCHOR_AFTER : ANCHOR_KEY;
    failed.before = !is_forward;
    failed.after = is_forward;
    failed.want_full = false;
    enum err_code code = listing_window(work, &failed, reply, err);
    *is_found = !code && reply->count;
    if (*is_found)
        query->key = run_row_key(&reply->rows[0]);
    return code;
}

enum err_code listing_around_failed(const struct http_work *work, const struct list_query *query,
                                    struct list_reply *reply, struct err *err)
{
    struct list_query around = *query;
    struct list_reply failed = {0};
    struct http_work aside = *work;
    bool is_anchored = false, is_found = false;
    aside.is_shown = false;
    enum err_code code = find_anchor(&aside, &around, &is_anchored, err);
    around.anchor = is_anchored ? ANCHOR_KEY : around.anchor;
    if (!code && is_anchored)
        code = find_failed(&aside, &around, &failed, &is_found, err);
    around.find_failed = 0;
    if (!code)
        code = listing_window(work, &around, reply, err);
    if (!code)
        reply->anchor_found = is_found;
    if (!code && !is_found && failed.is_partial) {
        reply->is_partial = true;
        reply->is_paused = failed.is_paused;
        reply->progress = failed.progress;
        reply->reach = failed.reach;
        reply->looked_at = failed.looked_at;
    }
    return code;
}
