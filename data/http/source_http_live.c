/*
 * The background: tells the screen what moved, looks for news while live, tries whether a lost server is back. A look asks little: the rows behind the newest known
 * one, a second of overlap with them, so that none of a millisecond that was still being written is missed; and the runs that can still
 * change, as one list. A run that was among those and is not any more has ended: it is asked for by its id. Between two looks the server rests for as long as it
 * worked, several times.
 */
#include "data/http/source_http_int.h"

#include "data/base/die.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum {
    REST_SHARE = 4, /* a look's time, so often, is rest */
    INTERVAL_MAX_MS = 60 * 1000,
    OVERLAP_MS = 1000,
    NEW_PAGES_MAX = 20, /* of news in one look; what is older than those is fetched when it is shown */
    OPEN_PAGES_MAX = 10,
    ENDED_MAX = 32, /* runs asked for by id in one look */
    NOTIFY_MS = 100,
};

struct open_run {
    char *id;
    int64_t created_at, updated_at;
    char *status;
    bool is_pending;
};

struct http_background {
    struct http_source *source;
    struct http_conn *conn;
    struct cancel cancel;
    pthread_t thread;

    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t wake;
    bool is_closing, is_live, is_forgetting, is_scope_asked;
    unsigned events;
    int64_t raise_at;  /* of the clock; INT64_MAX: nothing to raise */
    int64_t next_look; /* INT64_MAX: none */
    int64_t interval_ms;

    /* The thread's own. */
    struct open_run *open;
    size_t open_count;
    bool has_open;
    int failures;
    int64_t notified_at;
};

/* ---- from other threads ---- */

void http_raise(struct http_source *source, unsigned events, int64_t in_ms)
{
    struct http_background *background = source->background;
    if (!background)
        return;
    int64_t at = http_clock() + in_ms;
    pthread_mutex_lock(&background->mutex);
    background->events |= events;
    background->raise_at = at < background->raise_at ? at : background->raise_at;
    pthread_cond_signal(&background->wake);
    pthread_mutex_unlock(&background->mutex);
}

void http_background_set_live(struct http_background *background, bool is_live)
{
    pthread_mutex_lock(&background->mutex);
    background->is_live = is_live;
    background->interval_ms = is_live ? background->source->poll_ms : 0;
    background->next_look = is_live ? http_clock() : INT64_MAX;
    pthread_cond_signal(&background->wake);
    pthread_mutex_unlock(&background->mutex);
}

void http_background_refresh(struct http_background *background)
{
    pthread_mutex_lock(&background->mutex);
    background->is_forgetting = true;
    if (background->is_live)
        background->next_look = http_clock();
    pthread_cond_signal(&background->wake);
    pthread_mutex_unlock(&background->mutex);
}

int64_t http_background_interval(struct http_background *background)
{
    pthread_mutex_lock(&background->mutex);
    int64_t interval = background->is_live ? background->interval_ms : 0;
    pthread_mutex_unlock(&background->mutex);
    return interval;
}

/* ---- news ---- */

static struct http_work work_of(struct http_background *background, struct arena *arena)
{
    return (struct http_work){.conn = background->conn,
                              .source = background->source,
                              .cancel = &background->cancel,
                              .arena = arena};
}

/* The lists that the screen shows now. */
static size_t shown_lists(struct http_source *source, struct arena *arena, struct http_params *out)
{
    struct http_plan plan = {.is_nothing = true};
    pthread_mutex_lock(&source->lock);
    if (source->has_shown)
        http_plan_copy(&source->shown, &plan, arena);
    pthread_mutex_unlock(&source->lock);
    if (plan.is_nothing)
        return 0;
    out[0] = plan.main;
    for (size_t i = 0; i < plan.side_count; i++)
        out[i + 1] = plan.sides[i].params;
    return plan.side_count + 1;
}

/* Behind which time the news of a list begin; false where its newest rows are not held at all: then it is fetched when it is asked for. */
static bool news_begin(struct http_source *source, const struct http_params *params, int64_t *after)
{
    struct time_range stretch;
    size_t count;
    pthread_mutex_lock(&source->lock);
    const struct http_feed *feed = http_slot(source, params)->feed;
    const struct feed_row *const *rows = http_feed_rows(feed, &count);
    bool is_held = http_feed_stretch(feed, INT64_MAX, &stretch);
    int64_t newest = count ? rows[0]->row.created_at : OVERLAP_MS;
    pthread_mutex_unlock(&source->lock);
    *after = newest > INT64_MIN + OVERLAP_MS ? newest - OVERLAP_MS : newest;
    return is_held;
}

