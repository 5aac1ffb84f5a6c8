/*
 * See pace.h. The window follows the line: an answer that took much longer than the quickest one has waited behind our own bytes,
 * and the window halves; where it was used up and the answer came in time, it grows. A held arrow then flows over a long line of
 * good breadth, and a narrow one has one frame on its way at a time.
 */
#include "tui/pace.h"

enum { ASK_AFTER = 1024, SLACK_MS = 100 };

void pace_init(struct pace *pace)
{
    *pace = (struct pace){.quickest = -1, .window = PACE_WINDOW_FIRST};
}

void pace_sent(struct pace *pace, size_t bytes)
{
    pace->unseen += bytes;
    if (pace->is_asked)
        pace->behind += bytes;
}

bool pace_wants_to_ask(const struct pace *pace)
{
    bool is_much = pace->unseen >= ASK_AFTER || pace->unseen >= pace->window / 2;
    return is_much && !pace->is_deaf && !pace->is_asked;
}

void pace_asked(struct pace *pace, int64_t now)
{
    pace->is_asked = true;
    pace->asked_at = now;
    pace->behind = 0;
}

static void fit_window(struct pace *pace, int64_t took)
{
    bool is_late = took > 2 * pace->quickest + SLACK_MS;
    if (is_late)
        pace->window /= 2;
    else if (pace->unseen >= pace->window)
        pace->window += pace->window / 2;
    if (pace->window < PACE_WINDOW_MIN)
        pace->window = PACE_WINDOW_MIN;
    if (pace->window > PACE_WINDOW_MAX)
        pace->window = PACE_WINDOW_MAX;
}

void pace_answered(struct pace *pace, int64_t now)
{
    if (!pace->is_asked)
        return;
    int64_t took = now - pace->asked_at;
    if (pace->quickest < 0 || took < pace->quickest)
        pace->quickest = took;
    fit_window(pace, took);
    pace->has_answered = true;
    pace->is_asked = false;
    pace->is_deaf = false;
    pace->unseen = pace->behind;
}

static int64_t patience(const struct pace *pace)
{
    return pace->has_answered ? PACE_LOST_MS : PACE_FIRST_ANSWER_MS;
}

static bool is_held(const struct pace *pace)
{
    return pace->is_asked && pace->has_answered && pace->unseen >= pace->window;
}

bool pace_is_open(struct pace *pace, int64_t now)
{
    if (pace->is_asked && now - pace->asked_at >= patience(pace)) {
        pace->is_asked = false;
        pace->is_deaf = !pace->has_answered;
        pace->unseen = 0;
    }
    return !is_held(pace);
}

int64_t pace_wait(const struct pace *pace, int64_t now)
{
    int64_t left = pace->asked_at + PACE_LOST_MS - now;
    if (!is_held(pace))
        return -1;
    return left > 0 ? left : 0;
}
