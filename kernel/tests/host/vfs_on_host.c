// What the host lacks of what files and sockets need of the rest of the kernel: a page cache, the program and its
// memory.

#include "fs/cache.h"
#include "fs/file.h"
#include "lib/errno.h"
#include "mem/phys.h"
#include "fs/file_mappings.h"
#include "net/inet/inet.h"
#include "net/socket.h"
#include "proc/process.h"
#include "vfs_on_host.h"
#include <string.h>

struct process process;
void (*user_memory_is_away)(void);

struct socket_owner socket_owner_now(void) { return (struct socket_owner){.process = PROCESS_ID}; }

/// The first page is nobody's, as for any program.
static bool is_bad(user_ptr_t address) { return address < 4096; }

long copy_from_user(void *to, user_ptr_t from, size_t n) {
    if (n > 0 && is_bad(from)) return -EFAULT;
    if (user_memory_is_away) user_memory_is_away();
    memcpy(to, (const void *)from, n);
    return 0;
}

long copy_to_user(user_ptr_t to, const void *from, size_t n) {
    if (n > 0 && is_bad(to)) return -EFAULT;
    memcpy((void *)to, from, n);
    return 0;
}

long clear_user(user_ptr_t to, size_t n) {
    if (n > 0 && is_bad(to)) return -EFAULT;
    memset((void *)to, 0, n);
    return 0;
}

void cache_discard(struct inode *inode, uint64_t from, uint64_t end) {
    (void)inode;
    (void)from;
    (void)end;
}

uint64_t phys_total_pages(void) { return 1000; }
uint64_t phys_free_pages(void) { return 1000; }

const struct inode_operations memory_file_operations;

/// There is no program that a signal could reach.
void signal_broken_pipe(void) {}

long interface_control(unsigned request, uint64_t argument) {
    (void)request;
    (void)argument;
    return -ENOTTY;
}

const struct file_operations regular_file = {.kind = "file"};