static int64_t oldest_of(const struct wire_page *page)
{
    int64_t oldest = INT64_MAX;
    for (size_t i = 0; i < page->count; i++)
        if (page->items[i].run.created_at < oldest)
            oldest = page->items[i].run.created_at;
    return oldest;
}

static struct time_range complete_of(const struct wire_page *page, int64_t upper, int64_t after)
{
    int64_t from = text_is_null(page->next_cursor) ? after + 1 : oldest_of(page) + 1;
    return (struct time_range){page->count || text_is_null(page->next_cursor) ? from : upper, upper};
}

/* Under the lock. What lies between the last page and what was held is not known: there is no more room for it in one look. */
static bool take_news(struct http_source *source, const struct http_params *params,
                      const struct wire_page *page, struct time_range complete)
{
    struct feed_slot *slot = http_slot(source, params);
    uint64_t revision = http_feed_revision(slot->feed);
    http_feed_add(slot->feed, page->items, page->count, complete);
    http_trim(source, slot, INT64_MAX);
    return http_feed_revision(slot->feed) != revision;
}

static enum err_code look_for_news(struct http_background *background, const struct http_params *params,
                                   bool *is_changed, struct err *err)
{
    struct http_source *source = background->source;
    int64_t after, upper = INT64_MAX;
    if (!news_begin(source, params, &after))
        return ERR_OK;
    struct arena arena, last;
    struct list_request request = {
        .params = params, .bounds = TIME_RANGE_ALL, .after = after, .limit = PAGE_ROWS};
    enum err_code code = ERR_OK;
    arena_init(&last);
    for (int i = 0; !code && i < NEW_PAGES_MAX; i++) {
        struct page_answer answer = {0};
        arena_init(&arena);
        struct http_work work = work_of(background, &arena);
        code = http_ask_list(&work, &request, &arena, &answer, err);
        if (code) {
            arena_release(&arena);
            break;
        }
        struct time_range complete = complete_of(&answer.page, upper, after);
        bool is_end = text_is_null(answer.page.next_cursor);
        pthread_mutex_lock(&source->lock);
        if (i == 0 && !is_end) /* until the pages meet what was held there is a gap */
            http_feed_doubt(http_slot(source, params)->feed, (struct time_range){after + 1, INT64_MAX});
        bool is_new = take_news(source, params, &answer.page, complete);
        pthread_mutex_unlock(&source->lock);
        *is_changed = *is_changed || is_new;
        upper = complete.from < upper ? complete.from : upper;
        arena_release(&last);
        request.cursor = arena_text(&last, answer.page.next_cursor);
        arena_release(&arena);
        if (is_end || (i && !is_new))
            break;
    }
    arena_release(&last);
    return code;
}

/* ---- runs that can still change ---- */

static void open_free(struct open_run *open, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(open[i].id);
        free(open[i].status);
    }
    free(open);
}

static char *copy_of(struct text text)
{
    return mem_strndup(text.s ? text.s : "", text.n);
}

static const struct open_run *open_find(const struct open_run *open, size_t count, struct text id)
{
    for (size_t i = 0; i < count; i++)
        if (text_is(id, open[i].id))
            return &open[i];
    return NULL;
}

struct open_look {
    struct open_run *runs;
    size_t count, capacity;
    int64_t oldest; /* runs created before this were not looked at; INT64_MIN: all were */
    bool is_changed;
};

static bool differs(const struct open_run *before, const struct run_detail *now)
{
    return !before || before->updated_at != now->run.updated_at ||
           !text_is(now->run.status, before->status) || before->is_pending != (now->pending >= 0);
}

