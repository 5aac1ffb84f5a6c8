/*
 * The box, its head and its foot. It is as high as what it holds, at most the screen, and of a width that a
 * sentence can be read in.
 */
#include "widgets/form.h"

#include "data/base/utf8.h"
#include "widgets/form_sheet.h"
#include "widgets/measure.h"
#include "widgets/prose.h"

#include <stdio.h>

enum {
    BORDERS = 2,
    PAD = 1,
    WIDTH_MAX = 84,
    NARROW_W = 60, /* below, the box takes the whole width */
    BUTTON_GAP = 1,
    BUTTON_EDGES = 4, /* "[ " and " ]" */
    BODY_MIN = 2,
    ALL_LINES = 1 << 20,
};

/* ---- lines ---- */

struct style sheet_style(struct style style)
{
    return style_on(style, GROUND_OVERLAY);
}

int sheet_y(const struct sheet *sheet)
{
    return sheet->area.y + sheet->line - sheet->top;
}

bool sheet_is_in_view(const struct sheet *sheet)
{
    return sheet->surface && sheet->line >= sheet->top && sheet->line < sheet->top + sheet->area.h;
}

void sheet_text(struct sheet *sheet, int x, struct text text, struct style style)
{
    if (sheet_is_in_view(sheet))
        draw_text_ellipsis(sheet->surface, sheet->area.x + x, sheet_y(sheet), sheet->area.w - x, text,
                           sheet_style(style));
    sheet->line++;
}

void sheet_blank(struct sheet *sheet)
{
    sheet->line++;
}

static struct text cut_line(struct text *rest)
{
    const char *end = memchr(rest->s, '\n', rest->n);
    size_t n = end ? (size_t)(end - rest->s) : rest->n;
    struct text line = {rest->s, n};
    *rest = (struct text){rest->s + n + (end != NULL), rest->n - n - (end != NULL)};
    if (line.n && line.s[line.n - 1] == '\r')
        line.n--;
    return line;
}

/* The last line that is allowed ends in an ellipsis where there is more. */
static void put_paragraph(struct sheet *sheet, int x, struct text text, struct style style, int end)
{
    struct text line, rest = text;
    while (sheet->line < end && prose_next_line(&rest, sheet->area.w - x, sheet->ascii, &line)) {
        bool is_last = sheet->line + 1 == end;
        sheet_text(sheet, x, is_last ? (struct text){line.s, (size_t)(text.s + text.n - line.s)} : line,
                   style);
    }
}

void sheet_prose(struct sheet *sheet, int x, struct text text, struct style style, int lines_max)
{
    int end = lines_max ? sheet->line + lines_max : ALL_LINES;
    while (text.n && sheet->line < end && sheet->area.w > x) {
        struct text paragraph = cut_line(&text);
        if (paragraph.n)
            put_paragraph(sheet, x, paragraph, style, end);
        else
            sheet_blank(sheet);
    }
}

void sheet_words(struct sheet *sheet, int x, const char *words, struct style style)
{
    char twin[WORDS_MAX];
    sheet_prose(sheet, x, str_words(sheet->ascii, words, twin), style, 0);
}

/* ---- head: what is asked, and who asks ---- */

/* A small screen spares blank lines. */
static bool is_airy(const struct sheet *sheet)
{
    return sheet->area.h >= 14;
}

static void put_asker(struct sheet *sheet, const struct form_model *model)
{
    int id_cells = text_width(model->run_id, sheet->ascii);
    int since_cells = text_width(text_of(model->since), sheet->ascii);
    bool is_one_line = id_cells + 2 + since_cells <= sheet->area.w;
    if (is_one_line && sheet_is_in_view(sheet))
        draw_str(sheet->surface, sheet->area.x + id_cells + 2, sheet_y(sheet), since_cells, model->since,
                 sheet_style(STYLE(INK_WAITING)));
    sheet_text(sheet, 0, model->run_id, STYLE(INK_MUTED));
    if (!is_one_line)
        sheet_words(sheet, 0, model->since, STYLE(INK_WAITING));
    if (model->code.n)
        sheet_text(sheet, 0, model->code, STYLE(INK_MUTED));
}

