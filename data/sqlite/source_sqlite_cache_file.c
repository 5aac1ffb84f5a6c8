/*
 * See source_sqlite_cache_file.h. The path inside the file is what counts, its name is only where to look first: two paths with one name are
 * noticed. A file is read into memory of our own before anything in it is believed, so nobody can change it under our feet.
 */
#include "data/sqlite/source_sqlite_cache_file.h"

#include "data/base/checksum.h"
#include "data/base/die.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { VERSION = 2, BYTE_ORDER_MARK = 0x01020304, PIECE = 1 << 20, NAME_DIGITS = 16, LEFT_OVER_S = 3600 };
#define ENDING ".columns"

static const char magic[8] = "ERuns\r\n";

/* No byte of it is padding. */
struct cache_head {
    char magic[8];
    uint32_t version, byte_order;
    uint64_t head_sum; /* of this struct while it is 0 here */
    uint64_t sizes[CACHE_PARTS], checksums[CACHE_PARTS];
    struct cache_identity identity;
    char path[CACHE_PATH]; /* zeros behind it */
};
_Static_assert(sizeof(struct cache_head) == 104 + CACHE_PATH, "padding would be written");

static uint64_t sum_of_head(const struct cache_head *head)
{
    struct cache_head copy = *head;
    copy.head_sum = 0;
    return checksum_of(&copy, sizeof copy);
}

static void name_of(const char *path, char *name, size_t room)
{
    snprintf(name, room, "%016llx" ENDING, (unsigned long long)checksum_of(path, strlen(path)));
}

static bool is_ours(const struct stat *st)
{
    return st->st_uid == geteuid() && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* -1 where it is not there, or not ours alone. */
static int open_directory(const char *directory)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0 && is_ours(&st))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool read_all(int fd, void *bytes, size_t n, off_t from)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(fd, (char *)bytes + done, n - done, from + (off_t)done);
        if (got <= 0 && !(got < 0 && errno == EINTR))
            return false;
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* ---- reading ---- */

