/*
 * Where a recorded run comes from: its code, its trigger, and the trigger's metadata.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/err.h"
#include "data/record/recorder.h"

#include <stdbool.h>

enum {
    ORIGIN_WORD = 64, /* a trigger's bytes, NUL included */
    ORIGIN_UNIT = 256,
    ORIGIN_NAME_MAX = 400, /* bytes of --name */
    ORIGIN_CODE_MAX = 64 << 10,
    ORIGIN_META_MAX = 32 << 10, /* bytes of --meta */
    ORIGIN_TEXT_MAX =
        64 << 10, /* bytes of the whole metadata; where the facts do not fit, the recorder stands alone */
    ORIGIN_RECORDER_MAX = 1024,
};

struct origin {
    char trigger[ORIGIN_WORD];
    char unit[ORIGIN_UNIT]; /* the systemd unit; "" none */
};

/* The trigger is `asked` (may be NULL), else $EXECUTOR_TRIGGER, else
 *   cron      an ancestor is a cron daemon
 *   systemd   $INVOCATION_ID is set and there is no terminal; the unit is read off the control group, whatever the trigger
 *   cli
 * Reads only /proc. */
void origin_find(const char *asked, struct origin *origin);

/* The innermost service or scope of a /proc/PID/cgroup: "0::/system.slice/backup.service", or of an older
 * hierarchy "1:name=systemd:/…"; "" where there is none but a person's own manager. */
void origin_unit(const char *groups, char unit[ORIGIN_UNIT]);

/* ERR_USAGE: --meta is no JSON object, or too long. */
MUST_USE enum err_code origin_check_meta(struct text meta, struct err *err);

struct origin_facts {
    struct text meta;                     /* --meta, checked; null: none */
    const char *cwd, *user, *name, *unit; /* NULL or "": not known */
    char *const *argv;                    /* NULL: not known */
    const struct recorder *recorder;
};
/* The metadata, one object: the members of --meta, then cwd, argv, user, name and unit where they are known
 * and --meta has none of that name, and always the recorder. */
void origin_meta(const struct origin_facts *facts, struct buf *out);

/* The command line as a shell would read it, behind a line "# name" where there is one. */
void origin_code(char *const *argv, const char *name, struct buf *out);
