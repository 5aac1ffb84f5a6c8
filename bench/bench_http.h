/*
 * What the parts of bench_http share: the program behind the test server, whose every answer is as late as told.
 */
#pragma once

#include "bench/files.h"
#include "bench/samples.h"
#include "bench/stand.h"
#include "bench/table.h"
#include "bench/yardstick.h"
#include "tests/support/api_server.h"

enum { HTTP_DELAYS = 3, HTTP_URL = 64 };

struct http_bench {
    const char *program;
    char echo[256]; /* the yardstick of keys */
    struct bench_file file;
    int delays[HTTP_DELAYS]; /* ms, ascending; the first is 0 */
    struct table table;
};

/* The program behind `server`, with rows on the screen. Returns ms from its start; negative: they never came. */
double http_stand_start(struct http_bench *bench, struct api_server *server, struct stand *stand,
                        bool is_frozen);

void bench_http_actions(struct http_bench *bench); /* what is asked for → rows, in round trips and requests */
void bench_http_keys(struct http_bench *bench);    /* key → changed frame, while requests are out */
