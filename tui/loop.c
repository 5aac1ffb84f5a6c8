/*
 * See loop.h. Nothing here waits but poll(): the source is asked by the worker's threads, and even opening it
 * happens there, behind a first frame.
 */
#include "tui/loop.h"

#include "data/worker.h"
#include "tui/answer_post.h"
#include "tui/ask.h"
#include "tui/fields.h"
#include "tui/term.h"
#include "tui/update.h"
#include "tui/view.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct loop {
    struct state *state;
    const struct loop_options *options;
    struct source *source;
    struct worker *worker;
    struct answer_posts *posts;
    struct surface surface;
    atomic_uint events; /* of the source, not yet seen by the state */
    bool is_stale; /* something has happened since the last frame: an answer of the terminal's own is none */
    int64_t due;   /* when the frame changes by itself, as the clock of the state goes */
    bool is_quitting;
};

static int64_t now_of(const struct loop *loop)
{
    return loop->options->frozen_now != TIME_NONE ? loop->options->frozen_now : time_now();
}

/* From the source's threads. */
static void on_source(void *context, unsigned events)
{
    struct loop *loop = context;
    atomic_fetch_or(&loop->events, events);
    term_wake();
}

static void on_answer(void *context)
{
    (void)context;
    term_wake();
}

/* ---- effects ---- */

static void submit(struct loop *loop, struct request *request)
{
    if (request)
        worker_submit(loop->worker, request);
}

static void copy(struct loop *loop, int64_t now)
{
    struct state *state = loop->state;
    struct err err;
    size_t n = state->outgoing.len;
    if (term_copy(buf_as_text(&state->outgoing), &err) != ERR_OK)
        state_say(state, now, INK_WARN, "not copied: %s", err.what);
    else
        state_say(state, now, INK_COMPLETED, "copied the %s (%zu bytes)", state->outgoing_name, n);
}

/* The text goes through a file in the temporary directory, readable by nobody else and gone before the pager
 * has shown it. */
static void page(struct loop *loop, int64_t now)
{
    struct state *state = loop->state;
    const char *directory = getenv("TMPDIR");
    struct buf path;
    buf_init(&path, 4096);
    buf_printf(&path, "%s/executor-runs.XXXXXX", directory && *directory ? directory : "/tmp");
    buf_cstr(&path);
    int fd = path.len ? mkstemp(path.data) : -1;
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool is_written =
        file && fwrite(state->outgoing.data, 1, state->outgoing.len, file) == state->outgoing.len;
    is_written = file && fclose(file) == 0 && is_written;
    if (!is_written)
        state_say(state, now, INK_FAILED, "%s: %s", buf_cstr(&path), strerror(errno));
    else if (term_run_pager(loop->options->pager, path.data) != 0)
        state_say(state, now, INK_WARN, "the pager '%s' ended with an error", loop->options->pager);
    if (fd >= 0)
        unlink(path.data);
    buf_release(&path);
}

/* Only memory across starts is at stake: a failure is no reason to trouble anybody. */
static void remember(struct loop *loop, unsigned effects)
{
    struct state *state = loop->state;
    struct buf fields;
    buf_init(&fields, 400);
    fields_format(state->fields, &fields);
    enum err_code code = ERR_OK;
    if (effects & EFFECT_SAVE)
        code = saved_state_set_fields(loop->options->saved, buf_as_text(&fields), NULL);
    if (effects & EFFECT_REMEMBER)
        code = saved_state_add_filter(loop->options->saved, text_of(state->bar.edit.text), NULL);
    (void)code;
    buf_release(&fields);
}

static void perform(struct loop *loop, unsigned effects, int64_t now)
{
    struct state *state = loop->state;
    if (effects & EFFECT_LIVE)
        source_set_live(loop->source, state->live.is_on);
    if (effects & EFFECT_REFRESH)
        source_refresh(loop->source);
    if (effects & EFFECT_ASK_LIST)
        submit(loop, ask_list(state, now));
    if (effects & EFFECT_ASK_META)
        submit(loop, ask_meta(state, now));
    if (effects & EFFECT_ASK_DETAIL)
        submit(loop, ask_detail(state));
    if (effects & EFFECT_ASK_PEERS)
        submit(loop, ask_peers(state));
    if (effects & EFFECT_WATCH)
        submit(loop, ask_watch(state));
    if (effects & EFFECT_ANSWER) {
        answer_posts_send(loop->posts, state->answer.letter);
        state->answer.letter = NULL;
    }
    if (effects & EFFECT_COPY)
        copy(loop, now);
    if (effects & EFFECT_PAGER)
        page(loop, now);
    if (effects & EFFECT_SUSPEND)
        term_suspend();
    if (effects & EFFECT_REDRAW)
        term_redraw();
    if (effects & (EFFECT_SAVE | EFFECT_REMEMBER))
        remember(loop, effects);
    if (effects & EFFECT_QUIT)
        loop->is_quitting = true;
}

