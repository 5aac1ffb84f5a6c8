/*
 * Sentences for a person: wrapped at words to a width.
 */
#pragma once

#include "widgets/surface.h"

/* Cuts the next line of at most `cells` cells (≥ 1) off the front of *rest: at a space where there is one, else inside the word. False at the end. */
bool prose_next_line(struct text *rest, int cells, bool ascii, struct text *line);

int prose_height(struct text text, int cells, bool ascii);

/* Draws centred lines from the top of rect down, at most rect.h of them; returns the lines used. */
int prose_draw_centred(struct surface *surface, struct rect rect, struct text text, struct style style);
