// Event channels: from bits that Xen sets to handlers.
#include "dev/xen/events.h"

#include "arch/clock_event.h"
#include "arch/paging.h"
#include "arch/xen.h"
#include "dev/xen/hypercall.h"
#include "lib/string.h"
#include "mem/phys.h"
#include <stddef.h>

_Static_assert(offsetof(struct xen_shared_info, clock) == 32, "the first processor's time");
_Static_assert(offsetof(struct xen_shared_info, pending) == 0x800, "behind 32 processors");
_Static_assert(offsetof(struct xen_shared_info, date_version) == 0xc00, "behind the ports");

enum { WORD = 64, PORTS_MOST = 256, POLL_NS = 100000000 };

static struct xen_shared_info *shared;

/// Ports are given out from below; beyond so many there are none for us.
static struct binding {
    void (*handler)(void *argument);
    void *argument;
} bindings[PORTS_MOST];

struct xen_shared_info *xen_shared_info(void) { return shared; }

bool xen_events_init(void) {
    uint64_t pa = phys_alloc_zeroed();
    if (pa == 0 || xen_map_page(XEN_SHARED_INFO, 0, pa) != 0) {
        return false;
    }
    shared = phys_to_virt(pa);
    for (unsigned i = 0; i < WORD; i++) {
        shared->masked[i] = UINT64_MAX;
    }
    return true;
}

int xen_event_take(struct xen_shared_info *s) {
    for (;;) {
        uint64_t selected = s->selected;
        if (selected == 0) {
            return -1;
        }
        unsigned word = (unsigned)__builtin_ctzll(selected);
        // First the word's bit: what comes after that sets it again.
        __atomic_fetch_and(&s->selected, ~(1ull << word), __ATOMIC_SEQ_CST);
        uint64_t ready = __atomic_load_n(&s->pending[word], __ATOMIC_SEQ_CST) & ~s->masked[word];
        if (ready == 0) {
            continue;
        }
        uint64_t bit = ready & -ready;
        __atomic_fetch_and(&s->pending[word], ~bit, __ATOMIC_SEQ_CST);
        if (ready != bit) {
            __atomic_fetch_or(&s->selected, 1ull << word, __ATOMIC_SEQ_CST);
        }
        return (int)(word * WORD + (unsigned)__builtin_ctzll(bit));
    }
}

static void interrupted(void *unused) {
    (void)unused;
    while (__atomic_exchange_n(&shared->upcall_pending, 0, __ATOMIC_SEQ_CST) != 0) {
        for (int port; (port = xen_event_take(shared)) >= 0;) {
            if (port < PORTS_MOST && bindings[port].handler != NULL) {
                bindings[port].handler(bindings[port].argument);
            }
        }
    }
}

bool xen_events_start(void) { return xen_deliver_events(interrupted); }

bool xen_event_attach(uint32_t port, void (*handler)(void *argument), void *argument) {
    if (port == 0 || port >= PORTS_MOST) {
        return false;
    }
    bindings[port] = (struct binding){handler, argument};
    xen_event_unmask(port);
    return true;
}

uint32_t xen_event_open(uint16_t peer, void (*handler)(void *argument), void *argument) {
    long port = xen_event_allocate(peer);
    if (port <= 0) {
        return 0;
    }
    if (!xen_event_attach((uint32_t)port, handler, argument)) {
        xen_event_close((uint32_t)port);
        return 0;
    }
    return (uint32_t)port;
}

void xen_event_poll(uint32_t port) {
    volatile uint64_t *word = &shared->pending[port / WORD];
    uint64_t bit = 1ull << port % WORD;
    if ((*word & bit) == 0) {
        xen_event_wait(port, clock_pvclock_ns() + POLL_NS);
    }
    __atomic_fetch_and(word, ~bit, __ATOMIC_SEQ_CST);
}
