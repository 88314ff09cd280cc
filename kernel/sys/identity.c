// Who and where the program is: ids, the system's name, limits, usage.

#include "arch/cpu.h"
#include "arch/paging.h"
#include "arch/clock.h"
#include "dev/random.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/phys.h"
#include "vm/space.h"
#include "sys/calls.h"
#include "proc/process.h"
#include "sched/thread.h"

long sys_getpid(const struct syscall *c) {
    (void)c;
    return PROCESS_ID;
}

long sys_gettid(const struct syscall *c) {
    (void)c;
    return task_current()->id;
}

long sys_getppid(const struct syscall *c) {
    (void)c;
    return 0;
}

long sys_getpgid(const struct syscall *c) {
    return (int32_t)c->arg[0] == 0 || (int32_t)c->arg[0] == PROCESS_ID ? PROCESS_ID : -ESRCH;
}

long sys_getpgrp(const struct syscall *c) {
    (void)c;
    return PROCESS_ID;
}

long sys_setsid(const struct syscall *c) {
    (void)c;
    return PROCESS_ID;
}

static void put_field(char *field, const char *text) { memcpy(field, text, strnlen(text, 64)); }

long sys_uname(const struct syscall *c) {
    char names[6][65];
    memset(names, 0, sizeof names);
    put_field(names[0], process.settings.system_name);
    put_field(names[1], process.settings.host_name);
    put_field(names[2], process.settings.release);
    put_field(names[3], "#1 Pith " PITH_VERSION);
    put_field(names[4], "x86_64");
    put_field(names[5], "(none)");
    return copy_to_user(c->arg[0], names, sizeof names);
}

/// As struct sysinfo.
struct sysinfo {
    int64_t uptime;
    uint64_t loads[3], total, free, shared, buffers, swap_total, swap_free;
    uint16_t processes, padding;
    uint64_t high_total, high_free;
    uint32_t unit;
};

long sys_sysinfo(const struct syscall *c) {
    struct sysinfo s = {.uptime = (int64_t)(clock_ns() / 1000000000ull),
                        .total = phys_total_pages() * PAGE_SIZE,
                        .free = phys_free_pages() * PAGE_SIZE,
                        .processes = 1,
                        .unit = 1};
    return copy_to_user(c->arg[0], &s, sizeof s);
}

enum { LIMIT_STACK = 3, LIMIT_CORE = 4, LIMIT_FILES = 7, LIMIT_MEMLOCK = 8, LIMIT_COUNT = 16 };

struct limit {
    uint64_t soft, hard;
};

/// What the program has set, of limits by which nothing goes here.
static struct {
    struct limit limit;
    bool is_set;
} noted[LIMIT_COUNT];

static struct limit limit_of(unsigned which) {
    if (noted[which].is_set) return noted[which].limit;
    switch (which) {
    case LIMIT_STACK: return (struct limit){STACK_SIZE, STACK_SIZE};
    case LIMIT_CORE: return (struct limit){0, 0};
    case LIMIT_FILES: return (struct limit){process.files.limit, DESCRIPTORS_MOST};
    default: return (struct limit){UINT64_MAX, UINT64_MAX};
    }
}

/// Only the number of descriptors limits anything; others are told again.
static long set_limit(unsigned which, user_ptr_t from) {
    struct limit l;
    if (copy_from_user(&l, from, sizeof l) != 0) return -EFAULT;
    if (l.soft > l.hard) return -EINVAL;
    // A limit that was lowered stays low for who may not raise it.
    if (l.hard > limit_of(which).hard && !credentials_can(&task_current()->credentials, CAPABILITY_SYS_RESOURCE))
        return -EPERM;
    if (which != LIMIT_FILES) {
        noted[which].limit = l;
        noted[which].is_set = true;
        return 0;
    }
    if (l.hard > DESCRIPTORS_MOST) return -EPERM;
    process.files.limit = (unsigned)l.soft;
    return 0;
}

static long limits(uint64_t which, user_ptr_t new_limit, user_ptr_t old_limit) {
    if (which >= LIMIT_COUNT) return -EINVAL;
    struct limit old = limit_of((unsigned)which);
    long result = new_limit ? set_limit((unsigned)which, new_limit) : 0;
    if (result == 0 && old_limit) result = copy_to_user(old_limit, &old, sizeof old);
    return result;
}

long sys_prlimit64(const struct syscall *c) {
    if ((int32_t)c->arg[0] != 0 && (int32_t)c->arg[0] != PROCESS_ID) return -ESRCH;
    return limits((uint32_t)c->arg[1], c->arg[2], c->arg[3]);
}

long sys_getrlimit(const struct syscall *c) { return limits((uint32_t)c->arg[0], 0, c->arg[1]); }
long sys_setrlimit(const struct syscall *c) { return limits((uint32_t)c->arg[0], c->arg[1], 0); }

/// As struct rusage.
struct usage {
    int64_t user_seconds, user_microseconds, system_seconds, system_microseconds;
    int64_t resident_kib, unused[13];
};

