/*
 * See signals.h.
 */
#include "data/base/signals.h"

bool signals_is_ignored(int signal)
{
    struct sigaction now;
    return sigaction(signal, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void signals_choose(const int *wanted, size_t count, sigset_t *chosen)
{
    sigemptyset(chosen);
    for (size_t i = 0; i < count; i++)
        if (!signals_is_ignored(wanted[i]))
            sigaddset(chosen, wanted[i]);
}
