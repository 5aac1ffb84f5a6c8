/*
 * What the screen remembers from one start to the next: the fields that are shown and the filters that were
 * used. It lives in $XDG_STATE_HOME/executor-runs/state; losing it loses nothing else.
 *
 *     fields = status,via,duration
 *     filter = status:failed after:1h          one a line, the newest last
 */
#pragma once

#include "data/base/err.h"
#include "data/base/text.h"

#include <stddef.h>

enum { STATE_FILTERS_MAX = 200, STATE_LINE_MAX = 4096 };

struct saved_state {
    char *fields;                     /* owned; NULL where never chosen */
    char *filters[STATE_FILTERS_MAX]; /* owned; the oldest first, no two alike */
    size_t filter_count;
};

void saved_state_init(struct saved_state *state);
void saved_state_release(struct saved_state *state);

/* Total: what cannot be understood is left out, for an older or a newer program wrote it. */
void saved_state_read(struct saved_state *state, struct text text);

/* Init, and reads the file. A missing or broken file is an empty state. */
void saved_state_load(struct saved_state *state);

/* Changes one thing in memory and in the file, which is read again first, so that two screens keep each
 * other's filters. Text with a line break, and more than STATE_LINE_MAX bytes, is not remembered; that is no
 * error. An error may be ignored: only memory across starts is lost. */
enum err_code saved_state_add_filter(struct saved_state *state, struct text line, struct err *err);
enum err_code saved_state_set_fields(struct saved_state *state, struct text fields, struct err *err);
