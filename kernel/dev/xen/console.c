// Xen's console.
#include "dev/xen/console.h"

#include "arch/clock.h"
#include "arch/cpu.h"
#include "arch/paging.h"
#include "dev/console_backend.h"
#include "dev/xen/byte_ring.h"
#include "dev/xen/events.h"
#include "dev/xen/hypercall.h"
#include "sched/thread_state.h"
#include <stddef.h>

enum { IN_SIZE = 1024, OUT_SIZE = 2048, PANIC_PATIENCE_NS = 1000000000 };

struct console_page {
    volatile uint8_t in[IN_SIZE], out[OUT_SIZE];
    volatile uint32_t in_taken, in_put, out_taken, out_put;
};

static struct byte_ring in, out;
static uint32_t port;
static struct wait_queue writable = {.waiters = {&writable.waiters, &writable.waiters}};

static bool has_room(void) { return out.own - *out.taken < OUT_SIZE; }
static bool is_idle(void) { return byte_ring_is_empty(&out); }

/// Waits until the claim holds. With interrupts off, which come on while it sleeps.
static void wait_until(bool (*claim)(void)) {
    if (!sched_can_sleep()) {
        while (!out.broken && !claim()) {
            xen_event_poll(port);
        }
        return;
    }
    struct waiter w;
    wait_begin(&writable, &w);
    while (!out.broken && !claim()) {
        wait_sleep_uninterrupted(&w, WAIT_FOREVER);
    }
    wait_end(&w);
}

static void write(const void *bytes, size_t n) {
    const char *at = bytes;
    bool on = interrupts_disable();
    while (n > 0 && !out.broken) {
        size_t here = byte_ring_put(&out, at, n);
        at += here;
        n -= here;
        xen_event_send(port);
        if (n > 0) {
            wait_until(has_room);
        }
    }
    interrupts_restore(on);
}

static size_t read(void *to, size_t cap) {
    bool on = interrupts_disable();
    size_t n = byte_ring_take(&in, to, cap);
    if (n > 0) {
        xen_event_send(port);
    }
    interrupts_restore(on);
    return n;
}

static void drain(void) {
    bool on = interrupts_disable();
    wait_until(is_idle);
    interrupts_restore(on);
}

static void panic_write(const void *bytes, size_t n) {
    const char *at = bytes;
    uint64_t deadline = clock_ns() + PANIC_PATIENCE_NS;
    while (!out.broken && (n > 0 || !is_idle()) && clock_ns() < deadline) {
        size_t here = byte_ring_put(&out, at, n);
        at += here;
        n -= here;
        xen_event_send(port);
        if (n > 0 || !is_idle()) {
            xen_event_poll(port);
        }
    }
}

static void interrupted(void *unused) {
    (void)unused;
    wake_all(&writable);
    if (*in.put != in.own) {
        wake_all(&console_input);
    }
}

void xen_console_listen(void) {
    if (port != 0) {
        (void)xen_event_attach(port, interrupted, NULL);
    }
}

bool xen_console_start(void) {
    static const struct console_backend backend = {write, read, drain, panic_write};
    uint64_t frame = xen_parameter(XEN_CONSOLE_PAGE), event = xen_parameter(XEN_CONSOLE_EVENT);
    struct console_page *page = frame != 0 ? paging_map_shared(frame * PAGE_SIZE, PAGE_SIZE) : NULL;
    if (page == NULL || event == 0 || event >= XEN_EVENTS_MOST) {
        return false;
    }
    byte_ring_init_put(&out, page->out, OUT_SIZE, &page->out_put, &page->out_taken);
    byte_ring_init_take(&in, page->in, IN_SIZE, &page->in_put, &page->in_taken);
    port = (uint32_t)event;
    console_use(&backend);
    return true;
}
