/*
 * See http_url.h. Two readers of one address that disagree about where its host ends are how credentials reach the wrong server, so there
 * is one reader: curl's, which also makes the connections.
 */
#include "data/http/http_url.h"

#include "data/base/die.h"
#include "data/http/http_curl.h"

#include <stdlib.h>
#include <string.h>

/* An owned copy of one part; NULL where absent. */
static char *part_of(CURLU *handle, CURLUPart part, unsigned flags)
{
    char *got = NULL;
    if (curl_url_get(handle, part, &got, flags) != CURLUE_OK)
        return NULL;
    char *copy = mem_strdup(got);
    explicit_bzero(got, strlen(got));
    curl_free(got);
    return copy;
}

static void fold_case(char *s)
{
    for (; s && *s; s++)
        if (*s >= 'A' && *s <= 'Z')
            *s = (char)(*s - 'A' + 'a');
}

/* "[fe80::1]" and "eth0" as "[fe80::1%25eth0]": without its zone a link-local address leads nowhere. */
static char *with_zone(char *host, char *zone)
{
    size_t n = host ? strlen(host) : 0;
    if (!zone || n < 2 || host[n - 1] != ']') {
        free(zone);
        return host;
    }
    struct buf joined;
    buf_init(&joined, n + strlen(zone) + sizeof "%25");
    buf_add(&joined, host, n - 1);
    buf_printf(&joined, "%%25%s]", zone);
    free(host);
    free(zone);
    return buf_take(&joined);
}

static int port_of(CURLU *handle)
{
    char *port = part_of(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    long number = port ? strtol(port, NULL, 10) : 0;
    free(port);
    return number > 0 && number <= 65535 ? (int)number : 0;
}

/* A '%' that is left in a name would be decoded once more by the next reader of an address built from it. */
static bool is_host(const char *host)
{
    return host && (host[0] == '[' || !strchr(host, '%'));
}

static bool is_web_scheme(const char *scheme)
{
    return scheme && (!strcmp(scheme, "http") || !strcmp(scheme, "https"));
}

bool http_url_split(const char *address, struct http_url *url)
{
    *url = (struct http_url){0};
    if (curl_load(NULL) != ERR_OK)
        return false;
    CURLU *handle = curl_url();
    if (!handle)
        die("out of memory");
    if (curl_url_set(handle, CURLUPART_URL, address, CURLU_ALLOW_SPACE) == CURLUE_OK) {
        url->scheme = part_of(handle, CURLUPART_SCHEME, 0);
        url->host = with_zone(part_of(handle, CURLUPART_HOST, 0), part_of(handle, CURLUPART_ZONEID, 0));
        url->path = part_of(handle, CURLUPART_PATH, 0);
        url->query = part_of(handle, CURLUPART_QUERY, 0);
        url->user = part_of(handle, CURLUPART_USER, 0);
        url->password = part_of(handle, CURLUPART_PASSWORD, 0);
        url->port = port_of(handle);
    }
    curl_url_cleanup(handle);
    fold_case(url->scheme);
    fold_case(url->host);
    bool is_whole = is_web_scheme(url->scheme) && is_host(url->host) && url->path && url->port;
    if (!is_whole)
        http_url_release(url);
    return is_whole;
}

static void wipe_free(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void http_url_release(struct http_url *url)
{
    free(url->scheme);
    free(url->host);
    free(url->path);
    free(url->query);
    wipe_free(url->user);
    wipe_free(url->password);
    *url = (struct http_url){0};
}

static bool is_unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void http_escape(struct text text, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.s[i];
        if (is_unreserved(c))
            buf_char(out, (char)c);
        else
            buf_printf(out, "%%%02X", c);
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void http_unescape(struct text text, bool is_query, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        bool is_escape = text.s[i] == '%' && i + 2 < text.n && hex_digit(text.s[i + 1]) >= 0 &&
                         hex_digit(text.s[i + 2]) >= 0;
        if (is_escape) {
            buf_char(out, (char)(hex_digit(text.s[i + 1]) * 16 + hex_digit(text.s[i + 2])));
            i += 2;
        } else {
            buf_char(out, is_query && text.s[i] == '+' ? ' ' : text.s[i]);
        }
    }
}

enum err_code http_url_ready(struct err *err)
{
    return curl_load(err);
}
