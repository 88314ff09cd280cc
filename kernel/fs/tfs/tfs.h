// TFS, the log-structured file system of our images: replays the log into a tree in memory.
//
// Pure: no device, no vfs; sectors come from a callback, memory from the heap. The format is specified in
// docs/formats.md
// ("TFS"). Everything in a log is untrusted: memory stays in proportion to the bytes of the log, nothing recurses.
// Changing what is on the disk is edit.h's business.
#pragma once

#include "fs/tfs/space.h"
#include "lib/list.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TFS_SECTOR = 512, TFS_UUID = 16, TFS_LABEL = 32 };

/// Where a file system is. `read` gives `count` sectors from `sector` on: 0 or a negative errno. `write` and `flush`
/// are null where it can't be changed; what was written is safe from a power cut once `flush` has returned 0.
struct tfs_source {
    int (*read)(void *context, uint64_t sector, uint32_t count, void *to);
    int (*write)(void *context, uint64_t sector, uint32_t count, const void *from);
    int (*flush)(void *context);
    void *context;
    uint64_t sectors;
};

enum tfs_kind { TFS_NONE, TFS_TUPLE, TFS_VECTOR, TFS_STRING, TFS_INTEGER, TFS_TRUE };

/// A string of any bytes, with a NUL behind it.
struct tfs_string {
    uint32_t length;
    char bytes[];
};

/// An attribute's name; two names of one tree are equal if and only if they are the same symbol.
struct tfs_symbol {
    struct tfs_symbol *next;
    uint32_t number; // in the dictionary; 0: the log does not have it
    uint32_t hash;
    uint32_t length;
    bool is_named; // while symbols are swept: something in the tree has this name
    char bytes[]; // with a NUL behind it
};

struct tfs_value {
    union {
        struct tfs_node *node; // tuple, vector
        struct tfs_string *string; // string, owned
        uint64_t magnitude; // integer
    };
    uint32_t order; // of an attribute: grows with every attribute that is added to the tuple
    uint8_t kind; // enum tfs_kind
    bool negative;
};

struct tfs_entry {
    const struct tfs_symbol *name; // null: removed, or an element of a vector
    struct tfs_value value;
};

/// A tuple or a vector.
struct tfs_node {
    struct tfs_entry *entries; // in the order in which they were added, with gaps where one was removed
    uint32_t *index; // hash of entry number + 1, for tuples of more than a few attributes
    void *attached; // belongs to the mount
    struct list all; // in tfs.nodes
    struct tfs_node *waiting; // the next one of those that are to be written, or freed
    uint32_t refs; // attributes and elements that hold it
    uint32_t identity; // stays the same for as long as the tree is in memory
    uint32_t number; // in the dictionary; 0: the log does not have it
    uint32_t used, live, capacity, index_size, index_used, next_order;
    uint8_t kind;
};

struct tfs_extension {
    uint64_t sector, sectors;
};

struct tfs {
    struct tfs_source source;
    struct tfs_node *root;
    uint8_t uuid[TFS_UUID];
    char label[TFS_LABEL];
    /// The log's extensions in order.
    struct tfs_extension *extensions;
    uint32_t extension_count;
    /// Byte of the volume where the log's end mark stands.
    uint64_t tail;
    /// Tagged pointers to symbols and nodes by dictionary number; entry 0 is unused. Only while the log is replayed:
    /// afterwards the count alone goes on, as the next number.
    uintptr_t *dictionary;
    uint32_t dictionary_count, dictionary_capacity;
    struct tfs_symbol **symbols;
    uint32_t symbol_count, symbol_buckets;
    uint32_t symbols_kept; // by the last sweep
    bool repeats_name; // the log has a name twice: other kernels that write to it could not read it again
    struct list nodes;
    uint32_t node_count, next_identity;
    struct tfs_writer *writer; // null until the first change
    struct tfs_space space; // meaningful with a writer
};

/// Replays the log of `source`. 0; -EIO from the source, -ENOMEM, or -EINVAL with a sentence about the log in `*why`.
int tfs_open(struct tfs *t, const struct tfs_source *source, const char **why);
void tfs_close(struct tfs *t);

/// The value of an attribute; null if the tuple does not have it.
const struct tfs_value *tfs_get(const struct tfs *t, const struct tfs_node *tuple, const char *name, size_t length);
/// The value of an attribute that is a tuple; null if it is absent or something else.
struct tfs_node *tfs_get_tuple(const struct tfs *t, const struct tfs_node *tuple, const char *name, size_t length);
/// The first attribute of a tuple (or element of a vector) whose order is at least `order`; null behind the last.
const struct tfs_entry *tfs_next(const struct tfs_node *node, uint32_t order);
/// Reads a number in either of its forms, an integer or a decimal string. False for anything else.
bool tfs_number(const struct tfs_value *v, uint64_t *number);

enum tfs_type { TFS_OTHER, TFS_FILE, TFS_DIRECTORY, TFS_LINK, TFS_SOCKET };

/// What a node below `children` is.
enum tfs_type tfs_type(const struct tfs *t, const struct tfs_node *node);

/// A run of a file's sectors. `file` and `disk` are sectors of the file and of the file system.
struct tfs_extent {
    uint64_t file, disk, length, allocated;
    bool uninited;
};

/// Reads one entry of a file's `extents`. False if it is broken, or leaves the volume.
bool tfs_extent_read(const struct tfs *t, const struct tfs_entry *entry, struct tfs_extent *extent);

/// The extents of a file, sorted by `file`, checked to lie in the volume and not to overlap; `*extents` is freed by the
/// caller with kfree. -EINVAL if they are broken, -ENOMEM.
int tfs_extents(const struct tfs *t, const struct tfs_node *file, struct tfs_extent **extents, size_t *count);
