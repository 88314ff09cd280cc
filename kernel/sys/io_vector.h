// Lists of pieces from the program (struct iovec), as readv and sendmsg have them.
#pragma once

#include "fs/io.h"

enum { PIECES_ON_STACK = 8 };

struct io_vector {
    struct io io;
    struct io_piece few[PIECES_ON_STACK], *pieces;
};

/// What one call moves at most, as on Linux.
#define IO_LARGEST 0x7ffff000ull

/// Fetches a list: 0, -EINVAL, -EFAULT, -ENOMEM. `io_vector_put` gives back what it took.
long io_vector_get(struct io_vector *v, user_ptr_t from, uint64_t count);
void io_vector_put(struct io_vector *v);