long sys_getrusage(const struct syscall *c) {
    enum { SELF = 0, CHILDREN = -1, THREAD = 1 };
    int32_t who = (int32_t)c->arg[0];
    struct usage u = {0};
    if (who != SELF && who != CHILDREN && who != THREAD) return -EINVAL;
    if (who != CHILDREN) {
        uint64_t ns = who == THREAD ? thread_run_ns(thread_current()) : process_run_ns();
        u.user_seconds = (int64_t)(ns / 1000000000ull);
        u.user_microseconds = (int64_t)(ns % 1000000000ull / 1000);
        u.resident_kib = (int64_t)(space.resident * (PAGE_SIZE / 1024));
    }
    return copy_to_user(c->arg[1], &u, sizeof u);
}

long sys_getcpu(const struct syscall *c) {
    static const uint32_t first;
    for (int i = 0; i < 2; i++) {
        if (c->arg[i] && copy_to_user(c->arg[i], &first, sizeof first) != 0) return -EFAULT;
    }
    return 0;
}

/// personality: the usual one, which stays.
long sys_personality(const struct syscall *c) {
    return (uint32_t)c->arg[0] == 0 || (uint32_t)c->arg[0] == UINT32_MAX ? 0 : -EINVAL;
}

/// What changes nothing here, and is done.
long sys_noop(const struct syscall *c) {
    (void)c;
    return 0;
}

long sys_arch_prctl(const struct syscall *c) {
    enum { SET_GS = 0x1001, SET_FS, GET_FS, GET_GS };
    uint64_t base;
    switch (c->arg[0]) {
    case SET_FS:
    case SET_GS:
        if (!is_user_address(c->arg[1])) return -EPERM;
        if (c->arg[0] == SET_FS) arch_set_fs_base(c->arg[1]);
        else arch_set_gs_base(c->arg[1]);
        return 0;
    case GET_FS:
    case GET_GS:
        base = c->arg[0] == GET_FS ? arch_fs_base() : arch_gs_base();
        return copy_to_user(c->arg[1], &base, sizeof base);
    default: return -EINVAL;
    }
}

long sys_prctl(const struct syscall *c) {
    enum {
        SET_NAME = 15,
        GET_NAME = 16,
        GET_SECCOMP = 21,
        SET_TIMER_SLACK = 29,
        GET_TIMER_SLACK = 30,
        SET_SUBREAPER = 36,
        GET_SUBREAPER,
        SET_LARGE_PAGES_OFF = 41,
        GET_LARGE_PAGES_OFF = 42,
        SET_VMA = 0x53564d41,
        USUAL_SLACK_NS = 50000
    };
    static bool subreaper, large_pages_off;
    struct task *task = task_current();
    char name[TASK_NAME] = "";
    bool more = c->arg[2] || c->arg[3] || c->arg[4];
    switch ((int32_t)c->arg[0]) {
    case SET_NAME: {
        long length = user_string(name, c->arg[1], sizeof name);
        if (length == -EFAULT) return length;
        name[sizeof name - 1] = '\0';
        memcpy(task->name, name, sizeof name);
        if (task->id == PROCESS_ID) memcpy(process.name, name, sizeof name);
        return 0;
    }
    case GET_NAME: return copy_to_user(c->arg[1], task->name, sizeof task->name);
    case SET_TIMER_SLACK:
    case SET_VMA: // names of mappings, which nobody reads
        return 0;
    case SET_SUBREAPER: subreaper = c->arg[1] != 0; return 0;
    case GET_SUBREAPER: return copy_to_user(c->arg[1], &(int32_t){subreaper}, sizeof(int32_t));
    case SET_LARGE_PAGES_OFF:
        if (more) return -EINVAL;
        large_pages_off = c->arg[1] != 0;
        return 0;
    case GET_LARGE_PAGES_OFF: return c->arg[1] || more ? -EINVAL : large_pages_off;
    case GET_SECCOMP: return 0;
    case GET_TIMER_SLACK: return USUAL_SLACK_NS;
    default: return credentials_control(c);
    }
}

long sys_getrandom(const struct syscall *c) {
    uint8_t bytes[256];
    uint64_t n = c->arg[1] < INT32_MAX ? c->arg[1] : INT32_MAX, done = 0;
    enum { RANDOM = 2, INSECURE = 4, BOTH = RANDOM | INSECURE, KNOWN = 7 };
    uint32_t flags = (uint32_t)c->arg[2];
    if ((flags & ~(uint32_t)KNOWN) || (flags & BOTH) == BOTH) return -EINVAL;
    while (done < n) {
        uint64_t here = n - done < sizeof bytes ? n - done : sizeof bytes;
        random_fill(bytes, here);
        if (copy_to_user(c->arg[0] + done, bytes, here) != 0) return done ? (long)done : -EFAULT;
        done += here;
        // As on Linux: up to 256 bytes come whole.
        if (done < n && thread_pause()) break;
    }
    return (long)done;
}
