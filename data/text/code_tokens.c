/*
 * See code_tokens.h: one token after the other of a line, with what must be remembered between lines in a
 * small state. Strings in quotes end with their line, so that one broken quote does not colour the rest of
 * the file.
 */
#include "data/text/code_tokens.h"

enum mode { MODE_CODE, MODE_COMMENT, MODE_TEMPLATE };

/* Sorted, for the search by halves. */
static const struct text keywords[] = {
    TEXT_LIT("abstract"),  TEXT_LIT("any"),       TEXT_LIT("as"),         TEXT_LIT("async"),
    TEXT_LIT("await"),     TEXT_LIT("boolean"),   TEXT_LIT("break"),      TEXT_LIT("case"),
    TEXT_LIT("catch"),     TEXT_LIT("class"),     TEXT_LIT("const"),      TEXT_LIT("continue"),
    TEXT_LIT("debugger"),  TEXT_LIT("declare"),   TEXT_LIT("default"),    TEXT_LIT("delete"),
    TEXT_LIT("do"),        TEXT_LIT("else"),      TEXT_LIT("enum"),       TEXT_LIT("export"),
    TEXT_LIT("extends"),   TEXT_LIT("false"),     TEXT_LIT("finally"),    TEXT_LIT("for"),
    TEXT_LIT("from"),      TEXT_LIT("function"),  TEXT_LIT("if"),         TEXT_LIT("implements"),
    TEXT_LIT("import"),    TEXT_LIT("in"),        TEXT_LIT("instanceof"), TEXT_LIT("interface"),
    TEXT_LIT("keyof"),     TEXT_LIT("let"),       TEXT_LIT("namespace"),  TEXT_LIT("never"),
    TEXT_LIT("new"),       TEXT_LIT("null"),      TEXT_LIT("number"),     TEXT_LIT("of"),
    TEXT_LIT("private"),   TEXT_LIT("protected"), TEXT_LIT("public"),     TEXT_LIT("readonly"),
    TEXT_LIT("return"),    TEXT_LIT("satisfies"), TEXT_LIT("static"),     TEXT_LIT("string"),
    TEXT_LIT("super"),     TEXT_LIT("switch"),    TEXT_LIT("this"),       TEXT_LIT("throw"),
    TEXT_LIT("true"),      TEXT_LIT("try"),       TEXT_LIT("type"),       TEXT_LIT("typeof"),
    TEXT_LIT("undefined"), TEXT_LIT("unknown"),   TEXT_LIT("var"),        TEXT_LIT("void"),
    TEXT_LIT("while"),     TEXT_LIT("with"),      TEXT_LIT("yield"),
};

/* Keywords that are values: a '/' after them divides. */
static const struct text values[] = {TEXT_LIT("false"), TEXT_LIT("null"), TEXT_LIT("super"),
                                     TEXT_LIT("this"),  TEXT_LIT("true"), TEXT_LIT("undefined")};

static bool is_among(struct text word, const struct text *words, size_t count)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        int order = text_cmp(words[middle], word);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            count = middle;
    }
    return false;
}
#define IS_AMONG(word, words) is_among(word, words, sizeof(words) / sizeof *(words))

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '#' ||
           (unsigned char)c >= 0x80;
}

static bool is_name(char c)
{
    return is_name_start(c) ? c != '#' : is_digit(c);
}

static char char_at(struct text t, size_t at)
{
    return at < t.n ? t.s[at] : '\0';
}

/* Behind the next `end` that no backslash stands before; the whole text where there is none. */
static size_t skip_quoted(struct text t, size_t at, char end)
{
    for (; at < t.n; at++) {
        if (t.s[at] == end)
            return at + 1;
        if (t.s[at] == '\\')
            at++;
    }
    return t.n;
}

static size_t take_comment(struct text t, size_t at, struct code_state *state)
{
    for (; at + 1 < t.n; at++)
        if (t.s[at] == '*' && t.s[at + 1] == '/') {
            state->mode = MODE_CODE;
            return at + 2;
        }
    return t.n;
}

/* The text of a template literal, up to its end or to a "${", which is a token of its own. */
static size_t take_template(struct text t, size_t at, struct code_state *state)
{
    for (; at < t.n; at++) {
        if (t.s[at] == '`') {
            state->nesting--;
            state->mode = MODE_CODE;
            state->after_value = true;
            return at + 1;
        }
        if (t.s[at] == '$' && char_at(t, at + 1) == '{')
            return at;
        if (t.s[at] == '\\')
            at++;
    }
    return t.n;
}

static size_t take_interpolation(struct code_state *state)
{
    state->braces[state->nesting - 1] = 0;
    state->mode = MODE_CODE;
    state->after_value = false;
    return 2;
}

enum { REGEX_MAX = 1000 }; /* so that a line full of slashes costs no more than its length */

/* `/…/flags`, on one line; 0 where it does not end there: then the '/' divides after all. */
static size_t take_regex(struct text t)
{
    bool in_class = false;
    size_t at = 1;
    t.n = t.n < REGEX_MAX ? t.n : REGEX_MAX;
    for (; at < t.n && (t.s[at] != '/' || in_class); at++) {
        if (t.s[at] == '\\')
            at++;
        else if (t.s[at] == '[' || t.s[at] == ']')
            in_class = t.s[at] == '[';
    }
    if (at >= t.n)
        return 0;
    for (at++; at < t.n && is_name(t.s[at]);)
        at++;
    return at;
}

