/*
 * Any text as an address: refused with a reason, or bases that are addresses of the same place, and a filter that can be written down and read again.
 * The first byte chooses the zone, and whether the rest is all of it or a link's query.
 */
#include "data/http/http_address.h"

#include "data/base/die.h"
#include "data/http/http_url.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true)
{
    if (!is_true)
        abort();
}

static void check_base(const char *base, const struct http_address *address)
{
    struct http_url url;
    struct http_address again;
    must(http_url_split(base, &url));
    must(!url.user && !url.password && !url.query && url.port == address->port);
    must(address->is_tls == !strcmp(url.scheme, "https"));
    http_url_release(&url);
    must(base[strlen(base) - 1] != '/');
    must(http_address_parse(base, &again, NULL) == ERR_OK);
    must(!strcmp(again.host, address->host) && again.is_loopback == address->is_loopback);
    must(!again.note[0]);
    http_address_release(&again);
}

static void check_filter(const struct filter *filter)
{
    struct filter again;
    struct filter_mistake mistake;
    struct buf line;
    buf_init(&line, FILTER_TEXT_MAX);
    filter_format(filter, TIME_LOCAL, &line);
    must(!buf_is_cut(&line));
    must(filter_parse(buf_as_text(&line), TIME_LOCAL, &again, &mistake) == ERR_OK);
    must(filter_equal(filter, &again));
    filter_release(&again);
    buf_release(&line);
}

static void check_address(const char *text)
{
    struct http_address address;
    struct err err = {0};
    if (http_address_parse(text, &address, &err) == ERR_OK) {
        must(address.base_count >= 2 && address.base_count <= HTTP_BASES_MAX);
        must(address.host[0] && address.label[0] && http_address_is(address.plain));
        for (size_t i = 0; i < address.base_count; i++)
            check_base(address.bases[i], &address);
        check_filter(&address.filter);
    } else {
        must(err.what[0] && err.hint[0] && filter_is_empty(&address.filter));
    }
    http_address_release(&address);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const zones[] = {"Europe/Berlin", "America/St_Johns", "Asia/Kolkata", "Pacific/Apia"};
    if (!size)
        return 0;
    setenv("TZ", zones[data[0] % 4], 1);
    time_init();
    char *text = mem_strndup((const char *)data + 1, size - 1);
    struct buf link;
    buf_init(&link, 2 * HTTP_ADDRESS_MAX);
    buf_str(&link, data[0] & 4 ? "http://h/runs?" : "");
    buf_str(&link, text);
    check_address(buf_cstr(&link));
    buf_release(&link);
    free(text);
    return 0;
}
