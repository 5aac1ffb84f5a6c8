/*
 * Any bytes as a question, and what follows the first NUL as an answer: what is made of the form passes its
 * own check, and no secret is left in the part that everybody may read.
 */
#include "data/text/answer_form.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* What the schema proposes may be typed, and makes an answer. */
static void check_presets(const struct answer_form *form)
{
    struct text typed[FORM_FIELDS_MAX];
    char why[FORM_WHY];
    struct err err;
    struct buf content;
    buf_init(&content, 4 * FORM_CONTENT_MAX);
    for (size_t i = 0; i < form->count; i++) {
        typed[i] = form->fields[i].preset;
        check(text_is_null(typed[i]) || answer_form_check(&form->fields[i], typed[i], why));
    }
    if (answer_form_content(form, typed, &content, &err) == ERR_OK)
        check(answer_form_check_content(form, buf_as_text(&content), &err) == ERR_OK);
    buf_release(&content);
}

static void check_answer(const struct answer_form *form, struct text answer)
{
    struct err err;
    enum { OPEN, SECRET, WHOLE, AGAIN, NONE, COUNT };
    struct buf made[COUNT];
    if (answer_form_check_content(form, answer, &err) != ERR_OK)
        return;
    for (int i = 0; i < COUNT; i++)
        buf_init(&made[i], 4 * FORM_CONTENT_MAX);
    answer_form_split(form, answer, &made[OPEN], &made[SECRET]);
    answer_form_join(buf_as_text(&made[OPEN]), buf_as_text(&made[SECRET]), &made[WHOLE]);
    check(answer_form_check_content(form, buf_as_text(&made[WHOLE]), &err) == ERR_OK);
    answer_form_split(form, buf_as_text(&made[OPEN]), &made[AGAIN], &made[NONE]);
    check(made[NONE].len == 0);
    for (int i = 0; i < COUNT; i++)
        buf_release(&made[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data, *end = size ? memchr(bytes, '\0', size) : NULL;
    struct text payload = {bytes, end ? (size_t)(end - bytes) : size};
    struct arena arena;
    struct answer_form form;
    struct err err;
    struct buf example;
    arena_init(&arena);
    buf_init(&example, 4 * FORM_CONTENT_MAX);
    enum err_code code = answer_form_read(payload, &arena, &form, &err);
    check(form.count <= FORM_FIELDS_MAX && (!code || form.count == 0));
    answer_form_example(&form, &example);
    check_presets(&form);
    if (end)
        check_answer(&form, (struct text){end + 1, size - payload.n - 1});
    buf_release(&example);
    arena_release(&arena);
    return 0;
}
