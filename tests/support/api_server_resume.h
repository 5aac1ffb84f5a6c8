/*
 * POST …/executions/:id/resume, on the file.
 */
#pragma once

#include "tests/support/api_server_runs.h"

enum served_resume { SERVED_RESUMED, SERVED_NO_RUN, SERVED_NOT_WAITING, SERVED_NO_ACTION };

/* The run's newest open question is resolved with the body as its response, and the run is running again. */
enum served_resume served_resume(const char *path, const char *id, struct text body);
