/*
 * See random_filter.h. Texts are put together from fragments rather than from random bytes: what breaks a quoting rule is two special
 * characters side by side, which random bytes hardly ever give.
 */
#include "tests/support/random_filter.h"

#include "data/filter/filter_terms.h"

#include <stdio.h>

void random_text(struct rand *rng, char out[RANDOM_TEXT_MAX])
{
    static const char *const fragments[] = {
        "a",    "-",     "--",   "\"",       "\\",      "\\n",      "\\\"",    ",",       " ",
        ":",    "\n",    "\t",   "\r",       "\x01",    "\x1b[31m", "\x7f",    "\\x",     "\\x41",
        "é",    "漢字",  "\xff", "\xe2\x80", "\u202e",  "*",        ".*",      "github.", "failed",
        "x:",   "code:", "//",   "http://",  "status:", "waiting",  "unknown", "a b",     "<",
        ">=5s", "%",     "_",    "'",        "(",       "{x:1}",    "\u00a0",  "0",       "\v",
    };
    size_t n = 1 + rand_below(rng, 4), len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(out + len, RANDOM_TEXT_MAX - len, "%s",
                                fragments[rand_below(rng, sizeof fragments / sizeof *fragments)]);
}

static int64_t random_span(struct rand *rng)
{
    static const int64_t units[] = {1, SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS};
    return units[rand_below(rng, 5)] * rand_between(rng, 1, 90);
}

static struct filter_value random_value(struct rand *rng, enum filter_key key)
{
    static const char *const statuses[] = {"Failed", "waiting", "completed", "PENDING", "odd", "Odd"};
    static const char *const triggers[] = {"cli", "mcp", "Unknown", "HTTP", ""};
    struct filter_value value = {0};
    char text[RANDOM_TEXT_MAX];
    random_text(rng, text);
    if (key == FILTER_STATUS && rand_chance(rng, 0.7))
        snprintf(text, sizeof text, "%s", statuses[rand_below(rng, 6)]);
    if (key == FILTER_TRIGGER && rand_chance(rng, 0.7))
        snprintf(text, sizeof text, "%s", triggers[rand_below(rng, 5)]);
    if (filter_key_has_text(key))
        value.text = filter_canonical_text(key, text_of(text));
    value.is_relative = (key == FILTER_AFTER || key == FILTER_BEFORE) && rand_chance(rng, 0.5);
    if (value.is_relative)
        value.ms = random_span(rng);
    else if (key == FILTER_AFTER || key == FILTER_BEFORE)
        value.ms = rand_between(rng, FILTER_TIME_FIRST, FILTER_TIME_LAST);
    if (key == FILTER_DURATION) {
        value.op = (enum compare_op)rand_below(rng, 5);
        value.ms = rand_chance(rng, 0.1) ? 0 : random_span(rng);
    }
    value.flag = key == FILTER_ELICITATION && rand_chance(rng, 0.5);
    return value;
}

void random_filter(struct rand *rng, size_t most, struct filter *filter)
{
    size_t terms = rand_below(rng, (uint32_t)most + 1);
    filter_init(filter);
    for (size_t i = 0; i < terms; i++) {
        enum filter_key key = (enum filter_key)rand_below(rng, FILTER_KEY_COUNT);
        bool has_one = key == FILTER_AFTER || key == FILTER_BEFORE || key == FILTER_ELICITATION;
        size_t values = has_one ? 1 : 1 + rand_below(rng, 3);
        struct filter_term *term = filter_add_term(filter, key, rand_chance(rng, 0.3));
        for (size_t v = 0; v < values; v++)
            (void)filter_add_value(term, random_value(rng, key));
    }
}