static int open_ours(int directory, const char *name, size_t *size)
{
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && is_ours(&st) &&
        st.st_size >= (off_t)sizeof(struct cache_head) && (uint64_t)st.st_size <= CACHE_BYTES) {
        *size = (size_t)st.st_size;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool read_head(int fd, size_t file_size, struct cache_head *head)
{
    return read_all(fd, head, sizeof *head, 0) && memcmp(head->magic, magic, sizeof magic) == 0 &&
           head->version == VERSION && head->byte_order == BYTE_ORDER_MARK &&
           head->head_sum == sum_of_head(head) && head->sizes[0] <= file_size &&
           head->sizes[1] <= file_size && head->sizes[0] + head->sizes[1] == file_size - sizeof *head &&
           memchr(head->path, '\0', sizeof head->path);
}

static int open_named(const char *directory, const char *path, size_t *size)
{
    char name[NAME_DIGITS + sizeof ENDING];
    int at = open_directory(directory);
    if (at < 0)
        return -1;
    name_of(path, name, sizeof name);
    int fd = open_ours(at, name, size);
    close(at);
    return fd;
}

bool cache_file_open(struct cache_file *file, const char *directory, const char *path)
{
    size_t size = 0;
    struct cache_head head;
    *file = (struct cache_file){.fd = open_named(directory, path, &size)};
    if (file->fd < 0)
        return false;
    if (!read_head(file->fd, size, &head) || strcmp(head.path, path) != 0) {
        cache_file_close(file);
        return false;
    }
    file->identity = head.identity;
    for (int part = 0; part < CACHE_PARTS; part++) {
        file->sizes[part] = (size_t)head.sizes[part];
        file->checksums[part] = head.checksums[part];
    }
    return true;
}

uint8_t *cache_file_read(struct cache_file *file, enum cache_part part)
{
    size_t size = file->sizes[part], from = sizeof(struct cache_head);
    if (!size)
        return NULL;
    if (part == CACHE_COLUMNS)
        from += file->sizes[CACHE_COUNTS];
    uint8_t *bytes = mem_new(size);
    if (read_all(file->fd, bytes, size, (off_t)from) && checksum_of(bytes, size) == file->checksums[part]) {
        (void)futimens(file->fd, NULL); /* where it cannot be marked it goes earlier */
        return bytes;
    }
    free(bytes);
    return NULL;
}

void cache_file_close(struct cache_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

/* ---- writing ---- */

/* Both for the user alone; what is there stays as it is. */
static int make_directory(const char *directory)
{
    char above[CACHE_PATH];
    const char *slash = strrchr(directory, '/');
    size_t n = slash ? (size_t)(slash - directory) : 0;
    if (!n || n >= sizeof above)
        return -1;
    memcpy(above, directory, n);
    above[n] = '\0';
    (void)mkdir(above, 0700);
    (void)mkdir(directory, 0700);
    return open_directory(directory);
}

static bool write_all(int fd, const void *bytes, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t wrote = write(fd, (const char *)bytes + done, n - done);
        if (wrote < 0 && errno != EINTR)
            return false;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}

static bool write_head(struct cache_writer *writer, const char *path, const struct cache_identity *identity)
{
    struct cache_head head;
    memset(&head, 0, sizeof head);
    memcpy(head.magic, magic, sizeof magic);
    head.version = VERSION;
    head.byte_order = BYTE_ORDER_MARK;
    for (int part = 0; part < CACHE_PARTS; part++) {
        const struct cache_bytes *bytes = &writer->parts[part];
        head.sizes[part] = bytes->size;
        head.checksums[part] = bytes->size ? checksum_of(bytes->bytes, bytes->size) : 0;
    }
    head.identity = *identity;
    memcpy(head.path, path, strlen(path));
    head.head_sum = sum_of_head(&head);
    return write_all(writer->fd, &head, sizeof head);
}

void cache_writer_start(struct cache_writer *writer, const char *directory, const char *path,
                        const struct cache_identity *identity, const struct cache_bytes parts[CACHE_PARTS])
{
    *writer = (struct cache_writer){.directory = -1, .fd = -1};
    size_t size = 0;
    for (int part = 0; part < CACHE_PARTS; part++) {
        writer->parts[part] = parts[part];
        size += parts[part].size;
    }
    if (strlen(path) < CACHE_PATH && size <= CACHE_BYTES - sizeof(struct cache_head))
        writer->directory = make_directory(directory);
    if (writer->directory >= 0) {
        name_of(path, writer->name, sizeof writer->name);
        snprintf(writer->beside, sizeof writer->beside, "%s.%ld", writer->name, (long)getpid());
        (void)unlinkat(writer->directory, writer->beside, 0); /* of a process long gone */
        writer->fd = openat(writer->directory, writer->beside,
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    }
    if (writer->fd < 0 || !write_head(writer, path, identity))
        cache_writer_stop(writer);
}

bool cache_writer_is_busy(const struct cache_writer *writer)
{
    return writer->fd >= 0;
}

void cache_writer_stop(struct cache_writer *writer)
{
    if (writer->fd >= 0) {
        close(writer->fd);
        (void)unlinkat(writer->directory, writer->beside, 0);
    }
    if (writer->directory >= 0)
        close(writer->directory);
    for (int part = 0; part < CACHE_PARTS; part++)
        free(writer->parts[part].bytes);
    *writer = (struct cache_writer){.directory = -1, .fd = -1};
}

static void prune(int directory, size_t bytes);

void cache_writer_step(struct cache_writer *writer)
{
    const struct cache_bytes *part = &writer->parts[writer->part];
    size_t n = part->size - writer->done < PIECE ? part->size - writer->done : PIECE;
    if (!write_all(writer->fd, part->bytes + writer->done, n)) {
        cache_writer_stop(writer);
        return;
    }
    writer->done += n;
    if (writer->done < part->size)
        return;
    writer->done = 0;
    if (++writer->part < CACHE_PARTS)
        return;
    /* Not synced: after a crash the checksum tells, and a cache is soon made anew. */
    if (renameat(writer->directory, writer->beside, writer->directory, writer->name) == 0) {
        close(writer->fd);
        writer->fd = -1;
        prune(writer->directory, CACHE_BYTES);
    }
    cache_writer_stop(writer);
}

/* ---- making room ---- */

struct kept {
    char name[NAME_DIGITS + sizeof ENDING];
    size_t size;
    struct timespec used;
};

static bool is_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == NAME_DIGITS &&
           strncmp(name + NAME_DIGITS, ENDING, sizeof ENDING - 1) == 0;
}

/* A path that cannot be looked at for another reason may still be there. */
static bool is_database_gone(int directory, const char *name)
{
    size_t size;
    struct cache_head head;
    int fd = open_ours(directory, name, &size);
    bool is_gone = fd >= 0 && read_head(fd, size, &head) && access(head.path, F_OK) != 0 &&
                   (errno == ENOENT || errno == ENOTDIR);
    if (fd >= 0)
        close(fd);
    return is_gone;
}

static bool is_left_over(const char *name, const struct stat *st)
{
    return name[NAME_DIGITS + sizeof ENDING - 1] == '.' && st->st_mtime + LEFT_OVER_S < time(NULL);
}

/* The file where it is to be weighed against the others; false: it is not of the cache, or has gone already. */
static bool weigh(int directory, const char *name, struct kept *kept)
{
    struct stat st;
    if (!is_name(name) || fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    bool is_whole = name[NAME_DIGITS + sizeof ENDING - 1] == '\0';
    if (is_whole ? is_database_gone(directory, name) : is_left_over(name, &st)) {
        (void)unlinkat(directory, name, 0);
        return false;
    }
    if (!is_whole)
        return false;
    *kept = (struct kept){.size = (size_t)st.st_size, .used = st.st_mtim};
    memcpy(kept->name, name, sizeof kept->name);
    return true;
}

static int by_use(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;
    if (x->used.tv_sec != y->used.tv_sec)
        return x->used.tv_sec > y->used.tv_sec ? -1 : 1;
    return (x->used.tv_nsec < y->used.tv_nsec) - (x->used.tv_nsec > y->used.tv_nsec);
}

static size_t list_kept(DIR *entries, int directory, struct kept **kept)
{
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(entries));) {
        *kept = mem_resize(*kept, count + 1, sizeof **kept);
        count += weigh(directory, entry->d_name, &(*kept)[count]);
    }
    return count;
}

static void prune(int directory, size_t bytes)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    if (!entries) {
        if (fd >= 0)
            close(fd);
        return;
    }
    struct kept *kept = NULL;
    size_t count = list_kept(entries, directory, &kept), sum = 0;
    closedir(entries);
    if (count)
        qsort(kept, count, sizeof *kept, by_use);
    for (size_t i = 0; i < count; i++) {
        sum += kept[i].size;
        if (sum > bytes)
            (void)unlinkat(directory, kept[i].name, 0);
    }
    free(kept);
}

void cache_directory_prune(const char *directory, size_t bytes)
{
    int fd = open_directory(directory);
    if (fd < 0)
        return;
    prune(fd, bytes);
    close(fd);
}
