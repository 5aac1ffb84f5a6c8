/*
 * The test's side: a child process at the other end of a socket pair. It ends when the socket does, so that not even a test that is killed leaves
 * one behind.
 */
#include "tests/support/api_server.h"

#include "data/base/base64.h"
#include "data/base/die.h"
#include "tests/support/api_server_channel.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_CHANNEL = 3, FIELDS_MAX = 10, LOG_FIELDS = 10, SUSPEND_MS = 1000 };

struct api_server {
    pid_t pid;
    int channel, port;
    char url[40];
    struct api_message reply; /* to the last order */
    struct api_request *requests;
};

/* ---- orders ---- */

static void receive(struct api_server *server)
{
    api_message_release(&server->reply);
    if (!api_message_receive(server->channel, &server->reply))
        die("api_server: it has gone");
}

static void order(struct api_server *server, const struct text *fields, size_t count)
{
    if (!api_message_send(server->channel, fields, count))
        die("api_server: it has gone");
    receive(server);
}

static int64_t reply_number(const struct api_server *server, size_t i)
{
    return strtoll(server->reply.fields[i].s, NULL, 10);
}

static struct text number_text(char out[16], int n)
{
    snprintf(out, 16, "%d", n);
    return text_of(out);
}

static void order_text(struct api_server *server, const char *name, const char *value)
{
    order(server, (struct text[]){text_of(name), text_of(value)}, 2);
}

static void order_flag(struct api_server *server, const char *name, bool is_on)
{
    order_text(server, name, is_on ? "1" : "0");
}

/* ---- start and end ---- */

/* Beside the test's own program, wherever it was built: under BUILD/tests/ROOM or BUILD/bench. */
static void program_path(char path[PATH_MAX])
{
    char self[PATH_MAX - 64];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    for (char *slash; (slash = strrchr(self, '/')); *slash = '\0') {
        snprintf(path, PATH_MAX, "%.*s/tests/support/programs/api_server", (int)(slash - self), self);
        if (access(path, X_OK) == 0)
            return;
    }
    die("api_server: the program is not built: make BUILD/tests/support/programs/api_server");
}

