/*
 * Any bytes as each of the answers: refused with a reason, or values that ours writes and reads back as the same.
 */
#include "data/wire.h"
#include "data/wire_read.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_MAX = 64 << 20 };

static void must(bool is_true)
{
    if (!is_true)
        abort();
}

static void write_list(const struct wire_page *page, struct buf *out)
{
    buf_init(out, OUT_MAX);
    wire_list_open(out);
    for (size_t i = 0; i < page->count; i++)
        wire_list_item(&page->items[i], i == 0, out);
    wire_list_close(NULL, NULL, out);
}

static void check_list(struct text body, struct arena *arena)
{
    struct wire_page page, again;
    struct buf first, second;
    struct err err = {0};
    if (wire_read_list(body, arena, &page, &err) != ERR_OK) {
        must(err.what[0] && err.hint[0] && !page.items && !page.count);
        return;
    }
    write_list(&page, &first);
    must(wire_read_list(buf_as_text(&first), arena, &again, &err) == ERR_OK);
    must(again.count == page.count && !again.broken);
    write_list(&again, &second);
    must(text_eq(buf_as_text(&first), buf_as_text(&second)));
    buf_release(&first);
    buf_release(&second);
}

static void check_calls(struct text body, struct arena *arena)
{
    struct tool_call *calls, *again;
    size_t count, count_again;
    struct buf first, second;
    struct err err = {0};
    if (wire_read_tool_calls(body, arena, &calls, &count, &err) != ERR_OK) {
        must(err.what[0] && err.hint[0] && !calls && !count);
        return;
    }
    for (size_t i = 1; i < count; i++)
        must(calls[i - 1].started_at <= calls[i].started_at);
    buf_init(&first, OUT_MAX);
    buf_init(&second, OUT_MAX);
    wire_tool_calls(calls, count, &first);
    must(wire_read_tool_calls(buf_as_text(&first), arena, &again, &count_again, &err) == ERR_OK);
    must(count == count_again);
    wire_tool_calls(again, count_again, &second);
    must(count != 1 || text_eq(buf_as_text(&first), buf_as_text(&second)));
    buf_release(&first);
    buf_release(&second);
}

static void check_others(struct text body, struct arena *arena)
{
    struct run_detail detail;
    struct wire_scope scope;
    struct wire_error error;
    struct err err = {0};
    bool is_detail = wire_read_detail(body, arena, &detail, &err) == ERR_OK;
    must(is_detail ? detail.run.id.n > 0 : err.what[0] != '\0');
    must(detail.pending < (ptrdiff_t)detail.interaction_count);
    bool is_scope = wire_read_scope(body, arena, &scope, &err) == ERR_OK;
    must(is_scope == !text_is_null(scope.id));
    bool is_object = wire_read_error(body, arena, &error);
    must(is_object || !(is_detail || is_scope));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena);
    struct text body = {(const char *)data, size};
    check_list(body, &arena);
    check_calls(body, &arena);
    check_others(body, &arena);
    arena_release(&arena);
    return 0;
}
