/*
 * See uri.h.
 */
#include "data/base/uri.h"

void uri_add_path(struct buf *uri, const char *path)
{
    for (; *path; path++) {
        if (strchr("%?#", *path))
            buf_printf(uri, "%%%02X", (unsigned char)*path);
        else
            buf_char(uri, *path);
    }
}
