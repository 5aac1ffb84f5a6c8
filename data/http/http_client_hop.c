/*
 * One request to one server. Every one gets an easy handle of its own, since a handle remembers: cookies that a server sets, a login that
 * was found. The connections are not the handle's but the client's, and are used again.
 *
 * The token is given to curl as such and not as a header of ours: curl keeps it out of what it tells of a request, and would not pass it to another host.
 */
#include "data/http/http_client_int.h"

#include "data/base/die.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    STALL_BYTES_PER_SECOND = 100,
    STALL_PART = 5,
    CHUNK = 64 * 1024,
    CONFIRM_MS = 20 * 1000,
    KEEPALIVE_S = 15
};

/* ---- what comes ---- */

static bool header_is(const char *line, size_t n, const char *name, const char **value)
{
    size_t length = strlen(name);
    if (n <= length || strncasecmp(line, name, length) != 0 || line[length] != ':')
        return false;
    *value = line + length + 1;
    return true;
}

/* Seconds from now, or a date. */
static int64_t retry_after(const char *value)
{
    while (*value == ' ' || *value == '\t')
        value++;
    char *end;
    errno = 0;
    long long seconds = strtoll(value, &end, 10);
    if (end != value && !strchr("0123456789.", *end) && !errno && seconds >= 0)
        return seconds < INT64_MAX / 1000 ? seconds * 1000 : -1;
    time_t at = curl_getdate(value, NULL), now = time(NULL);
    if (at == -1)
        return -1;
    return at > now ? (int64_t)(at - now) * 1000 : 0;
}

static int64_t content_length(const char *value)
{
    errno = 0;
    long long n = strtoll(value, NULL, 10);
    return n >= 0 && !errno ? n : -1;
}

static void read_header(struct hop *hop, const char *line, size_t n)
{
    const char *value;
    if (n >= 5 && !strncasecmp(line, "HTTP/", 5)) {
        hop->content_length = -1; /* a status line: what came before was a word in between (1xx) */
        hop->retry_after_ms = -1;
    } else if (header_is(line, n, "content-length", &value)) {
        hop->content_length = content_length(value);
    } else if (header_is(line, n, "retry-after", &value)) {
        hop->retry_after_ms = retry_after(value);
    }
}

/* A return of less than it was given ends the transfer. */
static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct hop *hop = context;
    char line[512];
    size_t n = size * count;
    if (n < sizeof line) {
        memcpy(line, bytes, n);
        line[n] = '\0';
        read_header(hop, line, n);
    }
    hop->is_too_big = hop->content_length > HTTP_BODY_MAX;
    return hop->is_too_big ? 0 : n;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct hop *hop = context;
    size_t n = size * count;
    if (!hop->has_body)
        hop->window_start = clock_ms();
    hop->has_body = true;
    hop->window_bytes += (int64_t)n;
    buf_add(hop->body, bytes, n);
    hop->is_too_big = buf_is_cut(hop->body);
    return hop->is_too_big ? 0 : n;
}

bool hop_is_stalled(struct hop *hop, int64_t now)
{
    int64_t window = hop->total_ms / STALL_PART;
    if (!hop->total_ms || window > HTTP_STALL_MS)
        window = HTTP_STALL_MS;
    int64_t took = now - hop->window_start;
    if (!hop->has_body || took < window)
        return false;
    hop->is_stalled = hop->window_bytes * 1000 < STALL_BYTES_PER_SECOND * took;
    hop->window_start = now;
    hop->window_bytes = 0;
    return hop->is_stalled;
}

/* ---- what goes ---- */

bool hop_aim(struct hop *hop, const char *address, struct http_url *url)
{
    char *clean = url_clean(address);
    if (!clean || !http_url_split(clean, url)) {
        free(clean);
        return false;
    }
    free(hop->url);
    hop->url = clean;
    hop->is_tls = !strcmp(url->scheme, "https");
    hop->is_loopback_name =
        !strcmp(url->host, "localhost") || !strncmp(url->host, "127.", 4) || !strcmp(url->host, "[::1]");
    url_label(url, hop->host, sizeof hop->host);
    return true;
}

/* A curl without an option that safety hangs on is not one to make a request with; what it lacks memory for, it cannot do either. */
static void require(CURLcode code)
{
    if (code != CURLE_OK)
        die("libcurl refuses a setting: %s", curl_easy_strerror(code));
}

static void set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    require(curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https"));
#else
    require(curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS)));
#endif
    require(curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L));
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
#if LIBCURL_VERSION_NUM >= 0x075700
    /* To give up while a name is looked up must not wait for the resolver: it may take its ten seconds alone. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
}

static void set_tls(CURL *easy, const struct http_pool *pool)
{
    require(curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L));
    require(curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L));
    if (pool->ca_file)
        require(curl_easy_setopt(easy, CURLOPT_CAINFO, pool->ca_file));
    if (pool->ca_path || pool->has_cacert)
        curl_easy_setopt(easy, CURLOPT_CAPATH, pool->ca_path);
}

/* A connection that leads nowhere any more (the machine slept, the network changed) is found out by what is sent and not confirmed: far
 * sooner than by waiting for an answer, which may take minutes. And no program that is started may have it. */
static int on_socket(void *context, curl_socket_t fd, curlsocktype purpose)
{
    (void)context, (void)purpose;
#ifdef TCP_USER_TIMEOUT
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &(unsigned){CONFIRM_MS}, sizeof(unsigned));
#endif
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return CURL_SOCKOPT_OK;
}

