// Xenstore: one request at a time, and watches.
//
// The event's handler takes all that has come out of the ring: an answer wakes who waits for it, a watch's event wakes
// the thread that tells. Where nobody can sleep, who waits looks by itself.
#include "dev/xen/store.h"

#include "arch/clock.h"
#include "arch/cpu.h"
#include "arch/paging.h"
#include "dev/console.h"
#include "dev/xen/byte_ring.h"
#include "dev/xen/events.h"
#include "dev/xen/hypercall.h"
#include "dev/xen/store_reader.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "sched/mutex.h"
#include "sched/thread.h"
#include "sched/thread_state.h"

enum { RING = 1024, TOKEN_CAP = 12 };
/// A xenstore that has not answered by then never will.
#define PATIENCE_NS 30000000000ull

struct store_page {
    volatile uint8_t requests[RING], answers[RING];
    volatile uint32_t requests_taken, requests_put, answers_taken, answers_put;
};

static struct byte_ring out, in;
static uint32_t port; // 0: there is no xenstore
static struct store_reader reader;
static struct mutex lock = MUTEX_FREE(lock);
static struct wait_queue changed = {.waiters = {&changed.waiters, &changed.waiters}};
static struct wait_queue told = {.waiters = {&told.waiters, &told.waiters}};
static struct list watches = {&watches, &watches};

/// The request that is waited for, and where its answer goes.
static struct {
    uint32_t number;
    bool is_answered;
    long result;
    char *to;
    size_t cap;
} waiting;

static bool is_broken(void) { return in.broken || out.broken || reader.broken; }

static void take_answer(void) {
    const struct store_header *h = &reader.header;
    if (waiting.is_answered || h->request != waiting.number) {
        return; // of nobody
    }
    waiting.is_answered = true;
    if (h->type == STORE_ERROR) {
        waiting.result = strcmp(reader.body, "ENOENT") == 0 ? -ENOENT : -EIO;
        return;
    }
    size_t n = h->length < waiting.cap ? h->length : waiting.cap;
    waiting.result = (long)n;
    if (waiting.to != NULL) {
        memcpy(waiting.to, reader.body, n);
        waiting.to[n] = '\0';
    }
}

static void take_event(void) {
    const char *path, *token;
    uint64_t number;
    if (!store_reader_event(&reader, &path, &token) || !store_number(token, &number)) {
        return;
    }
    for (struct list *at = watches.next; at != &watches; at = at->next) {
        struct store_watch *w = container_of(at, struct store_watch, node);
        if (w->token == number) {
            w->has_changed = true;
            wake_all(&told);
        }
    }
}

/// With interrupts off.
static void arrived(void *unused) {
    (void)unused;
    uint32_t before = in.own;
    while (store_reader_next(&reader, &in)) {
        if (reader.header.type == STORE_WATCH_EVENT) {
            take_event();
        } else {
            take_answer();
        }
    }
    if (in.own != before) {
        xen_event_send(port);
    }
    wake_all(&changed); // also of room
}

/// Waits for the next event. With interrupts off, which come on while it sleeps.
static void wait_event(struct waiter *w, uint64_t deadline_ns) {
    if (w->thread != NULL) {
        wait_sleep_uninterrupted(w, deadline_ns);
    } else {
        xen_event_poll(port);
        arrived(NULL);
    }
}

static void send(const void *bytes, size_t n, struct waiter *w, uint64_t deadline_ns) {
    const char *at = bytes;
    while (n > 0 && !is_broken() && clock_ns() < deadline_ns) {
        size_t here = byte_ring_put(&out, at, n);
        at += here;
        n -= here;
        if (n > 0) {
            xen_event_send(port);
            wait_event(w, deadline_ns);
        }
    }
}

