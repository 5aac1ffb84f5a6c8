/*
 * The token that a request has to bring: `Authorization: Bearer <token>`.
 */
#pragma once

#include "data/base/err.h"
#include "data/base/text.h"

enum { SERVE_TOKEN_MIN = 16, SERVE_TOKEN_MAX = 512 };

struct serve_token {
    char text[SERVE_TOKEN_MAX + 1];
    size_t n; /* 0: none is demanded */
};

/* The first line of the file, without the blanks around it. As ssh does with its keys, a file that others can
 * read is refused (ERR_DENIED); a group may (systemd's credentials are like that). ERR_USAGE: too short, too
 * long, or characters that no header can carry. Never quotes the token. */
MUST_USE enum err_code serve_token_read(const char *path, struct serve_token *token, struct err *err);

/* The same time for every wrong token of a length, wherever it is wrong. False for an empty one. */
bool serve_token_is(const struct serve_token *token, struct text given);

/* What follows "Bearer " in the header's value; null where it is something else. */
struct text serve_token_given(const char *authorization);
