/*
 * One thread reads the secrets, the others wait for it; whoever waits can be cancelled, so nothing is read under the lock.
 */
#include "data/base/clock.h"
#include "data/http/http_auth_int.h"

#include "data/base/die.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { WAIT_MS = 20 };

enum auth_state { AUTH_UNREAD, AUTH_READING, AUTH_READ };

struct http_auth {
    struct auth_places places;
    int port;
    bool is_tls;
    _Atomic(const char *) origin; /* one of the texts of places */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    enum auth_state state;
    struct http_credentials known; /* AUTH_READ */
    unsigned attempts;
    enum err_code last_code; /* of the last attempt */
    struct err last_err;
};

/* ---- values ---- */

static char *copy(const char *s)
{
    return s && *s ? mem_strdup(s) : NULL;
}

static char *formatted(const char *before, const char *name)
{
    struct buf text;
    buf_init(&text, 64 * 1024);
    buf_str(&text, before);
    buf_str(&text, name);
    return buf_take(&text);
}

static struct text without_brackets(const char *host)
{
    struct text text = text_of(host);
    if (text.n >= 2 && text.s[0] == '[' && text.s[text.n - 1] == ']')
        text = (struct text){text.s + 1, text.n - 2};
    return text;
}

static bool is_same_host(struct text a, struct text b)
{
    return a.s && b.s && a.n == b.n && !strncasecmp(a.s, b.s, a.n);
}

/* Whether the host is one of the list's, which is separated by commas and spaces. */
static bool is_listed(const char *list, const char *host)
{
    static const char between[] = ", \t";
    for (const char *at = list; at && *at;) {
        at += strspn(at, between);
        size_t n = strcspn(at, between);
        char name[256];
        snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : 0), at);
        if (n && is_same_host(without_brackets(name), text_of(host)))
            return true;
        at += n;
    }
    return false;
}

static char *default_netrc(void)
{
    const char *named = getenv("NETRC"), *home = getenv("HOME");
    if (named && *named)
        return mem_strdup(named);
    return home && *home ? formatted(home, "/.netrc") : NULL;
}

static char *choose_origin(const struct auth_places *places)
{
    if (places->token)
        return mem_strdup("the token of $EXECUTOR_RUNS_TOKEN");
    if (places->token_file)
        return formatted("the token in ", places->token_file);
    if (places->token_command)
        return mem_strdup("the token of token_command");
    if (places->user_file)
        return formatted("the user and password in ", places->user_file);
    return places->cookie_file ? formatted("the cookies in ", places->cookie_file) : NULL;
}

/* ---- life ---- */

static void lock_init(struct http_auth *auth)
{
    pthread_mutex_init(&auth->lock, NULL);
    clock_cond_init(&auth->changed);
}

static void set_places(struct auth_places *places, const struct http_settings *settings)
{
    places->token = copy(getenv("EXECUTOR_RUNS_TOKEN"));
    places->token_file = copy(settings->token_file);
    places->token_command = copy(settings->token_command);
    places->user_file = copy(settings->user_file);
    places->cookie_file = copy(settings->cookie_file);
    places->netrc_file = copy(settings->netrc_file);
    places->is_netrc_named = places->netrc_file;
    if (!places->netrc_file)
        places->netrc_file = default_netrc();
    places->netrc_origin = places->netrc_file ? formatted("the password in ", places->netrc_file) : NULL;
    places->command_ms = HTTP_TOKEN_COMMAND_MS;
    if (settings->timeout_ms > 0 && settings->timeout_ms < places->command_ms)
        places->command_ms = settings->timeout_ms;
}

struct http_auth *http_auth_new(const struct http_address *address, const struct http_settings *settings)
{
    static const struct http_settings nothing;
    if (!settings)
        settings = &nothing;
    struct http_auth *auth = mem_new_array(1, sizeof *auth);
    struct text host = without_brackets(address->host);
    auth->places.host = mem_strndup(host.s, host.n);
    auth->port = address->port;
    auth->is_tls = address->is_tls;
    auth->places.is_open =
        address->is_tls || address->is_loopback || is_listed(settings->plain_http, auth->places.host);
    set_places(&auth->places, settings);
    auth->places.origin = choose_origin(&auth->places);
    atomic_init(&auth->origin, auth->places.origin);
    lock_init(auth);
    return auth;
}

