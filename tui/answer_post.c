/*
 * See answer_post.h. A thread begins with its letter and ends with it: answers are rare, and a screen that
 * sends none needs no thread for them.
 */
#include "tui/answer_post.h"

#include "data/base/die.h"
#include "tui/answer_draft.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct post {
    struct answer_posts *posts;
    struct answer_letter *letter; /* NULL: the place is free */
    pthread_t thread;
    bool has_thread;
    struct cancel cancel;
    enum err_code code;
    struct err err;
    atomic_bool is_done;
};

struct answer_posts {
    const char *address;
    const struct http_settings *http;
    struct source *source; /* has the same file open; NULL: none */
    void (*wake)(void *context);
    void *context;
    struct post all[ANSWER_POSTS_MAX];
    struct answer_letter *refused; /* there was no place for it */
};

void answer_letter_free(struct answer_letter *letter)
{
    if (!letter)
        return;
    buf_wipe(&letter->content);
    free(letter->run_id);
    free(letter->scope);
    free(letter->question_id);
    free(letter);
}

struct answer_posts *answer_posts_new(const char *address, const struct http_settings *http,
                                      void (*wake)(void *context), void *context)
{
    struct answer_posts *posts = mem_new_array(1, sizeof *posts);
    posts->address = address;
    posts->http = http;
    posts->wake = wake;
    posts->context = context;
    return posts;
}

void answer_posts_beside(struct answer_posts *posts, struct source *source)
{
    posts->source = source;
}

static void make_way(const struct answer_posts *posts, bool for_writing)
{
    if (posts->source)
        source_make_way(posts->source, for_writing);
}

static void *deliver(void *argument)
{
    struct post *post = argument;
    struct answer_posts *posts = post->posts;
    const struct answer_letter *letter = post->letter;
    struct answer_request request = {
        .run_id = letter->run_id,
        .scope = letter->scope,
        .interaction_id = letter->question_id,
        .action = letter->action,
        .content = letter->has_content ? buf_as_text(&letter->content) : TEXT_NULL,
    };
    make_way(posts, true);
    post->code = answer_send(posts->address, posts->http, &request, &post->cancel, &post->err);
    make_way(posts, false);
    atomic_store(&post->is_done, true);
    posts->wake(posts->context);
    return NULL;
}

/* Signals belong to the thread of the screen. */
static bool start(struct post *post)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    post->has_thread = pthread_create(&post->thread, NULL, deliver, post) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return post->has_thread;
}

static struct post *free_place(struct answer_posts *posts)
{
    for (int i = 0; i < ANSWER_POSTS_MAX; i++)
        if (!posts->all[i].letter)
            return &posts->all[i];
    return NULL;
}

void answer_posts_send(struct answer_posts *posts, struct answer_letter *letter)
{
    struct post *post = free_place(posts);
    if (!post) {
        answer_letter_free(posts->refused);
        posts->refused = letter;
        posts->wake(posts->context);
        return;
    }
    *post = (struct post){.posts = posts, .letter = letter};
    if (start(post))
        return;
    post->code = err_set(&post->err, ERR_IO, "cannot start a thread for the answer");
    atomic_store(&post->is_done, true);
    posts->wake(posts->context);
}

static void end(struct post *post)
{
    if (post->has_thread)
        pthread_join(post->thread, NULL);
    answer_letter_free(post->letter);
    post->letter = NULL;
}

static void take_refused(struct answer_posts *posts, uint64_t *number, enum err_code *code, struct err *err)
{
    *number = posts->refused->number;
    *code = err_set(err, ERR_BUSY, "%d answers are on their way already", ANSWER_POSTS_MAX);
    err_hint(err, "send it again when one of them has arrived");
    answer_letter_free(posts->refused);
    posts->refused = NULL;
}

bool answer_posts_take(struct answer_posts *posts, uint64_t *number, enum err_code *code, struct err *err)
{
    if (posts->refused) {
        take_refused(posts, number, code, err);
        return true;
    }
    for (int i = 0; i < ANSWER_POSTS_MAX; i++) {
        struct post *post = &posts->all[i];
        if (!post->letter || !atomic_load(&post->is_done))
            continue;
        *number = post->letter->number;
        *code = post->code;
        *err = post->err;
        end(post);
        return true;
    }
    return false;
}

void answer_posts_free(struct answer_posts *posts)
{
    for (int i = 0; i < ANSWER_POSTS_MAX; i++)
        atomic_store(&posts->all[i].cancel.requested, true);
    for (int i = 0; i < ANSWER_POSTS_MAX; i++)
        if (posts->all[i].letter)
            end(&posts->all[i]);
    answer_letter_free(posts->refused);
    free(posts);
}
