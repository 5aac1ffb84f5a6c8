/*
 * Any text is a cursor or is not; one that is, written again, is the same place.
 */
#include "data/base/base64.h"
#include "data/cursor.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct text cursor)
{
    struct row_key key, again;
    struct buf out;
    if (!cursor_decode(cursor, &key))
        return;
    buf_init(&out, 4096);
    cursor_encode(key.created_at, text_of(key.id), &out);
    if (!cursor_decode(buf_as_text(&out), &again) || again.created_at != key.created_at ||
        strcmp(again.id, key.id) != 0)
        abort();
    buf_release(&out);
}

/* Once as it is, and once as the JSON inside a cursor: chance alone hardly ever gets through the base64. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = {(const char *)data, size};
    struct buf wrapped;
    check(input);
    buf_init(&wrapped, 1 << 20);
    base64url_encode(input, &wrapped);
    check(buf_as_text(&wrapped));
    buf_release(&wrapped);
    return 0;
}
