/*
 * An empty list always says why it is empty and what to do: loading, searching, nothing found so far, nothing there, nothing that matches, or a
 * source that failed. One calm block in the middle of the list's area, wrapped to its width.
 */
#include "widgets/list_state.h"

#include "data/base/utf8.h"
#include "widgets/prose.h"

#include <inttypes.h>
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
    case LIST_PAUSED:
    case LIST_ERROR: break;
    }
    return model->count == 0;
}

/* ---- how far a search came ---- */

static bool is_from_oldest(const struct list_model *model)
{
    return model->sort.field == SORT_CREATED && model->sort.is_ascending;
}

/* "of the 1,400 newest"; "" where that is not known. A search that began elsewhere does not know what stands before it. */
static void looked_at_text(const struct list_model *model, char out[LIST_NOTE / 2])
{
    char count[TIME_TEXT];
    out[0] = '\0';
    if (model->looked_at <= 0)
        return;
    count_format(model->looked_at, count);
    if (model->count && model->rank < 0)
        snprintf(out, LIST_NOTE / 2, "of %.32s runs", count);
    else
        snprintf(out, LIST_NOTE / 2, "of the %.32s %s", count, is_from_oldest(model) ? "oldest" : "newest");
}

/* "back to Nov 03"; "" where that is not known. */
static void back_to_text(const struct list_model *model, char out[LIST_NOTE / 2])
{
    char reach[TIME_TEXT];
    enum time_mode mode = model->time_mode == TIME_RELATIVE ? TIME_LOCAL : model->time_mode;
    out[0] = '\0';
    if (model->reach == TIME_NONE)
        return;
    time_format_row(model->reach, mode, model->now, reach);
    int day = reach[0] >= '0' && reach[0] <= '9' ? 10 : 6; /* "2025-11-21" or "Nov 21" */
    snprintf(out, LIST_NOTE / 2, "%s %.*s", is_from_oldest(model) ? "up to" : "back to", day, reach);
}

void list_search_text(const struct list_model *model, bool is_brief, bool ascii, char out[LIST_NOTE])
{
    double progress = model->progress > 0 ? (model->progress < 1 ? model->progress : 1) : 0;
    const char *joint = ascii ? " - " : " · ";
    char looked_at[LIST_NOTE / 2] = "", back_to[LIST_NOTE / 2] = "";
    if (!is_brief) {
        looked_at_text(model, looked_at);
        back_to_text(model, back_to);
    }
    snprintf(out, LIST_NOTE, "searching %d%%%s%.48s%s%.40s", (int)(progress * 100), looked_at[0] ? joint : "",
             looked_at, back_to[0] ? joint : "", back_to);
}

void list_reach_text(const struct list_model *model, bool is_brief, char out[LIST_NOTE])
{
    char looked_at[LIST_NOTE / 2], back_to[LIST_NOTE / 2];
    looked_at_text(model, looked_at);
    back_to_text(model, back_to);
    if (looked_at[0] && back_to[0] && !is_brief)
        snprintf(out, LIST_NOTE, "%.60s, %.60s", looked_at, back_to);
    else if (looked_at[0] || back_to[0])
        snprintf(out, LIST_NOTE, "%.60s", looked_at[0] ? looked_at : back_to);
    else
        snprintf(out, LIST_NOTE, "of a part of the history");
}

void list_further_text(const struct list_model *model, char out[LIST_NOTE])
{
    out[0] = '\0';
    if (model->further[0])
        snprintf(out, LIST_NOTE, "%s looks further", model->further);
}

void list_wait_text(const struct list_model *model, bool is_brief, bool ascii, char out[LIST_NOTE])
{
    const char *source = is_brief || !model->source ? "" : model->source;
    out[0] = '\0';
    if (model->waited_ms > 0)
        snprintf(out, LIST_NOTE, "asking%s%.100s%s %" PRId64 " s", source[0] ? " " : "", source,
                 ascii ? "..." : "…", model->waited_ms / SECOND_MS);
}

void list_retry_text(const struct list_model *model, char out[LIST_NOTE])
{
    snprintf(out, LIST_NOTE, "%s tries again", model->retry[0] ? model->retry : "r");
}

/* ---- in place of rows ---- */

struct block {
    const char *title, *message, *hint;
    enum ink ink; /* of the title */
};

static const char *or_else(const char *text, const char *otherwise)
{
    return text && *text ? text : otherwise;
}

/* What the parts of a block are made of, and where they live while it is drawn. */
struct block_texts {
    char search[LIST_NOTE], reach[LIST_NOTE], further[LIST_NOTE], wait[LIST_NOTE], retry[LIST_NOTE];
};

static void block_texts(const struct list_model *model, bool ascii, struct block_texts *texts)
{
    list_search_text(model, false, ascii, texts->search);
    list_reach_text(model, false, texts->reach);
    list_further_text(model, texts->further);
    list_wait_text(model, false, ascii, texts->wait);
    list_retry_text(model, texts->retry);
}

static struct block block_of(const struct list_model *model, const struct block_texts *texts, bool ascii)
{
    const char *message = or_else(model->message, "");
    const char *hint = or_else(model->hint, "");
    switch (model->phase) {
    case LIST_READY:
    case LIST_LOADING:
        return (struct block){ascii ? "loading..." : "loading…", or_else(texts->wait, message), hint,
                              INK_MUTED};
    case LIST_SEARCHING:
        return (struct block){texts->search, or_else(message, "nothing found yet"), hint, INK_ACCENT};
    case LIST_PAUSED: return (struct block){"nothing found yet", texts->reach, texts->further, INK_STRONG};
    case LIST_NO_RUNS:
        return (struct block){"no runs yet", or_else(message, "runs show up here when they start"), hint,
                              INK_STRONG};
    case LIST_NO_MATCH:
        return (struct block){"no run matches", message,
                              or_else(hint, "X clears the filter, u takes the last change back"), INK_STRONG};
    case LIST_ERROR: break;
    }
    return (struct block){or_else(message, "the source failed"), hint, texts->retry, INK_FAILED};
}

void list_state_draw(struct surface *surface, struct rect body, const struct list_model *model)
{
    struct block_texts texts;
    block_texts(model, surface->ascii, &texts);
    struct block block = block_of(model, &texts, surface->ascii);
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
