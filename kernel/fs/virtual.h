// File systems made of code: trees of nodes that are put up at start, for /dev and /proc.
#pragma once

#include "fs/dentry.h"
#include "fs/file.h"

/// Text that grows as it is written. Once memory is short, `failed` is set and nothing more is added.
struct text {
    char *bytes;
    size_t length, capacity;
    bool failed;
};

void text_add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(struct text *t, const void *bytes, size_t n);

/// A new file system with an empty root directory. Null without memory.
struct inode *virtual_filesystem(const char *name, uint32_t device, uint32_t magic);

/// Each adds one node below a directory of such a file system, and returns it; null without memory. Names are not
/// copied.
struct inode *virtual_directory(struct inode *parent, const char *name);
/// A file whose text is written anew at each opening.
struct inode *virtual_text(struct inode *parent, const char *name, void (*write)(struct text *t));
/// A file whose text is always the same.
struct inode *virtual_fixed(struct inode *parent, const char *name, const char *text);
/// Opens a file whose text `write` makes of `argument`, for nodes that are not part of the tree. `change` (null: it
/// can't be written) takes what is written to it.
int virtual_open_text(struct file *file, void (*write)(struct text *t, uint32_t argument), uint32_t argument,
                      long (*change)(struct file *file, struct io *io, uint64_t position));
/// A symbolic link to a fixed target.
struct inode *virtual_link(struct inode *parent, const char *name, const char *target);
/// A node with operations of its own, such as a device (`device`: its number).
struct inode *virtual_node(struct inode *parent, const char *name, uint32_t mode, uint32_t device,
                           const struct inode_operations *operations);