static void set_socket(CURL *easy)
{
    require(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L)); /* whoever asks has SIGPIPE ignored or blocked */
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_S);
}

static void set_times(CURL *easy, struct hop *hop)
{
    hop->timeout_ms = hop->deadline - clock_ms();
    if (hop->timeout_ms < 1)
        hop->timeout_ms = 1; /* 0 is for ever */
    int64_t connect = hop->timeout_ms < HTTP_CONNECT_TIMEOUT_MS ? hop->timeout_ms : HTTP_CONNECT_TIMEOUT_MS;
    require(curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, hop->total_ms ? (long)hop->timeout_ms : 0L));
    require(curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect));
}

/* curl sends a request again by itself where a connection that it had kept turns out to be closed: not one that does something. */
static void set_post(CURL *easy, struct text body)
{
    require(curl_easy_setopt(easy, CURLOPT_POST, 1L));
    require(curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n));
    require(curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.s));
    require(curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L));
}

static void set_request(CURL *easy, struct hop *hop, const struct http_pool *pool, struct curl_slist *headers)
{
    require(curl_easy_setopt(easy, CURLOPT_URL, hop->url));
    require(curl_easy_setopt(easy, CURLOPT_SHARE, pool->share));
    require(curl_easy_setopt(easy, CURLOPT_NOPROXY, pool->no_proxy));
    require(curl_easy_setopt(easy, CURLOPT_USERAGENT, "executor-runs"));
    require(curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers));
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)CHUNK);
}

static void set_callbacks(CURL *easy, struct hop *hop)
{
    hop->error[0] = '\0';
    require(curl_easy_setopt(easy, CURLOPT_PRIVATE, hop));
    require(curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, hop->error));
    require(curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header));
    require(curl_easy_setopt(easy, CURLOPT_HEADERDATA, hop));
    require(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body));
    require(curl_easy_setopt(easy, CURLOPT_WRITEDATA, hop));
}

static void set_credentials(CURL *easy, const struct http_credentials *credentials)
{
    if (credentials->bearer) {
        require(curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER));
        require(curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, credentials->bearer));
    } else if (credentials->user || credentials->netrc_file) {
        require(curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC));
        if (credentials->user)
            require(curl_easy_setopt(easy, CURLOPT_USERPWD, credentials->user));
        else
            require(curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL));
    }
    if (credentials->netrc_file && !credentials->user)
        require(curl_easy_setopt(easy, CURLOPT_NETRC_FILE, credentials->netrc_file));
    if (credentials->cookie_file)
        require(curl_easy_setopt(easy, CURLOPT_COOKIEFILE, credentials->cookie_file));
    if (credentials->cookie)
        require(curl_easy_setopt(easy, CURLOPT_COOKIE, credentials->cookie));
}

static bool has_any(const struct http_credentials *credentials)
{
    return credentials && (credentials->bearer || credentials->user || credentials->netrc_file ||
                           credentials->cookie || credentials->cookie_file);
}

static void forget_answer(struct hop *hop)
{
    hop->status = 0;
    hop->content_type[0] = '\0';
    hop->content_length = hop->retry_after_ms = -1;
    hop->has_body = hop->is_too_big = hop->is_stalled = hop->was_sent = false;
    hop->window_bytes = 0;
    buf_clear(hop->body);
}

enum err_code hop_start(struct hop *hop, const struct http_pool *pool, struct curl_slist *headers,
                        const struct http_credentials *credentials, struct err *err)
{
    forget_answer(hop);
    enum err_code code = hop->is_tls ? pool_check_ca(pool, err) : ERR_OK;
    if (code != ERR_OK)
        return code;
    CURL *easy = curl_easy_init();
    if (!easy)
        die("out of memory");
    set_protocols(easy);
    set_tls(easy, pool);
    set_socket(easy);
    set_times(easy, hop);
    set_request(easy, hop, pool, headers);
    set_callbacks(easy, hop);
    if (!text_is_null(hop->post))
        set_post(easy, hop->post);
    hop->has_credentials = has_any(credentials);
    if (hop->has_credentials)
        set_credentials(easy, credentials);
    hop->easy = easy;
    return ERR_OK;
}

void hop_read_kind(struct hop *hop)
{
    const char *type = NULL;
    size_t n = 0;
    curl_easy_getinfo(hop->easy, CURLINFO_RESPONSE_CODE, &hop->status);
    curl_easy_getinfo(hop->easy, CURLINFO_CONTENT_TYPE, &type);
    for (; type && type[n] > ' ' && type[n] != ';' && n + 1 < sizeof hop->content_type; n++)
        hop->content_type[n] = type[n] >= 'A' && type[n] <= 'Z' ? (char)(type[n] + ('a' - 'A')) : type[n];
    hop->content_type[n] = '\0';
}

void hop_end(struct hop *hop, char **location)
{
    const char *url = NULL;
    double connected = 0;
    *location = NULL;
    curl_easy_getinfo(hop->easy, CURLINFO_PRETRANSFER_TIME, &connected);
    hop->was_sent = connected > 0;
    hop_read_kind(hop);
    bool redirects = hop->status == 301 || hop->status == 302 || hop->status == 303 || hop->status == 307 ||
                     hop->status == 308;
    if (redirects && curl_easy_getinfo(hop->easy, CURLINFO_REDIRECT_URL, &url) == CURLE_OK && url)
        *location = mem_strdup(url);
    curl_easy_cleanup(hop->easy);
    hop->easy = NULL;
}
