/*
 * A real HTTP/1.1 server on loopback, in a process of its own, that serves the /executions API (executions-api.md) from a store's
 * file, and misbehaves when told to. Everything but a delay or a fault takes effect with the next request when the call returns.
 *
 *     struct api_server *server = api_server_start(path);
 *     api_server_fault(server, &(struct api_fault){.match = "cursor=", .times = 1, .kind = API_FAULT_RESET});
 *     … open api_server_url(server) …
 *     api_server_stop(server);
 *
 * The file may be written to all the while, or be replaced. One thread of the test at a time. A server that cannot be started or spoken to
 * ends the test (die.h). The server ends with the test, however that ends. By hand:
 *
 * POST …/executions/:id/resume answers by contract what waits: the question is then resolved in the file, and its run running. The real server answers 500, as it does where
 * nothing waits.
 *
 *     build/tests/support/programs/api_server FILE.db [--port 4788] [--delay MS] [--real] [--serial] [--gzip] [--stream] [--token TOKEN] [--scope ID]
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api_server;

struct api_server *api_server_start(const char *db_path);
struct api_server *api_server_start_at(const char *db_path, int port); /* 0: any that is free */
void api_server_stop(struct api_server *server);                       /* NULL allowed */

const char *
api_server_url(const struct api_server *server); /* "http://127.0.0.1:PORT"; the API is below /api */
int api_server_port(const struct api_server *server);

/* ---- how it serves ---- */

/* By contract (the default), or with every deviation of the real server. */
void api_server_set_real(struct api_server *server, bool is_real);

/* The only scope whose runs there are; NULL, the default: all, and GET /scope names that of the last run written. */
void api_server_set_scope(struct api_server *server, const char *scope_id);

/* Where the API begins, instead of "/api": "" or "/team/api". Everything else is a web page. */
void api_server_set_base(struct api_server *server, const char *base);

/* Each answer to a request whose path and query contain `match` ("": all) comes so much later; the delay set last whose match fits counts. 0 takes the delay of that match
 * away. A client that hangs up ends its wait, but not where answers are serial. */
void api_server_set_delay(struct api_server *server, const char *match, int ms);

/* One answer at a time, as the real server: a request that came later waits, and one whose client has gone is still worked off. */
void api_server_set_serial(struct api_server *server, bool is_serial);

/* Compresses (without making smaller) where Accept-Encoding allows. */
void api_server_set_gzip(struct api_server *server, bool is_on);

/* 401 with WWW-Authenticate, on every path, unless the request has all that is required. */
void api_server_require_bearer(struct api_server *server, const char *token);
void api_server_require_basic(struct api_server *server, const char *user, const char *password);
void api_server_require_cookie(struct api_server *server, const char *name_and_value); /* "session=abc" */
void api_server_require_nothing(struct api_server *server);

/* ---- events ---- */

/* …/executions/stream tells of every change of the file within milliseconds, by contract only; at first off, as it is in no contract. Faults and delays hold for it as
 * for any request. */
void api_server_set_stream(struct api_server *server, bool is_on);
void api_server_set_heartbeat(struct api_server *server, int ms); /* 0: never; at first every 100 */
/* Says these very bytes on every stream that is open; hangs up on them all. */
void api_server_say(struct api_server *server, const char *bytes, size_t n);
void api_server_cut_streams(struct api_server *server);
bool api_server_wait_streams(struct api_server *server, size_t open, int timeout_ms); /* until just so many */

/* ---- faults ---- */

enum api_fault_kind {
    API_FAULT_ANSWER,        /* status, content_type, headers and body as given */
    API_FAULT_CLOSE,         /* hangs up without a word */
    API_FAULT_RESET,         /* RST after half of the body */
    API_FAULT_TRUNCATE,      /* hangs up after half of the body */
    API_FAULT_HUGE_SILENT,   /* says 200 MB are to come, and then nothing */
    API_FAULT_HUGE_CHUNKED,  /* chunks of JSON and blanks without end (1 GB) */
    API_FAULT_GZIP_BOMB,     /* 200 MB of blanks in 1.3 MB, whatever Accept-Encoding says */
    API_FAULT_TRICKLE,       /* a byte of the body every `ms` */
    API_FAULT_HANG,          /* never answers, keeps the connection */
    API_FAULT_REDIRECT_LOOP, /* 302 to itself */
};

/* The first fault set that fits a request is what the request gets, instead of an answer. */
struct api_fault {
    const char *match; /* in path and query; NULL: any */
    int skip;          /* lets so many that fit pass first */
    int times;         /* then holds so often; 0: until cleared */
    enum api_fault_kind kind;
    int ms;
    /* API_FAULT_ANSWER. RESET, TRUNCATE and TRICKLE take the right answer where body is NULL. */
    int status;               /* 0: 200 */
    const char *content_type; /* NULL: says none */
    const char *headers;      /* lines "Name: value\r\n", or NULL */
    const char *body;         /* NULL: empty */
    size_t body_len;          /* 0: up to its NUL */
};

void api_server_fault(struct api_server *server, const struct api_fault *fault);
void api_server_clear_faults(struct api_server *server);

/* ---- what it was asked ---- */

/* Texts are NULL where the header was not there. */
struct api_request {
    const char *method, *target; /* "GET", "/api/executions?limit=25" */
    const char *host, *authorization, *cookie, *accept_encoding, *user_agent;
    const char *body;    /* what came behind the head, up to 60 kB of it; "" nothing */
    unsigned connection; /* the how-manieth since the start, from 1: equal numbers are a reused connection */
    int64_t at_ms;       /* when it came; CLOCK_MONOTONIC */
};

/* All requests since the start or the last clearing, in the order in which they came: also those that wait, and faults. Borrowed until the next call. */
const struct api_request *api_server_requests(struct api_server *server, size_t *count);
size_t api_server_count(struct api_server *server, const char *match); /* of those whose target contains it */
void api_server_clear_log(struct api_server *server);

/* Waits until so many requests whose target contains `match` have come; false: not within timeout_ms. */
bool api_server_wait(struct api_server *server, const char *match, size_t count, int timeout_ms);

/* ---- connections ---- */

void api_server_connections(struct api_server *server, size_t *open, size_t *total); /* either may be NULL */
bool api_server_wait_open(struct api_server *server, size_t open, int timeout_ms);   /* until just so many */

/* Hangs up on everybody and refuses connections; then takes them again on the same port. */
void api_server_suspend(struct api_server *server);
void api_server_resume(struct api_server *server);
