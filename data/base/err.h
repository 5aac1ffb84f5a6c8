/*
 * Errors: every function that can fail returns an err_code and explains itself in the caller's struct err.
 *
 * One table of codes (ERR_CODES) feeds the enum, the names in messages and the process exit codes.
 */
#pragma once

#include <stdbool.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* X(code, short name) */
#define ERR_CODES(X)                                                                                         \
    X(ERR_OK, "ok")                                                                                          \
    X(ERR_USAGE, "usage")                 /* the person's words are wrong; exit code 2 */                    \
    X(ERR_NOT_FOUND, "not found")         /* no such file, run or scope */                                   \
    X(ERR_DENIED, "denied")               /* permissions */                                                  \
    X(ERR_IO, "i/o")                      /* the disk or the network failed */                               \
    X(ERR_NOT_DATABASE, "not a database") /* the file is something else */                                   \
    X(ERR_NO_TABLES, "no tables")         /* a database without a run history */                             \
    X(ERR_CORRUPT, "corrupt")             /* a database with broken pages */                                 \
    X(ERR_BUSY, "busy")                   /* locked by somebody for longer than we wait */                   \
    X(ERR_TOO_BIG, "too big")             /* above a stated maximum */                                       \
    X(ERR_UNSUPPORTED, "unsupported")     /* a newer file, a URI of an unknown kind */                       \
    X(ERR_CANCELLED, "cancelled")         /* superseded or interrupted; never shown to a person */

enum err_code {
#define X(code, name) code,
    ERR_CODES(X)
#undef X
};

/* What went wrong, where, and what to do next. Both texts are display text: built from trusted formats, but
 * they may quote outside bytes, so they are drawn like any other outside text. hint may be empty. */
struct err {
    enum err_code code;
    char what[320];
    char hint[240];
};

/* Sets code and text, clears the hint; returns code, so that a function can end with `return err_set(...)`.
 * err may be NULL where the caller does not care for the text. */
enum err_code err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Adds what to do next. Keeps the code; returns it. */
enum err_code err_hint(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

void err_clear(struct err *err);

const char *err_name(enum err_code code);