static void take_open(struct http_background *background, struct open_look *look,
                      const struct run_detail *detail)
{
    if (open_find(look->runs, look->count, detail->run.id))
        return;
    const struct open_run *before = open_find(background->open, background->open_count, detail->run.id);
    if (differs(before, detail)) {
        pthread_mutex_lock(&background->source->lock);
        look->is_changed = http_apply(background->source, detail) || look->is_changed;
        pthread_mutex_unlock(&background->source->lock);
    }
    if (look->count == look->capacity) {
        look->capacity = look->capacity ? 2 * look->capacity : 64;
        look->runs = mem_resize(look->runs, look->capacity, sizeof *look->runs);
    }
    look->runs[look->count++] = (struct open_run){.id = copy_of(detail->run.id),
                                                  .status = copy_of(detail->run.status),
                                                  .created_at = detail->run.created_at,
                                                  .updated_at = detail->run.updated_at,
                                                  .is_pending = detail->pending >= 0};
}

static enum err_code list_open(struct http_background *background, struct open_look *look, struct err *err)
{
    static const struct http_params open_params = {.status = {"pending,running,waiting_for_interaction", 39}};
    struct arena arena, last;
    struct list_request request = {
        .params = &open_params, .bounds = TIME_RANGE_ALL, .after = 0, .limit = PAGE_ROWS};
    enum err_code code = ERR_OK;
    arena_init(&last);
    look->oldest = INT64_MIN;
    for (int i = 0; i < OPEN_PAGES_MAX; i++) {
        struct page_answer answer = {0};
        arena_init(&arena);
        struct http_work work = work_of(background, &arena);
        code = http_ask_list(&work, &request, &arena, &answer, err);
        size_t before = look->count;
        for (size_t j = 0; !code && j < answer.page.count; j++)
            take_open(background, look, &answer.page.items[j]);
        bool is_end = code || text_is_null(answer.page.next_cursor) || look->count == before;
        look->oldest = is_end ? INT64_MIN : oldest_of(&answer.page);
        arena_release(&last);
        request.cursor = is_end ? TEXT_NULL : arena_text(&last, answer.page.next_cursor);
        arena_release(&arena);
        if (is_end)
            break;
    }
    arena_release(&last);
    return code;
}

/* Those that were open, by the last look or by what the lists show, and are not in this one. */
static size_t find_ended(struct http_background *background, const struct open_look *look,
                         struct arena *arena, struct text ids[ENDED_MAX])
{
    struct http_source *source = background->source;
    size_t count = 0;
    for (size_t i = 0; i < background->open_count && count < ENDED_MAX; i++) {
        const struct open_run *run = &background->open[i];
        if (run->created_at >= look->oldest && !open_find(look->runs, look->count, text_of(run->id)))
            ids[count++] = arena_text(arena, text_of(run->id));
    }
    pthread_mutex_lock(&source->lock);
    struct plan_rows rows = {0};
    if (source->has_shown && !source->shown.is_nothing)
        rows.rows = http_feed_rows(http_slot(source, &source->shown.main)->feed, &rows.count);
    for (size_t i = 0; i < rows.count && count < ENDED_MAX; i++) {
        const struct run_row *row = &rows.rows[i]->row;
        bool is_open = !run_status_is_terminal(run_status_of(row->status)) && row->created_at >= look->oldest;
        bool is_known = !is_open || open_find(look->runs, look->count, row->id) ||
                        open_find(background->open, background->open_count, row->id);
        if (!is_known)
            ids[count++] = arena_text(arena, row->id);
    }
    pthread_mutex_unlock(&source->lock);
    return count;
}

static enum err_code ask_ended(struct http_background *background, const struct open_look *look,
                               bool *is_changed, struct err *err)
{
    struct http_source *source = background->source;
    struct arena arena;
    struct text ids[ENDED_MAX];
    struct run_detail details[ENDED_MAX];
    enum err_code codes[ENDED_MAX];
    arena_init(&arena);
    struct http_work work = work_of(background, &arena);
    size_t count = find_ended(background, look, &arena, ids);
    enum err_code code = http_ask_runs(&work, ids, count, &arena, details, codes, err);
    pthread_mutex_lock(&source->lock);
    for (size_t i = 0; !code && i < count; i++) {
        if (codes[i])
            http_forget_run(source, ids[i]);
        else
            http_apply(source, &details[i]);
        *is_changed = true;
    }
    pthread_mutex_unlock(&source->lock);
    arena_release(&arena);
    return code;
}

