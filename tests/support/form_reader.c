/*
 * See form_reader.h.
 */
#include "tests/support/form_reader.h"

#include "data/base/die.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

int form_reader_set_up(void **state)
{
    struct form_reader *f = mem_new_array(1, sizeof *f);
    arena_init(&f->arena);
    buf_init(&f->out, 4 << 20);
    buf_init(&f->secret, 4 << 20);
    *state = f;
    return 0;
}

int form_reader_tear_down(void **state)
{
    struct form_reader *f = *state;
    arena_release(&f->arena);
    buf_release(&f->out);
    buf_release(&f->secret);
    free(f);
    return 0;
}

void form_reader_payload(struct form_reader *f, const char *payload)
{
    assert_int_equal(answer_form_read(text_of(payload), &f->arena, &f->form, &f->err), ERR_OK);
}

void form_reader_schema(struct form_reader *f, const char *inside)
{
    form_reader_payload(
        f, arena_printf(&f->arena, "{\"kind\":\"form\",\"message\":\"m\",\"requestedSchema\":{%s}}", inside));
}

const struct form_field *form_reader_field(struct form_reader *f, const char *property)
{
    form_reader_schema(f, arena_printf(&f->arena, "\"type\":\"object\",\"properties\":{\"v\":%s}", property));
    assert_int_equal(f->form.count, 1);
    return &f->form.fields[0];
}
