/*
 * README and man page say what the program does, because their tables are made of the program's own. After a change:
 * ACCEPT=1 build/tests/tui/test_docs
 */
#include "data/base/files.h"
#include "tui/docs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define README "README.md"
#define MAN_PAGE "docs/executor-runs.1"
enum { README_MAX = 1 << 20 };

static const char *const names[] = {
#define X(name) #name,
    DOCS(X)
#undef X
};

static void read_file(const char *path, struct buf *text)
{
    struct err err;
    buf_init(text, README_MAX);
    if (files_read(path, text, &err) && !getenv("ACCEPT"))
        fail_msg("%s", err.what);
}

/* Not by files_replace: its files are private. */
static void write_file(const char *path, const struct buf *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text->data, 1, text->len, file), text->len);
    assert_int_equal(fclose(file), 0);
}

/* The bytes between the markers of that name. */
static bool find_section(struct buf *text, const char *name, size_t *start, size_t *end)
{
    char begin_mark[64], end_mark[64];
    int n = snprintf(begin_mark, sizeof begin_mark, "<!-- %s:begin -->\n", name);
    snprintf(end_mark, sizeof end_mark, "<!-- %s:end -->", name);
    const char *all = buf_cstr(text);
    const char *begin = strstr(all, begin_mark), *stop = begin ? strstr(begin, end_mark) : NULL;
    if (!stop)
        return false;
    *start = (size_t)(begin - all) + (size_t)n;
    *end = (size_t)(stop - all);
    return true;
}

static void accept_section(struct buf *text, const char *name, const struct buf *expected)
{
    size_t start = 0, end = 0;
    struct buf made;
    assert_true(find_section(text, name, &start, &end));
    buf_init(&made, README_MAX);
    buf_add(&made, text->data, start);
    buf_text(&made, buf_as_text(expected));
    buf_add(&made, text->data + end, text->len - end);
    write_file(README, &made);
    buf_release(&made);
}

static void check_section(const char *name)
{
    struct buf text, expected;
    size_t start = 0, end = 0;
    buf_init(&expected, README_MAX);
    assert_true(docs_write(name, DOC_MARKDOWN, &expected));
    assert_false(buf_is_cut(&expected));
    read_file(README, &text);
    if (getenv("ACCEPT"))
        accept_section(&text, name, &expected);
    else if (!find_section(&text, name, &start, &end))
        fail_msg("%s has no <!-- %s:begin --> … <!-- %s:end -->", README, name, name);
    else if (!text_eq((struct text){text.data + start, end - start}, buf_as_text(&expected)))
        fail_msg(
            "%s: the part %s is not what the program says. To accept: ACCEPT=1 build/tests/tui/test_docs",
            README, name);
    buf_release(&text);
    buf_release(&expected);
}

static void test_readme_has_the_tables_of_the_program(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        check_section(names[i]);
}

static void test_man_page_is_the_programs(void **state)
{
    (void)state;
    struct buf expected, text;
    buf_init(&expected, README_MAX);
    docs_man(&expected);
    read_file(MAN_PAGE, &text);
    if (getenv("ACCEPT"))
        write_file(MAN_PAGE, &expected);
    else if (!text_eq(buf_as_text(&text), buf_as_text(&expected)))
        fail_msg("%s is not what the program says. To accept: ACCEPT=1 build/tests/tui/test_docs", MAN_PAGE);
    buf_release(&text);
    buf_release(&expected);
}

static void test_plain_form(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, README_MAX);
    assert_true(docs_write("grammar", DOC_PLAIN, &out));
    assert_non_null(strstr(buf_cstr(&out), "\n  status:  "));
    assert_false(docs_write("no-such", DOC_PLAIN, &out));
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readme_has_the_tables_of_the_program),
        cmocka_unit_test(test_man_page_is_the_programs),
        cmocka_unit_test(test_plain_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
