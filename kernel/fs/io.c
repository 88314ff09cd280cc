// Walking over the pieces of a read or write.

#include "fs/io.h"
#include "lib/errno.h"
#include "lib/string.h"

void io_user(struct io *io, user_ptr_t address, uint64_t length) {
    *io = (struct io){.count = 1, .left = length, .one = {address, length}};
    io->pieces = &io->one;
}

void io_kernel(struct io *io, void *memory, uint64_t length) {
    io_user(io, (uint64_t)memory, length);
    io->in_kernel = true;
}

void io_pieces(struct io *io, const struct io_piece *pieces, size_t count, uint64_t total) {
    *io = (struct io){.pieces = pieces, .count = count, .left = total};
}

enum direction { PUT, TAKE, ZERO };

static long copy(const struct io *io, uint64_t address, void *buffer, uint64_t n, enum direction way) {
    if (io->in_kernel) {
        if (way == PUT) memcpy((void *)address, buffer, n);
        else if (way == TAKE) memcpy(buffer, (const void *)address, n);
        else memset((void *)address, 0, n);
        return 0;
    }
    if (way == PUT) return copy_to_user(address, buffer, n);
    if (way == TAKE) return copy_from_user(buffer, address, n);
    return clear_user(address, n);
}

static long go(struct io *io, void *buffer, uint64_t n, enum direction way) {
    if (n > io->left) n = io->left;
    while (n > 0) {
        const struct io_piece *piece = &io->pieces[io->at];
        uint64_t here = piece->length - io->done_here;
        if (here == 0) {
            io->at++;
            io->done_here = 0;
            continue;
        }
        if (here > n) here = n;
        long result = copy(io, piece->address + io->done_here, buffer, here, way);
        if (result != 0) return result;
        io->done_here += here;
        io->left -= here;
        n -= here;
        if (buffer) buffer = (char *)buffer + here;
    }
    return 0;
}

long io_put(struct io *io, const void *from, uint64_t n) { return go(io, (void *)(uintptr_t)from, n, PUT); }
long io_take(struct io *io, void *to, uint64_t n) { return go(io, to, n, TAKE); }
long io_put_zeros(struct io *io, uint64_t n) { return go(io, NULL, n, ZERO); }
