/*
 * See state_file.h. The file is small and changes when a person does something, so each change reads and
 * replaces all of it.
 */
#include "tui/state_file.h"

#include "data/base/die.h"
#include "data/base/files.h"
#include "data/base/report.h"

#include <stdlib.h>

enum { STATE_FILE_MAX = (STATE_FILTERS_MAX + 8) * (STATE_LINE_MAX + 16), PATH_TEXT_MAX = 4096 };

void saved_state_init(struct saved_state *state)
{
    state->fields = NULL;
    state->filter_count = 0;
}

void saved_state_release(struct saved_state *state)
{
    free(state->fields);
    for (size_t i = 0; i < state->filter_count; i++)
        free(state->filters[i]);
    saved_state_init(state);
}

static void drop_filter(struct saved_state *state, size_t at)
{
    free(state->filters[at]);
    state->filter_count--;
    for (size_t i = at; i < state->filter_count; i++)
        state->filters[i] = state->filters[i + 1];
}

static bool is_storable(struct text line)
{
    return line.n > 0 && line.n <= STATE_LINE_MAX && !memchr(line.s, '\n', line.n) &&
           !memchr(line.s, '\0', line.n);
}

/* Used again, a filter becomes the newest. */
static void add_filter(struct saved_state *state, struct text line)
{
    if (!is_storable(line))
        return;
    for (size_t i = state->filter_count; i-- > 0;) {
        if (text_is(line, state->filters[i]))
            drop_filter(state, i);
    }
    if (state->filter_count == STATE_FILTERS_MAX)
        drop_filter(state, 0);
    state->filters[state->filter_count++] = mem_strndup(line.s, line.n);
}

static void set_fields(struct saved_state *state, struct text fields)
{
    if (fields.n && !is_storable(fields))
        return;
    free(state->fields);
    state->fields = mem_strndup(fields.n ? fields.s : "", fields.n);
}

/* False where the line does not begin with the word. */
static bool take_word(struct text *line, const char *word)
{
    size_t n = strlen(word);
    if (line->n < n || memcmp(line->s, word, n) != 0)
        return false;
    *line = (struct text){line->s + n, line->n - n};
    return true;
}

void saved_state_read(struct saved_state *state, struct text text)
{
    unsigned number = 0;
    for (struct text line; report_next_line(&text, &line, &number);) {
        if (take_word(&line, "fields = "))
            set_fields(state, line);
        else if (take_word(&line, "filter = "))
            add_filter(state, line);
    }
}

static void write_state(const struct saved_state *state, struct buf *out)
{
    if (state->fields)
        buf_printf(out, "fields = %s\n", state->fields);
    for (size_t i = 0; i < state->filter_count; i++)
        buf_printf(out, "filter = %s\n", state->filters[i]);
}

/* Replaces what is in memory by the file; where nothing can be read, memory is all there is. */
static void read_file(struct saved_state *state)
{
    struct buf path, content;
    buf_init(&path, PATH_TEXT_MAX);
    buf_init(&content, STATE_FILE_MAX);
    bool is_read = files_state_path("state", &path) && files_read(buf_cstr(&path), &content, NULL) == ERR_OK;
    if (is_read && content.len) {
        saved_state_release(state);
        saved_state_read(state, buf_as_text(&content));
    }
    buf_release(&content);
    buf_release(&path);
}

void saved_state_load(struct saved_state *state)
{
    saved_state_init(state);
    read_file(state);
}

static enum err_code save(const struct saved_state *state, struct err *err)
{
    struct buf path, content;
    buf_init(&path, PATH_TEXT_MAX);
    buf_init(&content, STATE_FILE_MAX);
    enum err_code code;
    if (files_state_path("state", &path)) {
        write_state(state, &content);
        code = files_replace(buf_cstr(&path), buf_as_text(&content), err);
    } else {
        code = err_set(err, ERR_NOT_FOUND, "nothing is remembered: neither $XDG_STATE_HOME nor $HOME is set");
    }
    buf_release(&content);
    buf_release(&path);
    return code;
}

enum err_code saved_state_add_filter(struct saved_state *state, struct text line, struct err *err)
{
    read_file(state);
    add_filter(state, line);
    return save(state, err);
}

enum err_code saved_state_set_fields(struct saved_state *state, struct text fields, struct err *err)
{
    read_file(state);
    set_fields(state, fields);
    return save(state, err);
}
