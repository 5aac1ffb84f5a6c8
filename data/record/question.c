/*
 * See question.h.
 */
#include "data/record/question.h"

#include "data/base/timefmt.h"
#include "data/text/answer_form.h"
#include "data/text/json_part.h"
#include "data/text/json_put.h"

#include <string.h>

void question_payload(const char *message, const char *url, struct text schema_json, struct buf *payload)
{
    buf_printf(payload, "{\"kind\":\"%s\"", url ? "url" : "form");
    json_put_name(payload, TEXT_LIT("message"));
    json_put_string(payload, text_of(message));
    json_put_name(payload, url ? TEXT_LIT("url") : TEXT_LIT("requestedSchema"));
    if (url)
        json_put_string(payload, text_of(url));
    else
        buf_text(payload, schema_json.n ? schema_json : TEXT_LIT("{}"));
    buf_char(payload, '}');
}

struct interaction question_row(const char *id, const char *message, bool is_url, const struct buf *payload)
{
    return (struct interaction){
        .id = text_of(id),
        .kind = is_url ? TEXT_LIT("UrlElicitation") : TEXT_LIT("FormElicitation"),
        .purpose = text_of(message),
        .payload_json = buf_as_text(payload),
        .created_at = time_now(),
    };
}

enum err_code question_take_back(struct store *store, struct run_ref ref, const char *id, struct err *err)
{
    struct answer answer = {.is_cancelled = true, .at = time_now()};
    return store_answer(store, ref, text_of(id), &answer, err);
}

void question_content(const struct store_question *answered, struct buf *content)
{
    buf_init(content, 4 * FORM_CONTENT_MAX);
    answer_form_join(json_member(answered->asked.response_json, "content"),
                     json_member(answered->secret, "content"), content);
}

void question_wipe_secret(const struct store_question *question)
{
    if (question->secret.n)
        explicit_bzero((char *)question->secret.s, question->secret.n);
}
