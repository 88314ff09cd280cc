// Fetching lists of pieces.

#include "sys/io_vector.h"
#include "lib/errno.h"
#include "mem/heap.h"

enum { PIECES_MOST = 1024 };

static long fetch(struct io_piece *pieces, user_ptr_t from, size_t count, uint64_t *total) {
    if (copy_from_user(pieces, from, count * sizeof *pieces) != 0) return -EFAULT;
    *total = 0;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].length > INT64_MAX) return -EINVAL;
    }
    for (size_t i = 0; i < count; i++) {
        // A single one is cut first.
        if (count == 1 && pieces[i].length > IO_LARGEST) pieces[i].length = IO_LARGEST;
        if (!is_user_range(pieces[i].address, pieces[i].length)) return -EFAULT;
        if (pieces[i].length > IO_LARGEST - *total) pieces[i].length = IO_LARGEST - *total;
        *total += pieces[i].length;
    }
    return 0;
}

long io_vector_get(struct io_vector *v, user_ptr_t from, uint64_t count) {
    uint64_t total;
    if (count > PIECES_MOST) return -EINVAL;
    v->pieces = count > PIECES_ON_STACK ? kmalloc(count * sizeof *v->pieces) : v->few;
    long result = v->pieces ? fetch(v->pieces, from, count, &total) : -ENOMEM;
    if (result == 0) io_pieces(&v->io, v->pieces, count, total);
    else io_vector_put(v);
    return result;
}

void io_vector_put(struct io_vector *v) {
    if (v->pieces != v->few) kfree(v->pieces);
}
