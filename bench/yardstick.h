/*
 * Something bare that runs in the same minute on the same machine: what a measured time is a multiple of.
 */
#pragma once

#include "bench/samples.h"

/* Ends the bench where the program is not there: numbers without their yardstick would say nothing. */
void yardstick_need(const char *program);
/* Keys to a program that only echoes, in ms. Returns the median. */
double yardstick_echo(const char *program, struct samples *samples);
