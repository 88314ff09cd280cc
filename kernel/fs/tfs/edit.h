// Changing the tree of a TFS. A change is in memory at once, and in the log with the next tfs_commit (append.h), all of
// what was changed in between together. Not for concurrent use: the caller has a lock.
//
// All return 0, or a negative errno with nothing changed: -EROFS, -ENOMEM, -ENOSPC, -EIO, -EINVAL (tfs_writer_begin).
#pragma once

#include "fs/tfs/append.h"

int tfs_put_number(struct tfs *t, struct tfs_node *tuple, const char *name, uint64_t number);
int tfs_put_true(struct tfs *t, struct tfs_node *tuple, const char *name);
int tfs_put_string(struct tfs *t, struct tfs_node *tuple, const char *name, const void *bytes, size_t length);
int tfs_put_empty_tuple(struct tfs *t, struct tfs_node *tuple, const char *name);
int tfs_put_node(struct tfs *t, struct tfs_node *tuple, const char *name, size_t length, struct tfs_node *node);
int tfs_delete(struct tfs *t, struct tfs_node *tuple, const char *name, size_t length);

/// A node that has no name yet, and that no log knows: a file, a directory, or with `target` a symbolic link. Its time
/// is `time` (32.32 fixed point). Free it with tfs_node_free (tree.h) if nothing comes of it.
int tfs_make(struct tfs *t, enum tfs_type type, const char *target, uint64_t time, struct tfs_node **made);
/// Gives a node a name in a directory, in place of what has that name.
int tfs_name(struct tfs *t, struct tfs_node *directory, const char *name, size_t length, struct tfs_node *node);
/// Takes a name away. A node without any stays in memory for as long as `attached` is set, and is written no more.
int tfs_unname(struct tfs *t, struct tfs_node *directory, const char *name, size_t length);
/// Moves a name, in place of what has the new one.
int tfs_move(struct tfs *t, struct tfs_node *from, const char *name, size_t length, struct tfs_node *to,
             const char *new_name, size_t new_length);
/// Gives each of two names the node of the other.
int tfs_exchange(struct tfs *t, struct tfs_node *a, const char *a_name, size_t a_length, struct tfs_node *b,
                 const char *b_name, size_t b_length);
/// How many names a node has.
uint32_t tfs_names(const struct tfs *t, const struct tfs_node *node);
