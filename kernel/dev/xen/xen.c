// Xen: from nothing to devices.
#include "dev/xen/xen.h"

#include "arch/clock_event.h"
#include "arch/serial.h"
#include "arch/xen.h"
#include "dev/console.h"
#include "dev/xen/console.h"
#include "dev/xen/block.h"
#include "dev/xen/date.h"
#include "dev/xen/events.h"
#include "dev/xen/notes.h"
#include "dev/xen/power.h"
#include "dev/xen/store.h"

static bool is_there;

bool xen_is_there(void) { return is_there; }

void xen_init(void) {
    is_there = xen_find() && xen_events_init();
    if (!is_there) {
        return;
    }
    clock_use_pvclock(xen_shared_info()->clock);
    // A serial port, which only a PC on Xen has, was asked for.
    if (!serial_is_there()) {
        (void)xen_console_start();
    }
    xen_power_start();
}

void xen_devices_find(void) {
    if (!is_there) {
        return;
    }
    xen_date_take();
    xen_console_listen();
    if (!xen_events_start() || !store_start()) {
        klog("Xen offers no events or no xenstore: there are no disks and no network");
        return;
    }
    xen_notes_start();
    xen_unplug();
    xen_block_find();
}
