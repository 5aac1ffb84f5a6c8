/*
 * See timefmt.h: times as people type them. Strict on purpose: a filter that is half understood shows the
 * wrong runs, one that is refused shows where it is wrong.
 */
#include "data/base/timefmt.h"

#include "data/base/civil.h"

/* Reads on through a text; a step that does not fit leaves it where it was. */
struct reader {
    const char *at, *end;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take_char(struct reader *r, const char *any)
{
    if (r->at == r->end || *r->at == '\0' || !strchr(any, *r->at))
        return false;
    r->at++;
    return true;
}

/* Exactly `digits` digits, with a value of low..high. */
static bool take_number(struct reader *r, int digits, int low, int high, int *out)
{
    if (r->end - r->at < digits)
        return false;
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (!is_digit(r->at[i]))
            return false;
        value = value * 10 + (r->at[i] - '0');
    }
    if (value < low || value > high)
        return false;
    *out = value;
    r->at += digits;
    return true;
}

static bool take_date(struct reader *r, struct civil *c)
{
    return take_number(r, 4, 0, 9999, &c->year) && take_char(r, "-") && take_number(r, 2, 1, 12, &c->month) &&
           take_char(r, "-") && take_number(r, 2, 1, civil_days_in_month(c->year, c->month), &c->day);
}

/* ".5" is half a second: one to three digits. */
static bool take_fraction(struct reader *r, int *ms)
{
    int unit = 100, digits = 0;
    for (*ms = 0; digits < 3 && r->at < r->end && is_digit(*r->at); digits++, unit /= 10)
        *ms += (*r->at++ - '0') * unit;
    return digits > 0;
}

static bool take_clock(struct reader *r, struct civil *c)
{
    if (!take_number(r, 2, 0, 23, &c->hour) || !take_char(r, ":") || !take_number(r, 2, 0, 59, &c->minute))
        return false;
    if (!take_char(r, ":"))
        return true;
    if (!take_number(r, 2, 0, 59, &c->second))
        return false;
    return !take_char(r, ".") || take_fraction(r, &c->ms);
}

/* True also where there is none: *has_offset tells. */
static bool take_offset(struct reader *r, bool *has_offset, int *minutes)
{
    *has_offset = true;
    *minutes = 0;
    if (take_char(r, "Zz"))
        return true;
    int sign = take_char(r, "+") ? 1 : take_char(r, "-") ? -1 : 0;
    if (sign == 0) {
        *has_offset = false;
        return true;
    }
    int hour, minute;
    if (!take_number(r, 2, 0, 23, &hour) || !take_char(r, ":") || !take_number(r, 2, 0, 59, &minute))
        return false;
    *minutes = sign * (hour * 60 + minute);
    return true;
}

enum { EPOCH_DIGITS_MIN = 11, EPOCH_DIGITS_MAX = 19 };

static bool parse_epoch(struct reader r, int64_t *out)
{
    bool is_negative = take_char(&r, "-");
    if (r.end - r.at < EPOCH_DIGITS_MIN || r.end - r.at > EPOCH_DIGITS_MAX)
        return false;
    int64_t value = 0;
    for (; r.at < r.end; r.at++)
        if (!is_digit(*r.at) || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *r.at - '0', &value))
            return false;
    *out = is_negative ? -value : value;
    return true;
}

bool time_parse(struct text text, enum time_mode mode, int64_t *out)
{
    if (!text.s)
        return false;
    struct reader r = {text.s, text.s + text.n};
    if (parse_epoch(r, out))
        return true;
    struct civil civil = {0};
    bool has_offset = false;
    int offset = 0;
    if (!take_date(&r, &civil))
        return false;
    if (r.at < r.end &&
        (!take_char(&r, "Tt ") || !take_clock(&r, &civil) || !take_offset(&r, &has_offset, &offset)))
        return false;
    if (r.at != r.end)
        return false;
    *out = civil_to_time(&civil, has_offset ? TIME_IN_UTC : mode) - (int64_t)offset * MINUTE_MS;
    return true;
}
