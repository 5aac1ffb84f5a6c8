/*
 * What went wrong on the way, in words. curl's own are used for TLS only, where they are the reason; nothing of an address but its host is
 * repeated, since a query may hold what is nobody's business.
 */
#include "data/http/http_client_int.h"

#include "data/base/timefmt.h"

#include <errno.h>
#include <stdio.h>

static enum err_code refused(const struct hop *hop, struct err *err)
{
    long number = 0;
    curl_easy_getinfo(hop->easy, CURLINFO_OS_ERRNO, &number);
    /* curl names whom it wanted to reach: another than the host is a proxy. */
    char host[sizeof hop->host];
    snprintf(host, sizeof host, "%s", hop->host);
    char *port = strrchr(host, ':');
    if (port && !strchr(port, ']'))
        *port = '\0';
    const char *bare = host[0] == '[' ? host + 1 : host;
    size_t n = strcspn(bare, "]");
    if (hop->error[0] && !memmem(hop->error, strlen(hop->error), bare, n)) {
        err_set(err, ERR_IO, "the proxy on the way to %s cannot be reached", hop->host);
        return err_hint(err, "It is named in the environment: http_proxy, https_proxy, all_proxy; no_proxy "
                             "leaves hosts out.");
    }
    if (number && number != ECONNREFUSED) {
        err_set(err, ERR_IO, "%s cannot be reached: %s", hop->host, strerror((int)number));
        return err_hint(err, "Is the network there, and the address right?");
    }
    err_set(err, ERR_IO, "nothing listens at %s", hop->host);
    return err_hint(err, hop->is_loopback_name ? "Is the executor running, and the port right?"
                                               : "Is the server running, and the port right?");
}

/* It took the connection, and then waits for a request without TLS. */
static enum err_code no_handshake(const struct hop *hop, const char *span, struct err *err)
{
    err_set(err, ERR_IO, "%s took the connection, but no TLS handshake came about within %s", hop->host,
            span);
    return err_hint(err, "Does it speak TLS? If not: http:// in place of https://.");
}

static enum err_code too_late(const struct hop *hop, struct err *err)
{
    char span[TIME_TEXT];
    double looked_up = 0, connected = 0;
    long own_port = 0; /* curl knows it when TCP is through; CONNECT_TIME waits for TLS */
    curl_easy_getinfo(hop->easy, CURLINFO_NAMELOOKUP_TIME, &looked_up);
    curl_easy_getinfo(hop->easy, CURLINFO_LOCAL_PORT, &own_port);
    curl_easy_getinfo(hop->easy, CURLINFO_PRETRANSFER_TIME, &connected);
    if (connected <= 0) {
        int64_t limit = hop->timeout_ms < HTTP_CONNECT_TIMEOUT_MS ? hop->timeout_ms : HTTP_CONNECT_TIMEOUT_MS;
        span_format_words(limit, span);
        if (hop->is_tls && own_port > 0)
            return no_handshake(hop, span, err);
        if (looked_up <= 0)
            err_set(err, ERR_IO, "the name of %s was not found out within %s", hop->host, span);
        else
            err_set(err, ERR_IO, "%s did not take a connection within %s", hop->host, span);
        return err_hint(err, "Is the network there, and the address right?");
    }
    span_format_words(hop->total_ms, span);
    if (hop->has_body) {
        err_set(err, ERR_IO, "the answer of %s did not end within %s", hop->host, span);
        return err_hint(err, "The connection is slow, or the server busy: try again, or allow it more time.");
    }
    err_set(err, ERR_IO, "%s did not answer within %s", hop->host, span);
    return err_hint(err,
                    "It may be busy: it answers one request at a time. Try again, or allow it more time.");
}

static enum err_code too_big(const struct hop *hop, struct err *err)
{
    enum { MEGABYTE = 1 << 20 };
    if (hop->content_length > HTTP_BODY_MAX)
        err_set(err, ERR_TOO_BIG, "the answer of %s has %lld MB; at most %d MB are taken", hop->host,
                (long long)(hop->content_length / MEGABYTE), HTTP_BODY_MAX / MEGABYTE);
    else
        err_set(err, ERR_TOO_BIG, "the answer of %s has more than %d MB, and is not taken", hop->host,
                HTTP_BODY_MAX / MEGABYTE);
    return err_hint(err, "An executor's answers are far smaller: is that the right address?");
}

static enum err_code cut_short(const struct hop *hop, struct err *err)
{
    curl_off_t came = 0; /* as it was sent, maybe compressed, as is the length that was told */
    curl_easy_getinfo(hop->easy, CURLINFO_SIZE_DOWNLOAD_T, &came);
    if (!hop->has_body)
        err_set(err, ERR_IO, "%s cut the connection before it answered", hop->host);
    else if (hop->content_length >= 0)
        err_set(err, ERR_IO, "the answer of %s was cut off after %lld of %lld bytes", hop->host,
                (long long)came, (long long)hop->content_length);
    else
        err_set(err, ERR_IO, "the answer of %s was cut off after %lld bytes", hop->host, (long long)came);
    return err_hint(err, "Try again; if it stays so, look at the server's (or the proxy's) log.");
}

/* curl's words without control characters, and without the preface that we have already said. */
static void clean_words(const char *words, char *out, size_t size)
{
    static const char preface[] = "SSL certificate problem: ";
    const char *found = strstr(words, preface);
    if (found)
        words = found + sizeof preface - 1;
    if (!strncmp(words, "SSL: ", 5))
        words += 5;
    size_t n = 0;
    for (; words[n] && n + 1 < size; n++)
        out[n] = (unsigned char)words[n] < ' ' || words[n] == 0x7f ? ' ' : words[n];
    out[n] = '\0';
}

