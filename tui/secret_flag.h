/*
 * Options that people try a secret with. There is none that takes one: a command line is read by everybody on the machine, and is
 * remembered by the shell.
 */
#pragma once

#include "data/base/err.h"
#include "data/base/text.h"

#include <stdbool.h>

/* flag: "--token", without what follows an =. True where it is such a word: then err says where the secret belongs (ERR_USAGE). */
bool secret_flag_refuse(struct text flag, struct err *err);
