// Virtio devices whose registers simply lie in memory (VIRTIO 1.1, 4.2.2): QEMU's microvm, Firecracker.
#include "dev/virtio/mmio.h"

#include "arch/irq.h"
#include "arch/paging.h"
#include "boot/boot.h"
#include "boot/options.h"
#include "dev/acpi.h"
#include "dev/aml_scan.h"
#include "dev/console.h"
#include "dev/virtio/device_option.h"
#include "dev/virtio/virtqueue.h"
#include "lib/errno.h"
#include "mem/heap.h"

enum mmio_register {
    MMIO_MAGIC = 0x00,
    MMIO_VERSION = 0x04,
    MMIO_DEVICE = 0x08,
    MMIO_FEATURES = 0x10,
    MMIO_FEATURES_SELECT = 0x14,
    MMIO_ACCEPT = 0x20,
    MMIO_ACCEPT_SELECT = 0x24,
    MMIO_QUEUE_SELECT = 0x30,
    MMIO_QUEUE_MAX = 0x34,
    MMIO_QUEUE_SIZE = 0x38,
    MMIO_QUEUE_READY = 0x44,
    MMIO_QUEUE_NOTIFY = 0x50,
    MMIO_INTERRUPT_STATUS = 0x60,
    MMIO_INTERRUPT_ACK = 0x64,
    MMIO_STATUS = 0x70,
    MMIO_QUEUE_DESC = 0x80,
    MMIO_QUEUE_AVAIL = 0x90,
    MMIO_QUEUE_USED = 0xa0,
    MMIO_CONFIG = 0x100,
};
enum { MAGIC = 0x74726976, MODERN = 2, WINDOW = 0x200 };

static uint32_t read(const struct virtio_device *dev, unsigned reg) {
    return *(volatile uint32_t *)(dev->registers + reg);
}

static void write(struct virtio_device *dev, unsigned reg, uint32_t value) {
    *(volatile uint32_t *)(dev->registers + reg) = value;
}

static void write_address(struct virtio_device *dev, unsigned reg, const volatile void *at) {
    uint64_t pa = virt_to_phys((const void *)(uintptr_t)at);
    write(dev, reg, (uint32_t)pa);
    write(dev, reg + 4, (uint32_t)(pa >> 32));
}

static uint64_t features(struct virtio_device *dev) {
    write(dev, MMIO_FEATURES_SELECT, 1);
    uint64_t high = read(dev, MMIO_FEATURES);
    write(dev, MMIO_FEATURES_SELECT, 0);
    return high << 32 | read(dev, MMIO_FEATURES);
}

static void accept(struct virtio_device *dev, uint64_t accepted) {
    write(dev, MMIO_ACCEPT_SELECT, 1);
    write(dev, MMIO_ACCEPT, (uint32_t)(accepted >> 32));
    write(dev, MMIO_ACCEPT_SELECT, 0);
    write(dev, MMIO_ACCEPT, (uint32_t)accepted);
}

static uint8_t status(struct virtio_device *dev) { return (uint8_t)read(dev, MMIO_STATUS); }

static void set_status(struct virtio_device *dev, uint8_t value) { write(dev, MMIO_STATUS, value); }

static uint64_t config(struct virtio_device *dev, unsigned offset, unsigned size) {
    volatile uint8_t *at = dev->registers + MMIO_CONFIG + offset;
    switch (size) {
    case 1: return *at;
    case 2: return *(volatile uint16_t *)at;
    case 4: return *(volatile uint32_t *)at;
    default: return *(volatile uint32_t *)at | (uint64_t)*(volatile uint32_t *)(at + 4) << 32;
    }
}

static uint16_t queue_size(struct virtio_device *dev, uint16_t index) {
    write(dev, MMIO_QUEUE_SELECT, index);
    uint32_t max = read(dev, MMIO_QUEUE_MAX);
    return max > 0x8000 ? 0x8000 : (uint16_t)max;
}

static bool enable_queue(struct virtio_device *dev, struct virtqueue *q) {
    write(dev, MMIO_QUEUE_SIZE, q->size);
    write_address(dev, MMIO_QUEUE_DESC, q->desc);
    write_address(dev, MMIO_QUEUE_AVAIL, q->avail);
    write_address(dev, MMIO_QUEUE_USED, q->used);
    write(dev, MMIO_QUEUE_READY, 1);
    q->doorbell = dev->registers + MMIO_QUEUE_NOTIFY;
    q->doorbell_value = q->index;
    q->doorbell_wide = true;
    return true;
}

static void interrupted(void *argument) {
    struct virtio_device *dev = argument;
    uint32_t why = read(dev, MMIO_INTERRUPT_STATUS);
    if (why != 0) {
        write(dev, MMIO_INTERRUPT_ACK, why);
        virtio_interrupt(dev);
    }
}

static int attach_interrupt(struct virtio_device *dev) {
    return irq_attach_line((struct irq_line){dev->line, dev->line_level, dev->line_low}, interrupted, dev);
}

static const struct virtio_transport mmio_transport = {
    .features = features,
    .accept = accept,
    .status = status,
    .set_status = set_status,
    .config = config,
    .queue_size = queue_size,
    .enable_queue = enable_queue,
    .attach_interrupt = attach_interrupt,
};

static void look_at(uint64_t base, uint32_t line, bool level, bool active_low) {
    volatile uint8_t *registers = paging_map_device(base, WINDOW);
    if (registers == NULL || *(volatile uint32_t *)(registers + MMIO_MAGIC) != MAGIC) {
        return;
    }
    uint32_t type = *(volatile uint32_t *)(registers + MMIO_DEVICE);
    if (type == 0) {
        return; // a slot without a device
    }
    if (*(volatile uint32_t *)(registers + MMIO_VERSION) != MODERN) {
        klog("a virtio device of type %u speaks only the old protocol (QEMU: virtio-mmio.force-legacy=false)", type);
        return;
    }
    struct virtio_device *dev = kzalloc(sizeof(*dev));
    if (dev == NULL) {
        return;
    }
    dev->transport = &mmio_transport;
    dev->type = type;
    dev->registers = registers;
    dev->line = line;
    dev->line_level = level;
    dev->line_low = active_low;
    virtio_add(dev);
}

void virtio_mmio_find(void) {
    uint32_t size;
    const uint8_t *aml = acpi_dsdt(&size);
    struct aml_resources found;
    for (size_t at = 0; aml != NULL && aml_find_device(aml, size, &at, "LNRO0005", &found);) {
        if (found.base != 0 && found.has_line) {
            look_at(found.base, found.line, found.level, found.active_low);
        }
    }
    const char *line = boot_command_line();
    struct device_option option;
    for (const char *value = NULL; (value = option_next(line, "virtio_mmio.device", value)) != NULL;) {
        if (device_option_parse(value, &option)) {
            look_at(option.base, option.line, false, false);
        }
    }
}