static enum err_code look_at_open(struct http_background *background, bool *is_changed, struct err *err)
{
    struct open_look look = {0};
    enum err_code code = list_open(background, &look, err);
    if (!code)
        code = ask_ended(background, &look, is_changed, err);
    *is_changed = *is_changed || look.is_changed;
    if (code) {
        open_free(look.runs, look.count);
        return code;
    }
    open_free(background->open, background->open_count);
    background->open = look.runs;
    background->open_count = look.count;
    return ERR_OK;
}

/* ---- a look ---- */

static enum err_code look(struct http_background *background, bool *is_changed, struct err *err)
{
    struct http_params lists[1 + HTTP_SIDES_MAX];
    struct arena arena;
    arena_init(&arena);
    size_t count = shown_lists(background->source, &arena, lists);
    enum err_code code = ERR_OK;
    for (size_t i = 0; !code && i < count; i++)
        code = look_for_news(background, &lists[i], is_changed, err);
    if (!code)
        code = look_at_open(background, is_changed, err);
    arena_release(&arena);
    return code;
}

static void counts_are_old(struct http_source *source)
{
    pthread_mutex_lock(&source->lock);
    for (size_t i = 0; i < LOOKS_MAX; i++)
        source->looks[i].is_dirty = true;
    pthread_mutex_unlock(&source->lock);
}

static int64_t at_most(int64_t n, int64_t most)
{
    return n < most ? n : most;
}

static int64_t backed_off(const struct http_background *background)
{
    struct http_source *source = background->source;
    int shift = background->failures < 6 ? background->failures : 6;
    pthread_mutex_lock(&source->state);
    int64_t wanted = source->retry_after_ms;
    pthread_mutex_unlock(&source->state);
    int64_t wait = at_most(source->poll_ms << shift, INTERVAL_MAX_MS);
    return wanted > wait ? at_most(wanted, 10 * INTERVAL_MAX_MS) : wait;
}

static void set_next(struct http_background *background, int64_t interval)
{
    pthread_mutex_lock(&background->mutex);
    if (background->is_live) {
        background->interval_ms = interval;
        background->next_look = http_clock() + interval;
    }
    pthread_mutex_unlock(&background->mutex);
}

static void look_live(struct http_background *background)
{
    struct err err;
    bool is_changed = false;
    int64_t started = http_clock();
    enum err_code code = look(background, &is_changed, &err);
    int64_t rest = REST_SHARE * (http_clock() - started);
    background->failures = code && code != ERR_CANCELLED ? background->failures + 1 : 0;
    if (is_changed) {
        counts_are_old(background->source);
        http_raise(background->source, SOURCE_CHANGED, 0);
    }
    int64_t least = background->source->poll_ms;
    set_next(background,
             code ? backed_off(background) : at_most(rest > least ? rest : least, INTERVAL_MAX_MS));
}

/* ---- a server that is lost while nobody is live ---- */

static bool is_lost(struct http_source *source)
{
    pthread_mutex_lock(&source->state);
    bool is_so = source->is_lost && source->err.code != ERR_DENIED && source->err.code != ERR_UNSUPPORTED;
    pthread_mutex_unlock(&source->state);
    return is_so;
}

static void try_again(struct http_background *background)
{
    struct arena arena;
    struct page_answer answer;
    struct err err;
    struct list_request request = {
        .params = &(struct http_params){0}, .bounds = TIME_RANGE_ALL, .after = time_now(), .limit = 1};
    arena_init(&arena);
    struct http_work work = work_of(background, &arena);
    enum err_code code = http_ask_list(&work, &request, &arena, &answer, &err);
    background->failures = code ? background->failures + 1 : 0;
    arena_release(&arena);
}

/* ---- the thread ---- */

static void wait_until(struct http_background *background, int64_t at)
{
    int64_t ms = at - http_clock();
    if (ms <= 0)
        return;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    ms = at_most(ms, INTERVAL_MAX_MS);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&background->wake, &background->mutex, &until);
}

/* Under the mutex; given back while others are told. */
static void notify(struct http_background *background)
{
    const struct source_options *options = &background->source->options;
    unsigned events = background->events;
    background->events = 0;
    background->raise_at = INT64_MAX;
    background->notified_at = http_clock();
    pthread_mutex_unlock(&background->mutex);
    if (options->notify && events)
        options->notify(options->context, events);
    pthread_mutex_lock(&background->mutex);
}

