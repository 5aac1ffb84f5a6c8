/*
 * An empty list always says why it is empty and what to do: loading, searching, nothing there, nothing that matches, or a
 * source that failed. One calm block in the middle of the list's area, wrapped to its width.
 */
#include "widgets/list_state.h"

#include "data/base/utf8.h"
#include "widgets/prose.h"

#include <stdio.h>

enum { STATE_CELLS_MAX = 64 };

bool list_state_is_shown(const struct list_model *model)
{
    switch (model->phase) {
    case LIST_NO_RUNS:
    case LIST_NO_MATCH: return true;
    case LIST_READY: return false;
    case LIST_LOADING:
    case LIST_SEARCHING:
    case LIST_ERROR: break;
    }
    return model->count == 0;
}

void list_search_text(const struct list_model *model, bool ascii, char out[LIST_SEARCH_TEXT])
{
    double progress = model->progress > 0 ? (model->progress < 1 ? model->progress : 1) : 0;
    char reach[TIME_TEXT] = "";
    if (model->reach != TIME_NONE) {
        enum time_mode mode = model->time_mode == TIME_RELATIVE ? TIME_LOCAL : model->time_mode;
        time_format_row(model->reach, mode, model->now, reach);
    }
    int day = reach[0] >= '0' && reach[0] <= '9' ? 10 : 6; /* "2025-11-21" or "Nov 21" */
    const char *joint = !reach[0] ? "" : ascii ? " - back to " : " · back to ";
    snprintf(out, LIST_SEARCH_TEXT, "searching %d%%%s%.*s", (int)(progress * 100), joint, reach[0] ? day : 0,
             reach);
}

struct block {
    const char *title, *message, *hint;
    enum ink ink; /* of the title */
};

static const char *or_else(const char *text, const char *otherwise)
{
    return text && *text ? text : otherwise;
}

static struct block block_of(const struct list_model *model, const char *loading, const char *search)
{
    const char *message = or_else(model->message, "");
    const char *hint = or_else(model->hint, "");
    switch (model->phase) {
    case LIST_READY:
    case LIST_LOADING: return (struct block){loading, message, hint, INK_MUTED};
    case LIST_SEARCHING:
        return (struct block){search, or_else(message, "nothing found yet"), hint, INK_ACCENT};
    case LIST_NO_RUNS:
        return (struct block){"no runs yet", or_else(message, "runs show up here when they start"), hint,
                              INK_STRONG};
    case LIST_NO_MATCH:
        return (struct block){"no run matches", message,
                              or_else(hint, "X clears the filter, u takes the last change back"), INK_STRONG};
    case LIST_ERROR: break;
    }
    return (struct block){or_else(message, "the source failed"), "", or_else(hint, "r tries again"),
                          INK_FAILED};
}

void list_state_draw(struct surface *surface, struct rect body, const struct list_model *model)
{
    char search[LIST_SEARCH_TEXT];
    list_search_text(model, surface->ascii, search);
    struct block block = block_of(model, pick(surface, "loading…", "loading..."), search);
    const struct {
        const char *text;
        enum ink ink;
    } parts[] = {{block.title, block.ink}, {block.message, INK_DEFAULT}, {block.hint, INK_MUTED}};

    int cells = body.w - 4 < STATE_CELLS_MAX ? body.w - 4 : STATE_CELLS_MAX;
    int height = 0;
    for (int i = 0; i < 3; i++)
        height += prose_height(text_of(parts[i].text), cells, surface->ascii);
    /* a third from the top, where the eye looks first */
    int top = body.h > height ? (body.h - height) / 3 : 0;
    struct rect at = {body.x + (body.w - cells) / 2, body.y + top, cells, body.h - top};
    for (int i = 0; i < 3; i++) {
        int used = prose_draw_centred(surface, at, text_of(parts[i].text), STYLE(parts[i].ink));
        at.y += used;
        at.h -= used;
    }
}
