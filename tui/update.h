/*
 * What happens becomes state: keys, answers, events of the source, time. Every function changes the state,
 * does no I/O, and returns what must follow (enum effect, or'ed). The first block is for the loop; behind it
 * are the parts of update, a file each.
 */
#pragma once

#include "tui/answer_draft.h"
#include "tui/state.h"
#include "tui/term.h"

unsigned update_start(struct state *state, int64_t now); /* the first questions */
unsigned update_terminal(struct state *state, const struct term_event *event, int64_t now);
unsigned update_response(struct state *state, struct response *response, int64_t now); /* takes ownership */
unsigned update_source(struct state *state, unsigned events,
                       int64_t now); /* enum source_event; state->source is already the new one */
void update_tick(struct state *state, int64_t now); /* time went by */
unsigned update_command(struct state *state, enum command command,
                        int64_t now); /* as if its key was pressed; the palette's road too */

/* Something happened that changes nothing on the screen but by the answers to what it asked. */
void update_frame_hold(struct state *state, int64_t now);
void update_frame_shown(struct state *state);

/* Clamps everything to what is shown and rebuilds what is derived; after any of the above, before a frame. */
unsigned update_settle(struct state *state, int64_t now);

/* ---- update_list.c ---- */
unsigned update_list_command(struct state *state, enum command command);
unsigned update_list_landed(struct state *state, struct response *response, int64_t now);
unsigned update_list_select(struct state *state, ptrdiff_t index);
unsigned update_list_ask_first(struct state *state); /* from the top */
unsigned update_list_ask_again(
    struct state *state); /* around the selected run: after a change of filter, order or data */
unsigned
update_list_data_changed(struct state *state); /* the same, when the question that is out has been answered */
unsigned update_list_ask_time(struct state *state, int64_t t);
unsigned update_list_ask_key(struct state *state, const struct row_key *key); /* and selects that row */
void update_list_clamp(struct state *state);
unsigned update_list_wants_more(struct state *state);

/* ---- update_filter.c: every change of the filter goes through here, so that undo sees it ---- */
unsigned update_filter_apply(struct state *state, struct filter *filter); /* takes the filter */
unsigned update_filter_changed(struct state *state);                      /* asks everything anew */
unsigned update_filter_command(struct state *state, enum command command,
                               int64_t now); /* undo, redo, clear */

/* ---- update_bar.c ---- */
unsigned update_bar_open(struct state *state, struct text text);
void update_bar_counted(struct state *state); /* there are other counts and values to propose */
unsigned update_bar_command(struct state *state, enum command command);
unsigned update_bar_typed(struct state *state, struct key key);
unsigned update_bar_pasted(struct state *state, struct text text);

/* ---- update_rail.c ---- */
unsigned update_rail_command(struct state *state, enum command command);
unsigned update_rail_act(struct state *state, enum command command); /* on the selected item */
void update_rail_rebuild(struct state *state);

/* ---- update_timeline.c ---- */
unsigned update_timeline_command(struct state *state, enum command command, int64_t now);
void update_timeline_settle(struct state *state);
void update_timeline_point(struct state *state, ptrdiff_t bucket, bool is_start);
struct time_range update_timeline_range(const struct state *state,
                                        int64_t now); /* what the axis stands for; closed */

/* ---- update_drawer.c ---- */
unsigned update_drawer_command(struct state *state, enum command command, int64_t now);
unsigned update_detail_answer(struct state *state,
                              int64_t now); /* asks for the run, and opens its question then */
unsigned update_drawer_open(struct state *state, int64_t now);
unsigned update_drawer_close(struct state *state);
void update_drawer_layout(struct state *state, int64_t now);
unsigned update_search_command(struct state *state, enum command command, int64_t now);
unsigned update_search_typed(struct state *state, struct key key);
unsigned update_detail_wants(struct state *state,
                             int64_t now); /* asks for the selected run's detail where it is not there */
