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

static const char *without_weak(const char *tag)
{
    return tag[0] == 'W' && tag[1] == '/' ? tag + 2 : tag;
}

bool serve_etag_matches(const char *if_none_match, const char *etag)
{
    if (!if_none_match || !*etag)
        return false;
    const char *own = without_weak(etag), *at = skip_blanks(if_none_match);
    if (*at == '*')
        return !*skip_blanks(at + 1);
    size_t own_n = strlen(own);
    while (*at) {
        at = without_weak(at);
        const char *end = *at == '"' ? strchr(at + 1, '"') : NULL;
        if (!end)
            return false;
        if ((size_t)(end + 1 - at) == own_n && memcmp(at, own, own_n) == 0)
            return true;
        at = end + 1;
        at += strspn(at, " \t,");
    }
    return false;
}
