// inotify: files that tell what happens to files. Every change of a name, content or attribute is announced here by the
// module that made it; unless somebody watches, that costs one comparison.
#pragma once

#include "fs/file.h"

enum {
    NOTICE_ACCESS = 1,
    NOTICE_MODIFY = 2,
    NOTICE_ATTRIBUTES = 4,
    NOTICE_CLOSE_WRITE = 8,
    NOTICE_CLOSE_OTHER = 0x10,
    NOTICE_OPEN = 0x20,
    NOTICE_MOVED_FROM = 0x40,
    NOTICE_MOVED_TO = 0x80,
    NOTICE_CREATE = 0x100,
    NOTICE_DELETE = 0x200,
    NOTICE_DELETE_SELF = 0x400,
    NOTICE_MOVE_SELF = 0x800,
    NOTICE_ALL = 0xfff,
};

/// Flags of a watch besides.
enum {
    WATCH_EXCLUDE_UNLINKED = 0x04000000,
    WATCH_CREATE = 0x10000000,
    WATCH_ADD = 0x20000000,
};
#define WATCH_ONE_SHOT 0x80000000u

struct file *inotify_make(uint32_t flags);
bool inotify_is(const struct file *file);
/// Watches an inode for the events in `mask`, with flags. The watch's number, -ENOMEM, -EEXIST.
long inotify_watch(struct file *file, struct inode *inode, uint32_t mask);
/// Ends a watch. 0 or -EINVAL.
long inotify_unwatch(struct file *file, int number);

/// Announces what happened to a place: to those who watch it, and by its name to those who watch its directory. The
/// name lock is not held.
void inotify_place(struct dentry *place, uint32_t events);
/// Announces what happened to a name in `directory`.
void inotify_name(struct inode *directory, const char *name, size_t length, uint32_t event, bool is_directory,
                  uint32_t cookie);
/// Announces what happened to an inode, to those who watch it.
void inotify_inode(struct inode *inode, uint32_t events);
/// A name of the inode was removed. If it was the last, the watches no longer hold it.
void inotify_unlinked(struct inode *inode);
/// The last reference is gone.
void inotify_destroyed(struct inode *inode);
/// What joins the two halves of a rename.
uint32_t inotify_cookie(void);
