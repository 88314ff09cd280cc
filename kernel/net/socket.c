// What sockets of all families share.

#include "net/socket.h"
#include "mem/heap.h"

const struct socket_operations *socket_operations_of(const struct file *file) { return file->operations->sockets; }

void passed_files_free(struct passed_files *passed) {
    for (unsigned i = 0; passed && i < passed->count; i++) file_drop(passed->files[i]);
    kfree(passed);
}
