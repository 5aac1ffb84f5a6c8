/*
 * Addresses of requests: what is compared here before a secret is sent is read by the parser that curl connects by.
 */
#include "data/http/http_client_int.h"

#include "data/base/die.h"

#include <stdio.h>

bool url_is_same_origin(const struct http_url *a, const struct http_url *b)
{
    return a->port == b->port && !strcmp(a->scheme, b->scheme) && !strcmp(a->host, b->host);
}

void url_label(const struct http_url *url, char *label, size_t size)
{
    int own = strcmp(url->scheme, "https") ? 80 : 443;
    if (url->port == own)
        snprintf(label, size, "%s", url->host);
    else
        snprintf(label, size, "%s:%d", url->host, url->port);
}

char *url_clean(const char *address)
{
    static const CURLUPart unwanted[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS,
                                         CURLUPART_FRAGMENT};
    CURLU *parsed = curl_url();
    char *theirs = NULL, *clean = NULL;
    if (!parsed)
        die("out of memory");
    bool is_clean = curl_url_set(parsed, CURLUPART_URL, address, 0) == CURLUE_OK;
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
        is_clean = is_clean && curl_url_set(parsed, unwanted[i], NULL, 0) == CURLUE_OK;
    if (is_clean && curl_url_get(parsed, CURLUPART_URL, &theirs, 0) == CURLUE_OK)
        clean = mem_strdup(theirs);
    curl_free(theirs);
    curl_url_cleanup(parsed);
    return clean;
}