static enum err_code unverified(const struct hop *hop, struct err *err)
{
    char why[200];
    clean_words(hop->error[0] ? hop->error : "it cannot be verified", why, sizeof why);
    err_set(err, ERR_IO, "the certificate of %s is not accepted: %s", hop->host, why);
    if (strstr(why, "expired") || strstr(why, "not yet valid"))
        return err_hint(err, "It must be renewed there, or the clock is wrong here.");
    if (strstr(why, "host name") || strstr(why, "subject name"))
        return err_hint(err, "Use the name that the certificate is made for.");
    return err_hint(err, "If you trust it: --cacert FILE with the certificate that it, or its issuer, is "
                         "known by.");
}

static enum err_code no_tls(const struct hop *hop, struct err *err)
{
    char why[200];
    if (strstr(hop->error, "wrong version number") || strstr(hop->error, "packet length too long") ||
        strstr(hop->error, "http request")) {
        err_set(err, ERR_IO, "%s does not speak TLS", hop->host);
        return err_hint(err, "Try http:// in place of https://.");
    }
    clean_words(hop->error[0] ? hop->error : "no reason is known", why, sizeof why);
    err_set(err, ERR_IO, "no TLS connection to %s: %s", hop->host, why);
    return err_hint(err, "Is that port one for https?");
}

static enum err_code bad_ca(const struct hop *hop, const struct http_pool *pool, struct err *err)
{
    if (!pool->ca_file) {
        err_set(err, ERR_IO, "the system's certificates cannot be read, so %s cannot be verified", hop->host);
        return err_hint(err, "Install ca-certificates, or name a file by --cacert.");
    }
    err_set(err, ERR_IO, "the CA file %s holds no certificate that can be read", pool->ca_file);
    return err_hint(err, "It is named by %s: a file of certificates in PEM form is wanted there.",
                    pool->ca_origin);
}

static enum err_code not_http(const struct hop *hop, struct err *err)
{
    err_set(err, ERR_UNSUPPORTED, "what answers at %s does not speak HTTP", hop->host);
    return err_hint(err,
                    hop->is_tls ? "Is the port right?" : "Is the port right? If it speaks TLS: https://.");
}

static enum err_code silent(const struct hop *hop, struct err *err)
{
    err_set(err, ERR_IO, "%s closed the connection without an answer", hop->host);
    return err_hint(err, hop->is_tls ? "Try again; if it stays so, look at the server's log."
                                     : "Try again; if it stays so: does it speak TLS (https://)?");
}

/* 0: there is none, or it did its part. */
static long refusal_of_proxy(const struct hop *hop)
{
    long status = 0;
    curl_easy_getinfo(hop->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return status >= 300 ? status : 0;
}

static enum err_code proxy_refused(const struct hop *hop, struct err *err)
{
    err_set(err, ERR_IO, "the proxy on the way to %s does not let us through (%ld)", hop->host,
            refusal_of_proxy(hop));
    return err_hint(err,
                    "It is named in the environment: https_proxy, all_proxy; no_proxy leaves hosts out.");
}

static enum err_code stalled(const struct hop *hop, struct err *err)
{
    err_set(err, ERR_IO, "the answer of %s stopped coming after %zu bytes", hop->host, hop->body->len);
    return err_hint(err, "The connection or the server hangs: try again.");
}

static enum err_code unknown_name(const struct hop *hop, bool is_proxy, struct err *err)
{
    if (is_proxy) {
        err_set(err, ERR_IO, "the proxy on the way to %s has a name that is not known", hop->host);
        return err_hint(err, "It is named in the environment: http_proxy, https_proxy, all_proxy.");
    }
    err_set(err, ERR_IO, "the name of %s is not known", hop->host);
    return err_hint(err, "Is it spelled right, and the network there?");
}

static enum err_code other(const struct hop *hop, CURLcode result, struct err *err)
{
    err_set(err, ERR_IO, "no answer from %s: %s", hop->host, curl_easy_strerror(result));
    return err_hint(err, "Try again; if it stays so, try the same address with curl.");
}

enum err_code hop_fault(const struct hop *hop, const struct http_pool *pool, CURLcode result, struct err *err)
{
    if (hop->is_too_big)
        return too_big(hop, err);
    if (hop->is_stalled)
        return stalled(hop, err);
    if (refusal_of_proxy(hop))
        return proxy_refused(hop, err);
    switch ((int)result) {
    case CURLE_COULDNT_CONNECT: return refused(hop, err);
    case CURLE_COULDNT_RESOLVE_HOST: return unknown_name(hop, false, err);
    case CURLE_COULDNT_RESOLVE_PROXY: return unknown_name(hop, true, err);
    case CURLE_OPERATION_TIMEDOUT: return too_late(hop, err);
    case CURLE_PEER_FAILED_VERIFICATION: return unverified(hop, err);
    case CURLE_SSL_CONNECT_ERROR: return no_tls(hop, err);
    case CURLE_SSL_CACERT_BADFILE: return bad_ca(hop, pool, err);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: return not_http(hop, err);
    case CURLE_GOT_NOTHING: return silent(hop, err);
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_RECV_ERROR: return cut_short(hop, err);
    default: return other(hop, result, err);
    }
}
