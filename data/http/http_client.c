/*
 * The loop: requests go out as there is room, what curl reports is turned into an answer, another hop or an error. Cancelling is looked at before each
 * wait and ends it by waking curl, the one thing that may be done to a multi handle from another thread.
 */
#include "data/http/http_client_int.h"

#include "data/base/die.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* Longest wait: where nobody interrupts, a raised cancel is seen by then. */
enum { WAIT_MS = 100, CONNECTIONS_KEPT = 2 * HTTP_REQUESTS_MAX };

struct http_client {
    struct http_pool *pool;
    struct http_auth *auth;
    CURLM *multi;
    struct curl_slist *headers, *post_headers;
    atomic_bool is_interrupted;
};

struct transfer {
    struct hop hop;
    struct http_answer *answer;
    struct http_url first; /* the origin that was asked */
    int64_t started;
    int redirects;
    bool was_renewed; /* tried again after a 401 */
};

/* What one call of http_client_get, or of http_client_post, does. */
struct batch {
    struct http_client *client;
    struct text post; /* null: GETs */
    struct cancel *cancel;
    struct transfer *transfers;
    size_t count, next, running;
    struct http_credentials credentials;
    bool has_asked_again, has_others; /* after a 401; and those are others than before */
};

/* No waiting for a word in between ("Expect"): a body is small, and old servers do not say it. */
static struct curl_slist *headers_new(bool is_post)
{
    static const char *const lines[] = {"Accept: application/json, */*;q=0.1",
                                        "Content-Type: application/json", "Expect:"};
    struct curl_slist *headers = NULL;
    for (size_t i = 0; i < (is_post ? sizeof lines / sizeof *lines : 1); i++) {
        headers = curl_slist_append(headers, lines[i]);
        if (!headers)
            die("out of memory");
    }
    return headers;
}

struct http_client *http_client_new(struct http_pool *pool, struct http_auth *auth)
{
    struct http_client *client = mem_new_array(1, sizeof *client);
    client->pool = pool;
    client->auth = auth;
    client->multi = curl_multi_init();
    client->headers = headers_new(false);
    client->post_headers = headers_new(true);
    if (!client->multi)
        die("out of memory");
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    atomic_init(&client->is_interrupted, false);
    return client;
}

void http_client_free(struct http_client *client)
{
    if (!client)
        return;
    curl_multi_cleanup(client->multi);
    curl_slist_free_all(client->headers);
    curl_slist_free_all(client->post_headers);
    free(client);
}

void http_client_interrupt(struct http_client *client)
{
    atomic_store(&client->is_interrupted, true);
    curl_multi_wakeup(client->multi);
}

void http_answer_release(struct http_answer *answer)
{
    buf_release(&answer->body);
}

static bool batch_is_stopped(const struct batch *batch)
{
    return cancel_requested(batch->cancel) || atomic_load(&batch->client->is_interrupted);
}

/* ---- one transfer ---- */

static void transfer_finish(struct transfer *transfer, enum err_code code)
{
    struct http_answer *answer = transfer->answer;
    answer->code = code;
    answer->took_ms = clock_ms() - transfer->started;
    answer->status = transfer->hop.status;
    answer->retry_after_ms = transfer->hop.retry_after_ms;
    answer->was_sent = transfer->hop.was_sent;
    memcpy(answer->content_type, transfer->hop.content_type, sizeof answer->content_type);
    if (code != ERR_OK)
        buf_release(&answer->body);
    free(transfer->hop.url);
    transfer->hop.url = NULL;
    http_url_release(&transfer->first);
}

static enum err_code transfer_send(struct batch *batch, struct transfer *transfer, const struct http_url *url)
{
    struct http_client *client = batch->client;
    struct hop *hop = &transfer->hop;
    bool is_own = client->auth && http_auth_is_for(client->auth, hop->is_tls, url->host, url->port);
    struct curl_slist *headers = text_is_null(hop->post) ? client->headers : client->post_headers;
    enum err_code code =
        hop_start(hop, client->pool, headers, is_own ? &batch->credentials : NULL, &transfer->answer->err);
    if (code != ERR_OK)
        return code;
    if (curl_multi_add_handle(client->multi, hop->easy) != CURLM_OK)
        die("libcurl takes no request");
    batch->running++;
    return ERR_OK;
}

