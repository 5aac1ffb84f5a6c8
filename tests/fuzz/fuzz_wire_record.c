/*
 * Any bytes as a line of a run: refused with a reason, or a run that ours writes and reads back as the same.
 */
#include "data/wire.h"
#include "data/wire_record.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_MAX = 64 << 20 };

static void must(bool is_true)
{
    if (!is_true)
        abort();
}

static void write_line(const struct run_record *record, struct buf *out)
{
    struct run_detail detail = {.run = record->run,
                                .interactions = record->interactions,
                                .interaction_count = record->interaction_count,
                                .pending = -1};
    buf_init(out, OUT_MAX);
    wire_record(&detail, record->calls, record->call_count, out);
}

/* What is needed is there, and all of it is UTF-8: writing and reading again changes nothing any more. */
static void check_again(const struct run_record *record, struct arena *arena)
{
    struct run_record again;
    struct buf first, second;
    struct err err;
    write_line(record, &first);
    bool has_scope = !text_is_null(record->run.scope_id);
    must(wire_record_read(buf_as_text(&first), arena, &again, &err) == ERR_OK);
    must(again.interaction_count == record->interaction_count && again.call_count == record->call_count);
    must(has_scope == !text_is_null(again.run.scope_id));
    write_line(&again, &second);
    must(text_eq(buf_as_text(&first), buf_as_text(&second)));
    buf_release(&first);
    buf_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct run_record record;
    struct err err = {0};
    arena_init(&arena);
    if (wire_record_read((struct text){(const char *)data, size}, &arena, &record, &err) == ERR_OK)
        check_again(&record, &arena);
    else
        must(err.what[0] && !record.run.id.s && !record.call_count && !record.interaction_count);
    arena_release(&arena);
    return 0;
}
