/*
 * Answers on their way: sending waits for disks and networks, and a server may take as long as the run goes
 * on before it says that it has taken one. Each has a thread of its own.
 *
 *     posts = answer_posts_new(address, http, wake, context)
 *     answer_posts_send(posts, letter)                       takes ownership
 *     … wake(context) is called from a thread …
 *     while (answer_posts_take(posts, &number, &code, &err))   once for each letter
 *     answer_posts_free(posts)                               what is still on its way is stopped
 */
#pragma once

#include "data/answer/answer.h"
#include "data/base/buf.h"
#include "data/source.h"

enum { ANSWER_POSTS_MAX = 8 }; /* at once; one more is refused with ERR_BUSY */

struct answer_letter {
    uint64_t number;                    /* comes back with the result */
    char *run_id, *scope, *question_id; /* scope NULL: any. Owned */
    enum answer_action action;
    bool has_content;
    struct buf content; /* may hold secrets: wiped */
};
void answer_letter_free(struct answer_letter *letter); /* NULL is fine */

struct answer_posts;
/* address and http are borrowed for the posts' life. */
struct answer_posts *answer_posts_new(const char *address, const struct http_settings *http,
                                      void (*wake)(void *context), void *context);
/* The source that reads the same address, borrowed for the posts' life: it makes way while an answer is
 * written. */
void answer_posts_beside(struct answer_posts *posts, struct source *source);
void answer_posts_free(struct answer_posts *posts);
void answer_posts_send(struct answer_posts *posts, struct answer_letter *letter);
bool answer_posts_take(struct answer_posts *posts, uint64_t *number, enum err_code *code, struct err *err);