static enum err_code transfer_begin(struct batch *batch, struct transfer *transfer, const char *address)
{
    struct hop *hop = &transfer->hop;
    transfer->started = clock_ms();
    hop->body = &transfer->answer->body;
    hop->post = batch->post;
    hop->total_ms = text_is_null(hop->post) ? batch->client->pool->timeout_ms : 0;
    hop->deadline = transfer->started + (hop->total_ms ? hop->total_ms : INT32_MAX);
    if (!hop_aim(hop, address, &transfer->first))
        return err_set(&transfer->answer->err, ERR_USAGE, "that is not an http or https address");
    return transfer_send(batch, transfer, &transfer->first);
}

static enum err_code transfer_again(struct batch *batch, struct transfer *transfer)
{
    struct http_url url;
    char *address = transfer->hop.url;
    transfer->hop.url = NULL;
    bool is_address = hop_aim(&transfer->hop, address, &url);
    free(address);
    if (!is_address)
        return err_set(&transfer->answer->err, ERR_USAGE, "that is not an http or https address");
    enum err_code code = transfer_send(batch, transfer, &url);
    http_url_release(&url);
    return code;
}

/* Where to is told by the host alone: the rest may hold what is nobody's business. */
static enum err_code redirected_post(struct transfer *transfer, const char *location)
{
    struct err *err = &transfer->answer->err;
    struct http_url url;
    char to[sizeof transfer->hop.host] = "somewhere else";
    if (http_url_split(location, &url))
        snprintf(to, sizeof to, "%s://%s", url.scheme, url.host);
    http_url_release(&url);
    err_set(err, ERR_UNSUPPORTED, "%s redirects to %s (%ld), and nothing is sent on by a redirect",
            transfer->hop.host, to, transfer->hop.status);
    return err_hint(err, "If you trust it, name the address that it redirects to.");
}

static enum err_code transfer_follow(struct batch *batch, struct transfer *transfer, const char *location)
{
    struct err *err = &transfer->answer->err;
    struct http_url url;
    if (!text_is_null(transfer->hop.post))
        return redirected_post(transfer, location);
    char from[sizeof transfer->hop.host];
    memcpy(from, transfer->hop.host, sizeof from);
    if (++transfer->redirects > HTTP_REDIRECTS_MAX) {
        err_set(err, ERR_IO, "%s redirects in a circle, or more than %d times", from, HTTP_REDIRECTS_MAX);
        return err_hint(err, "Is it the address of the API, and not of a sign-in page?");
    }
    if (!hop_aim(&transfer->hop, location, &url)) {
        err_set(err, ERR_IO, "%s redirects to what is not an http or https address", from);
        return err_hint(err, "Is it the address of the API?");
    }
    if (url_is_same_origin(&url, &transfer->first))
        transfer->answer->final_host[0] = '\0';
    else
        snprintf(transfer->answer->final_host, sizeof transfer->answer->final_host, "%s", url.host);
    enum err_code code = transfer_send(batch, transfer, &url);
    http_url_release(&url);
    return code;
}

/* ---- another secret, after a 401 ---- */

static bool is_same(const char *a, const char *b)
{
    return (!a && !b) || (a && b && !strcmp(a, b));
}

static void batch_ask_again(struct batch *batch)
{
    struct http_credentials fresh, *old = &batch->credentials;
    batch->has_asked_again = true;
    if (!http_auth_expire(batch->client->auth) ||
        http_auth_get(batch->client->auth, batch->cancel, &fresh, NULL) != ERR_OK)
        return;
    batch->has_others = !is_same(fresh.bearer, old->bearer) || !is_same(fresh.user, old->user) ||
                        !is_same(fresh.cookie, old->cookie);
    http_credentials_release(old);
    *old = fresh;
}

static bool batch_may_renew(struct batch *batch, struct transfer *transfer)
{
    if (transfer->hop.status != 401 || !transfer->hop.has_credentials || transfer->was_renewed)
        return false;
    transfer->was_renewed = true;
    if (!batch->has_asked_again)
        batch_ask_again(batch);
    return batch->has_others;
}

/* ---- the loop ---- */

static void batch_take(struct batch *batch, struct transfer *transfer, CURLcode result)
{
    char *location;
    struct err *err = &transfer->answer->err;
    enum err_code code = ERR_OK;
    batch->running--;
    curl_multi_remove_handle(batch->client->multi, transfer->hop.easy);
    if (result != CURLE_OK)
        code = hop_fault(&transfer->hop, batch->client->pool, result, err);
    hop_end(&transfer->hop, &location);
    if (code == ERR_OK && location)
        code = transfer_follow(batch, transfer, location);
    else if (code == ERR_OK && batch_may_renew(batch, transfer))
        code = transfer_again(batch, transfer);
    free(location);
    if (!transfer->hop.easy)
        transfer_finish(transfer, code);
}

