// From the loader's jump to the first thread: memory, interrupts, clock, devices, in the order in which they need each
// other.
#include "arch/clock_event.h"
#include "arch/paging.h"
#include "arch/serial.h"
#include "arch/start.h"
#include "boot/boot.h"
#include "boot/start_info.h"
#include "dev/acpi.h"
#include "dev/console.h"
#include "dev/console_backend.h"
#include "dev/nvme.h"
#include "dev/virtio/blk.h"
#include "dev/virtio/console.h"
#include "dev/virtio/mmio.h"
#include "dev/virtio/net.h"
#include "dev/virtio/pci.h"
#include "dev/virtio/scsi.h"
#include "dev/xen/net.h"
#include "dev/xen/xen.h"
#include "mem/phys.h"
#include "mem/phys_init.h"
#include "lib/panic.h"
#include "program.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "sched/timer.h"
#include <stddef.h>

_Noreturn void kernel_entry(uint32_t start_info);

static void memory_init(uint32_t start_info) {
    const char *wrong = start_info_read(start_info);
    if (wrong != NULL) {
        panic("%s", wrong);
    }
    if (!arch_start_memory()) {
        panic("there is not enough memory for the page tables");
    }
    for (unsigned i = 0; i < boot_ram.count; i++) {
        phys_add_range(boot_ram.list[i].start, boot_ram.list[i].end);
    }
}

/// The console first: what a disk has to say should be seen. Disks count in this order.
static void devices_init(void) {
    xen_devices_find();
    virtio_mmio_find();
    virtio_pci_find();
    virtio_console_find();
    virtio_blk_find();
    virtio_scsi_find();
    nvme_find();
    network_card_add_source(xen_net_next);
    network_card_add_source(virtio_net_next);
}

_Noreturn void kernel_entry(uint32_t start_info) {
    serial_init();
    arch_start_processor();
    memory_init(start_info);
    arch_start_interrupts();
    xen_init();
    clock_init();
    acpi_init();
    sched_init();
    // On the serial port, before there is a virtio console: the program's output is then the other part, whole.
    if (!boot_has_option("quiet")) {
        klog("%s, %lu MiB", PITH_VERSION, (unsigned long)(phys_total_pages() * PAGE_SIZE >> 20));
    }
    devices_init();
    timers_init();
    console_listen();
    if (thread_create_user("program", program_main, NULL, NULL) == NULL) {
        panic("there is not enough memory for the first thread");
    }
    sched_idle();
}
