// Watches of files: each hangs in the wait queues of its file, and a wake-up puts it into its epoll's list of those
// that may be ready. Waiting asks only these, and leaves in the list what is level-triggered and still ready.
//
// Locking: one lock for all watches, since a watch belongs to an epoll and to a file, and epolls may watch each other.
// The list of ready ones is also changed by wake-ups, which come from interrupts: masking these guards it.

#include "fs/epoll.h"
#include "arch/cpu.h"
#include "lib/errno.h"
#include "mem/radix.h"
#include "mem/heap.h"
#include "sched/ready_batch.h"

#define ONE_SHOT (1u << 30)
#define EDGE (1u << 31)
#define EXCLUSIVE (1u << 28)
#define WAKE_UP (1u << 29)

enum { ALWAYS = POLL_ERROR | POLL_HANG_UP, HOOKS = 3, DEEPEST = 5 /* epolls in a row */ };

struct watch;

struct hook {
    struct waiter waiter;
    struct watch *watch;
};

struct epoll {
    struct file *file; // which holds it
    struct radix watches; // by descriptor; further files of one descriptor hang behind the first
    struct list ready;
    struct wait_queue changed;
    uint64_t turn; // the last time that it was counted, and with what result
    unsigned levels;
};

struct watch {
    struct epoll *epoll;
    struct watch *next; // with the same descriptor
    struct file *file;
    struct epoll_event event;
    int descriptor;
    struct list ready_node, file_node;
    unsigned hook_count;
    struct hook hooks[HOOKS];
};

static struct mutex lock = MUTEX_FREE(lock);
static const struct file_operations operations;

static void make_ready(struct watch *w) {
    bool on = interrupts_disable();
    if (list_is_empty(&w->ready_node)) list_push_back(&w->epoll->ready, &w->ready_node);
    interrupts_restore(on);
}

static void unlink_ready(struct watch *w) {
    bool on = interrupts_disable();
    list_remove(&w->ready_node);
    interrupts_restore(on);
}

static void notified(struct waiter *waiter) {
    struct watch *w = container_of(waiter, struct hook, waiter)->watch;
    make_ready(w);
    wake_all(&w->epoll->changed);
}

struct hooking {
    struct poll_queues queues;
    struct watch *watch;
};

static void add_hook(struct poll_queues *queues, struct wait_queue *queue) {
    struct watch *w = container_of(queues, struct hooking, queues)->watch;
    if (w->hook_count == HOOKS) return;
    struct hook *hook = &w->hooks[w->hook_count++];
    hook->watch = w;
    wait_begin_notified(queue, &hook->waiter, notified);
}

static unsigned ask_ready(struct epoll *e);

/// What of a watch's events is ready now. The lock is held.
static unsigned ask(const struct watch *w, struct poll_queues *queues) {
    unsigned wanted = (w->event.events & 0xffff) | ALWAYS, events;
    if (epoll_is(w->file)) {
        struct epoll *inner = w->file->data;
        if (queues) queues->add(queues, &inner->changed);
        events = ask_ready(inner);
    } else {
        events = w->file->operations->poll(w->file, queues);
    }
    if (events & POLL_IN) events |= 0x40;
    if (events & POLL_OUT) events |= 0x100;
    return events & wanted;
}

/// Whether one of those that may be ready is. The lock is held.
static unsigned ask_ready(struct epoll *e) {
    for (struct list *at = e->ready.next; at != &e->ready; at = at->next) {
        if (ask(container_of(at, struct watch, ready_node), NULL)) return POLL_IN;
    }
    return 0;
}

static unsigned poll_epoll(struct file *file, struct poll_queues *queues) {
    struct epoll *e = file->data;
    if (queues) queues->add(queues, &e->changed);
    mutex_lock(&lock);
    unsigned events = ask_ready(e);
    mutex_unlock(&lock);
    return events;
}

static struct watch *find(const struct epoll *e, int descriptor, const struct file *file) {
    struct watch *w = radix_get(&e->watches, (uint64_t)descriptor);
    while (w && w->file != file) w = w->next;
    return w;
}

static void release(struct watch *w) {
    struct watch *first = radix_get(&w->epoll->watches, (uint64_t)w->descriptor);
    if (first == w) {
        // Replacing a key that is there takes no memory.
        if (w->next) (void)radix_set(&w->epoll->watches, (uint64_t)w->descriptor, w->next);
        else radix_remove(&w->epoll->watches, (uint64_t)w->descriptor);
    } else {
        while (first->next != w) first = first->next;
        first->next = w->next;
    }
    for (unsigned i = 0; i < w->hook_count; i++) wait_end(&w->hooks[i].waiter);
    unlink_ready(w);
    list_remove(&w->file_node);
    kfree(w);
}

/// Levels of epolls from `e` on downwards (those that it watches) or upwards, itself counted. `*meets`: whether `other`
/// is one of them. Each is looked at once: `turn` is another number at every count.
static unsigned levels(struct epoll *e, bool upwards, uint64_t turn, const struct epoll *other, bool *meets) {
    unsigned most = 0;
    uint64_t key = 0;
    if (e == other) *meets = true;
    if (e->turn == turn) return e->levels;
    if (upwards) {
        for (struct list *at = e->file->watches.next; at != &e->file->watches; at = at->next) {
            unsigned n = levels(container_of(at, struct watch, file_node)->epoll, true, turn, other, meets);
            if (n > most) most = n;
        }
    } else {
        for (struct watch *w; (w = radix_next(&e->watches, &key)); key++) {
            for (; w; w = w->next) {
                unsigned n = epoll_is(w->file) ? levels(w->file->data, false, turn, other, meets) : 0;
                if (n > most) most = n;
            }
        }
    }
    e->turn = turn;
    e->levels = most + 1;
    return most + 1;
}

