// Watches in one list, which is short. A watch holds its inode, but not longer than the inode has names: then it only
// waits for its end.
//
// Locking: one lock for all watches and queues. Nothing is freed under it that could announce something itself.

#include "fs/inotify.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { QUEUED_MOST = 16384, IGNORED = 0x8000, OVERFLOW = 0x4000, IS_DIRECTORY = 0x40000000, FIONREAD = 0x541b };

struct inotify {
    struct list events;
    unsigned count;
    uint64_t bytes;
    int last_number;
    struct wait_queue readable;
};

struct watch {
    struct list node;
    struct inotify *owner;
    struct inode *inode;
    bool holds; // a reference to the inode
    int number;
    uint32_t mask;
};

/// As struct inotify_event.
struct head {
    int32_t number;
    uint32_t mask, cookie, length; // of the name, with the zeros behind it
};

struct event {
    struct list node;
    struct head head;
    char name[];
};

static struct list watches = {&watches, &watches};
static struct mutex lock = MUTEX_FREE(lock);
static const struct file_operations operations;

static struct watch *watch_at(struct list *node) { return container_of(node, struct watch, node); }

/// Whether nobody watches anything: the usual case.
static inline bool is_idle(void) { return list_is_empty(&watches); }

static void queue(struct inotify *to, struct head head, const char *name, size_t length) {
    struct event *last = list_is_empty(&to->events) ? NULL : container_of(to->events.prev, struct event, node);
    // The name is padded to a multiple of the head's size.
    head.length = length ? (uint32_t)((length + sizeof head) / sizeof head * sizeof head) : 0;
    if (to->count >= QUEUED_MOST) {
        if (last->head.mask == OVERFLOW) return;
        head = (struct head){.number = -1, .mask = OVERFLOW};
        length = 0;
    }
    bool same = last && memcmp(&last->head, &head, sizeof head) == 0 && memcmp(last->name, name, length) == 0;
    if (same) return;
    struct event *e = kzalloc(sizeof *e + head.length);
    if (!e) return;
    e->head = head;
    memcpy(e->name, name, length);
    list_push_back(&to->events, &e->node);
    to->count++;
    to->bytes += sizeof head + head.length;
    wake_all(&to->readable);
}

/// Takes a watch out. The inode that it held is the caller's to drop, after the lock.
static struct inode *release(struct watch *w) {
    struct inode *held = w->holds ? w->inode : NULL;
    list_remove(&w->node);
    kfree(w);
    return held;
}

/// The lock is held.
static struct inode *tell(struct watch *w, uint32_t events, uint32_t cookie, const char *name, size_t length) {
    uint32_t told = events & (w->mask | (uint32_t)IS_DIRECTORY);
    if (told & NOTICE_MOVE_SELF) told &= ~(uint32_t)IS_DIRECTORY;
    if (!(told & NOTICE_ALL)) return NULL;
    queue(w->owner, (struct head){.number = w->number, .mask = told, .cookie = cookie}, name, length);
    if (!(w->mask & WATCH_ONE_SHOT)) return NULL;
    queue(w->owner, (struct head){.number = w->number, .mask = IGNORED}, "", 0);
    return release(w);
}

static void announce(const struct inode *inode, uint32_t events, uint32_t cookie, const char *name, size_t length) {
    struct inode *held = NULL;
    mutex_lock(&lock);
    for (struct list *at = watches.next, *next; at != &watches; at = next) {
        next = at->next;
        if (watch_at(at)->inode != inode) continue;
        // Watches of one inode hold a reference each: all but one can go at once.
        struct inode *released = tell(watch_at(at), events, cookie, name, length);
        if (held) inode_drop(released);
        else held = released;
    }
    mutex_unlock(&lock);
    inode_drop(held);
}

static uint32_t kind_of(const struct inode *inode) { return inode_is(inode, MODE_DIRECTORY) ? IS_DIRECTORY : 0; }

void inotify_inode(struct inode *inode, uint32_t events) {
    if (!is_idle()) announce(inode, events | kind_of(inode), 0, "", 0);
}

void inotify_name(struct inode *directory, const char *name, size_t length, uint32_t event, bool is_directory,
                  uint32_t cookie) {
    if (!is_idle()) announce(directory, event | (is_directory ? (uint32_t)IS_DIRECTORY : 0), cookie, name, length);
}

void inotify_place(struct dentry *place, uint32_t events) {
    if (is_idle() || !place || !place->inode) return;
    mutex_lock(&name_lock);
    struct inode *above = place->parent ? place->parent->inode : NULL;
    // A place without a name is nobody's entry, unless it has lost it: then its old directory still hears of it.
    if (above && !place->temporary) {
        announce(above, events | kind_of(place->inode), 0, place->name, place->length);
    }
    mutex_unlock(&name_lock);
    inotify_inode(place->inode, events);
}

/// Takes the references away that watches have to the inode, which the caller holds.
static void let_go(const struct inode *inode, struct inode *held) {
    unsigned dropped = 0;
    mutex_lock(&lock);
    for (struct list *at = watches.next; at != &watches; at = at->next) {
        struct watch *w = watch_at(at);
        if (w->inode != inode || !w->holds) continue;
        w->holds = false;
        dropped++;
    }
    mutex_unlock(&lock);
    while (dropped-- > 0) inode_drop(held);
}

void inotify_unlinked(struct inode *inode) {
    if (is_idle()) return;
    if (!inode_is(inode, MODE_DIRECTORY)) inotify_inode(inode, NOTICE_ATTRIBUTES);
    if (inode->links == 0) let_go(inode, inode);
}

