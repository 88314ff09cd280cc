// Extended attributes: names with values that hang on an inode.
#pragma once

#include "fs/inode.h"

enum { ATTRIBUTE_NAME_LONGEST = 255, ATTRIBUTE_LARGEST = 65536 };
/// Of setxattr: the attribute must not be there, or must be.
enum { ATTRIBUTE_CREATE = 1, ATTRIBUTE_REPLACE = 2 };

/// How a file system keeps them. Names end with a NUL.
struct attribute_operations {
    /// The value's length; copied to `to` unless `cap` is 0. -ENODATA, -ERANGE where it is longer than `cap`.
    long (*get)(struct inode *inode, const char *name, void *to, size_t cap);
    /// 0, -EEXIST, -ENODATA, -ENOSPC, -ENOMEM, or what the disk says.
    int (*set)(struct inode *inode, const char *name, const void *value, size_t length, unsigned flags);
    /// 0 or -ENODATA.
    int (*remove)(struct inode *inode, const char *name);
    /// Their names, each with its NUL: as `get`.
    long (*list)(struct inode *inode, char *to, size_t cap);
};

/// In memory, for file systems that are there themselves.
extern const struct attribute_operations attributes_in_memory;
/// Frees what `attributes_in_memory` keeps.
void attributes_free(struct inode *inode);
/// Whether `flags` allow to set an attribute that is there, or is not: 0, -EEXIST, -ENODATA.
int attribute_may_set(bool is_there, unsigned flags);
/// Adds a name to a list of which `*length` bytes are there already, as far as `cap` goes; 0 counts alone. 0 or
/// -ERANGE.
int attribute_list_add(char *to, size_t cap, size_t *length, const char *name);
