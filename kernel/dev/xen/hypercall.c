// Calls of Xen, by what they do.
#include "dev/xen/hypercall.h"

#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/xen.h"

enum call { MEMORY = 12, SCHEDULE = 29, EVENT_CHANNEL = 32, MACHINE = 34 };
enum { MEMORY_ADD_TO_PHYSMAP = 7, MACHINE_GET_PARAMETER = 1 };
enum { EVENT_CLOSE = 3, EVENT_SEND = 4, EVENT_ALLOCATE = 6, EVENT_UNMASK = 9 };
enum { SCHEDULE_SHUTDOWN = 2, SCHEDULE_POLL = 3 };

long xen_map_page(enum xen_space space, uint64_t index, uint64_t pa) {
    struct {
        uint16_t domain, size;
        uint32_t space;
        uint64_t index, frame;
    } request = {.domain = XEN_SELF, .space = space, .index = index, .frame = pa / PAGE_SIZE};
    return xen_hypercall(MEMORY, MEMORY_ADD_TO_PHYSMAP, (uintptr_t)&request, 0);
}

uint64_t xen_parameter(enum xen_parameter which) {
    struct {
        uint16_t domain, padding;
        uint32_t index;
        uint64_t value;
    } request = {.domain = XEN_SELF, .index = which};
    return xen_hypercall(MACHINE, MACHINE_GET_PARAMETER, (uintptr_t)&request, 0) == 0 ? request.value : 0;
}

long xen_event_allocate(uint16_t peer) {
    struct {
        uint16_t domain, peer;
        uint32_t port;
    } request = {.domain = XEN_SELF, .peer = peer};
    long result = xen_hypercall(EVENT_CHANNEL, EVENT_ALLOCATE, (uintptr_t)&request, 0);
    return result == 0 ? (long)request.port : result;
}

static void call_port(unsigned operation, uint32_t port) {
    (void)xen_hypercall(EVENT_CHANNEL, operation, (uintptr_t)&port, 0);
}

void xen_event_send(uint32_t port) { call_port(EVENT_SEND, port); }
void xen_event_close(uint32_t port) { call_port(EVENT_CLOSE, port); }
void xen_event_unmask(uint32_t port) { call_port(EVENT_UNMASK, port); }

void xen_event_wait(uint32_t port, uint64_t deadline_ns) {
    struct {
        uint64_t ports;
        uint32_t count, padding;
        uint64_t deadline_ns;
    } request = {.ports = (uintptr_t)&port, .count = 1, .deadline_ns = deadline_ns};
    (void)xen_hypercall(SCHEDULE, SCHEDULE_POLL, (uintptr_t)&request, 0);
}

void xen_end(enum xen_end reason) {
    uint32_t why = reason;
    (void)xen_hypercall(SCHEDULE, SCHEDULE_SHUTDOWN, (uintptr_t)&why, 0);
    halt_forever();
}
