// Xen and another domain on the host, for drivers of Xen's devices: shared pages, events, grants, xenstore, the
// back-end of one disk and of one network card (which sends back what it gets). They take their steps where all threads
// sleep, and where they are told.
//
// A hostile one says and does what none may.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { HOST_DISK_SECTORS = 1024, HOST_DISK = 51712 };

extern char host_disk[HOST_DISK_SECTORS * 512];

/// A fresh machine: memory, xenstore with both devices. Before the kernel's xen_events_init.
void xen_host_begin(uint64_t seed);
/// From now on so many of a hundred answers are damaged.
void xen_host_is_hostile(unsigned percent);
/// Sets a value in xenstore and tells who watches it.
void xen_host_set(const char *path, const char *value);
const char *xen_host_get(const char *path);
/// What a back-end has complained about: a grant that it does not have, a request that is none.
unsigned xen_host_complaints(void);
/// Requests of a disk that had their segments in a page of their own; flushes; discards.
extern unsigned host_indirect, host_flushes, host_discards;
