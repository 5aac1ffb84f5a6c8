/*
 * `executor-runs serve` as a process beside the test, on a port of loopback that was free. What goes wrong
 * ends the test (die.h).
 *
 *     struct served *served = served_start(app_program(), history_path(h), NULL);
 *     … open served_url(served) …
 *     served_stop(served);
 */
#pragma once

#include <sys/types.h>

struct served;

/* words: more of its command line, ending with NULL; NULL: none. With --listen among them it is as they say. Returns when it listens. */
struct served *served_start(const char *program, const char *file, const char *const *words);
void served_stop(struct served *served); /* by SIGTERM; dies where that is not a good end */
/* Sends the signal and waits for the end: the exit status, or 128 + the signal. err: what it said on standard error, which the caller frees; may be NULL. */
int served_end(struct served *served, int signal, char **err);

const char *served_url(const struct served *served); /* "http://127.0.0.1:PORT/api" */
int served_port(const struct served *served);
pid_t served_pid(const struct served *served);