static size_t take_number(struct text t)
{
    size_t at = 1;
    while (at < t.n && (is_name(t.s[at]) || t.s[at] == '.' ||
                        ((t.s[at] == '-' || t.s[at] == '+') && (t.s[at - 1] == 'e' || t.s[at - 1] == 'E') &&
                         t.s[1] != 'x')))
        at++;
    return at;
}

static size_t take_name(struct text t, size_t at)
{
    for (at++; at < t.n && is_name(t.s[at]);)
        at++;
    return at;
}

/* tools.a.b, tools?.a, from the end of "tools"; the same place where no path follows. */
static size_t take_path(struct text t, size_t at)
{
    for (;;) {
        size_t dot = at + (char_at(t, at) == '?');
        if (char_at(t, dot) != '.' || !is_name_start(char_at(t, dot + 1)))
            return at;
        at = take_name(t, dot + 1);
    }
}

static bool is_before_paren(struct text t, size_t at)
{
    while (at < t.n && is_space(t.s[at]))
        at++;
    return char_at(t, at) == '(';
}

static size_t take_word(struct text t, struct code_state *state, enum code_kind *kind)
{
    size_t n = take_name(t, 0);
    struct text word = {t.s, n};
    bool is_member = state->after_dot;
    state->after_dot = false;
    state->after_value = true;
    *kind = CODE_PLAIN;
    if (!is_member && text_is(word, "tools") && take_path(t, n) > n) {
        *kind = CODE_TOOL;
        return take_path(t, n);
    }
    if (!is_member && IS_AMONG(word, keywords)) {
        *kind = CODE_KEYWORD;
        state->after_value = IS_AMONG(word, values);
    } else if (is_before_paren(t, n)) {
        *kind = CODE_CALL;
    }
    return n;
}

static size_t open_template(struct text t, struct code_state *state, enum code_kind *kind)
{
    if (state->nesting == CODE_NESTING_MAX) {
        *kind = CODE_PUNCT;
        return 1;
    }
    state->braces[state->nesting++] = 0;
    state->mode = MODE_TEMPLATE;
    *kind = CODE_STRING;
    return take_template(t, 1, state);
}

/* A brace may end the ${…} that it stands in. */
static void count_brace(char c, struct code_state *state)
{
    uint8_t *open = state->nesting ? &state->braces[state->nesting - 1] : NULL;
    if (!open || (c != '{' && c != '}'))
        return;
    if (c == '}' && *open == 0)
        state->mode = MODE_TEMPLATE;
    else if (*open != UINT8_MAX)
        *open = (uint8_t)(c == '{' ? *open + 1 : *open - 1);
}

static size_t take_punct(struct text t, struct code_state *state, enum code_kind *kind)
{
    char c = t.s[0];
    *kind = CODE_PUNCT;
    count_brace(c, state);
    state->after_dot = c == '.' && char_at(t, 1) != '.';
    state->after_value = c == ')' || c == ']' || c == '}';
    if (c == '.' && char_at(t, 1) == '.' && char_at(t, 2) == '.')
        return 3;
    return 1;
}

static size_t take_slash(struct text t, struct code_state *state, enum code_kind *kind)
{
    char next = char_at(t, 1);
    if (next == '/' || next == '*') {
        *kind = CODE_COMMENT;
        state->mode = next == '*' ? MODE_COMMENT : MODE_CODE;
        return next == '*' ? take_comment(t, 2, state) : t.n;
    }
    size_t n = state->after_value ? 0 : take_regex(t);
    if (n == 0)
        return take_punct(t, state, kind);
    *kind = CODE_STRING;
    state->after_value = true;
    return n;
}

static size_t take_code(struct text t, struct code_state *state, enum code_kind *kind)
{
    char c = t.s[0];
    if (is_space(c)) {
        size_t n = 1;
        while (n < t.n && is_space(t.s[n]))
            n++;
        *kind = CODE_PLAIN;
        return n;
    }
    if (is_name_start(c))
        return take_word(t, state, kind);
    if (c == '/')
        return take_slash(t, state, kind);
    if (c == '`')
        return open_template(t, state, kind);
    if (c == '"' || c == '\'' || is_digit(c) || (c == '.' && is_digit(char_at(t, 1)))) {
        bool is_quote = c == '"' || c == '\'';
        state->after_value = true;
        state->after_dot = false;
        *kind = is_quote ? CODE_STRING : CODE_NUMBER;
        return is_quote ? skip_quoted(t, 1, c) : take_number(t);
    }
    return take_punct(t, state, kind);
}

static size_t take_token(struct text t, struct code_state *state, enum code_kind *kind)
{
    if (state->mode == MODE_COMMENT) {
        *kind = CODE_COMMENT;
        return take_comment(t, 0, state);
    }
    if (state->mode == MODE_CODE)
        return take_code(t, state, kind);
    if (t.s[0] == '$' && char_at(t, 1) == '{') {
        *kind = CODE_PUNCT;
        return take_interpolation(state);
    }
    *kind = CODE_STRING;
    return take_template(t, 0, state);
}

struct code_spans code_spans_of(struct text line, struct code_state state)
{
    return (struct code_spans){line, state};
}

bool code_span_next(struct code_spans *it, struct code_span *span)
{
    if (it->rest.n == 0)
        return false;
    size_t n = take_token(it->rest, &it->state, &span->kind);
    span->text = (struct text){it->rest.s, n};
    it->rest.s += n;
    it->rest.n -= n;
    return true;
}
