/*
 * Any line is either a mistake in marked bytes, or a filter whose canonical line means the same; and completion has an answer at every
 * place of it. The first byte chooses the zone and the cursor.
 */
#include "data/filter/filter_complete.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true)
{
    if (!is_true)
        abort();
}

static void check_reads_back(const struct filter *filter, enum time_mode mode)
{
    struct filter again;
    struct filter_mistake mistake;
    struct buf line;
    buf_init(&line, FILTER_TEXT_MAX);
    filter_format(filter, mode, &line);
    must(!buf_is_cut(&line));
    must(filter_parse(buf_as_text(&line), mode, &again, &mistake) == ERR_OK);
    must(filter_equal(filter, &again));
    filter_release(&again);
    buf_release(&line);
}

static void check_completion(struct text line, size_t cursor)
{
    struct arena arena;
    arena_init(&arena);
    struct completions found = filter_complete(line, cursor, NULL, 10, &arena);
    must(found.start <= cursor && cursor <= found.end && found.end <= line.n && found.count <= 10);
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    struct text line = {(const char *)data + 1, size - 1};
    enum time_mode mode = data[0] & 1 ? TIME_IN_UTC : TIME_LOCAL;
    struct filter filter;
    struct filter_mistake mistake;
    if (filter_parse(line, mode, &filter, &mistake) == ERR_OK)
        check_reads_back(&filter, mode);
    else
        must(mistake.start < mistake.end && mistake.end <= line.n && mistake.what[0]);
    filter_release(&filter);
    check_completion(line, line.n * data[0] / 255);
    return 0;
}
