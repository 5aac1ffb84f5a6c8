/*
 * What the list says where it has no rows to show.
 */
#pragma once

#include "widgets/list.h"

/* True where the state takes the place of the rows. */
bool list_state_is_shown(const struct list_model *model);
void list_state_draw(struct surface *surface, struct rect body, const struct list_model *model);

enum { LIST_NOTE = 160 };
/* "searching 43% · of the 1,400 newest · back to Nov 03"; brief: "searching 43%". */
void list_search_text(const struct list_model *model, bool is_brief, bool ascii, char out[LIST_NOTE]);
/* "of the 1,400 newest, back to Nov 03"; brief: "of the 1,400 newest" */
void list_reach_text(const struct list_model *model, bool is_brief, char out[LIST_NOTE]);
/* "PgDn looks further"; "" where no key does */
void list_further_text(const struct list_model *model, char out[LIST_NOTE]);
/* "asking localhost:4788… 3 s"; brief: "asking… 3 s"; "" where nothing is waited for */
void list_wait_text(const struct list_model *model, bool is_brief, bool ascii, char out[LIST_NOTE]);
/* "r tries again" */
void list_retry_text(const struct list_model *model, char out[LIST_NOTE]);
