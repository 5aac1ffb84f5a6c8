/*
 * The inside of a form as lines, one below the other; for form*.c only. The same walk measures (no surface)
 * and draws what is in view.
 */
#pragma once

#include "widgets/form.h"

struct sheet {
    struct surface *surface; /* NULL: lines are counted only */
    struct rect area;
    bool ascii;
    int top;                  /* the number of the first line in view */
    int line;                 /* of the next one */
    int focus_from, focus_to; /* lines of what has the focus */
};

struct style sheet_style(struct style style); /* on the ground of the box */

/* Draws or counts one line from column x on, and goes on to the next. */
void sheet_text(struct sheet *sheet, int x, struct text text, struct style style);
void sheet_blank(struct sheet *sheet);
/* Wrapped, and split at line breaks. At most lines_max lines; 0: all. */
void sheet_prose(struct sheet *sheet, int x, struct text text, struct style style, int lines_max);
void sheet_words(struct sheet *sheet, int x, const char *words, struct style style); /* our own, wrapped */

bool sheet_is_in_view(const struct sheet *sheet); /* the next line is */
int sheet_y(const struct sheet *sheet);           /* its row */

/* ---- form_item.c ---- */

enum { FORM_MARK_CELLS = 2 };
int form_value_x(int width, const struct form_model *model); /* the column of values in an area so wide */
void form_put_item(struct sheet *sheet, const struct form_model *model, size_t i);