static void put_head(struct sheet *sheet, const struct form_model *model)
{
    sheet_prose(sheet, 0, model->message, STYLE(INK_STRONG), 0);
    if (model->is_message_cut)
        sheet_words(sheet, 0, "… the rest of it is in the run", STYLE(INK_MUTED));
    sheet_prose(sheet, 0, model->url, (struct style){.ink = INK_ACCENT, .attrs = ATTR_UNDERLINE}, 0);
    if (model->url.n && model->url_keys)
        sheet_words(sheet, 0, model->url_keys, STYLE(INK_MUTED));
    if (is_airy(sheet))
        sheet_blank(sheet);
    put_asker(sheet, model);
}

static void put_items(struct sheet *sheet, const struct form_model *model, bool has_gap)
{
    for (size_t i = 0; i < model->count; i++) {
        if ((i == 0 && has_gap) || (is_airy(sheet) && !model->is_review))
            sheet_blank(sheet);
        form_put_item(sheet, model, i);
    }
}

/* What is about to be sent comes first where not all can be seen. */
static void put_all(struct sheet *sheet, const struct form_model *model)
{
    if (!model->outcome) {
        put_head(sheet, model);
        put_items(sheet, model, true);
        return;
    }
    sheet_words(sheet, 0, model->outcome, STYLE(INK_STRONG));
    if (is_airy(sheet)) {
        put_asker(sheet, model);
        put_items(sheet, model, true);
    } else {
        put_items(sheet, model, false);
        put_asker(sheet, model);
    }
}

/* ---- foot ---- */

static void put_note(struct sheet *sheet, const struct form_model *model)
{
    char twin[WORDS_MAX];
    if (model->note)
        sheet_prose(sheet, 0, str_words(sheet->ascii, model->note, twin), STYLE(model->note_ink),
                    sheet->area.h);
}

/* All of the note where there is room for it beside two lines of the form. */
static int note_lines(const struct form_model *model, int width, int height)
{
    struct sheet sheet = {.area = {0, 0, width, max_int(height - BODY_MIN, 1)}, .ascii = model->ascii};
    put_note(&sheet, model);
    return sheet.line;
}

static void draw_buttons(struct surface *surface, struct rect line, const struct form_model *model)
{
    int x = line.x;
    for (size_t i = 0; i < model->button_count; i++) {
        bool has_focus = model->focus == (ptrdiff_t)(model->count + i);
        int cells = str_width(surface, model->buttons[i]) + BUTTON_EDGES;
        struct style style = sheet_style(STYLE(has_focus ? INK_STRONG : INK_DEFAULT));
        struct style edge = sheet_style(STYLE(has_focus ? INK_ACCENT : INK_FAINT));
        draw_str(surface, x, line.y, 1, "[", edge);
        draw_str(surface, x + 2, line.y, cells - BUTTON_EDGES, model->buttons[i], style);
        draw_str(surface, x + cells - 1, line.y, 1, "]", edge);
        if (has_focus)
            draw_ground(surface, (struct rect){x, line.y, cells, 1}, GROUND_SELECTED);
        x += cells + BUTTON_GAP;
    }
}

static void draw_foot(struct surface *surface, struct rect foot, const struct form_model *model)
{
    int last = model->button_count || model->call ? 1 : 0;
    struct sheet sheet = {.surface = surface, .area = foot, .ascii = surface->ascii};
    sheet.area.h = max_int(foot.h - last, 1);
    put_note(&sheet, model);
    foot.y += sheet.line;
    draw_buttons(surface, foot, model);
    if (model->call)
        draw_str(surface, foot.x, foot.y, foot.w, model->call, sheet_style(STYLE(INK_ACCENT)));
}

/* ---- the box ---- */

struct places {
    struct rect box, body, foot;
    int lines; /* of all that scrolls */
    struct sheet sheet;
};

static int width_of(struct rect screen)
{
    return screen.w < NARROW_W ? screen.w : min_int(screen.w - 4, WIDTH_MAX);
}

