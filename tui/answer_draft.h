/*
 * A question of a run and what a person has typed for it so far. It is a copy: the run may leave the list and
 * the source may fall silent while somebody is typing. What was typed is wiped where it is freed, since some
 * of it may be secret.
 */
#pragma once

#include "data/answer/answer.h"
#include "data/query.h"
#include "tui/answer_field.h"

enum {
    ANSWER_ACTIONS = ANSWER_CANCEL + 1,
    ANSWER_NOTE = 640,
    ANSWER_MESSAGE_MAX = 16 * 1024,
};

enum answer_phase {
    ANSWER_EDITING,
    ANSWER_CONFIRMING, /* shown once more */
    ANSWER_SENDING,
    ANSWER_OVER, /* it cannot be answered, or not any more: the note says why */
};

struct answer_draft {
    struct arena arena;
    struct text run_id, scope_id, question_id, code;
    int64_t asked_at;
    struct text message; /* never null */
    bool is_message_cut;
    struct answer_form form;     /* without fields where it could not be read */
    bool is_broken;              /* it could not: declining stays possible */
    struct answer_input *inputs; /* of the form's fields */
    struct form_item *items;     /* the same as they are drawn */

    enum answer_phase phase;
    enum answer_action action; /* from CONFIRMING on */
    uint64_t letter;           /* SENDING: its number */
    int64_t sent_at;
    size_t focus; /* of the fields and then the buttons */
    int top;
    bool is_scrolled;       /* by hand: the focus need not be in view */
    char note[ANSWER_NOTE]; /* "" none */
    enum ink note_ink;
};

/* Of one of the run's interactions. */
struct answer_draft *answer_draft_new(const struct run *run, const struct interaction *interaction);
void answer_draft_free(struct answer_draft *draft); /* wipes; NULL is fine */
bool answer_draft_is_of(const struct answer_draft *draft, const struct run *run,
                        const struct interaction *interaction);

void answer_draft_note(struct answer_draft *draft, enum ink ink, const char *what, const char *hint);
void answer_draft_end(struct answer_draft *draft, const char *what, const char *hint); /* ANSWER_OVER */

/* The buttons of the draft: accept is not among them where the form could not be read. Returns how many. */
size_t answer_draft_actions(const struct answer_draft *draft, enum answer_action actions[ANSWER_ACTIONS]);

struct answer_input *answer_draft_focused(struct answer_draft *draft); /* NULL: on a button */

/* A key of the focused field. False where it means nothing there. */
bool answer_draft_feed(struct answer_draft *draft, struct key key);
bool answer_draft_paste(struct answer_draft *draft,
                        struct text text);           /* false: it does not fit, or there is no line */
void answer_draft_leave(struct answer_draft *draft); /* the focus goes elsewhere: what is there is judged */

/* Judges every field; the first wrong one, or -1. */
ptrdiff_t answer_draft_check(struct answer_draft *draft, size_t *wrong);

/* The answer's content, made in memory that is not moved: wipe it with buf_wipe. Not for a URL: it has none. */
MUST_USE enum err_code answer_draft_content(struct answer_draft *draft, struct buf *content, struct err *err);
