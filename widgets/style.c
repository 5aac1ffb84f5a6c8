/*
 * What each status looks like is told in one place, so that the list, the rail and the timeline agree.
 */
#include "widgets/style.h"

enum ink ink_of_status(enum run_status status)
{
    switch (status) {
    case STATUS_PENDING: return INK_PENDING;
    case STATUS_RUNNING: return INK_RUNNING;
    case STATUS_WAITING: return INK_WAITING;
    case STATUS_COMPLETED: return INK_COMPLETED;
    case STATUS_FAILED: return INK_FAILED;
    case STATUS_CANCELLED: return INK_CANCELLED;
    case STATUS_OTHER:
    case STATUS_COUNT: break;
    }
    return INK_OTHER;
}
