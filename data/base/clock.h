/*
 * The clock that nobody sets, and waiting by it: for pauses, deadlines and how long something took. What is shown to a person is timefmt.h's.
 */
#pragma once

#include <pthread.h>
#include <stdint.h>

/* Milliseconds since some moment, never backwards. */
int64_t clock_ms(void);

/* A condition for clock_wait; destroyed as any other. */
void clock_cond_init(pthread_cond_t *cond);
/* Waits at most so many ms; wakes early as any condition may. */
void clock_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t ms);
