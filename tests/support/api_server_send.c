/*
 * gzip is written by hand, in stored blocks or as one repeated match: what a client does with it is under test, not how well it is packed, and the
 * program needs no library for it.
 */
#include "tests/support/api_server_send.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    HEAD_MAX = 1 << 17,
    HUGE_BYTES = 200 << 20,
    CHUNK_BYTES = 1 << 16,
    CHUNKS = (1 << 30) / CHUNK_BYTES,
    STORED_MAX = 65535,
};

/* ---- bytes ---- */

bool wait_unless_closed(int fd, int ms)
{
    struct pollfd hang_up = {.fd = fd, .events = POLLRDHUP};
    int ready;
    do
        ready = poll(&hang_up, 1, ms);
    while (ready < 0 && errno == EINTR);
    return ready == 0;
}

bool send_bytes(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* ---- heads ---- */

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *words;
    } reasons[] = {{200, "OK"},
                   {302, "Found"},
                   {400, "Bad Request"},
                   {401, "Unauthorized"},
                   {403, "Forbidden"},
                   {404, "Not Found"},
                   {429, "Too Many Requests"},
                   {500, "Internal Server Error"},
                   {502, "Bad Gateway"},
                   {503, "Service Unavailable"}};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].words;
    return "Status";
}

static void start_head(int status, const char *content_type, struct buf *head)
{
    char date[64];
    time_t now = time(NULL);
    struct tm tm;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
    buf_init(head, HEAD_MAX);
    buf_printf(head, "HTTP/1.1 %d %s\r\n", status, reason(status));
    if (content_type)
        buf_printf(head, "Content-Type: %s\r\n", content_type);
    buf_printf(head, "Date: %s\r\n", date);
}

/* headers: further lines, or NULL. Releases the head. */
static bool send_head(int fd, struct buf *head, const char *headers)
{
    buf_str(head, headers ? headers : "");
    buf_str(head, "\r\n");
    bool is_sent = send_bytes(fd, head->data, head->len);
    buf_release(head);
    return is_sent;
}

/* The head of an answer whose body follows, or does not. */
static bool send_head_of(int fd, const struct api_answer *answer, size_t length, bool keep_alive)
{
    struct buf head, headers = answer->headers;
    start_head(answer->status, answer->content_type, &head);
    buf_printf(&head, "Content-Length: %zu\r\n%s", length, keep_alive ? "" : "Connection: close\r\n");
    return send_head(fd, &head, headers.len ? buf_cstr(&headers) : NULL);
}

bool send_answer(int fd, const struct api_answer *answer, bool keep_alive)
{
    return send_head_of(fd, answer, answer->body.len, keep_alive) &&
           send_bytes(fd, answer->body.data, answer->body.len) && keep_alive;
}

bool send_stream_head(int fd)
{
    struct buf head;
    start_head(200, "text/event-stream", &head);
    return send_head(fd, &head, "Cache-Control: no-store\r\nConnection: close\r\n");
}

/* ---- gzip ---- */

