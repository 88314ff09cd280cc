// Where the bytes of a read or write go: pieces of the program's memory, or of the kernel's.
#pragma once

#include "arch/user.h"
#include <stdbool.h>

/// As struct iovec.
struct io_piece {
    uint64_t address, length;
};

struct io {
    const struct io_piece *pieces; // `at` is the one in use
    size_t count, at;
    uint64_t done_here; // bytes of that piece
    uint64_t left; // of all
    bool in_kernel;
    struct io_piece one; // storage for the usual case
};

void io_user(struct io *io, user_ptr_t address, uint64_t length);
void io_kernel(struct io *io, void *memory, uint64_t length);
/// Over a list of pieces, whose sum is `total`; the list must outlive it.
void io_pieces(struct io *io, const struct io_piece *pieces, size_t count, uint64_t total);

/// Copies `n` bytes (at most `left`) to the pieces, and moves on. 0 or -EFAULT; `left` tells how far it came.
long io_put(struct io *io, const void *from, uint64_t n);
/// Copies `n` bytes (at most `left`) out of the pieces.
long io_take(struct io *io, void *to, uint64_t n);
/// Zeros instead of bytes.
long io_put_zeros(struct io *io, uint64_t n);
