/*
 * See filter_of.h.
 */
#include "tests/support/filter_of.h"

#include "data/base/die.h"

struct filter filter_of(const char *line)
{
    struct filter filter;
    struct filter_mistake mistake;
    if (filter_parse(text_of(line), TIME_IN_UTC, &filter, &mistake))
        die("the filter '%s': %s", line, mistake.what);
    return filter;
}
