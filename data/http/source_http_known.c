/*
 * What is known of the server and what has been fetched from it: bounded tables in which what was not used for the longest time goes first.
 */
#include "data/http/source_http_int.h"

#include "data/base/die.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    KEY_MAX = 16 * 1024,
    EXACT_MS = 5000, /* live: so old a count is as of the last look or two, as all that is shown is */
    PACE_SHARE = 10, /* counting takes no more than about a tenth of the server's time */
    RELATIVE_FRESH_MS = 10 * 1000, /* so long counts of "the last hour" stand although it slides on */
};

/* ---- feeds ---- */

static char *params_key(const struct http_params *params)
{
    struct buf key;
    buf_init(&key, KEY_MAX);
    http_params_write(params, &key);
    buf_cstr(&key);
    char *text = key.len ? buf_take(&key) : mem_strdup("");
    buf_release(&key);
    return text;
}

static struct http_params copy_params(const struct http_params *params, struct arena *arena)
{
    return (struct http_params){.status = arena_text(arena, params->status),
                                .trigger = arena_text(arena, params->trigger),
                                .tool = arena_text(arena, params->tool),
                                .code = arena_text(arena, params->code),
                                .elicitation = arena_text(arena, params->elicitation)};
}

static void slot_release(struct feed_slot *slot)
{
    if (!slot->key)
        return;
    http_feed_free(slot->feed);
    arena_release(&slot->arena);
    free(slot->key);
    *slot = (struct feed_slot){0};
}

static struct feed_slot *unused_slot(struct http_source *source)
{
    struct feed_slot *oldest = &source->feeds[0];
    for (size_t i = 0; i < FEEDS_MAX; i++) {
        struct feed_slot *slot = &source->feeds[i];
        if (!slot->key)
            return slot;
        if (slot->used_at < oldest->used_at)
            oldest = slot;
    }
    slot_release(oldest);
    return oldest;
}

struct feed_slot *http_slot(struct http_source *source, const struct http_params *params)
{
    char *key = params_key(params);
    for (size_t i = 0; i < FEEDS_MAX; i++) {
        struct feed_slot *slot = &source->feeds[i];
        if (!slot->key || strcmp(slot->key, key) != 0)
            continue;
        free(key);
        slot->used_at = ++source->uses;
        return slot;
    }
    struct feed_slot *slot = unused_slot(source);
    *slot = (struct feed_slot){.key = key, .feed = http_feed_new(), .used_at = ++source->uses};
    arena_init(&slot->arena);
    slot->params = copy_params(params, &slot->arena);
    return slot;
}

static size_t bytes_of_all(const struct http_source *source)
{
    size_t bytes = 0;
    for (size_t i = 0; i < FEEDS_MAX; i++)
        if (source->feeds[i].key)
            bytes += http_feed_bytes(source->feeds[i].feed);
    return bytes;
}

/* Lists of the question at hand were all used within its last few uses. */
enum { USES_OF_A_QUESTION = HTTP_SIDES_MAX + 4 };

static struct feed_slot *oldest_filled(struct http_source *source)
{
    struct feed_slot *oldest = NULL;
    for (size_t i = 0; i < FEEDS_MAX; i++) {
        struct feed_slot *slot = &source->feeds[i];
        bool can_go =
            slot->key && slot->used_at + USES_OF_A_QUESTION < source->uses && http_feed_bytes(slot->feed);
        if (can_go && (!oldest || slot->used_at < oldest->used_at))
            oldest = slot;
    }
    return oldest;
}

size_t http_rows_room(const struct http_source *source)
{
    return source->options.no_background ? ROWS_BYTES_MAX_SCRIPT : ROWS_BYTES_MAX;
}

void http_trim(struct http_source *source, struct feed_slot *slot, int64_t around)
{
    size_t max = http_rows_room(source);
    for (struct feed_slot *old; bytes_of_all(source) > max && (old = oldest_filled(source)) && old != slot;)
        slot_release(old);
    size_t all = bytes_of_all(source), own = http_feed_bytes(slot->feed);
    if (all <= max)
        return;
    size_t others = all - own;
    http_feed_trim(slot->feed, around, others < max ? (max - others) / 4 * 3 : 0);
}

/* ---- looks ---- */

char *http_look_key(const struct http_plan *plan, bool is_relative, struct arena *arena)
{
    char *params = params_key(&plan->main);
    char *key;
    if (is_relative)
        key = arena_printf(arena, "%s~%" PRId64 "~%" PRId64, params,
                           plan->range.from == INT64_MIN ? 0 : plan->now - plan->range.from,
                           plan->range.to == INT64_MAX ? 0 : plan->now - plan->range.to);
    else
        key = arena_printf(arena, "%s@%" PRId64 "@%" PRId64, params, plan->range.from, plan->range.to);
    free(params);
    return key;
}

