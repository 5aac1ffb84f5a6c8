/*
 * What the list says where it has no rows to show.
 */
#pragma once

#include "widgets/list.h"

/* True where the state takes the place of the rows. */
bool list_state_is_shown(const struct list_model *model);
void list_state_draw(struct surface *surface, struct rect body, const struct list_model *model);

/* "searching 43% · back to Nov 03" */
enum { LIST_SEARCH_TEXT = 96 };
void list_search_text(const struct list_model *model, bool ascii, char out[LIST_SEARCH_TEXT]);
