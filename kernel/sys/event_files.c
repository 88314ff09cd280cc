// Files to wait for: eventfd, timerfd, signalfd, epoll.

#include "arch/clock.h"
#include "fs/epoll.h"
#include "fs/eventfd.h"
#include "proc/signalfd.h"
#include "fs/timerfd.h"
#include "lib/errno.h"
#include "mem/heap.h"
#include "sys/calls.h"
#include "proc/process.h"

enum { FLAGS = OPEN_NONBLOCK | OPEN_CLOSE_ON_EXEC, SEMAPHORE = 1 };
enum {
    CLOCK_REALTIME = 0,
    CLOCK_MONOTONIC = 1,
    CLOCK_BOOTTIME = 7,
    CLOCK_REALTIME_ALARM = 8,
    CLOCK_BOOTTIME_ALARM = 9
};
enum { TIMER_ABSOLUTE = 1, TIMER_CANCEL_ON_SET = 2 };

/// Events that one call of epoll_wait hands out at most; who asks for more gets the rest with the next call.
enum { EVENTS_MOST = 512, EVENTS_ON_STACK = 16 };

static long put_descriptor(struct file *file, uint64_t flags) {
    return file ? descriptors_add(&process.files, file, 0, flags & OPEN_CLOSE_ON_EXEC) : -ENOMEM;
}

long sys_eventfd2(const struct syscall *c) {
    uint64_t flags = (uint32_t)c->arg[1];
    if (flags & ~(uint64_t)(FLAGS | SEMAPHORE)) return -EINVAL;
    return put_descriptor(eventfd_make((uint32_t)c->arg[0], flags & SEMAPHORE, flags & OPEN_NONBLOCK), flags);
}

long sys_eventfd(const struct syscall *c) { return put_descriptor(eventfd_make((uint32_t)c->arg[0], false, 0), 0); }

long sys_timerfd_create(const struct syscall *c) {
    uint64_t clock = (uint32_t)c->arg[0], flags = (uint32_t)c->arg[1];
    bool realtime = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM;
    if (!realtime && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME && clock != CLOCK_BOOTTIME_ALARM)
        return -EINVAL;
    if (flags & ~(uint64_t)FLAGS) return -EINVAL;
    return put_descriptor(timerfd_make(realtime, flags & OPEN_NONBLOCK), flags);
}

/// A new signalfd, or for a descriptor that is one already, other signals.
static long signalfd(const struct syscall *c, uint64_t flags) {
    uint64_t wanted;
    if (flags & ~(uint64_t)FLAGS) return -EINVAL;
    int result = signal_set_from_user(c->arg[1], c->arg[2], &wanted);
    if (result != 0) return result;
    if ((int32_t)c->arg[0] == -1) return put_descriptor(signalfd_make(wanted, flags & OPEN_NONBLOCK), flags);
    struct file *file = file_of(c->arg[0]);
    if (!file) return -EBADF;
    bool is_one = signalfd_is(file);
    if (is_one) signalfd_set(file, wanted);
    file_drop(file);
    return is_one ? (int32_t)c->arg[0] : -EINVAL;
}

long sys_signalfd(const struct syscall *c) { return signalfd(c, 0); }
long sys_signalfd4(const struct syscall *c) { return signalfd(c, (uint32_t)c->arg[3]); }

/// As struct itimerspec.
struct timer_setting {
    struct time_value interval, value;
};

static long timer_of(uint64_t descriptor, struct file **file) {
    *file = file_of(descriptor);
    if (!*file) return -EBADF;
    if (timerfd_is(*file)) return 0;
    file_drop(*file);
    return -EINVAL;
}

static struct timer_setting setting_of(struct file *file) {
    uint64_t left, interval;
    timerfd_get(file, &left, &interval);
    return (struct timer_setting){.interval = time_value_of(interval), .value = time_value_of(left)};
}

