/*
 * What comes from a network and from a command line to the server. The first byte chooses: any bytes as the
 * head of a request, which must come to the same in whatever pieces they come; any text as an address to
 * listen at, which is written as it is read; any texts as headers.
 */
#include "data/serve/serve_accept.h"
#include "data/serve/serve_access.h"
#include "data/serve/serve_head.h"
#include "data/serve/serve_listen.h"

#include "data/base/die.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true)
{
    if (!is_true)
        abort();
}

static void check_head(struct text bytes, size_t step)
{
    struct serve_head whole = {0}, pieces = {0};
    enum serve_head_state state = serve_head_read(&whole, bytes), last = SERVE_HEAD_MORE;
    for (size_t n = step; last == SERVE_HEAD_MORE && n < bytes.n + step; n += step)
        last = serve_head_read(&pieces, (struct text){bytes.s, n < bytes.n ? n : bytes.n});
    must(state == last || !bytes.n);
    must(whole.status == pieces.status && whole.size == pieces.size && whole.body == pieces.body);
    must(state != SERVE_HEAD_BAD || (whole.why && whole.status >= 400));
    must(state != SERVE_HEAD_WHOLE ||
         (whole.size <= bytes.n && whole.size <= SERVE_HEAD_MAX && whole.body <= SERVE_BODY_MAX &&
          memcmp(bytes.s + whole.size - 4, "\r\n\r\n", 4) == 0 && !memchr(bytes.s, '\0', whole.size)));
}

static void check_address(const char *text)
{
    struct serve_address address, again;
    struct err err = {0};
    char written[SERVE_ADDRESS_TEXT], twice[SERVE_ADDRESS_TEXT];
    if (serve_address_parse(text, &address, &err)) {
        must(err.what[0] && err.hint[0]);
        return;
    }
    serve_address_format(&address.socket, written);
    must(serve_address_parse(written, &again, &err) == ERR_OK);
    serve_address_format(&again.socket, twice);
    must(!strcmp(written, twice) && serve_is_loopback(&address.socket) == serve_is_loopback(&again.socket));
}

/* The same text in every header. Nobody comes in without the token. */
static void check_headers(const char *text)
{
    struct serve_token none = {.n = 0}, token = {.text = "0123456789abcdef", .n = 16};
    struct serve_claims claims = {
        .method = "POST", .host = text, .origin = text, .authorization = text, .content_type = text};
    serve_accepts_gzip(text);
    serve_access(&none, &claims);
    must(serve_access(&token, &claims) != SERVE_LET_IN || strstr(text, "0123456789abcdef"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    char *text = mem_strndup((const char *)data + 1, size - 1);
    switch (data[0] % 4) {
    case 0: check_address(text); break;
    case 1: check_headers(text); break;
    default: check_head((struct text){(const char *)data + 1, size - 1}, data[0] / 4 + 1u); break;
    }
    free(text);
    return 0;
}