static void spawn(struct api_server *server, const char *db_path, int port, int child_channel)
{
    extern char **environ;
    char path[PATH_MAX], channel[16], at[16];
    program_path(path);
    snprintf(channel, sizeof channel, "%d", CHILD_CHANNEL);
    snprintf(at, sizeof at, "%d", port);
    const char *argv[] = {path, "--channel", channel, "--port", at, "--", db_path, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, child_channel, CHILD_CHANNEL);
    int failed = posix_spawn(&server->pid, path, &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        die("api_server: %s: %s", path, strerror(failed));
}

struct api_server *api_server_start_at(const char *db_path, int port)
{
    struct api_server *server = mem_new(sizeof *server);
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        die("api_server: socketpair: %s", strerror(errno));
    *server = (struct api_server){.channel = ends[0]};
    spawn(server, db_path, port, ends[1]);
    close(ends[1]);
    receive(server);
    server->port = (int)reply_number(server, 0);
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%d", server->port);
    return server;
}

struct api_server *api_server_start(const char *db_path)
{
    return api_server_start_at(db_path, 0);
}

void api_server_stop(struct api_server *server)
{
    if (!server)
        return;
    kill(server->pid, SIGKILL);
    while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close(server->channel);
    api_message_release(&server->reply);
    free(server->requests);
    free(server);
}

const char *api_server_url(const struct api_server *server)
{
    return server->url;
}

int api_server_port(const struct api_server *server)
{
    return server->port;
}

/* ---- how it serves ---- */

void api_server_set_real(struct api_server *server, bool is_real)
{
    order_flag(server, "real", is_real);
}

void api_server_set_scope(struct api_server *server, const char *scope_id)
{
    order_text(server, "scope", scope_id);
}

void api_server_set_base(struct api_server *server, const char *base)
{
    order_text(server, "base", base);
}

void api_server_set_delay(struct api_server *server, const char *match, int ms)
{
    char number[16];
    order(server, (struct text[]){TEXT_LIT("delay"), text_of(match), number_text(number, ms)}, 3);
}

void api_server_set_serial(struct api_server *server, bool is_serial)
{
    order_flag(server, "serial", is_serial);
}

void api_server_set_gzip(struct api_server *server, bool is_on)
{
    order_flag(server, "gzip", is_on);
}

void api_server_set_stream(struct api_server *server, bool is_on)
{
    order_flag(server, "stream", is_on);
}

void api_server_set_heartbeat(struct api_server *server, int ms)
{
    char number[16];
    order(server, (struct text[]){TEXT_LIT("heartbeat"), number_text(number, ms)}, 2);
}

void api_server_say(struct api_server *server, const char *bytes, size_t n)
{
    order(server, (struct text[]){TEXT_LIT("say"), {bytes, n}}, 2);
}

void api_server_cut_streams(struct api_server *server)
{
    order(server, &TEXT_LIT("cut-streams"), 1);
}

static void require(struct api_server *server, const char *authorization, const char *cookie,
                    const char *challenge)
{
    order(server,
          (struct text[]){TEXT_LIT("require"), text_of(authorization), text_of(cookie), text_of(challenge)},
          4);
}

void api_server_require_bearer(struct api_server *server, const char *token)
{
    char authorization[4096];
    snprintf(authorization, sizeof authorization, "Bearer %s", token);
    require(server, authorization, NULL, "Bearer");
}

void api_server_require_basic(struct api_server *server, const char *user, const char *password)
{
    struct buf pair, authorization;
    buf_init(&pair, 4096);
    buf_printf(&pair, "%s:%s", user, password);
    buf_init(&authorization, 8192);
    buf_str(&authorization, "Basic ");
    base64_encode(buf_as_text(&pair), &authorization);
    require(server, buf_cstr(&authorization), NULL, "Basic realm=\"executor\"");
    buf_release(&pair);
    buf_release(&authorization);
}

void api_server_require_cookie(struct api_server *server, const char *name_and_value)
{
    require(server, NULL, name_and_value, "Cookie");
}

void api_server_require_nothing(struct api_server *server)
{
    require(server, NULL, NULL, NULL);
}

/* ---- faults ---- */

static struct text body_of(const struct api_fault *fault)
{
    return fault->body_len ? (struct text){fault->body, fault->body_len} : text_of(fault->body);
}

void api_server_fault(struct api_server *server, const struct api_fault *fault)
{
    char numbers[5][16];
    struct text fields[FIELDS_MAX] = {
        TEXT_LIT("fault"),
        text_of(fault->match),
        number_text(numbers[0], fault->skip),
        number_text(numbers[1], fault->times),
        number_text(numbers[2], (int)fault->kind),
        number_text(numbers[3], fault->ms),
        number_text(numbers[4], fault->status),
        text_of(fault->content_type),
        text_of(fault->headers),
        body_of(fault),
    };
    order(server, fields, FIELDS_MAX);
}

void api_server_clear_faults(struct api_server *server)
{
    order(server, &TEXT_LIT("clear-faults"), 1);
}

/* ---- what it was asked ---- */

static struct api_request request_of(const struct api_server *server, size_t at)
{
    const struct text *fields = &server->reply.fields[at];
    return (struct api_request){.method = fields[0].s,
                                .target = fields[1].s,
                                .host = fields[2].s,
                                .authorization = fields[3].s,
                                .cookie = fields[4].s,
                                .accept_encoding = fields[5].s,
                                .user_agent = fields[6].s,
                                .body = fields[7].s,
                                .connection = (unsigned)reply_number(server, at + 8),
                                .at_ms = reply_number(server, at + 9)};
}

const struct api_request *api_server_requests(struct api_server *server, size_t *count)
{
    order(server, &TEXT_LIT("log"), 1);
    *count = server->reply.count / LOG_FIELDS;
    free(server->requests);
    server->requests = mem_new_array(*count + 1, sizeof *server->requests);
    for (size_t i = 0; i < *count; i++)
        server->requests[i] = request_of(server, i * LOG_FIELDS);
    return server->requests;
}

size_t api_server_count(struct api_server *server, const char *match)
{
    order_text(server, "count", match);
    return (size_t)reply_number(server, 0);
}

void api_server_clear_log(struct api_server *server)
{
    order(server, &TEXT_LIT("clear-log"), 1);
}

bool api_server_wait(struct api_server *server, const char *match, size_t count, int timeout_ms)
{
    char numbers[2][16];
    order(server,
          (struct text[]){TEXT_LIT("wait"), text_of(match), number_text(numbers[0], (int)count),
                          number_text(numbers[1], timeout_ms)},
          4);
    return reply_number(server, 0) != 0;
}

/* ---- connections ---- */

void api_server_connections(struct api_server *server, size_t *open, size_t *total)
{
    order(server, &TEXT_LIT("connections"), 1);
    if (open)
        *open = (size_t)reply_number(server, 0);
    if (total)
        *total = (size_t)reply_number(server, 1);
}

bool api_server_wait_open(struct api_server *server, size_t open, int timeout_ms)
{
    char numbers[2][16];
    order(server,
          (struct text[]){TEXT_LIT("wait-open"), number_text(numbers[0], (int)open),
                          number_text(numbers[1], timeout_ms)},
          3);
    return reply_number(server, 0) != 0;
}

bool api_server_wait_streams(struct api_server *server, size_t open, int timeout_ms)
{
    char numbers[2][16];
    order(server,
          (struct text[]){TEXT_LIT("wait-streams"), number_text(numbers[0], (int)open),
                          number_text(numbers[1], timeout_ms)},
          3);
    return reply_number(server, 0) != 0;
}

/* Back when the connections are down: what waits in its turn may take longer than that, and finds its client gone. */
void api_server_suspend(struct api_server *server)
{
    order(server, &TEXT_LIT("suspend"), 1);
    api_server_wait_open(server, 0, SUSPEND_MS);
}

void api_server_resume(struct api_server *server)
{
    order(server, &TEXT_LIT("resume"), 1);
}
