// epoll: waiting for many files, without asking each of them.
#pragma once

#include "fs/file.h"

/// As struct epoll_event.
struct epoll_event {
    uint32_t events;
    uint64_t data;
} __attribute__((packed));

enum epoll_change { EPOLL_ADD = 1, EPOLL_REMOVE, EPOLL_MODIFY };

/// Null without memory.
struct file *epoll_make(void);
bool epoll_is(const struct file *file);
/// As epoll_ctl: -EEXIST, -ENOENT, -EPERM for files that can't be waited for, -ELOOP for circles, -EINVAL, -ENOMEM.
int epoll_change(struct file *epoll, enum epoll_change change, int descriptor, struct file *file,
                 const struct epoll_event *event);
/// What is ready, at most `most`; waits for the first until `deadline_ns` (0: not at all). Their number, or -EINTR.
long epoll_wait(struct file *epoll, struct epoll_event *events, unsigned most, uint64_t deadline_ns);
/// A file is closed for good: nobody watches it any more.
void epoll_forget(struct file *file);
