// What sockets of all families share.

#include "net/socket.h"
#include "mem/heap.h"

const struct socket_operations *socket_operations_of(const struct file *file) { return file->operations->sockets; }

struct file *socket_file(const struct file_operations *operations, uint32_t flags, void *data) {
    struct file *file = file_unnamed(operations, OPEN_READ_WRITE | flags, data);
    if (file) file->inode->mode = MODE_SOCKET | 0777;
    return file;
}

void passed_files_free(struct passed_files *passed) {
    for (unsigned i = 0; passed && i < passed->count; i++) file_drop(passed->files[i]);
    kfree(passed);
}
