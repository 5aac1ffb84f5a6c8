/*
 * See http_address.h. The path is cut down to where the API may be; the rest of it, and the query, are a link's and are read in http_link.c.
 */
#include "data/http/http_address.h"

#include "data/base/utf8.h"
#include "data/http/http_link.h"
#include "data/http/http_url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

bool http_address_is(const char *address)
{
    return !strncasecmp(address, "http://", 7) || !strncasecmp(address, "https://", 8);
}

void http_address_release(struct http_address *address)
{
    filter_release(&address->filter);
}

/* ---- the host ---- */

static bool is_loopback(const char *host)
{
    static const char name[] = "localhost";
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
    if (inet_pton(AF_INET6, host, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    size_t n = strlen(host), suffix = sizeof name - 1;
    n -= n && host[n - 1] == '.';
    if (n < suffix || strncmp(host + n - suffix, name, suffix) != 0)
        return false;
    return n == suffix || host[n - suffix - 1] == '.';
}

/* "[fe80::1%25eth0]" as "fe80::1%eth0". */
static void bare_host(struct text host, struct buf *out)
{
    if (host.n > 1 && host.s[0] == '[')
        host = (struct text){host.s + 1, host.n - 2};
    http_unescape(host, false, out);
}

/* ---- names that are no addresses ---- */

#define DIGITS "0123456789"
#define HOST_CHARACTERS DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-"

/* The bytes of "host:4788" at the start of a text; 0: there is no host. has_port: it is named. */
static size_t authority_of(const char *text, bool *has_port)
{
    size_t host = strspn(text, HOST_CHARACTERS), port = 0;
    if (!host || text[0] == '.' || text[0] == '-')
        return 0;
    if (text[host] == ':')
        port = strspn(text + host + 1, DIGITS);
    *has_port = port > 0 && port < 6;
    size_t n = host + (*has_port ? port + 1 : 0);
    return text[n] == '\0' || text[n] == '/' ? n : 0;
}

bool http_address_guess(const char *name, char out[HTTP_GUESS_MAX])
{
    const char *scheme_end = strstr(name, "://"), *text = scheme_end ? scheme_end + 3 : name;
    bool has_port = false;
    size_t n = strncasecmp(name, "file:", 5) ? authority_of(text, &has_port) : 0;
    if (!n || strlen(text) + sizeof "https://" > HTTP_GUESS_MAX)
        return false;
    char host[HTTP_GUESS_MAX];
    snprintf(host, sizeof host, "%.*s", (int)(has_port ? strcspn(text, ":") : n), text);
    bool is_here = is_loopback(host);
    /* "runs.d/data.db" is a file that is missing; "runs.example.org/team" could be one, too, but hardly is. */
    bool is_name = strchr(host, '.') && text[n] == '/' && !strchr(text + n, '.');
    if (!scheme_end && !has_port && !is_here && !is_name)
        return false;
    snprintf(out, HTTP_GUESS_MAX, "%s://%s", has_port || is_here ? "http" : "https", text);
    return true;
}

/* ---- the path ---- */

static bool ends_in(struct text path, const char *segment)
{
    size_t n = strlen(segment);
    return path.n > n && path.s[path.n - n - 1] == '/' && memcmp(path.s + path.n - n, segment, n) == 0;
}

static struct text without_slashes(struct text path)
{
    while (path.n && path.s[path.n - 1] == '/')
        path.n--;
    return path;
}

/* The last segment, with `path` cut before it. */
static struct text take_segment(struct text *path)
{
    size_t start = path->n;
    while (start && path->s[start - 1] != '/')
        start--;
    struct text segment = {path->s + start, path->n - start};
    *path = without_slashes((struct text){path->s, start});
    return segment;
}

static bool is_list(struct text path)
{
    return ends_in(path, "runs") || ends_in(path, "executions");
}

struct place {
    struct text base;   /* "" or "/team/api": without a slash at its end */
    struct text run_id; /* percent-encoded; null: none */
    bool is_api;        /* what stands behind the base is the API's, not the web page's */
};

/* Takes /runs, /runs/ID, /executions, /executions/ID and /executions/ID/tool-calls off. */
static struct place place_of(struct text path)
{
    struct place place = {.base = without_slashes(path)};
    struct text parent = place.base;
    if (ends_in(parent, "tool-calls"))
        take_segment(&parent);
    struct text id = take_segment(&parent);
    if (is_list(parent)) {
        place.run_id = id;
        place.base = parent;
    }
    if (is_list(place.base)) {
        place.is_api = ends_in(place.base, "executions");
        take_segment(&place.base);
    }
    return place;
}

/* What no address may hold as it is, spaces and bytes beyond ASCII, percent-encoded. */
static void put_path(struct text path, struct buf *out)
{
    for (size_t i = 0; i < path.n; i++) {
        struct text byte = {path.s + i, 1};
        if (path.s[i] > ' ' && path.s[i] < 0x7f)
            buf_text(out, byte);
        else
            http_escape(byte, out);
    }
}

/* ---- the parts of the answer: each writes into a field, false where it has no room ---- */

static bool keep(struct buf *built, char *field)
{
    bool is_whole = !buf_is_cut(built);
    memcpy(field, buf_cstr(built), built->len + 1);
    buf_clear(built);
    return is_whole;
}

static void put_origin(const struct http_url *url, bool is_tls, struct buf *out)
{
    buf_printf(out, "%s://%s", url->scheme, url->host);
    if (url->port != (is_tls ? 443 : 80))
        buf_printf(out, ":%d", url->port);
}

static bool set_host(const struct http_url *url, struct http_address *out)
{
    struct buf host;
    buf_init(&host, sizeof out->host - 1);
    bare_host(text_of(url->host), &host);
    bool is_whole = keep(&host, out->host);
    buf_release(&host);
    out->port = url->port;
    out->is_tls = !strcmp(url->scheme, "https");
    out->is_loopback = is_loopback(out->host);
    return is_whole;
}

static bool add_base(const struct http_url *url, struct text path, const char *below,
                     struct http_address *out)
{
    struct buf base;
    buf_init(&base, HTTP_ADDRESS_MAX - 1);
    put_origin(url, out->is_tls, &base);
    put_path(path, &base);
    buf_str(&base, below);
    bool is_whole = keep(&base, out->bases[out->base_count++]);
    buf_release(&base);
    return is_whole;
}

static bool set_bases(const struct http_url *url, const struct place *place, struct http_address *out)
{
    struct text path = place->base, above = path;
    if (ends_in(path, "api")) {
        take_segment(&above);
        return add_base(url, path, "", out) && add_base(url, path, "/api", out) &&
               add_base(url, above, "", out);
    }
    return add_base(url, path, place->is_api ? "" : "/api", out) &&
           add_base(url, path, place->is_api ? "/api" : "", out);
}

static bool set_plain(const struct http_url *url, struct text path, struct http_address *out)
{
    struct buf plain;
    buf_init(&plain, sizeof out->plain - 1);
    put_origin(url, out->is_tls, &plain);
    put_path(path, &plain);
    bool is_whole = keep(&plain, out->plain);
    buf_release(&plain);
    return is_whole;
}

/* Cut where it is too long: it is only looked at. */
static void set_label(struct text path, struct http_address *out)
{
    struct text label = text_of(out->plain + strlen(out->is_tls ? "https://" : "http://"));
    if (ends_in(path, "api"))
        take_segment(&label);
    size_t n = utf8_cut(label, sizeof out->label - 1);
    memcpy(out->label, label.s, n);
    out->label[n] = '\0';
}

/* ---- the whole ---- */

static enum err_code too_long(struct err *err)
{
    err_set(err, ERR_TOO_BIG, "the address is too long: at most %d bytes are read, %d of its host",
            HTTP_ADDRESS_MAX - 1, HTTP_HOST_MAX - 1);
    err_hint(err, "leave its query out, and filter here");
    return ERR_TOO_BIG;
}

static enum err_code unreadable(const char *address, struct err *err)
{
    if (http_address_is(address))
        err_set(err, ERR_USAGE, "this is no address that can be reached: look at its host and port");
    else
        err_set(err, ERR_USAGE, "this is no address: it begins with neither http:// nor https://");
    err_hint(err, "an address looks like http://localhost:4788 or https://runs.example.org/team");
    return ERR_USAGE;
}

static enum err_code has_secrets(struct err *err)
{
    err_set(
        err, ERR_USAGE,
        "the address has a user or a password in it, where other programs and the shell's history see them");
    err_hint(err, "take them out; they belong into ~/.netrc, or a file named by user_file in the config, "
                  "a token into $EXECUTOR_RUNS_TOKEN");
    return ERR_USAGE;
}

static enum err_code read_url(const struct http_url *url, struct http_address *out, struct err *err)
{
    if (url->user || url->password)
        return has_secrets(err);
    struct place place = place_of(text_of(url->path));
    if (!set_host(url, out) || !set_bases(url, &place, out) || !set_plain(url, place.base, out))
        return too_long(err);
    set_label(place.base, out);
    struct buf run_id;
    buf_init(&run_id, HTTP_ADDRESS_MAX);
    http_unescape(place.run_id, false, &run_id);
    http_link_read(url->query, buf_as_text(&run_id), out);
    buf_release(&run_id);
    return ERR_OK;
}

enum err_code http_address_parse(const char *address, struct http_address *out, struct err *err)
{
    memset(out, 0, sizeof *out);
    filter_init(&out->filter);
    if (strlen(address) >= HTTP_ADDRESS_MAX)
        return too_long(err);
    if (http_url_ready(err) != ERR_OK)
        return ERR_UNSUPPORTED;
    struct http_url url;
    if (!http_address_is(address) || !http_url_split(address, &url))
        return unreadable(address, err);
    enum err_code code = read_url(&url, out, err);
    http_url_release(&url);
    return code;
}
