#include "tests/support/fake_screen.h"

#include "data/base/die.h"
#include "tests/support/fake_answers.h"
#include "tui/ask.h"
#include "tui/view.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURNS_MAX = 500 };

/* ---- rows ---- */

static struct text status_of(size_t number)
{
    if (number % 10 == 3)
        return TEXT_LIT("failed");
    if (number % 50 == 48)
        return TEXT_LIT("running");
    return number % 50 == 26 ? TEXT_LIT("waiting_for_interaction") : TEXT_LIT("completed");
}

static void set_row(struct fake_screen *fake, size_t at, size_t number)
{
    static const char *const triggers[] = {"cli", "http", "mcp", NULL};
    snprintf(fake->ids[at], sizeof fake->ids[at], "run-%05zu", number);
    int64_t created = fake->start - HOUR_MS + (int64_t)number * SECOND_MS;
    struct text status = status_of(number);
    bool has_ended = run_status_is_terminal(run_status_of(status));
    fake->rows[at] = (struct run_row){
        .id = text_of(fake->ids[at]),
        .scope_id = TEXT_LIT("scope"),
        .status = status,
        .trigger_kind = text_of(triggers[number % 4]),
        .code_head = number % 2 ? TEXT_LIT("return await tools.search({ q: 'open' })") : TEXT_LIT("return 1"),
        .created_at = created,
        .started_at = created,
        .completed_at = has_ended ? created + 5 + (int64_t)(number * 137 % 9000) : TIME_NONE,
        .updated_at = created + 5,
        .tool_call_count = 1,
        .log_errors = -1,
        .log_warnings = -1,
    };
}

static void renumber(struct fake_screen *fake)
{
    assert(fake->count <= FAKE_ROWS_MAX);
    for (size_t i = 0; i < fake->count; i++)
        set_row(fake, i, fake->count - 1 - i);
}

/* ---- questions and answers ---- */

static void submit(struct fake_screen *fake, struct request *request)
{
    if (!request)
        return;
    fake->list_questions += request->lane == LANE_LIST;
    fake->detail_questions += request->lane == LANE_DETAIL;
    assert(fake->question_count < FAKE_QUESTIONS_MAX);
    fake->questions[fake->question_count++] = request;
}

/* As the loop does, but in memory. */
static void remember(struct fake_screen *fake)
{
    char line[LINE_MAX_BYTES + 16];
    snprintf(line, sizeof line, "filter = %s\n", fake->state.bar.edit.text);
    saved_state_read(&fake->saved, text_of(line));
}

static void ask(struct fake_screen *fake, unsigned effects)
{
    struct state *state = &fake->state;
    fake->effects |= effects;
    fake->is_refreshing |= (effects & EFFECT_REFRESH) != 0;
    if (effects & EFFECT_ASK_LIST)
        submit(fake, ask_list(state, fake->now));
    if (effects & EFFECT_ASK_META)
        submit(fake, ask_meta(state, fake->now));
    if (effects & EFFECT_ASK_DETAIL)
        submit(fake, ask_detail(state));
    if (effects & EFFECT_ASK_PEERS)
        submit(fake, ask_peers(state));
    if (effects & EFFECT_WATCH)
        submit(fake, ask_watch(state));
    if (effects & EFFECT_ANSWER) {
        answer_letter_free(fake->letter);
        fake->letter = state->answer.letter;
        state->answer.letter = NULL;
    }
    if (effects & EFFECT_REMEMBER)
        remember(fake);
}

static void perform(struct fake_screen *fake, unsigned effects)
{
    ask(fake, effects);
    ask(fake, update_settle(&fake->state, fake->now));
    if (!fake->holds)
        fake_answer(fake);
}

void fake_answer_at(struct fake_screen *fake, size_t at, enum err_code code)
{
    assert(at < fake->question_count);
    struct request *request = fake->questions[at];
    fake->question_count--;
    memmove(fake->questions + at, fake->questions + at + 1,
            (fake->question_count - at) * sizeof(struct request *));
    ask(fake, update_response(&fake->state, fake_answer_to(fake, request, code), fake->now));
    ask(fake, update_settle(&fake->state, fake->now));
}

static void refresh(struct fake_screen *fake)
{
    if (!fake->is_refreshing)
        return;
    fake->is_refreshing = false;
    ask(fake, update_source(&fake->state, SOURCE_CHANGED, fake->now));
}

void fake_answer(struct fake_screen *fake)
{
    refresh(fake);
    for (int turns = 0; fake->question_count; turns++) {
        assert(turns < TURNS_MAX); /* else questions and answers chase each other */
        fake_answer_at(fake, 0, fake->fails);
        refresh(fake);
    }
}

/* ---- the screen ---- */

static struct fake_screen *make(int width, int height, size_t rows)
{
    struct fake_screen *fake = mem_new_array(1, sizeof *fake);
    fake->start = fake->now = INT64_C(1795269780000);
    fake->count = rows;
    renumber(fake);
    keymap_init(&fake->keymap, false);
    saved_state_init(&fake->saved);
    state_init(&fake->state);
    fake->state.keymap = &fake->keymap;
    fake->state.remembered = &fake->saved;
    fake->state.width = width;
    fake->state.height = height;
    snprintf(fake->state.source_label, sizeof fake->state.source_label, "~/.executor/data.db");
    snprintf(fake->state.source_arg, sizeof fake->state.source_arg, "/home/me/.executor/data.db");
    surface_init(&fake->surface, width, height, false);
    return fake;
}

