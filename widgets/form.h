/*
 * A question as a box over the screen: what is asked and by whom, a field for each value that is wanted, and
 * the buttons. The same box shows the answer once more before it is sent, and says what became of it.
 *
 * What does not fit scrolls; the note and the buttons stay at its foot. Nothing of a secret reaches the
 * surface but its length.
 */
#pragma once

#include "widgets/lineedit.h"
#include "widgets/surface.h"

enum form_control {
    CONTROL_LINE,
    CONTROL_SECRET, /* a line of bullets */
    CONTROL_ONE_OF,
    CONTROL_ANY_OF,
};

struct form_option {
    struct text label;
    bool is_on;
};

struct form_item {
    struct text label;
    struct text about; /* muted below the value; null none */
    bool is_required;
    bool is_missing;   /* required, and nothing is there */
    const char *hint;  /* what may be typed; "" none */
    const char *error; /* in place of the hint; "" none */
    enum form_control control;
    const struct lineedit *edit; /* lines */
    const struct form_option *options;
    size_t option_count;
    ptrdiff_t option; /* the one under the cursor; -1 none */
};

struct form_model {
    bool ascii; /* as the surface: what is measured before there is one */
    const char *title;
    struct text message;  /* may have several lines; null none */
    bool is_message_cut;  /* there is more of it elsewhere */
    struct text url;      /* null none */
    const char *url_keys; /* "F6 copies it"; NULL none */
    struct text run_id;   /* who asks … */
    struct text code;     /* … and the head of its code */
    const char *since;    /* "asked 2m 03s ago" */
    const char *outcome;  /* what will happen; NULL: nothing is about to */
    const struct form_item *items;
    size_t count;
    bool is_review; /* items are shown and cannot be changed */
    const char *const *buttons;
    size_t button_count;
    ptrdiff_t focus;  /* of the items and then the buttons; -1 none */
    int top;          /* lines scrolled off */
    const char *note; /* at the foot: an error, the end; NULL none */
    enum ink note_ink;
    const char *call; /* at the foot, in place of buttons: "y sends it"; NULL none */
};

struct rect form_rect(struct rect screen, const struct form_model *model);
int form_value_cells(struct rect screen, const struct form_model *model); /* room of a line that is typed */
int form_page(struct rect screen,
              const struct form_model *model); /* lines that scroll and are visible at once */
int form_clamp(struct rect screen, const struct form_model *model);  /* the top, within what there is */
int form_reveal(struct rect screen, const struct form_model *model); /* the top that shows the focus */
void form_draw(struct surface *surface, struct rect screen, const struct form_model *model);
