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

struct served *served_start(const char *program, const char *file, const char *scope /* NULL: all */);
void served_stop(struct served *served); /* by SIGTERM; dies where that is not a good end */

const char *served_url(const struct served *served); /* "http://127.0.0.1:PORT/api" */
int served_port(const struct served *served);
pid_t served_pid(const struct served *served);
