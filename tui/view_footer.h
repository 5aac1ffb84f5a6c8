/*
 * The last line: the keys that matter where the focus is, looked up in the keymap, so that it cannot say what
 * no key does.
 */
#pragma once

#include "tui/state.h"

void view_footer_draw(const struct state *state, struct surface *surface, struct rect rect);
