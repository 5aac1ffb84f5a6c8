/*
 * Goldens compare whole surfaces, since what goes wrong on a screen is seldom what one thought of looking at.
 */
#include "tests/support/golden.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

enum { GOLDEN_BYTES_MAX = 4 << 20 };

void golden_check_sound(const struct surface *surface)
{
    for (int y = 0; y < surface->height; y++)
        for (int x = 0; x < surface->width; x++) {
            const struct cell *cell = &surface->cells[y * surface->width + x];
            bool has_right = x + 1 < surface->width && cell[1].ch == 0;
            if (cell->ch == 0) {
                assert_true(x > 0 && wcwidth((wchar_t)cell[-1].ch) == 2);
                continue;
            }
            assert_int_equal(wcwidth((wchar_t)cell->ch), has_right ? 2 : 1);
            for (int i = 0; i < 2; i++)
                assert_true(cell->marks[i] == 0 || wcwidth((wchar_t)cell->marks[i]) == 0);
            if (surface->ascii)
                assert_true(cell->ch < 0x7f && cell->marks[0] == 0);
            assert_true(cell->style.ink < INK_COUNT && cell->style.ground < GROUND_COUNT + INK_COUNT);
        }
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *text = calloc(1, GOLDEN_BYTES_MAX + 1);
    assert_non_null(text);
    fread(text, 1, GOLDEN_BYTES_MAX, file);
    fclose(file);
    return text;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        fail_msg("%s: %s (tests run from the repository's top)", path, strerror(errno));
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static size_t line_length(const char *line)
{
    return strcspn(line, "\n");
}

/* Prints the first line that differs, both ways. */
static void explain(const char *path, const char *expected, const char *actual)
{
    int number = 1;
    while (*expected && line_length(expected) == line_length(actual) &&
           strncmp(expected, actual, line_length(expected) + 1) == 0) {
        expected += line_length(expected) + 1;
        actual += line_length(actual) + 1;
        number++;
    }
    print_error("%s:%d differs\n  was %.*s\n  is  %.*s\n", path, number, (int)line_length(expected), expected,
                (int)line_length(actual), actual);
}

void golden_check(const struct surface *surface, const char *name)
{
    char path[256];
    struct buf dump;
    snprintf(path, sizeof(path), "tests/golden/%s.txt", name);
    golden_check_sound(surface);
    buf_init(&dump, GOLDEN_BYTES_MAX);
    surface_dump(surface, true, &dump);
    assert_false(buf_is_cut(&dump));

    if (getenv("GOLDEN_ACCEPT")) {
        write_file(path, buf_cstr(&dump));
        buf_release(&dump);
        return;
    }
    char *expected = read_file(path);
    bool is_same = expected && strcmp(expected, buf_cstr(&dump)) == 0;
    if (!is_same)
        explain(path, expected ? expected : "", buf_cstr(&dump));
    free(expected);
    buf_release(&dump);
    if (!is_same)
        fail_msg("accept with: GOLDEN_ACCEPT=1 %s", program_invocation_name);
}
