// Descriptors of processes. There is one process, so each of them is the program's own.

#include "sys/process_files.h"
#include "fs/file.h"
#include "lib/errno.h"
#include "sys/calls.h"
#include "proc/process.h"

/// Ready once the process has ended: never, for who asks.
static unsigned poll_end(struct file *file, struct poll_queues *queues) {
    (void)file;
    (void)queues;
    return 0;
}

const struct file_operations process_file = {.kind = "anon_inode:[pidfd]", .poll = poll_end};

long sys_pidfd_open(const struct syscall *c) {
    if ((c->arg[1] & ~(uint64_t)OPEN_NONBLOCK) || (int32_t)c->arg[0] <= 0) return -EINVAL;
    if ((int32_t)c->arg[0] != PROCESS_ID) return -ESRCH;
    struct file *file = file_unnamed(&process_file, OPEN_READ_WRITE | (uint32_t)c->arg[1], NULL);
    return file ? descriptors_add(&process.files, file, 0, true) : -ENOMEM;
}

/// A second descriptor of one of its own files.
long sys_pidfd_getfd(const struct syscall *c) {
    struct file *owner = file_of(c->arg[0]);
    long result = c->arg[2] != 0 ? -EINVAL : owner && owner->operations == &process_file ? 0 : -EBADF;
    file_drop(owner);
    if (result != 0) return result;
    struct file *file = file_of_any(c->arg[1]);
    return file ? descriptors_add(&process.files, file, 0, true) : -EBADF;
}
