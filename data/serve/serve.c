/*
 * See serve.h.
 */
#include "data/serve/serve_int.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    POOL_BYTES = 64 * 1024, /* of a connection in the library: a head, and the lines of an answer */
    STACK_BYTES = 1024 * 1024
};

/* ---- connections: the link travels as the address of the client, which the library keeps and never looks
 * into ---- */

struct carried {
    struct serve_link *link;
};

static bool hand_over(void *context, int fd, struct serve_link *link)
{
    struct serve *serve = context;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct carried carried = {link};
    memcpy(address.sun_path, &carried, sizeof carried);
    bool is_taken = serve->library.add_connection(serve->daemon, fd, (const struct sockaddr *)&address,
                                                  sizeof address) == MHD_YES;
    if (!is_taken) {
        serve_link_leave(link); /* the library has closed the socket */
        serve_log_say(&serve->log, "%s: hung up, no connection can be taken", link->peer);
    }
    return is_taken;
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    const struct serve *serve = cls;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        struct carried carried;
        const union MHD_ConnectionInfo *info =
            serve->library.get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        const struct sockaddr_un *address = (const struct sockaddr_un *)(const void *)info->client_addr;
        memcpy(&carried, address->sun_path, sizeof carried);
        *context = carried.link;
    } else if (*context) {
        serve_link_leave(*context);
        *context = NULL;
    }
}

struct serve_link *serve_link_of(const struct serve *serve, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        serve->library.get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info->socket_context;
}

/* ---- start ---- */

static enum err_code start_library(struct serve *serve, struct err *err)
{
    enum err_code code = serve_library_load(&serve->library, err);
    if (code)
        return code;
    serve->daemon = serve->library.start_daemon(
        MHD_USE_POLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ITC |
            MHD_USE_NO_LISTEN_SOCKET,
        0, NULL, NULL, serve_on_request, serve, MHD_OPTION_NOTIFY_COMPLETED, serve_on_completed, serve,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, serve, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)SERVE_LINKS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)POOL_BYTES, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES, MHD_OPTION_STRICT_FOR_CLIENT,
        1, MHD_OPTION_END);
    if (!serve->daemon)
        return err_set(err, ERR_IO, "libmicrohttpd could not be started");
    return ERR_OK;
}

static enum err_code open_gate(struct serve *serve, struct err *err)
{
    struct serve_gate_options gate = {
        .times = serve->options.times, .log = &serve->log, .hand_over = hand_over, .context = serve};
    enum err_code code = serve_listen(&serve->options.address, &gate.listener, err);
    if (code)
        return code;
    code = serve_gate_start(&gate, &serve->gate, err);
    if (code)
        close(gate.listener);
    return code;
}

static enum err_code check_address(const struct serve *serve, struct err *err)
{
    if (serve_is_loopback(&serve->options.address.socket) || serve->token.n)
        return ERR_OK;
    char where[SERVE_ADDRESS_TEXT];
    serve_address_format(&serve->options.address.socket, where);
    err_set(err, ERR_USAGE, "%s can be reached from other machines: that takes a token", where);
    return err_hint(err,
                    "--token-file FILE, or listen at 127.0.0.1 and come by ssh -L 4788:127.0.0.1:4788 HOST.");
}

static void release(struct serve *serve)
{
    if (serve->daemon)
        serve->library.stop_daemon(serve->daemon);
    serve_gate_free(serve->gate);
    serve_gzip_free(serve->gzip);
    serve_log_release(&serve->log);
    pthread_mutex_destroy(&serve->token_mutex);
    explicit_bzero(&serve->token, sizeof serve->token);
    free(serve);
}

enum err_code serve_start(const struct serve_options *options, struct serve **serve, struct err *err)
{
    struct serve *own = mem_new_array(1, sizeof *own);
    own->options = *options;
    pthread_mutex_init(&own->token_mutex, NULL);
    serve_log_init(&own->log, options->say, options->say_context);
    enum err_code code = serve_reload(own, err);
    if (!code)
        code = check_address(own, err);
    if (!code)
        code = start_library(own, err);
    own->gzip = serve_gzip_load();
    if (!code)
        code = open_gate(own, err);
    if (code)
        release(own);
    else
        *serve = own;
    return code;
}

void serve_where(const struct serve *serve, char out[SERVE_ADDRESS_TEXT])
{
    serve_address_format(&serve->options.address.socket, out);
}

enum err_code serve_reload(struct serve *serve, struct err *err)
{
    struct serve_token token = {.n = 0};
    enum err_code code =
        serve->options.token_file ? serve_token_read(serve->options.token_file, &token, err) : ERR_OK;
    if (code)
        return code;
    pthread_mutex_lock(&serve->token_mutex);
    serve->token = token;
    pthread_mutex_unlock(&serve->token_mutex);
    explicit_bzero(&token, sizeof token);
    return ERR_OK;
}

void serve_stop(struct serve *serve)
{
    atomic_store(&serve->is_stopping, true);
    serve_gate_wind_up(serve->gate);
    bool has_ended = serve_gate_wait(serve->gate, SERVE_FINISH_MS);
    serve->options.application.stop(serve->options.application.context);
    if (!has_ended)
        serve_gate_wait(serve->gate, SERVE_CUT_MS);
    serve_gate_stop(serve->gate);
    release(serve);
}
