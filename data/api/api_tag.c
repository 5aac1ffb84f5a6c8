/*
 * Tags. One is made from the body itself, so it says the same after a restart and never claims that what is
 * different is the same. What was answered lately is remembered by question and revision: a client that asks
 * again meanwhile gets its 304 without any reading.
 */
#include "data/api/api_int.h"

#include "data/api/api_body.h"
#include "data/base/checksum.h"
#include "data/base/trim.h"

#include <inttypes.h>
#include <stdio.h>

static void write_tag(uint64_t content, char tag[48])
{
    snprintf(tag, 48, "W/\"%016" PRIx64 "\"", content);
}

/* The opaque part, in its quotes: weak and strong ones are the same here. */
static struct text opaque(struct text tag)
{
    if (tag.n > 2 && memcmp(tag.s, "W/", 2) == 0)
        return (struct text){tag.s + 2, tag.n - 2};
    return tag;
}

/* Whether the tag is in an If-None-Match: a list with commas, or a star. */
static bool has_tag(const char *header, const char *tag)
{
    struct text own = opaque(text_of(tag));
    while (header && *header) {
        size_t n = strcspn(header, ",");
        struct text one = text_trim((struct text){header, n}, TEXT_LIT(" \t"));
        if (text_is(one, "*") || text_eq(opaque(one), own))
            return true;
        header += n + (header[n] == ',');
    }
    return false;
}

static void not_modified(struct api_response *response)
{
    response->status = 304;
    response->content_type = NULL;
    buf_clear(&response->body);
}

static bool tag_body(struct api_response *response, uint64_t *content)
{
    if (buf_is_cut(&response->body)) {
        response->status = 500;
        err_set(&response->why, ERR_TOO_BIG, "an answer is larger than %d MB", API_BODY_MAX >> 20);
        api_refuse(response, 500, "InternalError",
                   "the answer is larger than this server sends: ask for fewer runs");
        return false;
    }
    *content = checksum_of(response->body.data, response->body.len);
    write_tag(*content, response->etag);
    return true;
}

void api_finish(const struct api_request *request, struct api_response *response)
{
    uint64_t content;
    if (tag_body(response, &content) && has_tag(request->if_none_match, response->etag))
        not_modified(response);
}

void api_finish_known(struct api *api, const struct api_request *request, uint64_t fingerprint,
                      uint64_t revision, struct api_response *response)
{
    uint64_t content;
    if (!tag_body(response, &content))
        return;
    pthread_mutex_lock(&api->mutex);
    api->tags[fingerprint % API_TAGS] = (struct api_tag){fingerprint, revision, content};
    pthread_mutex_unlock(&api->mutex);
    if (has_tag(request->if_none_match, response->etag))
        not_modified(response);
}

bool api_is_known(struct api *api, const struct api_request *request, uint64_t fingerprint, uint64_t revision,
                  struct api_response *response)
{
    if (!request->if_none_match)
        return false;
    pthread_mutex_lock(&api->mutex);
    struct api_tag tag = api->tags[fingerprint % API_TAGS];
    pthread_mutex_unlock(&api->mutex);
    char text[48];
    write_tag(tag.content, text);
    if (tag.fingerprint != fingerprint || tag.revision != revision || !has_tag(request->if_none_match, text))
        return false;
    snprintf(response->etag, sizeof response->etag, "%s", text);
    not_modified(response);
    return true;
}