static void batch_fill(struct batch *batch, const char *const *urls)
{
    while (batch->next < batch->count && batch->running < HTTP_REQUESTS_MAX) {
        struct transfer *transfer = &batch->transfers[batch->next];
        enum err_code code = transfer_begin(batch, transfer, urls[batch->next]);
        if (code != ERR_OK)
            transfer_finish(transfer, code);
        batch->next++;
    }
}

static struct transfer *transfer_of(struct batch *batch, CURL *easy)
{
    for (size_t i = 0; i < batch->next; i++)
        if (batch->transfers[i].hop.easy == easy)
            return &batch->transfers[i];
    return NULL;
}

static void batch_collect(struct batch *batch)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(batch->client->multi, &left));) {
        struct transfer *transfer =
            message->msg == CURLMSG_DONE ? transfer_of(batch, message->easy_handle) : NULL;
        if (transfer)
            batch_take(batch, transfer, message->data.result);
    }
}

static void batch_drop_stalled(struct batch *batch)
{
    int64_t now = clock_ms();
    for (size_t i = 0; i < batch->next; i++) {
        struct hop *hop = &batch->transfers[i].hop;
        if (hop->easy && hop_is_stalled(hop, now))
            batch_take(batch, &batch->transfers[i], CURLE_OPERATION_TIMEDOUT);
    }
}

static void transfer_cancel(struct batch *batch, struct transfer *transfer)
{
    char *location;
    curl_multi_remove_handle(batch->client->multi, transfer->hop.easy);
    hop_end(&transfer->hop, &location);
    free(location);
    transfer_finish(transfer, err_set(&transfer->answer->err, ERR_CANCELLED, "cancelled"));
}

static void batch_cancel(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct transfer *transfer = &batch->transfers[i];
        if (i < batch->next && transfer->hop.easy)
            transfer_cancel(batch, transfer);
        else if (i >= batch->next)
            transfer->answer->code = err_set(&transfer->answer->err, ERR_CANCELLED, "cancelled");
    }
}

static void batch_run(struct batch *batch, const char *const *urls)
{
    CURLM *multi = batch->client->multi;
    while (!batch_is_stopped(batch)) {
        int running, ready;
        batch_fill(batch, urls);
        curl_multi_perform(multi, &running);
        batch_collect(batch);
        batch_drop_stalled(batch);
        if (!batch->running && batch->next == batch->count)
            return;
        curl_multi_poll(multi, NULL, 0, WAIT_MS, &ready);
    }
    batch_cancel(batch);
}

static void answer_init(struct http_answer *answer)
{
    *answer = (struct http_answer){.retry_after_ms = -1};
    buf_init(&answer->body, HTTP_BODY_MAX);
}

static void batch_start(struct batch *batch, const char *const *urls, struct http_answer *answers)
{
    struct http_client *client = batch->client;
    struct err err;
    size_t count = batch->count;
    atomic_store(&client->is_interrupted, false);
    for (size_t i = 0; i < count; i++)
        answer_init(&answers[i]);
    enum err_code code =
        client->auth ? http_auth_get(client->auth, batch->cancel, &batch->credentials, &err) : ERR_OK;
    for (size_t i = 0; i < count && code != ERR_OK; i++) {
        answers[i].code = code;
        answers[i].err = err;
    }
    if (code == ERR_OK) {
        batch->transfers = mem_new_array(count, sizeof *batch->transfers);
        for (size_t i = 0; i < count; i++)
            batch->transfers[i].answer = &answers[i];
        batch_run(batch, urls);
        free(batch->transfers);
    }
    http_credentials_release(&batch->credentials);
}

void http_client_get(struct http_client *client, const char *const *urls, size_t count, struct cancel *cancel,
                     struct http_answer *answers)
{
    struct batch batch = {.client = client, .cancel = cancel, .count = count};
    batch_start(&batch, urls, answers);
}

void http_client_post(struct http_client *client, const struct http_post *post, struct cancel *cancel,
                      struct http_answer *answer)
{
    struct batch batch = {.client = client, .post = post->body, .cancel = cancel, .count = 1};
    batch_start(&batch, &post->url, answer);
}