struct look *http_look_find(struct http_source *source, const char *key)
{
    for (size_t i = 0; i < LOOKS_MAX; i++) {
        struct look *look = &source->looks[i];
        if (!look->key || strcmp(look->key, key) != 0)
            continue;
        look->used_at = ++source->uses;
        return look;
    }
    return NULL;
}

static void look_release(struct look *look)
{
    if (!look->key)
        return;
    arena_release(&look->arena);
    free(look->key);
    *look = (struct look){0};
}

struct look *http_look_make(struct http_source *source, const char *key)
{
    struct look *look = http_look_find(source, key);
    if (look)
        return look;
    for (size_t i = 0; i < LOOKS_MAX; i++) {
        struct look *other = &source->looks[i];
        if (!other->key) {
            look = other;
            break;
        }
        if (!other->is_asked && (!look || other->used_at < look->used_at))
            look = other;
    }
    look_release(look);
    *look = (struct look){.key = mem_strdup(key), .used_at = ++source->uses};
    arena_init(&look->arena);
    return look;
}

int64_t http_look_pace(const struct http_source *source, const struct look *look)
{
    int64_t pace = PACE_SHARE * look->took_ms;
    int64_t least = source->is_told ? source->poll_ms / 2 : 2 * source->poll_ms;
    return pace > least ? pace : least;
}

bool http_look_is_exact(const struct look *look)
{
    return look->is_there && (!http_look_is_dirty(look) || clock_ms() - look->at < EXACT_MS);
}

struct tally http_look_runs(struct http_source *source, const struct http_plan *plan, const struct look *look)
{
    struct tally runs = {look->meta.filtered.n, http_look_is_exact(look)};
    struct time_range news = {time_after(look->newest_at), plan->range.to};
    struct plan_rows rows;
    size_t lo, hi;
    http_rows_open(source, plan, &rows);
    if (!http_look_is_dirty(look) || !http_feed_covers(rows.feed, news))
        return runs;
    http_rows_between(&rows, news, &lo, &hi);
    runs.n += (int64_t)(hi - lo);
    return runs;
}

bool http_look_is_dirty(const struct look *look)
{
    return look->is_there && look->dirty_at >= look->at;
}

bool http_look_is_fresh(const struct http_source *source, const struct look *look)
{
    if (!look->is_there)
        return false;
    int64_t age = clock_ms() - look->at;
    if (http_look_is_dirty(look))
        return !source->options.no_background && age < http_look_pace(source, look);
    if (strchr(look->key, '~')) {
        int64_t pace = http_look_pace(source, look);
        return age < (pace > RELATIVE_FRESH_MS ? pace : RELATIVE_FRESH_MS);
    }
    return true;
}

void http_doubt_all(struct http_source *source)
{
    for (size_t i = 0; i < FEEDS_MAX; i++)
        if (source->feeds[i].key)
            http_feed_doubt(source->feeds[i].feed, TIME_RANGE_ALL);
    for (size_t i = 0; i < LOOKS_MAX; i++)
        if (source->looks[i].key && !source->looks[i].is_asked)
            source->looks[i].is_there = false;
}

/* ---- the server ---- */

void http_learn(struct http_source *source, const struct wire_meta *meta)
{
    if (!meta->status.is_counted || !meta->trigger.is_counted)
        return;
    int64_t six = 0;
    bool has_others = false;
    for (size_t i = 0; i < meta->status.count; i++) {
        bool is_other = run_status_of(meta->status.values[i].word) == STATUS_OTHER;
        has_others = has_others || (is_other && meta->status.values[i].count);
        six += is_other ? 0 : meta->status.values[i].count;
    }
    arena_release(&source->known_arena);
    source->triggers = arena_array(&source->known_arena, meta->trigger.count + 1, sizeof *source->triggers);
    for (size_t i = 0; i < meta->trigger.count; i++)
        source->triggers[i] = arena_text(&source->known_arena, meta->trigger.values[i].word);
    source->known = (struct http_known){.has_counts = true,
                                        .triggers = source->triggers,
                                        .trigger_count = meta->trigger.count,
                                        .has_other_statuses = has_others || six < meta->total.n};
}

enum err_code http_plan_for(const struct http_work *work, const struct filter *filter, int64_t now,
                            const char *scope, unsigned without, struct http_plan *plan, struct err *err)
{
    struct http_source *source = work->source;
    struct err unknown;
    /* A server that serves the wanted scope alone can be asked as if there was none. */
    if (scope && http_ask_scope(work, &unknown) == ERR_CANCELLED)
        return err_set(err, ERR_CANCELLED, "cancelled");
    pthread_mutex_lock(&source->state);
    const char *id = arena_printf(work->arena, "%s", source->scope_id);
    pthread_mutex_unlock(&source->state);
    pthread_mutex_lock(&source->lock);
    struct http_known known = source->known;
    struct text *triggers = arena_array(work->arena, known.trigger_count + 1, sizeof *triggers);
    for (size_t i = 0; i < known.trigger_count; i++)
        triggers[i] = arena_text(work->arena, known.triggers[i]);
    pthread_mutex_unlock(&source->lock);
    known.triggers = triggers;
    enum err_code code = http_plan_make(filter, now, &known, without, plan, work->arena, err);
    if (!code)
        http_plan_set_scope(plan, scope, *id ? text_of(id) : TEXT_NULL);
    return code;
}

