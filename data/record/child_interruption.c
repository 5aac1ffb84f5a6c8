/*
 * Whether a command was interrupted. Who sends SIGTERM or SIGHUP wants it to end, whatever it makes of it. A
 * key is another matter: a shell, a debugger or an editor takes Ctrl-C for something in it and goes on, and
 * what it ends with an hour later has nothing to do with it.
 */
#include "data/record/child_int.h"

#define KEY_LASTS_NS (INT64_C(5) * 1000 * 1000 * 1000)

void child_interruption_note(struct child_interruption *interruption, int signal, int64_t now_ns)
{
    if (signal == SIGTERM || signal == SIGHUP) {
        if (!interruption->asked_to_end)
            interruption->asked_to_end = signal;
        return;
    }
    interruption->key = signal;
    interruption->key_ns = now_ns;
}

int child_interruption_of(const struct child_interruption *interruption, const struct child_end *end,
                          int64_t now_ns)
{
    int key = interruption->key;
    if (interruption->asked_to_end || !key)
        return interruption->asked_to_end;
    bool is_end_of_it = end->signal == key || (!end->signal && end->exit_status == 128 + key);
    return is_end_of_it || now_ns - interruption->key_ns <= KEY_LASTS_NS ? key : 0;
}
