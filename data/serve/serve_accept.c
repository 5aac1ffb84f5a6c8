/*
 * See serve_accept.h.
 */
#include "data/serve/serve_accept.h"

#include <strings.h>

static const char *skip_blanks(const char *s)
{
    return s + strspn(s, " \t");
}

/* "q=0", "q=0.000" and nothing else is a weight of nothing. */
static bool is_zero_weight(const char *parameters, const char *end)
{
    const char *q = memchr(parameters, ';', (size_t)(end - parameters));
    if (!q)
        return false;
    q = skip_blanks(q + 1);
    if (q >= end || (*q != 'q' && *q != 'Q'))
        return false;
    q = skip_blanks(q + 1);
    if (q >= end || *q != '=')
        return false;
    q = skip_blanks(q + 1);
    size_t n = strspn(q, "0.");
    return n && q + n <= end && skip_blanks(q + n) >= end;
}

static bool is_coding(const char *word, size_t n, const char *name)
{
    return n == strlen(name) && strncasecmp(word, name, n) == 0;
}

bool serve_accepts_gzip(const char *accept_encoding)
{
    bool is_any = false;
    for (const char *at = accept_encoding ? accept_encoding : ""; *at;) {
        at = skip_blanks(at);
        const char *end = at + strcspn(at, ",");
        size_t n = strcspn(at, ",; \t");
        bool is_wanted = !is_zero_weight(at, end);
        if (is_coding(at, n, "gzip") || is_coding(at, n, "x-gzip"))
            return is_wanted;
        if (is_coding(at, n, "*"))
            is_any = is_wanted;
        at = *end ? end + 1 : end;
    }
    return is_any;
}