unsigned update_detail_ask_id(struct state *state, struct text id, int64_t now); /* of a run without a row */
unsigned update_detail_copy(struct state *state, enum copy_kind kind,
                            int64_t now); /* the selected run's, when its detail is there */
unsigned update_detail_again(struct state *state, int64_t now); /* the data changed */
unsigned update_detail_landed(struct state *state, struct response *response, int64_t now);
unsigned update_peers_landed(struct state *state, struct response *response, int64_t now);

/* ---- update_open.c: the run that a link names. Nothing happens in any of these where none is being opened ---- */
unsigned update_open_start(struct state *state, int64_t now);
unsigned update_open_found(struct state *state, const struct run *run); /* its detail is there */
unsigned update_open_missed(struct state *state, const struct err *err, int64_t now);
unsigned update_open_later(struct state *state, int64_t now); /* a list came: what failed is tried again */
/* Whether the list's answer is to be shown: not while its run is still looked for, nor where the filter changes for its sake. */
bool update_open_placed(struct state *state, const struct list_reply *list, int64_t now, unsigned *effects);
bool update_open_is_waiting(const struct state *state); /* nothing else is asked of the list meanwhile */
unsigned update_open_ask_again(struct state *state);
void update_open_give_up(struct state *state); /* the person does something else */

/* ---- update_copy.c ---- */
unsigned update_copy(struct state *state, enum copy_kind kind, int64_t now);
unsigned update_copy_finish(struct state *state, enum copy_kind kind, int64_t now); /* the detail is there */

/* ---- update_answer.c ---- */
enum { ANSWER_WORDS = 120 };
struct answer_view { /* the form as it is drawn, and the words in it */
    struct form_model form;
    const char *buttons[ANSWER_ACTIONS];
    char since[ANSWER_WORDS], url_keys[ANSWER_WORDS], call[ANSWER_WORDS * 2], note[ANSWER_NOTE];
};
unsigned update_answer_open(struct state *state, int64_t now);  /* of the selected run */
unsigned update_answer_found(struct state *state, int64_t now); /* its detail is there */
bool update_answer_close(struct state *state);                  /* one step back; true */
unsigned update_answer_command(struct state *state, enum command command, int64_t now);
unsigned update_answer_typed(struct state *state, struct key key);
void update_answer_pasted(struct state *state, struct text text);
unsigned update_answer_send(struct state *state, int64_t now);            /* the open one; it was confirmed */
void update_answer_drop(struct state *state, struct answer_draft *draft); /* and what was typed for it */
void update_answer_settle(struct state *state, int64_t now);
void update_answer_view(const struct state *state, int64_t now, struct answer_view *view);
/* What became of the letter of that number, which EFFECT_ANSWER took. err NULL: it has arrived. */
unsigned update_answer_sent(struct state *state, uint64_t number, const struct err *err, int64_t now);
unsigned update_answer_watched(struct state *state, struct response *response, int64_t now);
unsigned update_answer_source_changed(struct state *state);

/* ---- update_menu.c: help, palette, fields, sort, copy ---- */
unsigned update_menu_open(struct state *state, enum overlay overlay);
unsigned update_menu_command(struct state *state, enum command command, int64_t now);
unsigned update_menu_typed(struct state *state, struct key key);
bool update_menu_take_letter(struct state *state, struct key key,
                             enum copy_kind *kind); /* of the copy menu: closes it */
enum command update_menu_take_command(
    struct state *state); /* closes the palette; COMMAND_NONE, and it stays, where none fits */
void update_menu_pasted(struct state *state, struct text text); /* into the palette's line */
void update_menu_clamp(struct state *state);                    /* to the screen's size */
void update_menu_model(const struct state *state, struct menu_model *model);

/* ---- update_live.c ---- */
unsigned update_live_toggle(struct state *state, int64_t now);
void update_live_begin(struct state *state,
                       int64_t now); /* sets the cutoff where live is on and has none yet */

/* ---- update_mouse.c ---- */
unsigned update_mouse(struct state *state, const struct term_event *event, int64_t now);
