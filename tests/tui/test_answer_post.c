/*
 * Answers on their way: each comes back once with its number, too many are refused, and what never arrives
 * holds nobody up.
 */
#include "tui/answer_post.h"

#include "data/base/die.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 20000 };

struct bell {
    atomic_int rung;
};

static void ring(void *context)
{
    struct bell *bell = context;
    atomic_fetch_add(&bell->rung, 1);
}

static void await(struct bell *bell, int times)
{
    for (int i = 0; i < PATIENCE_MS && atomic_load(&bell->rung) < times; i++)
        usleep(1000);
    assert_true(atomic_load(&bell->rung) >= times);
}

static struct answer_letter *letter_of(uint64_t number)
{
    struct answer_letter *letter = mem_new_array(1, sizeof *letter);
    letter->number = number;
    letter->run_id = mem_strdup("no-such-run");
    letter->question_id = mem_strdup("no-such-question");
    letter->action = ANSWER_ACCEPT;
    letter->has_content = true;
    buf_init(&letter->content, 100);
    buf_str(&letter->content, "{}");
    return letter;
}

static void test_each_comes_back_with_its_number(void **state)
{
    (void)state;
    struct bell bell = {0};
    struct http_settings http = {0};
    uint64_t number, seen = 0;
    enum err_code code;
    struct err err;
    struct answer_posts *posts = answer_posts_new("/nowhere/at/all.db", &http, ring, &bell);
    assert_false(answer_posts_take(posts, &number, &code, &err));
    for (uint64_t i = 1; i <= 3; i++)
        answer_posts_send(posts, letter_of(i));
    await(&bell, 3);
    while (answer_posts_take(posts, &number, &code, &err)) {
        assert_int_not_equal(code, ERR_OK);
        assert_true(err.what[0]);
        seen += number;
    }
    assert_int_equal(seen, 1 + 2 + 3);
    answer_posts_free(posts);
}

/* A server that takes connections and says nothing. Returns its socket. */
static int silent_server(char address[64])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&at, n) == 0 && listen(fd, 64) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    snprintf(address, 64, "http://127.0.0.1:%d", ntohs(at.sin_port));
    return fd;
}

static void test_one_too_many_is_refused_and_the_end_waits_for_none(void **state)
{
    (void)state;
    struct bell bell = {0};
    struct http_settings http = {0};
    char address[64];
    uint64_t number;
    enum err_code code;
    struct err err;
    int fd = silent_server(address);
    struct answer_posts *posts = answer_posts_new(address, &http, ring, &bell);
    for (uint64_t i = 0; i <= ANSWER_POSTS_MAX; i++)
        answer_posts_send(posts, letter_of(i));
    await(&bell, 1);
    assert_true(answer_posts_take(posts, &number, &code, &err));
    assert_int_equal(number, ANSWER_POSTS_MAX);
    assert_int_equal(code, ERR_BUSY);
    assert_false(answer_posts_take(posts, &number, &code, &err));
    answer_posts_free(posts); /* a server that never answers would hold this up for ever */
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_comes_back_with_its_number),
        cmocka_unit_test(test_one_too_many_is_refused_and_the_end_waits_for_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
