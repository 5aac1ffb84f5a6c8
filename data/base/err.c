/*
 * See err.h. The texts are bounded on purpose: an error must be reportable when memory is short.
 */
#include "data/base/err.h"

#include <stdarg.h>
#include <stdio.h>

enum err_code err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    if (!err)
        return code;
    err->code = code;
    err->hint[0] = '\0';
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->what, sizeof err->what, fmt, args);
    va_end(args);
    return code;
}

enum err_code err_hint(struct err *err, const char *fmt, ...)
{
    if (!err)
        return ERR_OK;
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->hint, sizeof err->hint, fmt, args);
    va_end(args);
    return err->code;
}

void err_clear(struct err *err)
{
    *err = (struct err){ERR_OK, "", ""};
}

const char *err_name(enum err_code code)
{
    static const char *const names[] = {
#define X(id, name) name,
        ERR_CODES(X)
#undef X
    };
    return names[code];
}