struct fake_screen *fake_screen_new(int width, int height, size_t rows)
{
    struct fake_screen *fake = make(width, height, rows);
    perform(fake, update_start(&fake->state, fake->now));
    return fake;
}

struct fake_screen *fake_screen_on_link(size_t rows, const char *filter, const char *run_id)
{
    struct fake_screen *fake = make(120, 36, rows);
    struct filter_mistake mistake;
    enum err_code code = filter_parse(text_of(filter), TIME_LOCAL, &fake->state.filter, &mistake);
    assert(code == ERR_OK);
    (void)code;
    filter_history_push(&fake->state.history, &fake->state.filter);
    snprintf(fake->state.opening.run_id, sizeof fake->state.opening.run_id, "%s", run_id);
    fake->holds = true;
    perform(fake, update_start(&fake->state, fake->now));
    return fake;
}

void fake_screen_free(struct fake_screen *fake)
{
    for (size_t i = 0; i < fake->question_count; i++)
        request_free(fake->questions[i]);
    answer_letter_free(fake->letter);
    state_release(&fake->state);
    saved_state_release(&fake->saved);
    surface_release(&fake->surface);
    free(fake);
}

int fake_setup(void **state)
{
    *state = fake_screen_new(120, 36, 1000);
    return 0;
}

int fake_teardown(void **state)
{
    fake_screen_free(*state);
    return 0;
}

/* ---- what happens ---- */

void fake_event(struct fake_screen *fake, const struct term_event *event)
{
    perform(fake, update_terminal(&fake->state, event, fake->now));
}

void fake_key(struct fake_screen *fake, const char *key)
{
    struct term_event event = {.kind = TERM_KEY};
    bool is_known = key_parse(text_of(key), &event.key);
    assert(is_known);
    (void)is_known;
    fake_event(fake, &event);
}

void fake_keys(struct fake_screen *fake, const char *key, int times)
{
    for (int i = 0; i < times; i++)
        fake_key(fake, key);
}

void fake_type(struct fake_screen *fake, const char *text)
{
    for (; *text; text++)
        fake_event(fake, &(struct term_event){.kind = TERM_KEY, .key = key_char((char32_t)*text, 0)});
}

void fake_paste(struct fake_screen *fake, const char *text)
{
    struct term_event event = {.kind = TERM_PASTE, .paste_len = strlen(text)};
    snprintf(event.paste, sizeof event.paste, "%s", text);
    fake_event(fake, &event);
}

void fake_resize(struct fake_screen *fake, int width, int height)
{
    fake_event(fake, &(struct term_event){.kind = TERM_RESIZE, .width = width, .height = height});
}

void fake_filter(struct fake_screen *fake, const char *line)
{
    fake_key(fake, "X");
    fake_key(fake, "/");
    fake_type(fake, line);
    fake_key(fake, "Enter");
}

void fake_source(struct fake_screen *fake, unsigned events)
{
    perform(fake, update_source(&fake->state, events, fake->now));
}

void fake_grow(struct fake_screen *fake, size_t n)
{
    fake->count += n;
    renumber(fake);
}

void fake_arrive(struct fake_screen *fake, size_t n)
{
    fake_grow(fake, n);
    fake_source(fake, SOURCE_CHANGED);
}

/* ---- what is to be seen ---- */

const char *fake_selected(const struct fake_screen *fake)
{
    static const char none[] = "";
    const struct run_row *row = state_selected(&fake->state);
    return row ? row->id.s : none;
}

long fake_line(const struct fake_screen *fake)
{
    return (long)fake->state.list.selected - (long)fake->state.list.top;
}

const char *fake_line_of_filter(struct fake_screen *fake, char out[FILTER_TEXT_MAX])
{
    struct buf line;
    buf_init(&line, FILTER_TEXT_MAX - 1);
    filter_format(&fake->state.filter, fake->state.time_mode, &line);
    snprintf(out, FILTER_TEXT_MAX, "%s", buf_cstr(&line));
    buf_release(&line);
    return out;
}

const struct surface *fake_draw(struct fake_screen *fake)
{
    struct surface *surface = &fake->surface;
    surface->ascii = fake->state.ascii;
    if (surface->width != fake->state.width || surface->height != fake->state.height)
        surface_resize(surface, fake->state.width, fake->state.height);
    view_draw(&fake->state, fake->now, surface);
    return surface;
}

char *fake_text(struct fake_screen *fake)
{
    struct buf dump;
    buf_init(&dump, 4 << 20);
    surface_dump(fake_draw(fake), true, &dump);
    return buf_take(&dump);
}

bool fake_shows(struct fake_screen *fake, const char *text)
{
    struct buf dump;
    buf_init(&dump, 4 << 20);
    surface_dump(fake_draw(fake), false, &dump);
    bool is_shown = strstr(buf_cstr(&dump), text) != NULL;
    buf_release(&dump);
    return is_shown;
}
