/*
 * See serve_head.h. Every byte is checked as it comes, so that garbage is refused at once and not when its
 * time is over; a line is read when its end is there.
 */
#include "data/serve/serve_head.h"

#include "data/base/trim.h"

#include <strings.h>

enum { METHOD_MAX = 32, VERSION_SIZE = 8, LENGTH_DIGITS_MAX = 18 };

static bool refuse(struct serve_head *head, int status, const char *why)
{
    head->status = status;
    head->why = why;
    return false;
}

/* ---- words ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_token_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct text word)
{
    for (size_t i = 0; i < word.n; i++)
        if (!is_token_char(word.s[i]))
            return false;
    return word.n > 0;
}

static bool is_word(struct text word, const char *other)
{
    return word.n == strlen(other) && strncasecmp(word.s, other, word.n) == 0;
}

/* ---- the request line ---- */

/* The part up to the next blank; the rest of the line begins behind it. */
static struct text next_word(struct text *line)
{
    const char *blank = memchr(line->s, ' ', line->n);
    struct text word = {line->s, blank ? (size_t)(blank - line->s) : line->n};
    size_t taken = word.n + (blank != NULL);
    *line = (struct text){line->s + taken, line->n - taken};
    return word;
}

static bool is_escape(struct text target, size_t at)
{
    return at + 2 < target.n && is_hex(target.s[at + 1]) && is_hex(target.s[at + 2]) &&
           !(target.s[at + 1] == '0' && target.s[at + 2] == '0');
}

/* A path and perhaps a query; %00 would end a text of C in its middle. */
static bool take_target(struct serve_head *head, struct text target)
{
    if (target.n > SERVE_TARGET_MAX)
        return refuse(head, 414, "the address is longer than 8 kB");
    if (!target.n || target.s[0] != '/')
        return refuse(head, 400, "the request line names no path: /…");
    for (size_t i = 0; i < target.n; i++) {
        unsigned char c = (unsigned char)target.s[i];
        if (c <= ' ' || c >= 0x7f || c == '#')
            return refuse(head, 400, "the address holds a character that must be written %XX");
        if (c == '%' && !is_escape(target, i))
            return refuse(head, 400, "the address holds a broken %XX");
    }
    return true;
}

static bool take_version(struct serve_head *head, struct text version)
{
    if (version.n != VERSION_SIZE || memcmp(version.s, "HTTP/", 5) != 0 || !is_digit(version.s[5]) ||
        version.s[6] != '.' || !is_digit(version.s[7]))
        return refuse(head, 400, "this is no request of HTTP/1.1");
    if (version.s[5] != '1' || version.s[7] > '1')
        return refuse(head, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    head->is_old = version.s[7] == '0';
    return true;
}

static bool take_request_line(struct serve_head *head, struct text line)
{
    struct text method = next_word(&line);
    if (!is_token(method) || method.n > METHOD_MAX)
        return refuse(head, 400, "this is no request of HTTP");
    head->takes_body = !text_is(method, "GET") && !text_is(method, "HEAD");
    struct text target = next_word(&line);
    return take_target(head, target) && take_version(head, line);
}

/* ---- headers ---- */

static bool take_length(struct serve_head *head, struct text value)
{
    if (head->lengths++)
        return refuse(head, 400, "two headers Content-Length");
    if (!value.n)
        return refuse(head, 400, "Content-Length is no number");
    for (size_t i = 0; i < value.n; i++)
        if (!is_digit(value.s[i]))
            return refuse(head, 400, "Content-Length is no number");
    if (value.n > LENGTH_DIGITS_MAX)
        return refuse(head, 413, "the body is larger than 1 MB");
    for (size_t i = 0; i < value.n; i++)
        head->body = head->body * 10 + (uint64_t)(value.s[i] - '0');
    return true;
}

static bool take_header(struct serve_head *head, struct text line)
{
    if (line.s[0] == ' ' || line.s[0] == '\t')
        return refuse(head, 400, "a header is folded over two lines");
    const char *colon = memchr(line.s, ':', line.n);
    struct text name = {line.s, colon ? (size_t)(colon - line.s) : 0};
    if (!is_token(name))
        return refuse(head, 400, "a line of the head is no header");
    struct text value = text_trim((struct text){colon + 1, line.n - name.n - 1}, TEXT_LIT(" \t"));
    if (is_word(name, "content-length"))
        return take_length(head, value);
    if (is_word(name, "transfer-encoding"))
        head->codings++;
    else if (is_word(name, "host") && head->hosts++)
        return refuse(head, 400, "two headers Host");
    else if (is_word(name, "expect") && !is_word(value, "100-continue"))
        return refuse(head, 417, "only 100-continue can be expected");
    return true;
}

static bool take_end(struct serve_head *head)
{
    if (!head->is_old && !head->hosts)
        return refuse(head, 400, "the header Host is missing");
    if (head->codings && (head->lengths || head->is_old))
        return refuse(head, 400, "Transfer-Encoding beside Content-Length, or in HTTP/1.0");
    if (head->codings)
        return refuse(head, 411, "a body is taken with Content-Length only");
    if (head->body && !head->takes_body)
        return refuse(head, 400, "GET and HEAD have no body");
    if (head->body > SERVE_BODY_MAX)
        return refuse(head, 413, "the body is larger than 1 MB");
    return true;
}

/* ---- bytes ---- */

static bool take_line(struct serve_head *head, struct text line)
{
    if (++head->lines == 1)
        return take_request_line(head, line);
    if (head->lines > SERVE_HEADERS_MAX + 1)
        return refuse(head, 431, "more than 100 headers");
    return take_header(head, line);
}

/* Controls have no place in a head, and a line ends in CR LF alone. */
static bool take_byte(struct serve_head *head, struct text bytes)
{
    size_t at = head->scanned;
    unsigned char c = (unsigned char)bytes.s[at];
    bool is_after_cr = at > head->line && bytes.s[at - 1] == '\r';
    if (is_after_cr != (c == '\n'))
        return refuse(head, 400, "a line of the head does not end in CR LF");
    if ((c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
        return refuse(head, 400, "the head holds a control character");
    if (!head->lines && at - head->line > METHOD_MAX + SERVE_TARGET_MAX + VERSION_SIZE + 4)
        return refuse(head, 414, "the address is longer than 8 kB");
    if (at >= SERVE_HEAD_MAX)
        return refuse(head, 431, "the head is larger than 32 kB");
    return true;
}

enum serve_head_state serve_head_read(struct serve_head *head, struct text bytes)
{
    for (; head->scanned < bytes.n; head->scanned++) {
        if (!take_byte(head, bytes))
            return SERVE_HEAD_BAD;
        if (bytes.s[head->scanned] != '\n')
            continue;
        struct text line = {bytes.s + head->line, head->scanned - 1 - head->line};
        bool is_end = head->lines && !line.n;
        if (!(is_end ? take_end(head) : take_line(head, line)))
            return SERVE_HEAD_BAD;
        head->line = head->size = head->scanned + 1;
        if (is_end) {
            head->scanned++;
            return SERVE_HEAD_WHOLE;
        }
    }
    return SERVE_HEAD_MORE;
}
