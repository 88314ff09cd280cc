// Calls of Xen, by what they do. Numbers and structures: Xen's public headers (xen.h, event_channel.h, memory.h,
// hvm/hvm_op.h, hvm/params.h, sched.h).
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { XEN_SELF = 0x7ff0, XEN_EVENTS_MOST = 4096 };

enum xen_parameter { XEN_STORE_PAGE = 1, XEN_STORE_EVENT = 2, XEN_CONSOLE_PAGE = 17, XEN_CONSOLE_EVENT = 18 };
enum xen_space { XEN_SHARED_INFO = 0, XEN_GRANT_TABLE = 1 };
enum xen_end { XEN_POWER_OFF = 0, XEN_REBOOT = 1, XEN_CRASH = 3 };

/// A page of Xen's in place of the page of memory at `pa`. 0 or a negative errno.
long xen_map_page(enum xen_space space, uint64_t index, uint64_t pa);
/// A parameter of the machine; 0 where there is none.
uint64_t xen_parameter(enum xen_parameter which);
/// An event channel that domain `peer` may connect to: its port, or a negative errno.
long xen_event_allocate(uint16_t peer);
void xen_event_send(uint32_t port);
void xen_event_close(uint32_t port);
/// Lets a port interrupt; at once if it is pending.
void xen_event_unmask(uint32_t port);
/// Waits until the port is pending, at most until `deadline_ns` on Xen's clock. Does not take it.
void xen_event_wait(uint32_t port, uint64_t deadline_ns);
/// Tells Xen that this machine has ended.
_Noreturn void xen_end(enum xen_end reason);