void http_auth_free(struct http_auth *auth)
{
    if (!auth)
        return;
    http_credentials_release(&auth->known);
    pthread_cond_destroy(&auth->changed);
    pthread_mutex_destroy(&auth->lock);
    secret_free(auth->places.token);
    free(auth->places.host);
    free(auth->places.token_file);
    free(auth->places.token_command);
    free(auth->places.user_file);
    free(auth->places.cookie_file);
    free(auth->places.netrc_file);
    free(auth->places.netrc_origin);
    free(auth->places.origin);
    free(auth);
}

void http_credentials_release(struct http_credentials *credentials)
{
    secret_free(credentials->bearer);
    secret_free(credentials->user);
    secret_free(credentials->cookie);
    free(credentials->cookie_file);
    free(credentials->netrc_file);
    *credentials = (struct http_credentials){0};
}

static struct http_credentials credentials_copy(const struct http_credentials *from)
{
    return (struct http_credentials){
        .bearer = copy(from->bearer),
        .user = copy(from->user),
        .cookie_file = copy(from->cookie_file),
        .cookie = copy(from->cookie),
        .netrc_file = copy(from->netrc_file),
    };
}

const char *http_auth_origin(const struct http_auth *auth)
{
    return atomic_load(&auth->origin);
}

bool http_auth_is_for(const struct http_auth *auth, bool is_tls, const char *host, int port)
{
    return is_tls == auth->is_tls && port == auth->port &&
           is_same_host(without_brackets(host), text_of(auth->places.host));
}

/* ---- one reads, the others wait ---- */

/* Lets another thread finish. It failed: so did we, rather than that each who waited tries again and waits once more. */
static enum err_code wait_for_others(struct http_auth *auth, struct cancel *cancel, struct err *err)
{
    unsigned attempts = auth->attempts;
    while (auth->state == AUTH_READING && !cancel_requested(cancel))
        clock_wait(&auth->changed, &auth->lock, WAIT_MS);
    if (cancel_requested(cancel))
        return err_set(err, ERR_CANCELLED, "cancelled");
    if (auth->attempts == attempts || auth->last_code == ERR_OK || auth->last_code == ERR_CANCELLED)
        return ERR_OK;
    if (err)
        *err = auth->last_err;
    return auth->last_code;
}

/* Under the lock, which is given up while it reads. */
static void attempt(struct http_auth *auth, struct cancel *cancel)
{
    struct http_credentials fresh;
    const char *origin;
    struct err err;
    auth->state = AUTH_READING;
    pthread_mutex_unlock(&auth->lock);
    enum err_code code = auth_read(&auth->places, cancel, &fresh, &origin, &err);
    pthread_mutex_lock(&auth->lock);
    auth->attempts++;
    auth->last_code = code;
    if (code != ERR_OK)
        auth->last_err = err;
    http_credentials_release(&auth->known);
    auth->known = fresh;
    atomic_store(&auth->origin, origin);
    auth->state = code == ERR_OK ? AUTH_READ : AUTH_UNREAD;
    pthread_cond_broadcast(&auth->changed);
}

enum err_code http_auth_get(struct http_auth *auth, struct cancel *cancel, struct http_credentials *out,
                            struct err *err)
{
    *out = (struct http_credentials){0};
    pthread_mutex_lock(&auth->lock);
    enum err_code code = wait_for_others(auth, cancel, err);
    if (code == ERR_OK && auth->state == AUTH_UNREAD) {
        attempt(auth, cancel);
        code = auth->last_code;
        if (code != ERR_OK && err)
            *err = auth->last_err;
    }
    if (code == ERR_OK)
        *out = credentials_copy(&auth->known);
    pthread_mutex_unlock(&auth->lock);
    return code;
}

bool http_auth_expire(struct http_auth *auth)
{
    bool can_change = !auth->places.token &&
                      (auth->places.token_file || auth->places.token_command || auth->places.user_file);
    can_change = can_change || auth->places.cookie_file;
    if (!can_change)
        return false;
    pthread_mutex_lock(&auth->lock);
    if (auth->state == AUTH_READ)
        auth->state = AUTH_UNREAD;
    pthread_mutex_unlock(&auth->lock);
    return true;
}
