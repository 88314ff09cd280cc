// Writing the log of a TFS: records of what has changed in the tree, and putting them on the disk.
//
// Records are collected in memory and reach the log together: all sectors but the first that changes are written and
// flushed, then the first, which makes them visible at once. So a power cut finds either none or all of a batch.
#pragma once

#include "fs/tfs/tfs.h"

struct tfs_writer {
    uint8_t *pending; // records that are not in the log yet: their length in 4 bytes, then their bytes
    size_t pending_used, pending_capacity;
    uint8_t *buffer; // of the log, while it is written
    struct tfs_node *waiting, **last_waiting; // tuples whose contents are still to be encoded
    uint32_t waiting_order; // up to which attribute the first of them is
    uint64_t compact_bytes; // how long the log was when it was last written anew, or read
    uint64_t tree_bytes; // the most that the tree takes in a log of its own, about
    uint64_t since_measured; // bytes of records since that was worked out
    uint64_t written_bytes; // how much it has grown since
    bool pending_lost; // there was no memory for what is pending
    bool must_compact; // so only the whole tree will do; or the disk failed, and nobody knows what it has
    bool data_unflushed; // contents of files were written since the last flush
    uint8_t tail[TFS_SECTOR]; // the sector of the end mark
};

/// Makes ready for changes, at the first one. 0; -EROFS if the source can't be written; -ENOMEM; -EIO; -EINVAL if files
/// overlap.
int tfs_writer_begin(struct tfs *t);
void tfs_writer_free(struct tfs *t);

/// Adds a record to the pending ones: "attribute `name` of `node` is now `value`" (kind TFS_NONE: it is gone). Nodes in
/// `value` that the log does not have yet go with it. Nothing happens if the log does not know `node`.
void tfs_record(struct tfs *t, const struct tfs_node *node, struct tfs_symbol *name, const struct tfs_value *value);

/// Whether the log has room for another small record, now or after it was written anew; else -ENOSPC. Removals do
/// without: there is always room to write the log anew, which is what this is for.
int tfs_log_room(const struct tfs *t);

/// Makes everything safe that was changed so far: contents (which were written before), then the log. 0 or a negative
/// errno.
int tfs_commit(struct tfs *t);
