/*
 * Comparing a whole surface with what is known to be right: tests/golden/<name>.txt, text and inks (surface_dump). A difference prints the command that
 * accepts it: the same test with GOLDEN_ACCEPT=1. Tests run from the repository's top.
 */
#pragma once

#include "widgets/surface.h"

/* Fails the running cmocka test where the surface is not sound or differs. */
void golden_check(const struct surface *surface, const char *name);

/* What holds for every surface: cells are printable, and wide glyphs have both halves. */
void golden_check_sound(const struct surface *surface);