static uint32_t crc_of(struct text bytes, uint32_t crc)
{
    crc = ~crc;
    for (size_t i = 0; i < bytes.n; i++) {
        crc ^= (unsigned char)bytes.s[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static void put_little(uint32_t value, int bytes, struct buf *out)
{
    for (int i = 0; i < bytes; i++)
        buf_char(out, (char)(value >> 8 * i & 0xFF));
}

static void put_gzip_head(struct buf *out)
{
    buf_add(out, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
}

void gzip_answer(struct api_answer *answer)
{
    struct buf packed;
    struct text body = buf_as_text(&answer->body);
    buf_init(&packed, answer->body.limit);
    put_gzip_head(&packed);
    for (size_t at = 0; at == 0 || at < body.n; at += STORED_MAX) {
        size_t n = body.n - at < STORED_MAX ? body.n - at : STORED_MAX;
        buf_char(&packed, at + n == body.n);
        put_little((uint32_t)n, 2, &packed);
        put_little(~(uint32_t)n, 2, &packed);
        buf_add(&packed, body.s + at, n);
    }
    put_little(crc_of(body, 0), 4, &packed);
    put_little((uint32_t)body.n, 4, &packed);
    buf_release(&answer->body);
    answer->body = packed;
    buf_str(&answer->headers, "Content-Encoding: gzip\r\n");
}

/* One stored blank, then matches of 258 bytes at distance 1, which take 13 bits each; eight of them are 13 bytes. No
 * check sum: nobody should get that far. */
static void put_bomb(struct buf *out)
{
    unsigned char period[13] = {0};
    for (int match = 0, bit = 0; match < 8; match++, bit += 13)
        for (int i = 0; i < 8; i++)
            if ("11000101"[i] == '1') /* length 258 in the fixed code; the distance's five bits are 0 */
                period[(bit + i) / 8] |= (unsigned char)(1 << (bit + i) % 8);
    put_gzip_head(out);
    buf_add(out, "\0\1\0\xfe\xff ", 6);
    unsigned held = 3, n = 3; /* the last block, in the fixed code: three bits */
    for (size_t i = 0; i < HUGE_BYTES / 258 / 8 * sizeof period; i++) {
        held |= (unsigned)period[i % sizeof period] << n;
        buf_char(out, (char)(held & 0xFF));
        held >>= 8;
    }
    put_little(held, 4, out);
    buf_fill(out, 0, 8);
}

static bool send_bomb(int fd)
{
    struct api_answer bomb;
    api_answer_init(&bomb);
    put_bomb(&bomb.body);
    buf_str(&bomb.headers, "Content-Encoding: gzip\r\n");
    send_answer(fd, &bomb, false);
    api_answer_release(&bomb);
    return false;
}

/* ---- faults ---- */

static bool send_half(int fd, const struct api_answer *answer)
{
    return send_head_of(fd, answer, answer->body.len, true) &&
           send_bytes(fd, answer->body.data, answer->body.len / 2);
}

/* With nothing to linger for, closing is a reset. */
static void reset_on_close(int fd)
{
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
}

static bool trickle(int fd, const struct api_answer *answer, int ms, bool keep_alive)
{
    if (!send_head_of(fd, answer, answer->body.len, keep_alive))
        return false;
    for (size_t i = 0; i < answer->body.len; i++)
        if (!send_bytes(fd, answer->body.data + i, 1) || !wait_unless_closed(fd, ms))
            return false;
    return keep_alive;
}

static void send_huge_silent(int fd)
{
    struct api_answer answer;
    api_answer_init(&answer);
    send_head_of(fd, &answer, HUGE_BYTES, true);
    wait_unless_closed(fd, -1);
    api_answer_release(&answer);
}

static void send_huge_chunked(int fd)
{
    static const char start[] = "{\"executions\":[";
    struct buf head;
    start_head(200, "application/json", &head);
    bool is_open = send_head(fd, &head, "Transfer-Encoding: chunked\r\n");
    char chunk[CHUNK_BYTES + 32];
    int size_len = snprintf(chunk, sizeof chunk, "%x\r\n", CHUNK_BYTES);
    char *data = chunk + size_len;
    memset(data, ' ', CHUNK_BYTES);
    memcpy(data, start, sizeof start - 1);
    memcpy(data + CHUNK_BYTES, "\r\n", 2);
    for (int i = 0; i < CHUNKS && is_open; i++) {
        is_open = send_bytes(fd, chunk, (size_t)size_len + CHUNK_BYTES + 2);
        memset(data, ' ', sizeof start - 1);
    }
}

static bool redirect(int fd, const char *target, bool keep_alive)
{
    struct api_answer answer;
    api_answer_init(&answer);
    answer.status = 302;
    answer.content_type = NULL;
    buf_printf(&answer.headers, "Location: %s\r\n", target);
    bool is_open = send_answer(fd, &answer, keep_alive);
    api_answer_release(&answer);
    return is_open;
}

/* The answer that the fault spoils. */
static void put_answer(const struct api_fault *fault, const struct api_answer *right,
                       struct api_answer *answer)
{
    api_answer_init(answer);
    if (!fault->body && fault->kind != API_FAULT_ANSWER) {
        answer->status = right->status;
        answer->content_type = right->content_type;
        buf_text(&answer->headers, buf_as_text(&right->headers));
        buf_text(&answer->body, buf_as_text(&right->body));
        return;
    }
    answer->status = fault->status ? fault->status : 200;
    answer->content_type = fault->content_type;
    buf_str(&answer->headers, fault->headers ? fault->headers : "");
    buf_add(&answer->body, fault->body ? fault->body : "", fault->body_len);
}

static bool send_spoiled(int fd, const struct api_fault *fault, const struct api_answer *right,
                         bool keep_alive)
{
    struct api_answer answer;
    bool is_open = false;
    put_answer(fault, right, &answer);
    if (fault->kind == API_FAULT_ANSWER) {
        is_open = send_answer(fd, &answer, keep_alive);
    } else if (fault->kind == API_FAULT_TRICKLE) {
        is_open = trickle(fd, &answer, fault->ms, keep_alive);
    } else {
        send_half(fd, &answer);
        if (fault->kind == API_FAULT_RESET)
            reset_on_close(fd);
    }
    api_answer_release(&answer);
    return is_open;
}

bool send_fault(int fd, const struct api_fault *fault, const struct api_answer *right, const char *target,
                bool keep_alive)
{
    switch (fault->kind) {
    case API_FAULT_ANSWER:
    case API_FAULT_RESET:
    case API_FAULT_TRUNCATE:
    case API_FAULT_TRICKLE: return send_spoiled(fd, fault, right, keep_alive);
    case API_FAULT_HUGE_SILENT: send_huge_silent(fd); break;
    case API_FAULT_HUGE_CHUNKED: send_huge_chunked(fd); break;
    case API_FAULT_GZIP_BOMB: return send_bomb(fd);
    case API_FAULT_HANG: wait_unless_closed(fd, -1); break;
    case API_FAULT_REDIRECT_LOOP: return redirect(fd, target, keep_alive);
    case API_FAULT_CLOSE: break;
    }
    return false;
}
