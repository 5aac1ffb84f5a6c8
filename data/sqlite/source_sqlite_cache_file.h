/*
 * The files of the cache: a database's counts (meta_pack.h) and columns (run_index_file.h) under a name made from its real path, in a directory of the
 * user alone. They are read with the distrust that any file deserves, written beside and renamed, and all together never take more than CACHE_BYTES.
 * Nothing here fails loudly: without a cache everything works as it would have done without one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CACHE_PATH = 4096 }; /* of the database's path, its end included; longer ones are not kept */
#define CACHE_BYTES ((size_t)512 << 20)

/* What tells that a database is the one whose columns were kept. */
struct cache_identity {
    uint64_t device, inode;
    int64_t file_size; /* of the main file, which only VACUUM makes smaller */
    int64_t schema_version;
    int64_t last_run; /* the greatest rowid, */
    uint64_t last_id; /* and the checksum of that run's id: rowids are used again */
};

/* The counts are small and read at every start; the columns are large, read when a filter asks for them, and not kept of every file. */
enum cache_part { CACHE_COUNTS, CACHE_COLUMNS, CACHE_PARTS };
struct cache_bytes {
    uint8_t *bytes; /* owned; NULL: none */
    size_t size;
};

/* A file of the cache, open for reading. */
struct cache_file {
    int fd; /* -1: there is none */
    struct cache_identity identity;
    size_t sizes[CACHE_PARTS]; /* 0: there is none */
    uint64_t checksums[CACHE_PARTS];
};
/* False: there is none for the path, or not one of ours: a link, somebody else's, writable by others, damaged, of another version. The
 * parts are not looked at yet. */
bool cache_file_open(struct cache_file *file, const char *directory, const char *path);
/* NULL where there is none, or it is not what was written. Caller frees. Marks the file as used now. */
uint8_t *cache_file_read(struct cache_file *file, enum cache_part part);
void cache_file_close(struct cache_file *file);

/* A file on its way. */
struct cache_writer {
    int directory, fd; /* -1: nothing is being written */
    char name[64], beside[80];
    struct cache_bytes parts[CACHE_PARTS];
    int part; /* being written, */
    size_t done;
};
/* Takes ownership of the parts, in any case. Makes the directory and the one above it. Begin with {.directory = -1, .fd = -1}. */
void cache_writer_start(struct cache_writer *writer, const char *directory, const char *path,
                        const struct cache_identity *identity, const struct cache_bytes parts[CACHE_PARTS]);
bool cache_writer_is_busy(const struct cache_writer *writer);
/* Writes the next piece; puts the file in its place after the last one, and makes room. */
void cache_writer_step(struct cache_writer *writer);
void cache_writer_stop(struct cache_writer *writer); /* what is half written goes */

/* Files whose database is gone go, and then those not used for the longest time until at most `bytes` are left; what was left half written more
 * than an hour ago, too. Others' files stay. */
void cache_directory_prune(const char *directory, size_t bytes);
