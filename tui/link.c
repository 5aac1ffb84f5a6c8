/*
 * See link.h. Filters are joined in their written form: parse(format(f)) = f.
 */
#include "tui/link.h"

enum err_code filter_join(struct filter *filter, const struct filter *more, struct err *err)
{
    struct filter_mistake mistake;
    struct filter joined;
    struct buf line;
    buf_init(&line, 2 * FILTER_TEXT_MAX + 2);
    filter_format(filter, TIME_IN_UTC, &line);
    buf_char(&line, ' ');
    filter_format(more, TIME_IN_UTC, &line);
    enum err_code code = filter_parse(buf_as_text(&line), TIME_IN_UTC, &joined, &mistake);
    buf_release(&line);
    if (!code)
        filter_move(filter, &joined);
    filter_release(&joined);
    return code ? err_set(err, ERR_USAGE, "the filter is too long: %s", mistake.what) : ERR_OK;
}

enum err_code link_follow(const struct http_address *link, const struct link_choice *choice, struct err *err)
{
    if (link->has_sort && !choice->has_sort)
        *choice->sort = link->sort;
    if (filter_is_empty(&link->filter))
        return ERR_OK;
    if (choice->is_default)
        filter_clear(choice->filter);
    return filter_join(choice->filter, &link->filter, err);
}