static int64_t notify_at(const struct http_background *background)
{
    if (background->raise_at == INT64_MAX)
        return INT64_MAX;
    int64_t earliest = background->notified_at + NOTIFY_MS;
    return background->raise_at > earliest ? background->raise_at : earliest;
}

static void forget(struct http_background *background)
{
    struct http_source *source = background->source;
    background->is_forgetting = false;
    background->events |= SOURCE_CHANGED;
    background->raise_at = 0;
    pthread_mutex_unlock(&background->mutex);
    pthread_mutex_lock(&source->lock);
    http_doubt_all(source);
    pthread_mutex_unlock(&source->lock);
    pthread_mutex_lock(&background->mutex);
}

/* The scope is asked for once, behind the first answer. */
static bool wants_scope(struct http_background *background)
{
    struct http_source *source = background->source;
    pthread_mutex_lock(&source->state);
    bool is_answered = source->read_at != TIME_NONE;
    pthread_mutex_unlock(&source->state);
    return is_answered && !background->is_scope_asked;
}

static void ask_scope(struct http_background *background)
{
    struct arena arena;
    struct err err;
    arena_init(&arena);
    struct http_work work = work_of(background, &arena);
    if (http_ask_scope(&work, &err) == ERR_OK)
        http_raise(background->source, SOURCE_PROGRESS, 0);
    arena_release(&arena);
}

static void outside(struct http_background *background, void (*job)(struct http_background *))
{
    pthread_mutex_unlock(&background->mutex);
    job(background);
    pthread_mutex_lock(&background->mutex);
}

/* One thing that is due; false where nothing is, and *at is when something will be. */
static bool step(struct http_background *background, int64_t *retry_at, int64_t *at)
{
    int64_t now = http_clock();
    bool retries = !background->is_live && is_lost(background->source);
    if (!retries)
        *retry_at = INT64_MAX;
    else if (*retry_at == INT64_MAX)
        *retry_at = now + backed_off(background);
    if (background->is_forgetting) {
        forget(background);
    } else if (notify_at(background) <= now) {
        notify(background);
    } else if (background->next_look <= now) {
        background->next_look = INT64_MAX;
        outside(background, look_live);
    } else if (*retry_at <= now) {
        outside(background, try_again);
        *retry_at = http_clock() + backed_off(background);
    } else if (wants_scope(background)) {
        background->is_scope_asked = true;
        outside(background, ask_scope);
    } else {
        int64_t told = notify_at(background);
        *at = background->next_look < *retry_at ? background->next_look : *retry_at;
        *at = told < *at ? told : *at;
        return false;
    }
    return true;
}

static void *background_main(void *argument)
{
    struct http_background *background = argument;
    int64_t retry_at = INT64_MAX, at;
    pthread_mutex_lock(&background->mutex);
    while (!background->is_closing)
        if (!step(background, &retry_at, &at))
            wait_until(background, at == INT64_MAX ? http_clock() + INTERVAL_MAX_MS : at);
    pthread_mutex_unlock(&background->mutex);
    return NULL;
}

struct http_background *http_background_new(struct http_source *source)
{
    struct http_background *background = mem_new_array(1, sizeof *background);
    background->source = source;
    background->conn = http_conn_new(source);
    background->raise_at = background->next_look = INT64_MAX;
    background->notified_at = INT64_MIN / 2;
    pthread_mutex_init(&background->mutex, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&background->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&background->thread, NULL, background_main, background) != 0)
        die("cannot start a thread");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return background;
}

void http_background_free(struct http_background *background)
{
    if (!background)
        return;
    pthread_mutex_lock(&background->mutex);
    background->is_closing = true;
    atomic_store(&background->cancel.requested, true);
    pthread_cond_signal(&background->wake);
    pthread_mutex_unlock(&background->mutex);
    http_client_interrupt(background->conn->client);
    pthread_join(background->thread, NULL);
    http_conn_free(background->conn);
    open_free(background->open, background->open_count);
    pthread_mutex_destroy(&background->mutex);
    pthread_cond_destroy(&background->wake);
    free(background);
}
