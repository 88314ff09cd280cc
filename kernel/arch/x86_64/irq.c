// Interrupts of devices: from a line or a message to a handler.
#include "arch/irq.h"

#include "arch/x86_64/apic.h"
#include "arch/x86_64/ioapic.h"
#include "arch/layout.h"
#include "lib/errno.h"
#include "mem/heap.h"
#include <stddef.h>

struct action {
    struct action *next;
    irq_handler handler;
    void *argument;
};

enum { DEVICE_VECTORS = VECTOR_SPURIOUS - VECTOR_FIRST_DEVICE };

static struct slot {
    struct action first;
    uint32_t line; // plus one; 0 for a message
} slots[DEVICE_VECTORS];
static unsigned used;

static void (*timer_handler)(void);

static struct slot *new_slot(irq_handler handler, void *argument) {
    if (used == DEVICE_VECTORS) {
        return NULL;
    }
    struct slot *slot = &slots[used++];
    slot->first = (struct action){.handler = handler, .argument = argument};
    return slot;
}

static unsigned vector_of(const struct slot *slot) { return VECTOR_FIRST_DEVICE + (unsigned)(slot - slots); }

int irq_attach_message(irq_handler handler, void *argument, struct msi_message *message) {
    struct slot *slot = new_slot(handler, argument);
    if (slot == NULL) {
        return -ENOSPC;
    }
    // SDM volume 3, 11.11: fixed delivery, edge, to this processor.
    *message = (struct msi_message){0xfee00000ull | (uint64_t)apic_id() << 12, vector_of(slot)};
    return 0;
}

void irq_add_controller(uint64_t pa, uint32_t first_line) { ioapic_add(pa, first_line); }

int irq_attach_line(struct irq_line line, irq_handler handler, void *argument) {
    for (unsigned i = 0; i < used; i++) {
        if (slots[i].line == line.number + 1) {
            struct action *more = kzalloc(sizeof(*more));
            if (more == NULL) {
                return -ENOMEM;
            }
            *more = (struct action){slots[i].first.next, handler, argument};
            slots[i].first.next = more;
            return 0;
        }
    }
    struct slot *slot = new_slot(handler, argument);
    if (slot == NULL) {
        return -ENOSPC;
    }
    slot->line = line.number + 1;
    return ioapic_route(line.number, line.level, line.active_low, vector_of(slot));
}

void irq_set_timer(void (*handler)(void)) { timer_handler = handler; }

void irq_dispatch(unsigned vector) {
    if (vector == VECTOR_SPURIOUS) {
        return;
    }
    if (vector > VECTOR_SPURIOUS) {
        // Nothing of ours. The old controllers want no end of it; to the local APIC it is harmless where it has none in
        // service.
        apic_end_of_interrupt();
        return;
    }
    if (vector == VECTOR_TIMER) {
        apic_end_of_interrupt();
        if (timer_handler != NULL) { // else firmware's timer, still pending
            timer_handler();
        }
        return;
    }
    for (struct action *a = &slots[vector - VECTOR_FIRST_DEVICE].first; a != NULL; a = a->next) {
        if (a->handler != NULL) {
            a->handler(a->argument);
        }
    }
    apic_end_of_interrupt();
}
