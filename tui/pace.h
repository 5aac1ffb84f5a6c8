/*
 * How far ahead of the terminal a program may write. The line to it takes hundreds of kilobytes without a word, and shows them seconds
 * later; so the terminal is asked now and then whether it has come so far ("are you well?", ESC [ 5 n), and while the
 * answer is out, no more than a window of bytes follows. Pure: the caller writes, asks and tells. Times in ms.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACE_QUESTION "\033[5n"

enum {
    PACE_WINDOW_MIN = 512,
    PACE_WINDOW_FIRST = 2048,
    PACE_WINDOW_MAX = 16384,
    PACE_FIRST_ANSWER_MS = 2000, /* who has not answered by then never will */
    PACE_LOST_MS = 10000,        /* an answer that got lost on the way */
};

struct pace {
    bool is_asked; /* and not answered yet */
    bool has_answered, is_deaf;
    int64_t asked_at, quickest; /* quickest: the least that an answer took; -1 before the first */
    size_t unseen;              /* bytes that the terminal may not have seen yet */
    size_t behind;              /* of them, those behind the question */
    size_t window;
};

void pace_init(struct pace *pace);
void pace_sent(struct pace *pace, size_t bytes);
bool pace_wants_to_ask(const struct pace *pace);
void pace_asked(struct pace *pace, int64_t now);
void pace_answered(struct pace *pace, int64_t now);
/* Whether a frame may be sent now. Gives up on an answer in time. */
bool pace_is_open(struct pace *pace, int64_t now);
/* How long until it may be even without an answer; -1: it may. */
int64_t pace_wait(const struct pace *pace, int64_t now);
