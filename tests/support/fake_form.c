/*
 * See fake_form.h.
 */
#include "tests/support/fake_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct interaction question;

struct interaction *fake_form_question(void)
{
    return &question;
}

void fake_form_ask(struct fake_screen *fake, const char *payload)
{
    question = (struct interaction){.id = TEXT_LIT("q-1"),
                                    .status = TEXT_LIT("pending"),
                                    .kind = TEXT_LIT("FormElicitation"),
                                    .payload_json = text_of(payload),
                                    .created_at = fake->now - 95000,
                                    .updated_at = fake->now - 95000};
    fake->question = &question;
    fake->question_meta = FAKE_FORM_RECORDED;
}

struct fake_screen *fake_form_open(void **state, const char *payload)
{
    struct fake_screen *fake = *state;
    fake_form_ask(fake, payload);
    fake_filter(fake, "status:waiting");
    fake_key(fake, "a");
    assert_int_equal(fake->state.overlay, OVERLAY_ANSWER);
    return fake;
}

struct answer_draft *fake_form_draft(const struct fake_screen *fake)
{
    assert_non_null(fake->state.answer.open);
    return fake->state.answer.open;
}

void fake_form_fill(struct fake_screen *fake)
{
    fake_type(fake, "y");
    fake_key(fake, "Down");
    fake_key(fake, "Right");
    fake_key(fake, "Down");
    fake_key(fake, "Backspace");
    fake_type(fake, "5");
    fake_key(fake, "Enter");
    fake_key(fake, "Right");
    fake_key(fake, "Space");
    fake_key(fake, "Tab");
    fake_type(fake, "s3cr3t");
}

const char *fake_form_content(const struct fake_screen *fake)
{
    assert_non_null(fake->letter);
    assert_true(fake->letter->has_content);
    return buf_cstr(&fake->letter->content);
}

void fake_form_send(struct fake_screen *fake)
{
    fake_form_fill(fake);
    fake_key(fake, "F2");
    fake_key(fake, "y");
    assert_non_null(fake->letter);
}