/* ---- what happens ---- */

static void take_keys(struct loop *loop)
{
    struct term_event event;
    while (!loop->is_quitting && term_read(&event)) {
        loop->is_stale = true;
        int64_t now = now_of(loop);
        perform(loop, update_terminal(loop->state, &event, now), now);
        if (event.kind == TERM_PASTE)
            explicit_bzero(event.paste, sizeof event.paste); /* it may have been a secret */
    }
}

static void take_answers(struct loop *loop)
{
    for (struct response *response; (response = worker_take(loop->worker));) {
        loop->is_stale = true;
        int64_t now = now_of(loop);
        perform(loop, update_response(loop->state, response, now), now);
    }
}

static void take_posts(struct loop *loop)
{
    uint64_t number;
    enum err_code code;
    struct err err;
    while (answer_posts_take(loop->posts, &number, &code, &err)) {
        loop->is_stale = true;
        int64_t now = now_of(loop);
        perform(loop, update_answer_sent(loop->state, number, code == ERR_OK ? NULL : &err, now), now);
    }
}

/* Where the clock stands still, what was read was read then too. */
static void read_status(struct loop *loop)
{
    struct source_status *status = &loop->state->source;
    source_status(loop->source, status);
    if (loop->options->frozen_now != TIME_NONE && status->read_at > 0)
        status->read_at = loop->options->frozen_now;
}

static void take_source_events(struct loop *loop)
{
    unsigned events = atomic_exchange(&loop->events, 0);
    if (!events)
        return;
    loop->is_stale = true;
    int64_t now = now_of(loop);
    read_status(loop);
    perform(loop, update_source(loop->state, events, now), now);
}

/* Where the terminal is behind, what it has not been told yet is told once, by the newest frame. */
static void show(struct loop *loop)
{
    int64_t now = now_of(loop);
    struct state *state = loop->state;
    loop->is_stale |= now >= loop->due; /* whatever ended the wait for it */
    update_tick(state, now);
    perform(loop, update_settle(state, now), now);
    if (!loop->is_stale || !term_is_ready() || state_frame_wait(state, now))
        return;
    loop->is_stale = false;
    update_frame_shown(state);
    if (loop->surface.width != state->width || loop->surface.height != state->height)
        surface_resize(&loop->surface, state->width, state->height);
    view_draw(state, now, &loop->surface);
    term_present(&loop->surface);
}

static void wait(struct loop *loop)
{
    struct pollfd fds[] = {{.fd = term_input_fd(), .events = POLLIN},
                           {.fd = term_wake_fd(), .events = POLLIN},
                           {.fd = term_output_fd(), .events = POLLOUT}};
    int64_t now = now_of(loop), tick = state_next_tick(loop->state, now), held = term_wait();
    loop->due = tick < 0 ? INT64_MAX : now + tick;
    if (held >= 0 && (tick < 0 || held < tick))
        tick = held;
    loop->is_stale |= poll(fds, 3, tick < 0 ? -1 : (int)tick) == 0;
    if (fds[1].revents & POLLIN)
        term_drain_wake();
    if (fds[2].revents)
        term_flush();
    if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        loop->is_quitting = true; /* the terminal is gone */
}

enum err_code loop_run(struct state *state, const struct loop_options *options, struct err *err)
{
    struct loop loop = {.state = state, .options = options, .is_stale = true, .due = INT64_MAX};
    struct source_options source_options = {.notify = on_source,
                                            .context = &loop,
                                            .http = options->http,
                                            .cache_directory = options->cache_directory};
    enum err_code code = source_open(options->address, &source_options, &loop.source, err);
    if (code != ERR_OK)
        return code;
    code = term_open(&options->terminal, err);
    if (code != ERR_OK) {
        source_close(loop.source);
        return code;
    }
    loop.worker = worker_new(loop.source, on_answer, NULL);
    loop.posts = answer_posts_new(options->address, options->http, on_answer, NULL);
    answer_posts_beside(loop.posts, loop.source);
    surface_init(&loop.surface, 0, 0, state->ascii);
    loop.surface.mono = term_is_mono();
    term_size(&state->width, &state->height);
    read_status(&loop);
    int64_t now = now_of(&loop);
    unsigned effects = update_start(state, now);
    if (state->live.is_on)
        effects |= EFFECT_LIVE;
    perform(&loop, effects, now);
    while (!loop.is_quitting) {
        show(&loop);
        wait(&loop);
        take_keys(&loop);
        take_answers(&loop);
        take_posts(&loop);
        take_source_events(&loop);
    }
    term_close();
    answer_posts_free(loop.posts);
    worker_free(loop.worker);
    source_close(loop.source);
    surface_release(&loop.surface);
    return ERR_OK;
}
