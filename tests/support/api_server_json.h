/*
 * JSON for the test server: a writer of its own, so that what the program reads was not made by the program.
 */
#pragma once

#include "data/base/buf.h"
#include "tests/support/api_server_runs.h"

/* A string with its quotes; what is not UTF-8 becomes U+FFFD, as JavaScript has it. Null text: null. */
void json_string(struct text text, struct buf *out);

/* Sets *is_foreign where the status is none of the six. False: no such row. `is_real`: with what the real server does to logs and the number of calls. */
bool json_detail(struct served_file *file, int64_t rowid, bool is_real, bool *is_foreign, struct buf *out);
void json_tool_calls(struct served_file *file, const char *run_id, struct buf *out);

/* -1: none of the six, which stand in the API's order. */
enum { JSON_STATUSES = 6 };
int json_status_index(const char *word);
const char *json_status_word(int index);
