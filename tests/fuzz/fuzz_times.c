/*
 * Any bytes as a time or a span: what is read is written in a form that is read as the same.
 */
#include "data/base/timefmt.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_time(struct text text, enum time_mode mode)
{
    int64_t t, back;
    char out[TIME_TEXT];
    if (!time_parse(text, mode, &t))
        return;
    time_format_iso(t, mode, out);
    if (!time_parse(text_of(out), mode, &back) || back != t)
        abort();
    time_format_row(t, mode, 0, out);
    time_format_full(t, mode, out);
    time_format_clock(t, mode, out);
    time_format_ago(t, 0, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const zones[] = {"Europe/Berlin", "America/St_Johns", "Asia/Kolkata", "Pacific/Apia"};
    if (size == 0)
        return 0;
    setenv("TZ", zones[data[0] % 4], 1);
    time_init();
    struct text text = {(const char *)data + 1, size - 1};
    check_time(text, TIME_LOCAL);
    check_time(text, TIME_IN_UTC);
    int64_t ms, back;
    char out[TIME_TEXT];
    if (span_parse(text, &ms)) {
        span_format(ms, out);
        if (!span_parse(text_of(out), &back) || back != ms)
            abort();
    }
    return 0;
}