void inotify_destroyed(struct inode *inode) {
    if (is_idle()) return;
    mutex_lock(&lock);
    for (struct list *at = watches.next, *next; at != &watches; at = next) {
        struct watch *w = watch_at(at);
        next = at->next;
        if (w->inode != inode) continue;
        if (w->mask & NOTICE_DELETE_SELF) {
            queue(w->owner, (struct head){.number = w->number, .mask = NOTICE_DELETE_SELF}, "", 0);
        }
        queue(w->owner, (struct head){.number = w->number, .mask = IGNORED}, "", 0);
        (void)release(w);
    }
    mutex_unlock(&lock);
}

uint32_t inotify_cookie(void) {
    static uint32_t last;
    return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

long inotify_watch(struct file *file, struct inode *inode, uint32_t mask) {
    struct inotify *n = file->data;
    const uint32_t kept = NOTICE_ALL | WATCH_ONE_SHOT | WATCH_EXCLUDE_UNLINKED;
    struct watch *made = kzalloc(sizeof *made);
    if (!made) return -ENOMEM;
    mutex_lock(&lock);
    for (struct list *at = watches.next; at != &watches; at = at->next) {
        struct watch *w = watch_at(at);
        if (w->owner != n || w->inode != inode) continue;
        long result = mask & WATCH_CREATE ? -EEXIST : w->number;
        if (result > 0) w->mask = (mask & WATCH_ADD ? w->mask : 0) | (mask & kept);
        mutex_unlock(&lock);
        kfree(made);
        return result;
    }
    *made = (struct watch){
        .owner = n, .inode = inode, .holds = inode->links > 0, .number = ++n->last_number, .mask = mask & kept};
    if (made->holds) inode_take(inode);
    list_push_back(&watches, &made->node);
    mutex_unlock(&lock);
    return made->number;
}

/// Ends a watch (number 0: any) of `n`. False if it has none of that number.
static bool end_watch(struct inotify *n, int number) {
    struct inode *held = NULL;
    bool found = false;
    mutex_lock(&lock);
    for (struct list *at = watches.next; at != &watches && !found; at = at->next) {
        struct watch *w = watch_at(at);
        if (w->owner != n || (number != 0 && w->number != number)) continue;
        if (number != 0) queue(n, (struct head){.number = number, .mask = IGNORED}, "", 0);
        held = release(w);
        found = true;
        break;
    }
    mutex_unlock(&lock);
    inode_drop(held);
    return found;
}

long inotify_unwatch(struct file *file, int number) {
    return number > 0 && end_watch(file->data, number) ? 0 : -EINVAL;
}

/// Takes the first event if it fits into `room` bytes. Null if there is none; `*too_long` if it does not fit.
static struct event *take(struct inotify *n, uint64_t room, bool *too_long) {
    struct event *e = NULL;
    mutex_lock(&lock);
    if (!list_is_empty(&n->events)) e = container_of(n->events.next, struct event, node);
    *too_long = e && sizeof e->head + e->head.length > room;
    if (*too_long) e = NULL;
    if (e) {
        list_remove(&e->node);
        n->count--;
        n->bytes -= sizeof e->head + e->head.length;
    }
    mutex_unlock(&lock);
    return e;
}

static long wait_for_event(struct file *file) {
    struct inotify *n = file->data;
    struct waiter w;
    long result = 0;
    if (n->count > 0) return 0;
    if (file->flags & OPEN_NONBLOCK) return -EAGAIN;
    wait_begin(&n->readable, &w);
    while (n->count == 0 && (result = wait_sleep(&w, WAIT_FOREVER)) == 0) {
    }
    wait_end(&w);
    return result;
}

static long read_events(struct file *file, struct io *io, uint64_t position) {
    long done = 0, result = 0;
    (void)position;
    while (result == 0) {
        bool too_long;
        struct event *e = take(file->data, io->left, &too_long);
        if (e) {
            result = io_put(io, &e->head, sizeof e->head + e->head.length);
            if (result == 0) done += (long)(sizeof e->head + e->head.length);
            kfree(e);
        } else if (done > 0) {
            break;
        } else {
            result = too_long ? -EINVAL : wait_for_event(file);
        }
    }
    return done > 0 ? done : result;
}

static unsigned poll_events(struct file *file, struct poll_queues *queues) {
    struct inotify *n = file->data;
    if (queues) queues->add(queues, &n->readable);
    return n->count > 0 ? POLL_IN : 0;
}

static long control(struct file *file, unsigned request, uint64_t argument) {
    const struct inotify *n = file->data;
    if (request != FIONREAD) return -ENOTTY;
    int32_t bytes = (int32_t)n->bytes;
    return copy_to_user(argument, &bytes, sizeof bytes);
}

static void close_inotify(struct file *file) {
    struct inotify *n = file->data;
    while (end_watch(n, 0)) {
    }
    while (!list_is_empty(&n->events)) {
        struct event *e = container_of(n->events.next, struct event, node);
        list_remove(&e->node);
        kfree(e);
    }
    kfree(n);
}

static const struct file_operations operations = {
    .kind = "anon_inode:inotify", .read = read_events, .poll = poll_events, .control = control, .close = close_inotify};

struct file *inotify_make(uint32_t flags) {
    struct inotify *n = kzalloc(sizeof *n);
    if (!n) return NULL;
    list_init(&n->events);
    wait_queue_init(&n->readable);
    struct file *file = file_unnamed(&operations, flags, n);
    if (!file) kfree(n);
    return file;
}

bool inotify_is(const struct file *file) { return file->operations == &operations; }
