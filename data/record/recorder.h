/*
 * Who records a run: the process that will write its end, so that others can tell whether it still will. It
 * stands in the run's trigger metadata as "recorder":
 * {"pid":N,"start":N,"bootId":"…","pidNamespace":N,"machine":"…","host":"…"}; a run with it was made by
 * `record`.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { RECORDER_BOOT = 40, RECORDER_MACHINE = 17, RECORDER_HOST = 65, RECORDER_SCOPE = 80 };

struct recorder {
    int64_t pid;
    int64_t start;                  /* clock ticks since boot, /proc/PID/stat field 22; 0: not known */
    int64_t pid_namespace;          /* inode of /proc/PID/ns/pid; 0: not known */
    char boot_id[RECORDER_BOOT];    /* "" not known */
    char machine[RECORDER_MACHINE]; /* 16 hex digits made of the machine id, else of the host's name */
    char host[RECORDER_HOST];       /* letters, digits, '.', '-' and '_' */
};

/* This process. Reads a few small files of the machine's own. */
void recorder_self(struct recorder *self);

/* Appends the JSON object. */
void recorder_write(const struct recorder *recorder, struct buf *out);
/* The object of that name in a run's trigger metadata. False where there is none that could be read: not made
 * by `record`. */
bool recorder_parse(struct text trigger_meta_json, struct recorder *recorder);

enum recorder_state {
    RECORDER_ALIVE,
    /* it ran on this machine before it was started anew, or there is no such process any more */
    RECORDER_DEAD,
    RECORDER_UNKNOWN, /* another machine, another container: nobody here can tell */
};
enum recorder_state recorder_state(const struct recorder *self, const struct recorder *other);

/* The scope of runs that are recorded here, unless another is named: "<host>-<8 hex digits of the
 * machine>". */
void recorder_scope(const struct recorder *self, char scope[RECORDER_SCOPE]);
