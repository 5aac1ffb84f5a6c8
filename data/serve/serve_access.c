/*
 * See serve_access.h.
 */
#include "data/serve/serve_access.h"

#include "data/api/api.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

/* "host", "host:port", "[::1]:port": what may stand there, and how long the host is; 0: it is none. */
static size_t host_size(const char *host)
{
    size_t n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%";
    static const char six[] = "0123456789abcdefABCDEF:.%";
    size_t good = host[0] == '[' ? strspn(host + 1, six) + 2 : strspn(host, plain);
    if (good != n || n > strlen(host) || !n)
        return 0;
    const char *port = host + n;
    bool has_port = !*port || (*port == ':' && strspn(port + 1, "0123456789") == strlen(port + 1));
    return has_port ? n : 0;
}

/* An address of loopback, whichever --listen names: unlike a name it is this machine for every client, so no
 * page comes by it from elsewhere. */
static bool is_loopback(const char *host, size_t n)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr address;
    if (n >= sizeof text)
        return false;
    memcpy(text, host, n);
    text[n] = '\0';
    return inet_pton(AF_INET, text, &address) == 1 && ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
}

static bool is_local(const char *host, size_t n)
{
    static const char *const names[] = {"localhost", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == n && strncasecmp(host, names[i], n) == 0)
            return true;
    return is_loopback(host, n);
}

/* A page of this server itself, perhaps behind a proxy that speaks TLS. */
static bool is_own_origin(const char *origin, const char *host)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t n = strlen(schemes[i]);
        if (strncasecmp(origin, schemes[i], n) == 0 && strcasecmp(origin + n, host) == 0)
            return true;
    }
    return false;
}

/* Of a page of this server, or of none: typed, or a program's. Browsers alone say so, and no page can say it
 * for them. */
static bool is_own_page(const char *fetch_site)
{
    return !strcmp(fetch_site, "same-origin") || !strcmp(fetch_site, "none");
}

enum serve_verdict serve_access(const struct serve_token *token, const struct serve_claims *claims)
{
    const char *host = claims->host ? claims->host : "";
    size_t n = *host ? host_size(host) : 0;
    if (*host && !n)
        return SERVE_BAD_HOST;
    if (!token->n && !is_local(host, n))
        return SERVE_NOT_LOCAL;
    if (token->n && !serve_token_is(token, serve_token_given(claims->authorization)))
        return SERVE_NO_TOKEN;
    if (claims->origin && !is_own_origin(claims->origin, host))
        return SERVE_FOREIGN;
    if (claims->fetch_site && !is_own_page(claims->fetch_site))
        return SERVE_FOREIGN;
    if (!strcmp(claims->method, "POST") && !api_is_json(claims->content_type))
        return SERVE_NOT_JSON;
    return SERVE_LET_IN;
}