void http_plan_copy(const struct http_plan *from, struct http_plan *to, struct arena *arena)
{
    *to = (struct http_plan){.main = copy_params(&from->main, arena),
                             .side_count = from->side_count,
                             .is_nothing = from->is_nothing,
                             .is_sufficient = from->is_sufficient,
                             .is_difference = from->is_difference,
                             .range = from->range,
                             .now = from->now};
    for (size_t i = 0; i < from->side_count; i++)
        to->sides[i] =
            (struct http_side){copy_params(&from->sides[i].params, arena), from->sides[i].is_excluded};
}

void http_known_release(struct http_source *source)
{
    for (size_t i = 0; i < FEEDS_MAX; i++)
        slot_release(&source->feeds[i]);
    for (size_t i = 0; i < LOOKS_MAX; i++)
        look_release(&source->looks[i]);
    arena_release(&source->known_arena);
    arena_release(&source->shown_arena);
}

/* ---- one run ---- */

static bool list_holds(struct text list, struct text word)
{
    while (list.n) {
        const char *comma = memchr(list.s, ',', list.n);
        struct text item = {list.s, comma ? (size_t)(comma - list.s) : list.n};
        if (text_eq(item, word))
            return true;
        size_t step = comma ? item.n + 1 : item.n;
        list = (struct text){list.s + step, list.n - step};
    }
    return false;
}

enum belonging { BELONGS_NOT, BELONGS, BELONGS_MAYBE };

/* What a run tells of itself: its tools, and whether it ever asked, only the server knows, but neither can be undone. */
static enum belonging belongs(const struct feed_slot *slot, const struct run_detail *detail, bool is_there)
{
    const struct http_params *params = &slot->params;
    struct text trigger =
        text_is_null(detail->run.trigger_kind) ? TEXT_LIT("unknown") : detail->run.trigger_kind;
    if (!text_is_null(params->status) && !list_holds(params->status, detail->run.status))
        return BELONGS_NOT;
    if (!text_is_null(params->trigger) && !list_holds(params->trigger, trigger))
        return BELONGS_NOT;
    if (text_is(params->elicitation, "false") && detail->pending >= 0)
        return BELONGS_NOT;
    if (is_there)
        return BELONGS;
    bool is_told =
        text_is_null(params->tool) && text_is_null(params->code) && text_is_null(params->elicitation);
    return is_told ? BELONGS : BELONGS_MAYBE;
}

static bool apply_to(struct feed_slot *slot, const struct run_detail *detail, bool is_news)
{
    uint64_t revision = http_feed_revision(slot->feed);
    int64_t t = detail->run.created_at;
    bool is_there = http_feed_find(slot->feed, detail->run.id) != NULL;
    switch (belongs(slot, detail, is_there)) {
    case BELONGS_NOT: http_feed_remove(slot->feed, detail->run.id); break;
    case BELONGS: http_feed_put(slot->feed, detail); break;
    case BELONGS_MAYBE:
        if (is_news)
            http_feed_doubt(slot->feed, (struct time_range){t, time_after(t)});
        break;
    }
    return http_feed_revision(slot->feed) != revision;
}

/* An answer can be overtaken by one that was asked for later. */
static bool is_overtaken(struct http_source *source, const struct run_detail *detail)
{
    for (size_t i = 0; i < FEEDS_MAX; i++) {
        const struct feed_row *row =
            source->feeds[i].key ? http_feed_find(source->feeds[i].feed, detail->run.id) : NULL;
        if (row && row->row.updated_at > detail->run.updated_at)
            return true;
    }
    return false;
}

bool http_apply(struct http_source *source, const struct run_detail *detail, bool is_news)
{
    bool is_changed = false;
    if (is_overtaken(source, detail))
        return false;
    for (size_t i = 0; i < FEEDS_MAX; i++)
        if (source->feeds[i].key)
            is_changed = apply_to(&source->feeds[i], detail, is_news) || is_changed;
    return is_changed;
}

static void forget_in(struct http_feed *feed, struct text id)
{
    const struct feed_row *row = http_feed_find(feed, id);
    if (!row)
        return;
    int64_t t = row->row.created_at;
    http_feed_remove(feed, id);
    http_feed_doubt(feed, (struct time_range){t, time_after(t)});
}

void http_forget_run(struct http_source *source, struct text id)
{
    for (size_t i = 0; i < FEEDS_MAX; i++)
        if (source->feeds[i].key)
            forget_in(source->feeds[i].feed, id);
}
