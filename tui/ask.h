/*
 * State → questions: what the screen needs to know next, as requests for the worker. Pure but for the
 * allocation; the caller owns what comes back.
 */
#pragma once

#include "tui/state.h"

struct request *ask_list(struct state *state, int64_t now);
struct request *ask_meta(struct state *state,
                         int64_t now); /* NULL: one is out; another follows when it is answered */
struct request *ask_detail(struct state *state);
struct request *ask_peers(struct state *state); /* NULL: there is no detail to ask about */
struct request *ask_watch(struct state *state); /* NULL: no question is open */
