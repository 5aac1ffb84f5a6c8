/*
 * One run: itself and its tool calls, asked at once. The API knows whole ids only, so that a shortened one is looked for among the runs that are held, and then
 * down the list.
 */
#include "data/http/source_http_int.h"

#include "data/base/die.h"

#include <stdlib.h>

enum { PEERS_MAX = 2000, UUID_BYTES = 36, NAMED_MAX = 3 };

/* ---- a shortened id ---- */

struct found_ids {
    struct text ids[NAMED_MAX + 1];
    size_t count;
};

static enum err_code find_by_prefix(const struct http_work *work, const struct detail_query *query,
                                    struct found_ids *found, struct err *err)
{
    struct filter_value value = {.text = query->id};
    struct filter_term term = {.key = FILTER_ID, .values = &value, .count = 1};
    struct list_query list = {.filter = {&term, 1},
                              .scope = query->scope,
                              .after = NAMED_MAX + 1,
                              .wait_exact = true,
                              .cutoff = TIME_NONE};
    struct list_reply reply;
    enum err_code code = http_list(work, &list, &reply, err);
    for (size_t i = 0; !code && i < reply.count && i <= NAMED_MAX; i++)
        found->ids[found->count++] = reply.rows[i].id;
    return code;
}

static enum err_code is_ambiguous(const struct detail_query *query, const struct found_ids *found,
                                  struct err *err)
{
    struct buf names;
    buf_init(&names, 300);
    for (size_t i = 0; i < found->count && i < NAMED_MAX; i++)
        buf_printf(&names, "%s%.*s", i ? ", " : "", (int)(found->ids[i].n < 80 ? found->ids[i].n : 80),
                   found->ids[i].s);
    err_set(err, ERR_USAGE, "more than one run begins with '%.80s'", query->id);
    enum err_code code = err_hint(err, "%s%s", buf_cstr(&names), found->count > NAMED_MAX ? ", …" : "");
    buf_release(&names);
    return code;
}

static enum err_code not_found(const struct detail_query *query, struct err *err)
{
    err_set(err, ERR_NOT_FOUND, "there is no run %.80s", query->id);
    return err_hint(err, "It may have been swept away; executor-runs list shows what there is.");
}

/* ---- the run ---- */

/* updated_at of the newest of its rows; TIME_NONE: it is in no list. */
static int64_t held_at(struct http_source *source, struct text id)
{
    int64_t newest = TIME_NONE;
    pthread_mutex_lock(&source->lock);
    for (size_t i = 0; i < FEEDS_MAX; i++) {
        const struct feed_row *row = source->feeds[i].key ? http_feed_find(source->feeds[i].feed, id) : NULL;
        if (row && (newest == TIME_NONE || row->row.updated_at > newest))
            newest = row->row.updated_at;
    }
    pthread_mutex_unlock(&source->lock);
    return newest;
}

/* All that a list's answer had of it: all but its calls. */
static bool is_at_hand(const struct http_work *work, const struct detail_query *query,
                       struct run_detail *detail)
{
    struct text id = text_of(query->id);
    int64_t updated_at = held_at(work->source, id);
    return updated_at != TIME_NONE && http_kept_run(work->source, id, updated_at, work->arena, detail) &&
           (!query->scope || text_is(detail->run.scope_id, query->scope));
}

/* What the list shows of it is brought up to date on the way. */
static void tell_list(const struct http_work *work, const struct run_detail *detail)
{
    struct http_source *source = work->source;
    bool is_other = false;
    pthread_mutex_lock(&source->lock);
    for (size_t i = 0; i < FEEDS_MAX; i++) {
        const struct feed_row *row =
            source->feeds[i].key ? http_feed_find(source->feeds[i].feed, detail->run.id) : NULL;
        is_other = is_other || (row && (row->row.updated_at < detail->run.updated_at ||
                                        !text_eq(row->row.status, detail->run.status)));
    }
    bool is_changed = is_other && http_apply(source, detail, true);
    pthread_mutex_unlock(&source->lock);
    if (is_changed)
        http_raise(source, SOURCE_CHANGED, 0);
}

