// Signals: the program sends them to itself and to its threads.

#include "lib/errno.h"
#include "fs/file.h"
#include "sys/calls.h"
#include "sys/process_files.h"
#include "proc/process.h"

/// Sends it to the program (`task` null) or to a thread. Number 0 only asks whether the receiver is there.
static long send(struct task *task, const struct signal_info *info) {
    if (info->number < 0 || info->number > SIGNAL_LAST) return -EINVAL;
    return info->number == 0 ? 0 : signal_queue_to(task, info);
}

static struct signal_info from_self(uint64_t number, enum signal_code code) {
    return (struct signal_info){.number = (int32_t)number, .code = code, .sender.process = PROCESS_ID};
}

/// The program, also by the id of any of its threads, as on Linux.
static bool is_program(int32_t id) { return id == PROCESS_ID || (id > 0 && task_find((uint32_t)id)); }

long sys_kill(const struct syscall *c) {
    int32_t to = (int32_t)c->arg[0];
    struct signal_info info = from_self(c->arg[1], SIGNAL_BY_KILL);
    return is_program(to) || to == 0 || to == -1 || to == -PROCESS_ID ? send(NULL, &info) : -ESRCH;
}

static long send_to_thread(int32_t id, const struct signal_info *info) {
    if (id <= 0) return -EINVAL;
    struct task *task = task_find((uint32_t)id);
    return task ? send(task, info) : -ESRCH;
}

long sys_tkill(const struct syscall *c) {
    struct signal_info info = from_self(c->arg[1], SIGNAL_BY_TKILL);
    return send_to_thread((int32_t)c->arg[0], &info);
}

long sys_tgkill(const struct syscall *c) {
    struct signal_info info = from_self(c->arg[2], SIGNAL_BY_TKILL);
    if ((int32_t)c->arg[0] <= 0) return -EINVAL;
    return (int32_t)c->arg[0] == PROCESS_ID ? send_to_thread((int32_t)c->arg[1], &info) : -ESRCH;
}

/// What the program says of its own signal: it may say anything, because nobody else is there to be deceived.
static long info_from_user(user_ptr_t from, uint64_t number, struct signal_info *info) {
    if (copy_from_user(info, from, sizeof *info) != 0) return -EFAULT;
    info->number = (int32_t)number;
    return 0;
}

long sys_rt_sigqueueinfo(const struct syscall *c) {
    struct signal_info info;
    long result = info_from_user(c->arg[2], c->arg[1], &info);
    if (result != 0) return result;
    return is_program((int32_t)c->arg[0]) ? send(NULL, &info) : -ESRCH;
}

long sys_rt_tgsigqueueinfo(const struct syscall *c) {
    struct signal_info info;
    long result = info_from_user(c->arg[3], c->arg[2], &info);
    if (result != 0) return result;
    if ((int32_t)c->arg[0] <= 0) return -EINVAL;
    return (int32_t)c->arg[0] == PROCESS_ID ? send_to_thread((int32_t)c->arg[1], &info) : -ESRCH;
}

long sys_pidfd_send_signal(const struct syscall *c) {
    struct signal_info info = from_self(c->arg[1], SIGNAL_BY_KILL);
    if (c->arg[3] != 0) return -EINVAL;
    long result = c->arg[2] ? info_from_user(c->arg[2], c->arg[1], &info) : 0;
    if (result != 0) return result;
    struct file *file = file_of(c->arg[0]);
    result = file && file->operations == &process_file ? 0 : -EBADF;
    file_drop(file);
    return result == 0 ? send(NULL, &info) : result;
}

/// There are no children to wait for.
long sys_wait4(const struct syscall *c) {
    (void)c;
    return -ECHILD;
}

long sys_waitid(const struct syscall *c) {
    enum { KINDS = 14, KNOWN = 0x0100000f };
    uint64_t options = (uint32_t)c->arg[3];
    return (options & ~(uint64_t)(KNOWN | 0xe0000000)) || !(options & KINDS) ? -EINVAL : -ECHILD;
}
