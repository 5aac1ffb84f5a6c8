/*
 * See recorder.h. A pid alone says nothing: it is given out again, by another boot for sure. With its start
 * time and the boot it is one process for good, as far as the pid namespace reaches. The machine's id is for
 * no other program's eyes (machine-id(5)), so a hash of it is written.
 */
#include "data/record/recorder.h"

#include "data/base/arena.h"
#include "data/base/checksum.h"
#include "data/record/process.h"
#include "data/text/json_part.h"
#include "data/text/json_put.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first line of a small file. */
static void read_line(const char *path, char *out, size_t size)
{
    process_read_file(path, out, size);
    out[strcspn(out, "\n")] = '\0';
}

/* ---- this process ---- */

static void read_host(struct recorder *self)
{
    char name[256] = "";
    gethostname(name, sizeof name - 1);
    size_t n = 0;
    for (const char *c = name; *c && n < sizeof self->host - 1; c++)
        self->host[n++] = isalnum((unsigned char)*c) || strchr(".-_", *c) ? *c : '-';
    self->host[n] = '\0';
    if (n == 0)
        snprintf(self->host, sizeof self->host, "localhost");
}

static void read_machine(struct recorder *self)
{
    char id[64];
    read_line("/etc/machine-id", id, sizeof id);
    if (!id[0])
        read_line("/var/lib/dbus/machine-id", id, sizeof id);
    const char *named = id[0] ? id : self->host;
    snprintf(self->machine, sizeof self->machine, "%016" PRIx64, checksum_of(named, strlen(named)));
}

/* /proc may have been mounted for another pid namespace: then our pid is somebody else's in it. */
static bool has_own_proc(void)
{
    char target[32] = "";
    ssize_t n = readlink("/proc/self", target, sizeof target - 1);
    return n > 0 && strtoll(target, NULL, 10) == getpid();
}

void recorder_self(struct recorder *self)
{
    *self = (struct recorder){.pid = getpid()};
    struct process process;
    if (has_own_proc() && process_read(self->pid, &process))
        self->start = process.start;
    struct stat namespace;
    if (stat("/proc/self/ns/pid", &namespace) == 0)
        self->pid_namespace = (int64_t) namespace.st_ino;
    read_line("/proc/sys/kernel/random/boot_id", self->boot_id, sizeof self->boot_id);
    read_host(self);
    read_machine(self);
}

void recorder_scope(const struct recorder *self, char scope[RECORDER_SCOPE])
{
    snprintf(scope, RECORDER_SCOPE, "%s-%.8s", self->host, self->machine);
}

/* ---- as JSON ---- */

void recorder_write(const struct recorder *recorder, struct buf *out)
{
    buf_printf(out, "{\"pid\":%" PRId64 ",\"start\":%" PRId64 ",\"bootId\":", recorder->pid, recorder->start);
    json_put_string(out, text_of(recorder->boot_id));
    buf_printf(out, ",\"pidNamespace\":%" PRId64 ",\"machine\":", recorder->pid_namespace);
    json_put_string(out, text_of(recorder->machine));
    buf_str(out, ",\"host\":");
    json_put_string(out, text_of(recorder->host));
    buf_char(out, '}');
}

/* A string of the object that fits whole; else "". */
static void take_string(struct text object, const char *name, char *out, size_t size)
{
    struct arena arena;
    arena_init(&arena);
    struct text value = json_decode(&arena, json_member(object, name));
    bool fits = !text_is_null(value) && value.n < size && !memchr(value.s, '\0', value.n);
    snprintf(out, size, "%s", fits ? value.s : "");
    arena_release(&arena);
}

bool recorder_parse(struct text trigger_meta_json, struct recorder *recorder)
{
    *recorder = (struct recorder){0};
    if (json_check(trigger_meta_json) != JSON_OBJECT_OPEN)
        return false;
    struct text object = json_member(trigger_meta_json, "recorder");
    if (!json_whole(json_member(object, "pid"), &recorder->pid) || recorder->pid <= 0)
        return false;
    if (!json_whole(json_member(object, "start"), &recorder->start))
        recorder->start = 0;
    if (!json_whole(json_member(object, "pidNamespace"), &recorder->pid_namespace))
        recorder->pid_namespace = 0;
    take_string(object, "bootId", recorder->boot_id, sizeof recorder->boot_id);
    take_string(object, "machine", recorder->machine, sizeof recorder->machine);
    take_string(object, "host", recorder->host, sizeof recorder->host);
    return recorder->boot_id[0] && recorder->machine[0];
}

/* ---- dead or alive ---- */

/* A process that ended and was not waited for is still listed, but will write nothing. One that is hidden
 * from us (hidepid) answers a signal and no more. */
static enum recorder_state process_state(const struct recorder *other)
{
    struct process process;
    if (process_read(other->pid, &process))
        return process.start != other->start || strchr("ZXx", process.state) ? RECORDER_DEAD : RECORDER_ALIVE;
    return kill((pid_t)other->pid, 0) < 0 && errno == ESRCH ? RECORDER_DEAD : RECORDER_UNKNOWN;
}

enum recorder_state recorder_state(const struct recorder *self, const struct recorder *other)
{
    if (!self->boot_id[0] || strcmp(self->machine, other->machine) != 0)
        return RECORDER_UNKNOWN;
    if (strcmp(self->boot_id, other->boot_id) != 0)
        return RECORDER_DEAD;
    bool is_seen = self->start && self->pid_namespace && self->pid_namespace == other->pid_namespace;
    if (!is_seen || !other->start)
        return RECORDER_UNKNOWN;
    return process_state(other);
}
