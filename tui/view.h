/*
 * Draws the state. Reads and draws, nothing else: clamping belongs to update.
 */
#pragma once

#include "tui/state.h"

void view_draw(const struct state *state, int64_t now, struct surface *surface);
