/*
 * See caught.h.
 */
#include "tests/support/caught.h"

#include "data/base/die.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

FILE *caught_new(void)
{
    FILE *file = tmpfile();
    if (!file)
        die("tests: no temporary file: %s", strerror(errno));
    return file;
}

void caught_take(FILE *file, char **text)
{
    fseek(file, 0, SEEK_END);
    long n = ftell(file);
    rewind(file);
    char *bytes = mem_new_array((size_t)n + 1, 1);
    size_t got = fread(bytes, 1, (size_t)n, file);
    bytes[got] = '\0';
    fclose(file);
    if (text)
        *text = bytes;
    else
        free(bytes);
}
