// Reading the log of a TFS: extensions, frames, and the bytes of one record after the other. Not for users of the tree.
#pragma once

#include "fs/tfs/tfs.h"

enum { TFS_LOG_VERSION = 5, TFS_EXTENSION_SECTORS = 1024, TFS_MOST_EXTENSIONS = 4096 };
enum { TFS_FRAME_END = 1, TFS_FRAME_RECORD = 2, TFS_FRAME_MORE = 3, TFS_FRAME_SEGMENT = 4, TFS_FRAME_LINK = 5 };
#define TFS_LOG_MAGIC "NVMTFS"

/// First bits of a value.
enum { TFS_TYPE_BUFFER = 0, TFS_TYPE_TUPLE = 1, TFS_TYPE_VECTOR = 2, TFS_TYPE_INTEGER = 3, TFS_TYPE_STRING = 4 };

/// A reader that stands somewhere in the log. Once something is wrong, `error` stays set and every byte read is 0.
struct tfs_log {
    struct tfs *tfs;
    const uint8_t *at, *end; // what is left of the buffer within the present extension
    uint8_t *buffer; // some sectors of the volume
    uint64_t buffer_sector, buffer_sectors; // which ones
    uint32_t window; // how many to read next
    uint64_t extension_end; // byte behind the present extension
    uint64_t record_left, part_left; // bytes of the record, and of it in the present frame
    int error;
    const char *why;
};

/// Begins at sector 0: checks the header, fills in uuid and label. `log->error` tells the outcome.
void tfs_log_open(struct tfs_log *log, struct tfs *t);
void tfs_log_close(struct tfs_log *log);
/// Goes to the next record; false at the end of the log or after an error.
bool tfs_log_next(struct tfs_log *log);
/// The next byte of the record.
uint8_t tfs_log_byte(struct tfs_log *log);
/// The next `n` bytes of the record.
void tfs_log_bytes(struct tfs_log *log, void *to, uint64_t n);
/// A number of the record as 7-bit groups, appended to `start` (0 for a plain one).
uint64_t tfs_log_varint(struct tfs_log *log, uint64_t start);
/// Adds an extension to those that the log has. 0 or -ENOMEM.
int tfs_note_extension(struct tfs *t, uint64_t sector, uint64_t sectors);
/// Notes what is wrong; the first complaint stays.
void tfs_log_refuse(struct tfs_log *log, int error, const char *why);
