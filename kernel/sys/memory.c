// Memory: mmap and its family.

#include "arch/paging.h"
#include "fs/file.h"
#include "fs/memory.h"
#include "fs/writeback.h"
#include "lib/errno.h"
#include "vm/space.h"
#include "fs/file_mappings.h"
#include "sys/calls.h"

/// Whether a file may be mapped like this; its memory is that of a file, or (for /dev/zero) anonymous.
static long check_mapping(const struct file *file, unsigned prot, unsigned type) {
    if (!inode_is(file->inode, MODE_FILE)) return -ENODEV;
    if (file->operations != &regular_file) return -ENODEV;
    if (!file_can_read(file)) return -EACCES;
    if (type != MAP_PRIVATE && (prot & PROT_WRITE) && !file_can_write(file)) return -EACCES;
    if (type != MAP_PRIVATE && (prot & PROT_WRITE) && (file->inode->seals & (SEAL_WRITE | SEAL_FUTURE_WRITE)))
        return -EPERM;
    return 0;
}

static bool is_zero_device(const struct file *file) {
    return inode_is(file->inode, MODE_CHARACTER) && file->inode->device == 0x105;
}

/// Memory that is shared is that of a file without a name: mapped a second time (mremap), it is the same.
static long map_anonymous(const struct syscall *c, unsigned prot, unsigned flags) {
    struct file *file = NULL;
    if ((flags & MAP_TYPE) != MAP_PRIVATE) {
        file = memory_file_shared(c->arg[1]);
        if (!file) return -ENOMEM;
    }
    long result = space_map(c->arg[0], c->arg[1], prot, flags, file, 0);
    file_drop(file);
    return result;
}

long sys_mmap(const struct syscall *c) {
    unsigned prot = (unsigned)c->arg[2], flags = (unsigned)c->arg[3], type = flags & MAP_TYPE;
    uint64_t offset = c->arg[5];
    if (type != MAP_PRIVATE && type != MAP_SHARED && type != MAP_SHARED_VALIDATE) return -EINVAL;
    if (offset % PAGE_SIZE != 0 || c->arg[1] == 0) return -EINVAL;
    // What grows down is the program's own memory.
    if ((flags & MAP_GROWS_DOWN) && (type != MAP_PRIVATE || !(flags & MAP_ANONYMOUS))) return -EINVAL;
    if (flags & MAP_ANONYMOUS) return map_anonymous(c, prot, flags);
    struct file *file = file_of(c->arg[4]);
    uint64_t end;
    if (!file) return -EBADF;
    bool zeros = is_zero_device(file);
    long result = zeros ? 0 : check_mapping(file, prot, type);
    if (result == 0 && type == MAP_SHARED_VALIDATE && (flags & ~(uint32_t)MAP_KNOWN)) result = -EOPNOTSUPP;
    if (result == 0 && (__builtin_add_overflow(offset, c->arg[1], &end) || end > inode_largest(file->inode)))
        result = -EOVERFLOW;
    if (result == 0 && zeros) result = map_anonymous(c, prot, flags | MAP_ANONYMOUS);
    else if (result == 0) result = space_map(c->arg[0], c->arg[1], prot, flags, file, offset);
    file_drop(file);
    return result;
}

long sys_munmap(const struct syscall *c) { return space_unmap(c->arg[0], c->arg[1]); }
long sys_mprotect(const struct syscall *c) { return space_protect(c->arg[0], c->arg[1], (unsigned)c->arg[2]); }
long sys_madvise(const struct syscall *c) { return space_advise(c->arg[0], c->arg[1], (int)c->arg[2]); }
long sys_brk(const struct syscall *c) { return (long)space_set_heap_end(c->arg[0]); }

long sys_mremap(const struct syscall *c) {
    return space_remap(c->arg[0], c->arg[1], c->arg[2], (unsigned)c->arg[3], c->arg[4]);
}

static int sync_pages(struct inode *inode, uint64_t first, uint64_t end) {
    (void)first;
    (void)end;
    int result = inode->operations->sync ? writeback_inode(inode) : 0;
    return result == 0 && inode->operations->sync ? inode->operations->sync(inode, true) : result;
}

static int expect_pages(struct inode *inode, uint64_t first, uint64_t end) {
    (void)inode;
    (void)first;
    (void)end;
    return 0;
}

/// msync: with MS_SYNC the whole files are synced; without it what is dirty goes to the disk soon anyway.
long sys_msync(const struct syscall *c) {
    enum { SYNC_ASYNC = 1, SYNC_INVALIDATE = 2, SYNC_NOW = 4 };
    uint64_t start = c->arg[0], length = (c->arg[1] + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1), flags = c->arg[2];
    if (start % PAGE_SIZE != 0 || (flags & ~7ull) || (flags & (SYNC_ASYNC | SYNC_NOW)) == (SYNC_ASYNC | SYNC_NOW))
        return -EINVAL;
    if (start + length < start) return -ENOMEM;
    return space_each_shared(start, start + length, flags & SYNC_NOW ? sync_pages : expect_pages);
}

/// Nothing of the program is ever paged out, once it is there.
long sys_mlock(const struct syscall *c) { return c->arg[1] ? space_lock(c->arg[0], c->arg[1]) : 0; }

long sys_mlock2(const struct syscall *c) {
    enum { ON_FAULT = 1 };
    if (c->arg[2] & ~(uint64_t)ON_FAULT) return -EINVAL;
    return c->arg[2] & ON_FAULT ? sys_munlock(c) : sys_mlock(c);
}

/// munlock: there must be something to unlock.
long sys_munlock(const struct syscall *c) {
    uint64_t start = c->arg[0] & ~(uint64_t)(PAGE_SIZE - 1), end, length;
    if (__builtin_add_overflow(c->arg[1], c->arg[0] - start + PAGE_SIZE - 1, &length)) return c->arg[1] ? -EINVAL : 0;
    length &= ~(uint64_t)(PAGE_SIZE - 1);
    if (__builtin_add_overflow(start, length, &end)) return -EINVAL;
    return length == 0 || space_covers(start, end) ? 0 : -ENOMEM;
}

long sys_mlockall(const struct syscall *c) {
    enum { CURRENT = 1, FUTURE = 2, ON_FAULT = 4 };
    uint32_t flags = (uint32_t)c->arg[0];
    return flags == 0 || flags == ON_FAULT || (flags & ~(uint32_t)(CURRENT | FUTURE | ON_FAULT)) ? -EINVAL : 0;
}

long sys_munlockall(const struct syscall *c) {
    (void)c;
    return 0;
}

/// mincore: what is mapped counts as being there.
long sys_mincore(const struct syscall *c) {
    static const uint8_t present = 1, absent = 0;
    uint64_t start = c->arg[0], length = c->arg[1], end;
    if (start % PAGE_SIZE != 0) return -EINVAL;
    if (__builtin_add_overflow(start, length, &end) || !space_covers(start, end)) return -ENOMEM;
    for (uint64_t i = 0; i < (length + PAGE_SIZE - 1) / PAGE_SIZE; i++) {
        uint64_t va = start + i * PAGE_SIZE;
        bool there = paging_lookup(va, NULL, NULL, NULL);
        if (copy_to_user(c->arg[2] + i, there ? &present : &absent, 1) != 0) return -EFAULT;
    }
    return 0;
}
