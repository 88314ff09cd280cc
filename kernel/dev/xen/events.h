// Event channels, Xen's interrupts: two levels of bits in a page that Xen shares with the machine. And what else is in
// that page.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// The page, as far as one processor needs it.
struct xen_shared_info {
    volatile uint8_t upcall_pending, upcall_masked, unused[6];
    volatile uint64_t selected; // words of `pending` with something in them
    uint8_t registers[16];
    uint8_t clock[32];
    uint8_t others[31 * 64];
    volatile uint64_t pending[64], masked[64];
    volatile uint32_t date_version, date_seconds, date_ns, date_seconds_high; // when Xen's clock was 0
};

/// Maps the page, with every port masked. False where Xen refuses.
bool xen_events_init(void);
struct xen_shared_info *xen_shared_info(void);
/// Lets events interrupt.
bool xen_events_start(void);

/// Calls `handler` at every event of `port`, with interrupts off. False where there are too many.
bool xen_event_attach(uint32_t port, void (*handler)(void *argument), void *argument);
/// A new port for domain `peer`, attached: its number, 0 where there is none to be had.
uint32_t xen_event_open(uint16_t peer, void (*handler)(void *argument), void *argument);
/// Where nobody can sleep: waits for an event of `port`, a tenth of a second at most, and takes it.
void xen_event_poll(uint32_t port);

/// The next port that is pending and not masked, taken out of the page; -1 if there is none. Pure, for its test.
int xen_event_take(struct xen_shared_info *s);
