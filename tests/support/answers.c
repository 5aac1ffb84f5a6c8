/*
 * See answers.h.
 */
#include "tests/support/answers.h"

#include "data/base/die.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ANSWER_MAX = 1 << 22 };

bool answers_are_here(void)
{
    return access(FIXTURES "executor-local.db", R_OK) == 0;
}

char *answers_read(const char *name, const char *kind)
{
    char path[256];
    snprintf(path, sizeof path, FIXTURES "executor-api/%s.%s", name, kind);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s is missing", path);
    char *text = mem_new_array(1, ANSWER_MAX);
    size_t n = fread(text, 1, ANSWER_MAX - 1, file);
    fclose(file);
    text[n] = '\0';
    return text;
}

cJSON *answers_body(const char *name)
{
    char *text = answers_read(name, "json");
    cJSON *json = cJSON_Parse(text);
    assert_non_null(json);
    free(text);
    return json;
}

/* The first line is "# request: GET /api/…". */
char *answers_request(const char *name)
{
    char *text = answers_read(name, "headers");
    char *line = strstr(text, "GET ");
    assert_non_null(line);
    line[strcspn(line, "\r\n")] = '\0';
    char *request = mem_strdup(line);
    free(text);
    return request;
}
