/*
 * The wire form of a place in the list.
 */
#include "data/base/base64.h"
#include "data/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void test_the_form_of_the_contract(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 4096);
    cursor_encode(INT64_C(1744362000123), TEXT_LIT("3f2a0000-0000-4000-8000-00000000000a"), &out);
    assert_string_equal(
        buf_cstr(&out),
        "eyJjcmVhdGVkQXQiOjE3NDQzNjIwMDAxMjMsImlkIjoiM2YyYTAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAw"
        "MDBhIn0");
    buf_release(&out);
}

static void assert_round_trip(int64_t created_at, const char *id)
{
    struct row_key key;
    struct buf out;
    buf_init(&out, 4096);
    cursor_encode(created_at, text_of(id), &out);
    if (!cursor_decode(buf_as_text(&out), &key))
        fail_msg("<%s> is not read back", id);
    assert_int_equal(key.created_at, created_at);
    assert_string_equal(key.id, id);
    assert_int_equal(key.duration_ms, DURATION_NONE);
    buf_release(&out);
}

static void test_round_trips(void **state)
{
    (void)state;
    assert_round_trip(0, "a");
    assert_round_trip(-1, "ab");
    assert_round_trip(INT64_MAX, "abc");
    assert_round_trip(INT64_MIN + 1, "");
    assert_round_trip(5, "quote\" back\\slash \n\t\x01 é漢 /");
}

static bool decode_json(const char *json, struct row_key *key)
{
    struct buf out;
    buf_init(&out, 4096);
    base64url_encode(text_of(json), &out);
    bool is_good = cursor_decode(buf_as_text(&out), key);
    buf_release(&out);
    return is_good;
}

static void test_other_writers(void **state)
{
    (void)state;
    struct row_key key;
    assert_true(decode_json(" { \"id\" : \"x\\u0041\\ud83d\\ude00\\/\" , \"createdAt\" : -12 } ", &key));
    assert_int_equal(key.created_at, -12);
    assert_string_equal(key.id, "xA😀/");
    assert_true(cursor_decode(TEXT_LIT("eyJjcmVhdGVkQXQiOjEsImlkIjoiPz8/In0="), &key));
    assert_string_equal(key.id, "???");
    assert_true(cursor_decode(TEXT_LIT("eyJjcmVhdGVkQXQiOjEsImlkIjoiPz8_In0"), &key));
    assert_true(decode_json("{\"createdAt\":0,\"id\":\"x\"}", &key));
}

static void test_what_does_not_decode(void **state)
{
    (void)state;
    static const char *const jsons[] = {
        "",
        "{}",
        "{\"createdAt\":1}",
        "{\"id\":\"x\"}",
        "{\"createdAt\":1,\"id\":\"x\"} x",
        "{\"createdAt\":1.5,\"id\":\"x\"}",
        "{\"createdAt\":\"1\",\"id\":\"x\"}",
        "{\"createdAt\":1,\"id\":2}",
        "{\"createdAt\":1,\"id\":\"x\"",
        "{\"createdAt\":1,\"createdAt\":2}",
        "{\"createdAt\":99999999999999999999,\"id\":\"x\"}",
        "{\"createdAt\":01,\"id\":\"x\"}",
        "{\"createdAt\":1,\"id\":\"x\",\"z\":1}",
        "{\"createdAt\":-,\"id\":\"x\"}",
        "{\"createdAt\":1,\"id\":\"\\q\"}",
        "{\"createdAt\":1,\"id\":\"\\u0000\"}",
        "{\"createdAt\":1,\"id\":\"\\ud83d\"}",
        "{\"createdAt\":1,\"id\":\"\\u12\"}",
        "{\"createdAt\":1,\"id\":\"a\nb\"}",
        "{\"createdAt\":1,\"id\":\"x}",
        "[1]",
        "{\"createdAt\":1,\"id\":\"x\\",
    };
    struct row_key key;
    for (size_t i = 0; i < sizeof jsons / sizeof *jsons; i++)
        if (decode_json(jsons[i], &key))
            fail_msg("%s decodes", jsons[i]);
    assert_false(cursor_decode(TEXT_NULL, &key));
    assert_false(cursor_decode(TEXT_LIT("!!!!"), &key));
    assert_false(cursor_decode(TEXT_LIT("eyJjcmVhdGVkQXQiOjEsImlkIjoiPz8_In0=="), &key));
}

static void test_every_cut_cursor_is_refused(void **state)
{
    (void)state;
    struct row_key key;
    struct buf out;
    buf_init(&out, 4096);
    cursor_encode(1234567, TEXT_LIT("some-id"), &out);
    for (size_t n = 0; n < out.len; n++)
        assert_false(cursor_decode((struct text){out.data, n}, &key));
    buf_release(&out);
}

static void test_sizes(void **state)
{
    (void)state;
    struct row_key key;
    struct buf id, out;
    buf_init(&id, 4096);
    buf_init(&out, 4096);
    buf_fill(&id, 'x', 100);
    cursor_encode(1, buf_as_text(&id), &out);
    assert_true(cursor_decode(buf_as_text(&out), &key));
    assert_int_equal(strlen(key.id), sizeof key.id - 1);
    buf_fill(&id, 'x', 1000);
    buf_clear(&out);
    cursor_encode(1, buf_as_text(&id), &out);
    assert_false(cursor_decode(buf_as_text(&out), &key));
    buf_release(&id);
    buf_release(&out);
}

static void assert_base64(const char *bytes, const char *encoded)
{
    struct buf out;
    buf_init(&out, 256);
    base64url_encode(text_of(bytes), &out);
    assert_string_equal(buf_cstr(&out), encoded);
    buf_clear(&out);
    assert_true(base64_decode(text_of(encoded), &out));
    assert_string_equal(buf_cstr(&out), bytes);
    buf_release(&out);
}

static bool is_base64(const char *text)
{
    struct buf out;
    buf_init(&out, 256);
    bool is_good = base64_decode(text_of(text), &out);
    buf_release(&out);
    return is_good;
}

static void test_base64(void **state)
{
    (void)state;
    assert_base64("", "");
    assert_base64("f", "Zg");
    assert_base64("fo", "Zm8");
    assert_base64("foo", "Zm9v");
    assert_base64("\xff\xfe\xfb", "__77");
    assert_true(is_base64("Zg=="));
    assert_true(is_base64("//77"));
    assert_false(is_base64("Zg="));
    assert_false(is_base64("Zh"));
    assert_false(is_base64("Z"));
    assert_false(is_base64("Zm9v="));
    assert_false(is_base64("Zm9v===="));
    assert_false(is_base64("Zm 9v"));
    assert_false(is_base64("=g=="));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_form_of_the_contract),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_other_writers),
        cmocka_unit_test(test_what_does_not_decode),
        cmocka_unit_test(test_every_cut_cursor_is_refused),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_base64),
    };
    return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
