/*
 * A source whose answers take as long as the test says, for what the worker must hold to whatever a source does.
 */
#pragma once

#include "data/source.h"

#include <stdatomic.h>

struct fake_source {
    struct source base;
    atomic_int delay_ms;      /* of every answer; a cancel ends it early */
    atomic_bool is_deaf;      /* takes no notice of cancel and interrupt */
    atomic_int connect_fails; /* so many connects fail first */
    atomic_int asked, cancelled, connected, closed;
};

void fake_source_init(struct fake_source *source);
