/*
 * See serve_listen.h.
 */
#include "data/serve/serve_listen.h"

#include "data/base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HOST_MAX = INET6_ADDRSTRLEN, PORT_MAX = 65535, BACKLOG = 128 };

static enum err_code not_an_address(const char *text, const char *why, struct err *err)
{
    err_set(err, ERR_USAGE, "--listen %.200s: %s", text, why);
    return err_hint(err, "HOST:PORT with an address of this machine: 127.0.0.1:4788, [::1]:4788, "
                         "0.0.0.0:4788; port 0 takes one that is free.");
}

static bool parse_port(const char *word, in_port_t *port)
{
    unsigned number = 0;
    size_t digits = 0;
    for (; word[digits] >= '0' && word[digits] <= '9' && digits < 6; digits++)
        number = number * 10 + (unsigned)(word[digits] - '0');
    *port = htons((uint16_t)number);
    return digits && !word[digits] && number <= PORT_MAX;
}

static bool parse_four(const char *host, in_port_t port, struct serve_address *address)
{
    struct sockaddr_in *in = (struct sockaddr_in *)&address->socket;
    if (inet_pton(AF_INET, host, &in->sin_addr) != 1)
        return false;
    in->sin_family = AF_INET;
    in->sin_port = port;
    address->size = sizeof *in;
    return true;
}

static bool parse_six(const char *host, in_port_t port, struct serve_address *address)
{
    struct sockaddr_in6 *in = (struct sockaddr_in6 *)&address->socket;
    if (inet_pton(AF_INET6, host, &in->sin6_addr) != 1)
        return false;
    in->sin6_family = AF_INET6;
    in->sin6_port = port;
    address->size = sizeof *in;
    return true;
}

static bool parse_host(struct text host, in_port_t port, struct serve_address *address)
{
    char name[HOST_MAX];
    if (host.n >= sizeof name)
        return false;
    snprintf(name, sizeof name, "%.*s", (int)host.n, host.s);
    if (strlen(name) != host.n)
        return false;
    if (name[0] == '[' && host.n > 2 && name[host.n - 1] == ']') {
        name[host.n - 1] = '\0';
        return parse_six(name + 1, port, address);
    }
    bool is_local = !name[0] || !strcmp(name, "localhost");
    return parse_four(is_local ? "127.0.0.1" : name, port, address);
}

enum err_code serve_address_parse(const char *text, struct serve_address *address, struct err *err)
{
    *address = (struct serve_address){0};
    const char *colon = strrchr(text, ':');
    const char *bracket = strrchr(text, ']');
    if (!colon || (bracket && colon < bracket))
        return not_an_address(text, "which port?", err);
    struct text host = {text, (size_t)(colon - text)};
    if (memchr(host.s, ':', host.n) && !bracket)
        return not_an_address(text, "an IPv6 address stands in brackets", err);
    in_port_t port;
    if (!parse_port(colon + 1, &port))
        return not_an_address(text, "the port is no number up to 65535", err);
    if (!parse_host(host, port, address))
        return not_an_address(text, "that is no address", err);
    return ERR_OK;
}

bool serve_is_loopback(const struct sockaddr_storage *socket)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)socket;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)socket;
    if (socket->ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
    return ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

void serve_address_format(const struct sockaddr_storage *socket, char out[SERVE_ADDRESS_TEXT])
{
    char host[INET6_ADDRSTRLEN] = "?";
    const struct sockaddr_in *four = (const struct sockaddr_in *)socket;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)socket;
    if (socket->ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
        snprintf(out, SERVE_ADDRESS_TEXT, "[%s]:%u", host, ntohs(six->sin6_port));
    } else {
        inet_ntop(AF_INET, &four->sin_addr, host, sizeof host);
        snprintf(out, SERVE_ADDRESS_TEXT, "%s:%u", host, ntohs(four->sin_port));
    }
}

static enum err_code cannot_listen(const struct serve_address *address, int why, struct err *err)
{
    char name[SERVE_ADDRESS_TEXT];
    serve_address_format(&address->socket, name);
    if (why == EADDRINUSE) {
        err_set(err, ERR_BUSY, "%s is in use already", name);
        return err_hint(err, "Another server listens there: choose another port (--listen 127.0.0.1:4789; "
                             "port 0 takes one that is free).");
    }
    err_set(err, why == EACCES ? ERR_DENIED : ERR_IO, "cannot listen at %s: %s", name, strerror(why));
    if (why == EACCES)
        return err_hint(err, "Ports below 1024 are for root: choose a higher one.");
    return err_hint(err,
                    why == EADDRNOTAVAIL ? "This machine has no such address; `ip address` lists them." : "");
}

enum err_code serve_listen(struct serve_address *address, int *fd, struct err *err)
{
    int on = 1;
    *fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        return cannot_listen(address, errno, err);
    setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    /* [::] means IPv6 alone on every system, whatever its default is: what is listened at is what was
     * written. */
    if (address->socket.ss_family == AF_INET6)
        setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    struct sockaddr *socket = (struct sockaddr *)&address->socket;
    if (bind(*fd, socket, address->size) < 0 || listen(*fd, BACKLOG) < 0 ||
        getsockname(*fd, socket, &address->size) < 0) {
        int why = errno;
        close(*fd);
        return cannot_listen(address, why, err);
    }
    return ERR_OK;
}
