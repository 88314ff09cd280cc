// Arguments that many system calls share: descriptors, paths, times.

#include "arch/clock.h"
#include "fs/file.h"
#include "fs/walk.h"
#include "lib/errno.h"
#include "mem/heap.h"
#include "sys/syscall.h"
#include "proc/process.h"

#define NS 1000000000ull

struct file *file_of_any(uint64_t descriptor) {
    // The register's upper half is no part of an int.
    return descriptors_get(&process.files, (uint32_t)descriptor);
}

struct file *file_of(uint64_t descriptor) {
    struct file *file = file_of_any(descriptor);
    if (!file || !(file->flags & OPEN_PATH)) return file;
    file_drop(file);
    return NULL;
}

int directory_of(uint64_t directory, struct dentry **base) {
    if ((int32_t)directory == AT_WORKING_DIRECTORY) {
        dentry_take(process.directory);
        *base = process.directory;
        return 0;
    }
    struct file *file = descriptors_get(&process.files, (uint32_t)directory);
    if (!file) return -EBADF;
    int result = file->place && inode_is(file->inode, MODE_DIRECTORY) ? 0 : -ENOTDIR;
    if (result == 0) {
        dentry_take(file->place);
        *base = file->place;
    }
    file_drop(file);
    return result;
}

int user_path_get(struct user_path *p, uint64_t directory, user_ptr_t path) {
    p->base = NULL;
    p->text = kmalloc(PATH_LONGEST);
    if (!p->text) return -ENOMEM;
    long length = user_string(p->text, path, PATH_LONGEST);
    int result = length < 0 ? (int)length : 0;
    if (result == 0 && p->text[0] != '/') result = directory_of(directory, &p->base);
    if (result != 0) user_path_put(p);
    return result;
}

void user_path_put(struct user_path *p) {
    kfree(p->text);
    if (p->base) dentry_drop(p->base);
}

struct time_value time_value_of(uint64_t ns) { return (struct time_value){(int64_t)(ns / NS), (int64_t)(ns % NS)}; }

int time_from_user(user_ptr_t from, uint64_t *ns) {
    struct time_value t;
    if (copy_from_user(&t, from, sizeof t) != 0) return -EFAULT;
    if (t.seconds < 0 || t.nanoseconds < 0 || t.nanoseconds >= (int64_t)NS) return -EINVAL;
    if (__builtin_mul_overflow((uint64_t)t.seconds, NS, ns) ||
        __builtin_add_overflow(*ns, (uint64_t)t.nanoseconds, ns)) {
        *ns = UINT64_MAX;
    }
    return 0;
}

uint64_t call_deadline(uint64_t ns) {
    struct task *task = task_current();
    if (task->call_deadline_ns == 0 && __builtin_add_overflow(clock_ns(), ns, &task->call_deadline_ns)) {
        task->call_deadline_ns = WAIT_FOREVER;
    }
    return task->call_deadline_ns;
}

uint64_t poll_deadline(uint64_t ns) { return ns == 0 ? 0 : call_deadline(ns); }

int signal_set_from_user(user_ptr_t set, uint64_t size, uint64_t *signals) {
    if (size != sizeof *signals) return -EINVAL;
    return copy_from_user(signals, set, sizeof *signals) == 0 ? 0 : -EFAULT;
}

int block_signals_for_call(user_ptr_t set, uint64_t size) {
    uint64_t blocked;
    if (!set) return 0;
    int result = signal_set_from_user(set, size, &blocked);
    if (result == 0) signal_block_for_call(blocked);
    return result;
}

void inode_belongs(struct inode *made, const struct inode *directory) {
    enum { SET_GROUP = 02000 };
    const struct credentials *c = &task_current()->credentials;
    bool inherits = directory && (directory->mode & SET_GROUP);
    made->user = c->user[ID_FILES];
    made->group = !inherits ? c->group[ID_FILES] : directory->has_owner ? directory->group : process.settings.group;
    made->has_owner = made->user != process.settings.user || made->group != process.settings.group;
}
