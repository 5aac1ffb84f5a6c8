/*
 * What the clients of a source have in common: looked-up names and TLS sessions (each behind a lock of its own), and the choices that
 * are made once: which authorities are trusted, which hosts go without a proxy, how long an answer may take.
 *
 * The authorities are chosen as the curl program does it: libcurl itself does not look at the environment for them. Loopback goes without a proxy whatever
 * the environment says: what is meant for this machine, credentials over plain http included, does not leave it.
 */
#include "data/http/http_client_int.h"

#include "data/base/die.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void share_lock(CURL *easy, curl_lock_data data, curl_lock_access access, void *context)
{
    (void)easy, (void)access;
    pthread_mutex_lock(&((struct http_pool *)context)->locks[data]);
}

static void share_unlock(CURL *easy, curl_lock_data data, void *context)
{
    (void)easy;
    pthread_mutex_unlock(&((struct http_pool *)context)->locks[data]);
}

static char *copy(const char *s)
{
    return s && *s ? mem_strdup(s) : NULL;
}

static void choose_ca(struct http_pool *pool, const char *cacert)
{
    pool->has_cacert = cacert && *cacert;
    pool->ca_file = copy(cacert);
    pool->ca_origin = "--cacert";
    if (pool->ca_file)
        return;
    pool->ca_file = copy(getenv("CURL_CA_BUNDLE"));
    pool->ca_origin = "$CURL_CA_BUNDLE";
    if (pool->ca_file)
        return;
    pool->ca_path = copy(getenv("SSL_CERT_DIR"));
    pool->ca_file = copy(getenv("SSL_CERT_FILE"));
    pool->ca_origin = "$SSL_CERT_FILE";
}

static char *choose_no_proxy(void)
{
    const char *named = getenv("no_proxy");
    if (!named)
        named = getenv("NO_PROXY");
    if (named && !strcmp(named, "*"))
        return mem_strdup(named);
    struct buf hosts;
    buf_init(&hosts, 64 * 1024);
    buf_str(&hosts, "localhost,127.0.0.1,127.0.0.0/8,::1");
    if (named && *named) {
        buf_char(&hosts, ',');
        buf_str(&hosts, named);
    }
    return buf_take(&hosts);
}

static void share_open(struct http_pool *pool)
{
    for (int i = 0; i < CURL_LOCK_DATA_LAST; i++)
        pthread_mutex_init(&pool->locks[i], NULL);
    pool->share = curl_share_init();
    if (!pool->share)
        die("out of memory");
    curl_share_setopt(pool->share, CURLSHOPT_LOCKFUNC, share_lock);
    curl_share_setopt(pool->share, CURLSHOPT_UNLOCKFUNC, share_unlock);
    curl_share_setopt(pool->share, CURLSHOPT_USERDATA, pool);
    curl_share_setopt(pool->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(pool->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}

struct http_pool *http_pool_new(const struct http_settings *settings)
{
    struct err err;
    if (curl_load(&err) != ERR_OK)
        die("%s", err.what);
    struct http_pool *pool = mem_new_array(1, sizeof *pool);
    pool->timeout_ms = settings && settings->timeout_ms > 0 ? settings->timeout_ms : HTTP_TIMEOUT_MS;
    choose_ca(pool, settings ? settings->cacert : NULL);
    pool->no_proxy = choose_no_proxy();
    share_open(pool);
    return pool;
}

void http_pool_free(struct http_pool *pool)
{
    if (!pool)
        return;
    curl_share_cleanup(pool->share);
    for (int i = 0; i < CURL_LOCK_DATA_LAST; i++)
        pthread_mutex_destroy(&pool->locks[i]);
    free(pool->ca_file);
    free(pool->ca_path);
    free(pool->no_proxy);
    free(pool);
}

enum err_code pool_check_ca(const struct http_pool *pool, struct err *err)
{
    if (!pool->ca_file || access(pool->ca_file, R_OK) == 0)
        return ERR_OK;
    err_set(err, errno == EACCES ? ERR_DENIED : ERR_NOT_FOUND, "cannot read the CA file %s: %s",
            pool->ca_file, strerror(errno));
    return err_hint(err, "It is named by %s: a file of certificates in PEM form is wanted there.",
                    pool->ca_origin);
}