/* calls: NULL where they are not wanted. */
static enum err_code ask_by_id(const struct http_work *work, const struct detail_query *query, struct text id,
                               struct run_detail *detail, struct detail_reply *calls, struct err *err)
{
    enum err_code code = http_ask_run(work, id, work->arena, detail, calls, err);
    if (!code && query->scope && !text_is(detail->run.scope_id, query->scope))
        code = ERR_NOT_FOUND;
    if (!code)
        tell_list(work, detail);
    return code;
}

static enum err_code ask(const struct http_work *work, const struct detail_query *query,
                         struct run_detail *detail, struct detail_reply *calls, struct err *err)
{
    enum err_code code = ask_by_id(work, query, text_of(query->id), detail, calls, err);
    if (code != ERR_NOT_FOUND)
        return code;
    struct found_ids found = {0};
    if (query->is_prefix && strlen(query->id) < UUID_BYTES) {
        code = find_by_prefix(work, query, &found, err);
        if (code)
            return code;
    }
    if (found.count > 1)
        return is_ambiguous(query, &found, err);
    code = found.count ? ask_by_id(work, query, found.ids[0], detail, calls, err) : ERR_NOT_FOUND;
    return code == ERR_NOT_FOUND ? not_found(query, err) : code;
}

enum err_code http_find_run(const struct http_work *work, const struct detail_query *query,
                            struct run_detail *detail, struct err *err)
{
    if (!query->id[0])
        return err_set(err, ERR_USAGE, "an id is wanted");
    return ask(work, query, detail, NULL, err);
}

enum err_code http_detail(const struct http_work *work, const struct detail_query *query,
                          struct detail_reply *reply, struct err *err)
{
    *reply = (struct detail_reply){0};
    if (!query->id[0])
        return err_set(err, ERR_USAGE, "an id is wanted");
    bool is_there = is_at_hand(work, query, &reply->detail);
    reply->lacks_calls = is_there && query->may_lack_calls;
    if (reply->lacks_calls)
        return ERR_OK;
    /* What has ended does not change any more. */
    if (is_there && run_status_is_terminal(run_status_of(reply->detail.run.status))) {
        enum err_code code = http_ask_calls(work, text_of(query->id), reply, err);
        return code == ERR_NOT_FOUND ? not_found(query, err) : code;
    }
    return ask(work, query, &reply->detail, reply, err);
}

/* ---- runs of the same code, among those that are held ---- */

static int by_size(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a, two = *(const int64_t *)b;
    return (one > two) - (one < two);
}

/* Under the lock: the list that holds the most. */
static const struct http_feed *greatest(struct http_source *source)
{
    const struct http_feed *best = NULL;
    size_t most = 0;
    for (size_t i = 0; i < FEEDS_MAX; i++) {
        size_t count = 0;
        if (source->feeds[i].key)
            http_feed_rows(source->feeds[i].feed, &count);
        if (count > most) {
            most = count;
            best = source->feeds[i].feed;
        }
    }
    return best;
}

static size_t durations_of(const struct http_feed *feed, struct text code, int64_t *durations)
{
    size_t count, found = 0;
    const struct feed_row *const *rows = http_feed_rows(feed, &count);
    for (size_t i = 0; i < count && found < PEERS_MAX; i++) {
        int64_t duration = run_row_duration(&rows[i]->row);
        if (duration != DURATION_NONE && text_eq(rows[i]->code, code))
            durations[found++] = duration;
    }
    return found;
}

enum err_code http_peers(const struct http_work *work, const struct peers_query *query,
                         struct peers_reply *reply, struct err *err)
{
    (void)err;
    *reply = (struct peers_reply){0};
    struct http_source *source = work->source;
    int64_t *durations = mem_new_array(PEERS_MAX, sizeof *durations);
    pthread_mutex_lock(&source->lock);
    const struct http_feed *feed = greatest(source);
    size_t count = feed ? durations_of(feed, (struct text){query->code, query->code_len}, durations) : 0;
    pthread_mutex_unlock(&source->lock);
    if (count) {
        qsort(durations, count, sizeof *durations, by_size);
        reply->count = count;
        reply->p50_ms = durations[(count * 50 + 99) / 100 - 1];
        reply->p95_ms = durations[(count * 95 + 99) / 100 - 1];
    }
    for (size_t i = 0; i < count; i++)
        reply->faster += query->duration_ms != DURATION_NONE && durations[i] < query->duration_ms;
    free(durations);
    return ERR_OK;
}