long sys_timerfd_settime(const struct syscall *c) {
    struct file *file;
    uint64_t interval, first;
    user_ptr_t new_setting = c->arg[2];
    if (c->arg[1] & ~(uint64_t)(TIMER_ABSOLUTE | TIMER_CANCEL_ON_SET)) return -EINVAL;
    long result = time_from_user(new_setting, &interval);
    if (result == 0) result = time_from_user(new_setting + sizeof(struct time_value), &first);
    if (result == 0) result = timer_of(c->arg[0], &file);
    if (result != 0) return result;
    struct timer_setting old = setting_of(file);
    timerfd_set(file, first, interval, c->arg[1] & TIMER_ABSOLUTE, c->arg[1] & TIMER_CANCEL_ON_SET);
    file_drop(file);
    return c->arg[3] ? copy_to_user(c->arg[3], &old, sizeof old) : 0;
}

long sys_timerfd_gettime(const struct syscall *c) {
    struct file *file;
    long result = timer_of(c->arg[0], &file);
    if (result != 0) return result;
    struct timer_setting now = setting_of(file);
    file_drop(file);
    return copy_to_user(c->arg[1], &now, sizeof now);
}

long sys_epoll_create1(const struct syscall *c) {
    if (c->arg[0] & ~(uint64_t)OPEN_CLOSE_ON_EXEC) return -EINVAL;
    return put_descriptor(epoll_make(), c->arg[0]);
}

long sys_epoll_create(const struct syscall *c) {
    return (int32_t)c->arg[0] <= 0 ? -EINVAL : put_descriptor(epoll_make(), 0);
}

long sys_epoll_ctl(const struct syscall *c) {
    struct epoll_event event = {0};
    uint32_t change = (uint32_t)c->arg[1];
    if (change < EPOLL_ADD || change > EPOLL_MODIFY) return -EINVAL;
    if (change != EPOLL_REMOVE && copy_from_user(&event, c->arg[3], sizeof event) != 0) return -EFAULT;
    struct file *epoll = file_of(c->arg[0]), *file = file_of(c->arg[2]);
    long result = epoll && file ? 0 : -EBADF;
    if (result == 0 && !epoll_is(epoll)) result = -EINVAL;
    if (result == 0) result = epoll_change(epoll, (enum epoll_change)change, (int)c->arg[2], file, &event);
    file_drop(epoll);
    file_drop(file);
    return result;
}

static long wait_for_events(const struct syscall *c, uint64_t deadline) {
    struct epoll_event few[EVENTS_ON_STACK], *events = few;
    int32_t most = (int32_t)c->arg[2];
    if (most <= 0 || most > INT32_MAX / (int32_t)sizeof(struct epoll_event)) return -EINVAL;
    if (most > EVENTS_MOST) most = EVENTS_MOST;
    struct file *epoll = file_of(c->arg[0]);
    if (!epoll) return -EBADF;
    if (most > EVENTS_ON_STACK) events = kmalloc((size_t)most * sizeof *events);
    long result = epoll_is(epoll) ? (events ? 0 : -ENOMEM) : -EINVAL;
    if (result == 0) result = epoll_wait(epoll, events, (unsigned)most, deadline);
    if (result > 0 && copy_to_user(c->arg[1], events, (size_t)result * sizeof *events) != 0) result = -EFAULT;
    if (events != few) kfree(events);
    file_drop(epoll);
    return not_restarted(result);
}

long sys_epoll_wait(const struct syscall *c) {
    int32_t ms = (int32_t)c->arg[3];
    return wait_for_events(c, ms < 0 ? WAIT_FOREVER : poll_deadline((uint64_t)ms * 1000000));
}

long sys_epoll_pwait(const struct syscall *c) {
    int result = block_signals_for_call(c->arg[4], c->arg[5]);
    return result != 0 ? result : sys_epoll_wait(c);
}

long sys_epoll_pwait2(const struct syscall *c) {
    uint64_t ns = 0;
    int result = c->arg[3] ? time_from_user(c->arg[3], &ns) : 0;
    if (result == 0) result = block_signals_for_call(c->arg[4], c->arg[5]);
    if (result != 0) return result;
    return wait_for_events(c, c->arg[3] ? poll_deadline(ns) : WAIT_FOREVER);
}
