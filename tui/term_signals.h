/*
 * What comes to the terminal's program from outside its input: signals, which do nothing but note themselves
 * and write a byte to a pipe, and crashes, which restore the terminal with bytes that were prepared while all
 * was well, since nothing that allocates may run then. Part of tui/term.h.
 */
#pragma once

#include "data/base/err.h"

#include <stdbool.h>

enum term_signal { SIGNAL_QUIT, SIGNAL_SUSPEND, SIGNAL_RESIZE };

/* Opens the pipe of term_wake_fd() and catches. SIGPIPE is ignored. */
MUST_USE enum err_code term_signals_catch(struct err *err);
/* What came and was not taken yet, the gravest first; number: of SIGNAL_QUIT. */
bool term_signals_take(enum term_signal *which, int *number);
int term_signals_quit(void);     /* the signal that asks to quit, not taken; 0: none */
void term_signals_resized(void); /* as if the size had changed */
/* Ctrl-C is a child's on the terminal alone, Ctrl-Z stops us with it; false: they are ours again */
void term_signals_to_child(bool is_childs);
void term_signals_stop(void); /* stops the process as Ctrl-Z does; returns when it goes on */

/* The modes that the terminal is left in, and the bytes that leave the screen. NULL adds nothing. */
void term_rescue_learn(int fd);
void term_rescue_clear(void);
void term_rescue_add(const char *bytes);
void term_rescue_arm(int fd); /* of the terminal; -1: there is nothing to rescue */