/// Sends a request of two parts and waits for its answer. `to` has room for `cap` bytes and a NUL.
static long ask(enum store_type type, const char *path, const char *more, size_t more_length, char *to, size_t cap) {
    static uint32_t last;
    size_t length = strlen(path) + 1;
    struct waiter w = {0};
    if (port == 0) {
        return -ENOENT;
    }
    bool can_sleep = sched_can_sleep();
    if (can_sleep) {
        mutex_lock(&lock);
    }
    bool on = interrupts_disable();
    if (can_sleep) {
        wait_begin(&changed, &w);
    }
    waiting.number = ++last;
    waiting.is_answered = false;
    waiting.to = to;
    waiting.cap = cap;
    struct store_header h = {type, last, 0, (uint32_t)(length + more_length)};
    uint64_t deadline_ns = clock_ns() + PATIENCE_NS;
    send(&h, sizeof(h), &w, deadline_ns);
    send(path, length, &w, deadline_ns);
    send(more, more_length, &w, deadline_ns);
    xen_event_send(port);
    while (!waiting.is_answered && !is_broken() && clock_ns() < deadline_ns) {
        wait_event(&w, deadline_ns);
    }
    long result = waiting.is_answered ? waiting.result : -EIO;
    // What was sent by halves would be read as the start of the next one.
    out.broken = out.broken || !waiting.is_answered;
    waiting.is_answered = true;
    if (can_sleep) {
        wait_end(&w);
    }
    interrupts_restore(on);
    if (can_sleep) {
        mutex_unlock(&lock);
    }
    return result;
}

long store_read(const char *path, char *to, size_t cap) { return ask(STORE_READ, path, NULL, 0, to, cap - 1); }

long store_list(const char *path, char *to, size_t cap) { return ask(STORE_DIRECTORY, path, NULL, 0, to, cap - 1); }

long store_write(const char *path, const char *value) {
    long result = ask(STORE_WRITE, path, value, strlen(value), NULL, 0);
    return result < 0 ? result : 0;
}

long store_watch(struct store_watch *watch, const char *path, void (*when_changed)(struct store_watch *watch)) {
    static uint32_t last;
    char token[TOKEN_CAP];
    watch->changed = when_changed;
    watch->has_changed = false;
    bool on = interrupts_disable();
    watch->token = ++last;
    list_push_back(&watches, &watch->node);
    interrupts_restore(on);
    format_text(token, sizeof(token), "%u", watch->token);
    long result = ask(STORE_WATCH, path, token, strlen(token) + 1, NULL, 0);
    if (result < 0) {
        on = interrupts_disable();
        list_remove(&watch->node);
        interrupts_restore(on);
    }
    return result < 0 ? result : 0;
}

void store_wait(struct store_watch *watch, uint64_t deadline_ns) {
    struct waiter w = {0};
    bool on = interrupts_disable(), can_sleep = sched_can_sleep();
    if (can_sleep) {
        wait_begin(&changed, &w);
    }
    while (!watch->has_changed && !is_broken() && clock_ns() < deadline_ns) {
        wait_event(&w, deadline_ns);
    }
    watch->has_changed = false;
    if (can_sleep) {
        wait_end(&w);
    }
    interrupts_restore(on);
}

static struct store_watch *next_changed(void) {
    for (struct list *at = watches.next; at != &watches; at = at->next) {
        struct store_watch *w = container_of(at, struct store_watch, node);
        if (w->has_changed && w->changed != NULL) {
            w->has_changed = false;
            return w;
        }
    }
    return NULL;
}

static void tell(void *unused) {
    (void)unused;
    struct waiter w;
    wait_begin(&told, &w);
    for (;;) {
        bool on = interrupts_disable();
        struct store_watch *watch = next_changed();
        interrupts_restore(on);
        if (watch != NULL) {
            watch->changed(watch);
        } else {
            wait_sleep(&w, WAIT_FOREVER);
        }
    }
}

void store_start_watching(void) {
    if (port != 0 && thread_create("xenstore", tell, NULL) == NULL) {
        klog("no memory to listen to xenstore");
    }
}

bool store_start(void) {
    uint64_t frame = xen_parameter(XEN_STORE_PAGE), event = xen_parameter(XEN_STORE_EVENT);
    struct store_page *page = frame != 0 ? paging_map_shared(frame * PAGE_SIZE, PAGE_SIZE) : NULL;
    if (page == NULL || event == 0 || event >= XEN_EVENTS_MOST) {
        return false;
    }
    byte_ring_init_put(&out, page->requests, RING, &page->requests_put, &page->requests_taken);
    byte_ring_init_take(&in, page->answers, RING, &page->answers_put, &page->answers_taken);
    port = (uint32_t)event;
    if (!xen_event_attach(port, arrived, NULL)) {
        port = 0;
    }
    return port != 0;
}
