/*
 * What slow_line tells while it runs: in a file that both sides map.
 */
#pragma once

#include <stdint.h>

struct slow_line_count {
    int64_t frames;     /* times that something came after a pause of two ms */
    int64_t bytes;      /* that came */
    int64_t queued;     /* that came and are not delivered, now */
    int64_t queued_max; /* and at the worst; set it to 0 to count anew */
};
