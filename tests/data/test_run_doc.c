/*
 * A run made ready: what is read out of a question to a person, and what happens to payloads that are null, broken or too much.
 */
#include "data/text/run_doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct run_doc *doc_of_payload(struct detail_reply *detail, struct interaction *interaction,
                                      const char *payload)
{
    *interaction = (struct interaction){
        .id = text_of("i"), .purpose = text_of("the purpose"), .payload_json = text_of(payload)};
    *detail =
        (struct detail_reply){.detail = {.interactions = interaction, .interaction_count = 1, .pending = 0}};
    return run_doc_new(detail);
}

static void assert_text(struct text text, const char *want)
{
    if (!want) {
        assert_null(text.s);
        return;
    }
    assert_int_equal(text.n, strlen(want));
    assert_memory_equal(text.s, want, text.n);
}

static void assert_line(const struct json_view *view, size_t line, const char *want)
{
    struct buf text;
    buf_init(&text, 1000);
    json_view_line_text(view, line, &text);
    assert_string_equal(buf_cstr(&text), want);
    buf_release(&text);
}

static void a_form_gives_its_message_and_fields(void **state)
{
    (void)state;
    struct detail_reply detail;
    struct interaction interaction;
    struct run_doc *doc =
        doc_of_payload(&detail, &interaction,
                       "{\"x\":[{\"message\":\"not "
                       "this\"}],\"message\":\"Gr\\u00fc\\u00dfe\",\"requestedSchema\":{\"required\":[\"b\"],"
                       "\"properties\":{\"a\":{\"type\":\"string\",\"description\":\"why\",\"enum\":[\"p\","
                       "\"q\"]},\"b\":{\"type\":[\"number\",\"null\"],"
                       "\"title\":\"How \\\"many\\\"\"},\"c\":{}}}}");
    const struct interaction_doc *asked = &doc->interactions[0];
    assert_line(asked->message, 0, "Grüße");
    assert_text(asked->url, NULL);
    assert_int_equal(asked->field_count, 3);
    assert_text(asked->fields[0].name, "a");
    assert_text(asked->fields[0].type, "string");
    assert_text(asked->fields[0].title, "why");
    assert_text(asked->fields[0].options, "[\"p\",\"q\"]");
    assert_false(asked->fields[0].is_required);
    assert_text(asked->fields[1].type, "[\"number\",\"null\"]");
    assert_text(asked->fields[1].title, "How \"many\"");
    assert_true(asked->fields[1].is_required);
    assert_text(asked->fields[2].type, NULL);
    run_doc_free(doc);
}

static void an_address_is_read_out_of_json_in_a_string(void **state)
{
    (void)state;
    struct detail_reply detail;
    struct interaction interaction;
    struct run_doc *doc = doc_of_payload(&detail, &interaction, "\"{\\\"url\\\":\\\"https://x/?a=1\\\"}\"");
    assert_text(doc->interactions[0].url, "https://x/?a=1");
    assert_line(doc->interactions[0].message, 0, "the purpose");
    run_doc_free(doc);
}

static void broken_payloads_give_what_there_is(void **state)
{
    (void)state;
    static const char *const broken[] = {"",
                                         "{",
                                         "[1,2]",
                                         "{\"message\"",
                                         "{\"message\":",
                                         "{\"message\":7,\"url\":{}}",
                                         "{\"message\":\"a",
                                         "{\"requestedSchema\":{\"properties\":{\"a\":",
                                         "{\"requestedSchema\":{\"properties\":[1]}}",
                                         "\"\\"};
    struct detail_reply detail;
    struct interaction interaction;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct run_doc *doc = doc_of_payload(&detail, &interaction, broken[i]);
        assert_line(doc->interactions[0].message, 0, "the purpose");
        assert_text(doc->interactions[0].url, NULL);
        assert_int_equal(doc->interactions[0].field_count, 0);
        run_doc_free(doc);
    }
}

static void a_schema_has_an_end(void **state)
{
    (void)state;
    struct detail_reply detail;
    struct interaction interaction;
    struct buf payload;
    buf_init(&payload, 10000);
    buf_str(&payload, "{\"requestedSchema\":{\"properties\":{\"f\":{}");
    for (int i = 0; i < 200; i++)
        buf_printf(&payload, ",\"f%d\":{}", i);
    buf_str(&payload, "}}}");
    struct run_doc *doc = doc_of_payload(&detail, &interaction, buf_cstr(&payload));
    assert_int_equal(doc->interactions[0].field_count, RUN_DOC_FIELDS_MAX);
    run_doc_free(doc);
    buf_release(&payload);
}

static void nulls_are_empty(void **state)
{
    (void)state;
    struct detail_reply detail = {.detail = {.pending = -1}};
    struct run_doc *doc = run_doc_new(&detail);
    assert_int_equal(json_view_count(doc->result), 0);
    assert_int_equal(json_view_count(doc->error), 0);
    assert_int_equal(json_view_count(doc->trigger), 0);
    assert_int_equal(code_view_count(doc->code), 0);
    assert_int_equal(log_lines_count(doc->log), 0);
    run_doc_free(doc);
    run_doc_free(NULL);
}

static void a_call_that_is_too_much_leaves_room_for_the_others(void **state)
{
    (void)state;
    size_t n = (size_t)RUN_DOC_CALLS_BYTES + 1;
    char *huge = calloc(n, 1);
    assert_non_null(huge);
    struct tool_call calls[2] = {{.id = text_of("1"), .args_json = {huge, n}, .result_json = text_of("[1]")},
                                 {.id = text_of("2"), .args_json = text_of("{}")}};
    struct detail_reply detail = {.detail = {.pending = -1}, .calls = calls, .call_count = 2};
    struct run_doc *doc = run_doc_new(&detail);
    assert_null(doc->calls[0].args);
    assert_int_equal(json_view_count(doc->calls[0].result), 3);
    assert_int_equal(json_view_count(doc->calls[0].error), 0);
    assert_int_equal(json_view_count(doc->calls[1].args), 1);
    run_doc_free(doc);
    free(huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_form_gives_its_message_and_fields),
        cmocka_unit_test(an_address_is_read_out_of_json_in_a_string),
        cmocka_unit_test(broken_payloads_give_what_there_is),
        cmocka_unit_test(a_schema_has_an_end),
        cmocka_unit_test(nulls_are_empty),
        cmocka_unit_test(a_call_that_is_too_much_leaves_room_for_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
