// Inodes: the things that names stand for, behind one table of operations for each kind.
#pragma once

#include "lib/list.h"
#include "mem/radix.h"
#include "fs/mode.h"
#include "sched/mutex.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct attribute;
struct attribute_operations;
struct dentry;
struct file;
struct file_lock;
struct inode;

/// A mounted file system, as far as others must know it.
struct filesystem {
    const char *name; // as /proc/filesystems would say
    const char *source; // as /proc/mounts says; null: the same as the name
    uint32_t device; // st_dev
    uint32_t magic; // statfs f_type
    bool readonly;
    uint64_t largest; // bytes of a file; 0: as many as a signed offset counts
    uint64_t blocks, blocks_free, block_size;
    /// Brings `blocks_free` up to date; null where it always is.
    void (*measure)(struct filesystem *filesystem);
    /// Of one that lives in memory: pages of its files, which may be `blocks` at most (0: any number).
    uint64_t pages;
    /// Makes everything safe that was stored or changed; null for what lives in memory.
    int (*sync)(struct filesystem *filesystem);
    /// Tells the disk what is free from byte `start` up to `end`, in runs of at least `least` bytes; `*trimmed` counts
    /// them. Null, or -EOPNOTSUPP, where nobody wants to know.
    int (*trim)(struct filesystem *filesystem, uint64_t start, uint64_t end, uint64_t least, uint64_t *trimmed);
    void *data;
};

/// One name of a directory.
struct directory_entry {
    const char *name; // valid until the directory changes
    size_t length;
    uint64_t inode_number;
    uint32_t mode; // type bits
};

/// What can be done with an inode. Operations that a kind lacks are null: the caller answers with the errno that fits
/// (-ENOTDIR, -EINVAL, -EROFS). Names of directories are changed with the name lock held (dentry.h).
struct inode_operations {
    /// Directories. `*found` comes with a reference. -ENOENT.
    int (*lookup)(struct inode *directory, const char *name, size_t length, struct inode **found);
    /// The entry at `*position` (0 at first), which moves on. 1, 0 at the end.
    int (*list)(struct inode *directory, uint64_t *position, struct directory_entry *entry);
    /// Makes a node; `target` is a symbolic link's, else null. `*made` comes with a reference.
    int (*make)(struct inode *directory, const char *name, size_t length, uint32_t mode, const char *target,
                struct inode **made);
    int (*link)(struct inode *directory, const char *name, size_t length, struct inode *inode);
    int (*remove)(struct inode *directory, const char *name, size_t length, struct inode *inode);
    int (*rename)(struct inode *from, const char *name, size_t length, struct inode *inode, struct inode *to,
                  const char *new_name, size_t new_length);
    /// Gives two names each other's nodes.
    int (*exchange)(struct inode *a, const char *a_name, size_t a_length, struct inode *b, const char *b_name,
                    size_t b_length);
    /// A file without a name, in the file system of `directory`; `link` may give it one.
    int (*make_unnamed)(struct inode *directory, uint32_t mode, struct inode **made);

    /// Symbolic links: the target's length, or -ENAMETOOLONG.
    long (*read_link)(struct inode *link, char *to, size_t cap);
    /// Links that lead to a place instead of a text (/proc/self/exe). `*to` comes with a reference.
    int (*jump)(struct inode *link, struct dentry **to);

    /// Completes an open file: at least `file->operations`.
    int (*open)(struct inode *inode, struct file *file);
    int (*resize)(struct inode *inode, uint64_t size);
    /// Reads `count` pages of content from page `first` on into `pages` (physical addresses); zeros beyond the end.
    int (*fill)(struct inode *inode, uint64_t first, const uint64_t *pages, size_t count);
    /// Called before the page `index` becomes dirty: makes sure that it will find room. What was promised to it (given
    /// back by `unpromise`, which never sleeps), or -ENOSPC, -EROFS.
    long (*promise)(struct inode *inode, uint64_t index);
    void (*unpromise)(struct inode *inode, uint64_t promised);
    /// Bytes that the content takes on the disk; null where it is what its length says.
    uint64_t (*allocated)(struct inode *inode);
    /// Writes `count` pages of content from page `first` on. The inode's lock is held.
    int (*store)(struct inode *inode, uint64_t first, const uint64_t *pages, size_t count);
    /// What was stored is made safe, and unless `data_only` the times too.
    int (*sync)(struct inode *inode, bool data_only);
    /// Sets room aside or gives it back: as fallocate(2) with `mode`. The inode's lock is held.
    int (*allocate)(struct inode *inode, unsigned mode, uint64_t start, uint64_t length);
    /// Where content is that is no hole: the first run of bytes from `from` on, [*start, *end). 1, 0 where only holes
    /// follow, or a negative errno. The inode's lock is held. Null where all of it is content.
    int (*next_data)(struct inode *inode, uint64_t from, uint64_t *start, uint64_t *end);
    /// Times, mode or owner have changed.
    void (*changed)(struct inode *inode);
    /// Extended attributes; null where the file system has none.
    const struct attribute_operations *attributes;
    /// The last reference is gone.
    void (*destroy)(struct inode *inode);
};

struct inode {
    const struct inode_operations *operations;
    struct filesystem *filesystem;
    uint64_t number, size;
    uint32_t mode, links, device; // `device`: what st_rdev says
    uint64_t accessed_ns, modified_ns, changed_ns;
    unsigned refs;
    struct mutex lock; // content and its page cache
    struct radix pages; // page number → struct cached_page (cache.c)
    struct radix dirty; // those that the disk does not have yet
    uint64_t page_count, dirty_count;
    struct list dirty_node; // in the list of inodes with dirty pages
    uint32_t user, group; // of what was made or given away since the start; else as whom the program began
    bool has_owner;
    uint32_t seals; // as fcntl F_ADD_SEALS
    bool mode_chosen; // somebody counts on `mode`: the disk has to keep it
    struct file_lock *locks; // (locks.c)
    struct attribute *attributes; // those in memory (attributes.c)
    bool running; // it is the program: nobody may write it (ETXTBSY)
    bool volatile_content; // its pages exist nowhere else: never evicted
    void *data;
};

/// A new inode with one reference and zero in everything that is not given. Null without memory.
struct inode *inode_make(const struct inode_operations *operations, struct filesystem *filesystem, uint32_t mode);
/// Called for what the program makes in a directory (null: without a name): notes whose it is.
extern void (*inode_made)(struct inode *made, const struct inode *directory);
void inode_take(struct inode *inode);
void inode_drop(struct inode *inode);
unsigned inode_count(void);
/// Notes that content or names were changed now (`modified`), or only attributes.
void inode_touch(struct inode *inode, bool modified);
/// A number for an inode of a file system that has none of its own.
uint64_t inode_next_number(void);

/// Whether a directory has been removed: those who have it open may find it empty, and put nothing new into it.
static inline bool inode_is_removed(const struct inode *directory) { return directory->links == 0; }

/// How many bytes a file may have at most.
static inline uint64_t inode_largest(const struct inode *inode) {
    return inode->filesystem->largest ? inode->filesystem->largest : INT64_MAX;
}

static inline bool inode_is(const struct inode *inode, uint32_t type) { return (inode->mode & MODE_TYPE) == type; }
