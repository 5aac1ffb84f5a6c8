/*
 * What stands between the blanks at both ends of a text.
 */
#pragma once

#include "data/base/text.h"

struct text text_trim(struct text text, struct text blanks); /* blanks: each byte is one */
