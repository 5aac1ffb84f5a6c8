/* What is where on the program's screen; see app.h. */
#include "tests/support/app.h"

#include "data/base/timefmt.h"

#include <inttypes.h>
#include <string.h>

void app_run_time(int i, char text[APP_TIME])
{
    int64_t ms = (APP_NOW - 1000 - (int64_t)i * APP_STEP) % INT64_C(86400000);
    snprintf(text, APP_TIME, "%02d:%02d:%02d.%03d", (int)(ms / 3600000 % 24), (int)(ms / 60000 % 60),
             (int)(ms / 1000 % 60), (int)(ms % 1000));
}

int app_list_head(struct pty *pty)
{
    int row;
    return pty_find(pty, "_time", &row, NULL) ? row : -1;
}

int app_list_row(struct pty *pty, int i)
{
    char text[APP_TIME];
    app_run_time(i, text);
    int row;
    return pty_wait_text(pty, text, PTY_SOON) && pty_find(pty, text, &row, NULL) ? row : -1;
}

static bool is_other_ground(struct cell a, struct cell b)
{
    return a.reverse != b.reverse || memcmp(&a.bg, &b.bg, sizeof a.bg) != 0;
}

/* The selected row has another ground than the line with the names of the columns, and so has no other row: its time tells. */
static bool is_row_selected(struct pty *pty, void *arg)
{
    int row, col;
    return pty_find(pty, arg, &row, &col) &&
           is_other_ground(pty_cell(pty, row, col), pty_cell(pty, app_list_head(pty), col));
}

bool app_is_selected(struct pty *pty, int i)
{
    char text[APP_TIME];
    app_run_time(i, text);
    return pty_wait(pty, is_row_selected, text, PTY_SOON);
}

static bool is_exact(struct pty *pty, void *arg)
{
    (void)arg;
    return !pty_find(pty, "≈", NULL, NULL) && !pty_find(pty, "counting", NULL, NULL) &&
           app_list_head(pty) >= 0;
}

bool app_is_exact(struct pty *pty)
{
    return pty_wait(pty, is_exact, NULL, PTY_SOON) && pty_wait_idle(pty, 60, PTY_SOON);
}
