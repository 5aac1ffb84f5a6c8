/*
 * What a link says beside where the source is: filters and an order, weighed against what else was asked for.
 */
#pragma once

#include "data/http/http_address.h"
#include "data/query.h"

/* The terms of both: all must hold. ERR_USAGE where together they are more than a filter holds; `filter` is unchanged then. */
MUST_USE enum err_code filter_join(struct filter *filter, const struct filter *more, struct err *err);

/* A filter line as typed; is_default: nobody asked for it here, so a link with filters of its own goes before it. The order is the link's unless
 * has_sort. */
struct link_choice {
    struct filter *filter;
    bool is_default;
    struct sort *sort;
    bool has_sort;
};
MUST_USE enum err_code link_follow(const struct http_address *link, const struct link_choice *choice,
                                   struct err *err);
