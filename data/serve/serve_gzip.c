/*
 * See serve_gzip.h. Level 1: on rows of JSON the better ones take three times as long for a tenth less.
 */
#include "data/serve/serve_gzip.h"

#include "data/base/die.h"
#include "data/base/library.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

enum { LEVEL = 1, GZIP_WINDOW = 15 + 16, MEMORY_LEVEL = 8 };

struct serve_gzip {
    __typeof__(&deflateInit2_) init;
    __typeof__(&deflateBound) bound;
    __typeof__(&deflate) deflate;
    __typeof__(&deflateEnd) end;
};

struct serve_gzip *serve_gzip_load(void)
{
    static const char *const names[] = {"libz.so.1", "libz.1.dylib"};
    void *library = library_open(names, sizeof names / sizeof *names);
    struct serve_gzip found;
    if (!library_find(library, "deflateInit2_", &found.init) ||
        !library_find(library, "deflateBound", &found.bound) ||
        !library_find(library, "deflate", &found.deflate) || !library_find(library, "deflateEnd", &found.end))
        return NULL;
    struct serve_gzip *gzip = mem_new(sizeof *gzip);
    *gzip = found;
    return gzip;
}

void serve_gzip_free(struct serve_gzip *gzip)
{
    free(gzip);
}

bool serve_gzip_pack(const struct serve_gzip *gzip, struct text bytes, char **packed, size_t *size)
{
    z_stream stream = {0};
    if (bytes.n > UINT_MAX / 2 || gzip->init(&stream, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
                                             Z_DEFAULT_STRATEGY, ZLIB_VERSION, (int)sizeof stream) != Z_OK)
        return false;
    size_t bound = gzip->bound(&stream, (uLong)bytes.n);
    *packed = mem_new(bound);
    stream.next_in = (Bytef *)(uintptr_t)bytes.s;
    stream.avail_in = (uInt)bytes.n;
    stream.next_out = (Bytef *)*packed;
    stream.avail_out = (uInt)bound;
    bool is_smaller = gzip->deflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out < bytes.n;
    *size = stream.total_out;
    gzip->end(&stream);
    if (!is_smaller)
        free(*packed);
    else
        *packed = mem_resize(*packed, *size, 1);
    return is_smaller;
}
