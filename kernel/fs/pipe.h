// Pipes, and those that have a name.
#pragma once

#include "fs/file.h"

/// Makes a pipe; both ends come with a reference. `flags`: OPEN_NONBLOCK or 0. 0 or -ENOMEM.
int pipe_make(uint32_t flags, struct file **read_end, struct file **write_end);

/// Lets reads give `error`, a negative errno, where the pipe would end: what was to be written got lost.
void pipe_fail(struct file *write_end, int error);

/// Of the nodes of FIFOs.
extern const struct inode_operations fifo_operations;

/// Copies what would be read next, at most `most` bytes, and leaves it where it is. How many.
size_t pipe_peek(struct file *end, void *to, size_t most);
/// How many bytes a pipe can take now.
uint64_t pipe_room(const struct file *end);
/// How many bytes it holds at most.
uint32_t pipe_capacity(const struct file *end);
/// Sets that, rounded up to a power of two of pages: the capacity, -EBUSY if it holds more, -EPERM beyond a megabyte,
/// -ENOMEM.
long pipe_set_capacity(struct file *end, uint64_t capacity);