/* Lines between the body and the foot cost room that a small screen has not. */
static struct places place(struct rect screen, const struct form_model *model)
{
    struct places places = {.box.w = width_of(screen)};
    int width = places.box.w - BORDERS - 2 * PAD;
    int last = model->button_count || model->call ? 1 : 0;
    int foot = last + note_lines(model, width, screen.h - BORDERS - last), room = screen.h - BORDERS - foot;
    int gap = foot && room >= 8 ? 1 : 0;
    places.sheet = (struct sheet){.area = {0, 0, width, room}, .ascii = model->ascii};
    put_all(&places.sheet, model);
    places.lines = places.sheet.line;
    int body = max_int(min_int(places.lines, room - gap), 0);
    places.box.h = min_int(body + gap + foot + BORDERS, screen.h);
    places.box.x = screen.x + (screen.w - places.box.w) / 2;
    places.box.y = screen.y + (screen.h - places.box.h) / 2;
    int x = places.box.x + 1 + PAD;
    places.body = (struct rect){x, places.box.y + 1, width, body};
    places.foot = (struct rect){x, places.box.y + 1 + body + gap, width, foot};
    return places;
}

struct rect form_rect(struct rect screen, const struct form_model *model)
{
    return place(screen, model).box;
}

int form_value_cells(struct rect screen, const struct form_model *model)
{
    int width = width_of(screen) - BORDERS - 2 * PAD;
    return width - form_value_x(width, model);
}

int form_page(struct rect screen, const struct form_model *model)
{
    return max_int(place(screen, model).body.h, 1);
}

static int top_within(const struct places *places, const struct form_model *model)
{
    return max_int(min_int(model->top, places->lines - places->body.h), 0);
}

int form_clamp(struct rect screen, const struct form_model *model)
{
    struct places places = place(screen, model);
    return top_within(&places, model);
}

int form_reveal(struct rect screen, const struct form_model *model)
{
    struct places places = place(screen, model);
    int top = top_within(&places, model);
    if (places.sheet.focus_to == 0)
        return top;
    if (top + places.body.h < places.sheet.focus_to)
        top = places.sheet.focus_to - places.body.h;
    return min_int(top, places.sheet.focus_from);
}

/* On the box's lower edge: nobody sends what was not seen for want of a word. */
static void draw_more(struct surface *surface, struct rect box, int lines)
{
    char more[WORDS_MAX], twin[WORDS_MAX];
    snprintf(more, sizeof more, " ↓ %d more %s ", lines, lines == 1 ? "line" : "lines");
    struct text words = str_words(surface->ascii, more, twin);
    draw_text(surface, box.x + 2, box.y + box.h - 1, box.w - 4, words, sheet_style(STYLE(INK_WAITING)));
}

static void draw_form(struct surface *surface, struct rect screen, const struct form_model *model)
{
    struct places places = place(screen, model);
    struct rect before = surface_clip(surface, places.box);
    draw_box(surface, places.box, model->title, GROUND_OVERLAY);
    struct sheet sheet = {
        .surface = surface, .area = places.body, .ascii = surface->ascii, .top = top_within(&places, model)};
    sheet.area.h = places.sheet.area.h; /* as it was measured; what is below the body is clipped */
    struct rect all = surface_clip(surface, places.body);
    put_all(&sheet, model);
    surface_unclip(surface, all);
    draw_foot(surface, places.foot, model);
    int below = places.lines - sheet.top - places.body.h;
    if (model->is_review && below > 0)
        draw_more(surface, places.box, below);
    if (places.lines > places.body.h && places.body.h > 0) {
        double lines = places.lines;
        int x = places.box.x + places.box.w - 1;
        draw_scrollbar(surface, x, places.body.y, places.body.h, sheet.top / lines, places.body.h / lines);
        draw_ground(surface, (struct rect){x, places.body.y, 1, places.body.h}, GROUND_OVERLAY);
    }
    surface_unclip(surface, before);
}

void form_draw(struct surface *surface, struct rect screen, const struct form_model *model)
{
    struct rect before = surface_clip(surface, screen);
    draw_form(surface, screen, model);
    surface_unclip(surface, before);
}
