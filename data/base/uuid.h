/*
 * A new id that nobody else has: a UUID of version 4 from the system's own chance. (rand.h's is for what must
 * come out the same again.)
 */
#pragma once

#include "data/base/rand.h"

/* Lower case; never fails: a system that refuses its chance gets one from its clocks and the process. */
void uuid_new(char out[UUID_TEXT]);