/// Whether `e` may watch `inner`: not in a circle, nor in a chain that is too long for wake-ups to go up.
static bool may_nest(struct epoll *e, struct epoll *inner) {
    static uint64_t turn;
    bool meets = false;
    unsigned below = levels(inner, false, ++turn, e, &meets);
    return !meets && levels(e, true, ++turn, inner, &meets) + below <= DEEPEST;
}

static int add(struct epoll *e, int descriptor, struct file *file, const struct epoll_event *event) {
    if (find(e, descriptor, file)) return -EEXIST;
    if (epoll_is(file) && !may_nest(e, file->data)) return -ELOOP;
    struct watch *w = kzalloc(sizeof *w);
    if (!w) return -ENOMEM;
    *w = (struct watch){.epoll = e, .file = file, .event = *event, .descriptor = descriptor};
    w->next = radix_get(&e->watches, (uint64_t)descriptor);
    if (radix_set(&e->watches, (uint64_t)descriptor, w) != 0) {
        kfree(w);
        return -ENOMEM;
    }
    list_init(&w->ready_node);
    list_push_back(&file->watches, &w->file_node);
    struct hooking hooking = {.queues = {.add = add_hook}, .watch = w};
    if (ask(w, &hooking.queues)) notified(&(struct hook){.watch = w}.waiter);
    return 0;
}

int epoll_change(struct file *epoll, enum epoll_change change, int descriptor, struct file *file,
                 const struct epoll_event *event) {
    struct epoll *e = epoll->data;
    if (!file->operations->poll || inode_is(file->inode, MODE_FILE)) return -EPERM;
    if (epoll == file) return -EINVAL;
    mutex_lock(&lock);
    struct watch *w = find(e, descriptor, file);
    int result = 0;
    if (change == EPOLL_ADD) {
        result = add(e, descriptor, file, event);
    } else if (!w) {
        result = -ENOENT;
    } else if (change == EPOLL_REMOVE) {
        release(w);
    } else if (w->event.events & EXCLUSIVE) {
        result = -EINVAL;
    } else {
        w->event = *event;
        if (ask(w, NULL)) notified(&(struct hook){.watch = w}.waiter);
    }
    mutex_unlock(&lock);
    return result;
}

/// Takes what is ready out of the list, in turn; what is level-triggered goes to its end. How many. The lock is held.
static long gather(struct epoll *e, struct epoll_event *events, unsigned most) {
    long count = 0;
    struct watch *first_kept = NULL;
    while (count < (long)most) {
        bool on = interrupts_disable();
        struct watch *w = list_is_empty(&e->ready) ? NULL : container_of(e->ready.next, struct watch, ready_node);
        if (w && w != first_kept) list_remove(&w->ready_node);
        interrupts_restore(on);
        if (!w || w == first_kept) break;
        // After it was taken out, so that a wake-up from now on puts it in again.
        unsigned ready = ask(w, NULL);
        if (!ready || !(w->event.events & ~(EDGE | ONE_SHOT | EXCLUSIVE | WAKE_UP))) continue;
        events[count++] = (struct epoll_event){.events = ready, .data = w->event.data};
        if (w->event.events & ONE_SHOT) {
            w->event.events &= EDGE | ONE_SHOT | WAKE_UP;
        } else if (!(w->event.events & EDGE)) {
            make_ready(w);
            if (!first_kept) first_kept = w;
        }
    }
    return count;
}

long epoll_wait(struct file *epoll, struct epoll_event *events, unsigned most, uint64_t deadline_ns) {
    struct epoll *e = epoll->data;
    struct waiter w;
    long result = 0, count = 0;
    wait_begin(&e->changed, &w);
    for (;;) {
        mutex_lock(&lock);
        count = gather(e, events, most);
        mutex_unlock(&lock);
        if (count != 0 || deadline_ns == 0 || result != 0) break;
        result = wait_sleep(&w, deadline_ns);
    }
    wait_end(&w);
    ready_batch_set((unsigned)count);
    return count != 0 || result == -ETIMEDOUT ? count : result;
}

void epoll_forget(struct file *file) {
    if (list_is_empty(&file->watches)) return;
    mutex_lock(&lock);
    while (!list_is_empty(&file->watches)) release(container_of(file->watches.next, struct watch, file_node));
    mutex_unlock(&lock);
}

static void close_epoll(struct file *file) {
    struct epoll *e = file->data;
    uint64_t key = 0;
    mutex_lock(&lock);
    for (struct watch *w; (w = radix_next(&e->watches, &key));) release(w);
    mutex_unlock(&lock);
    kfree(e);
}

static const struct file_operations operations = {
    .kind = "anon_inode:[eventpoll]", .poll = poll_epoll, .close = close_epoll};

struct file *epoll_make(void) {
    struct epoll *e = kzalloc(sizeof *e);
    if (!e) return NULL;
    list_init(&e->ready);
    wait_queue_init(&e->changed);
    struct file *file = file_unnamed(&operations, OPEN_READ_WRITE, e);
    if (file) e->file = file;
    else kfree(e);
    return file;
}

bool epoll_is(const struct file *file) { return file->operations == &operations; }
