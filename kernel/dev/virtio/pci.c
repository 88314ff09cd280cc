// Virtio devices on PCI (VIRTIO 1.1, 4.1): the modern interface, registers in BARs that vendor capabilities point at.
// One MSI-X message serves all queues of a device; without MSI-X its interrupt line does.
#include "dev/virtio/pci.h"

#include "arch/paging.h"
#include "dev/console.h"
#include "dev/pci.h"
#include "dev/virtio/pci_legacy.h"
#include "dev/virtio/virtqueue.h"
#include "mem/heap.h"

enum {
    VENDOR_VIRTIO = 0x1af4,
    DEVICE_MODERN = 0x1040,
    DEVICE_TRANSITIONAL = 0x1000,
    DEVICE_LAST = 0x107f,
    SUBSYSTEM = 0x2e
};
enum { CAPABILITY_VENDOR = 0x09 };
enum { CONFIG_COMMON = 1, CONFIG_NOTIFY = 2, CONFIG_INTERRUPT = 3, CONFIG_DEVICE = 4 };
/// Offsets in the common configuration.
enum common {
    COMMON_FEATURES_SELECT = 0,
    COMMON_FEATURES = 4,
    COMMON_ACCEPT_SELECT = 8,
    COMMON_ACCEPT = 12,
    COMMON_MSIX_CONFIG = 16,
    COMMON_STATUS = 20,
    COMMON_QUEUE_SELECT = 22,
    COMMON_QUEUE_SIZE = 24,
    COMMON_QUEUE_VECTOR = 26,
    COMMON_QUEUE_ENABLE = 28,
    COMMON_QUEUE_NOTIFY = 30,
    COMMON_QUEUE_DESC = 32,
    COMMON_QUEUE_AVAIL = 40,
    COMMON_QUEUE_USED = 48,
};
enum { NO_VECTOR = 0xffff, WINDOW_MAX = 1 << 20, QUEUES_MAX = 20 };

static uint32_t read32(const struct virtio_device *dev, unsigned r) {
    return *(volatile uint32_t *)(dev->registers + r);
}
static uint16_t read16(const struct virtio_device *dev, unsigned r) {
    return *(volatile uint16_t *)(dev->registers + r);
}
static void write32(struct virtio_device *dev, unsigned r, uint32_t v) {
    *(volatile uint32_t *)(dev->registers + r) = v;
}
static void write16(struct virtio_device *dev, unsigned r, uint16_t v) {
    *(volatile uint16_t *)(dev->registers + r) = v;
}

static void write_address(struct virtio_device *dev, unsigned r, const volatile void *at) {
    uint64_t pa = virt_to_phys((const void *)(uintptr_t)at);
    write32(dev, r, (uint32_t)pa);
    write32(dev, r + 4, (uint32_t)(pa >> 32));
}

static uint64_t features(struct virtio_device *dev) {
    write32(dev, COMMON_FEATURES_SELECT, 1);
    uint64_t high = read32(dev, COMMON_FEATURES);
    write32(dev, COMMON_FEATURES_SELECT, 0);
    return high << 32 | read32(dev, COMMON_FEATURES);
}

static void accept(struct virtio_device *dev, uint64_t accepted) {
    write32(dev, COMMON_ACCEPT_SELECT, 1);
    write32(dev, COMMON_ACCEPT, (uint32_t)(accepted >> 32));
    write32(dev, COMMON_ACCEPT_SELECT, 0);
    write32(dev, COMMON_ACCEPT, (uint32_t)accepted);
}

static uint8_t status(struct virtio_device *dev) { return dev->registers[COMMON_STATUS]; }

static void set_status(struct virtio_device *dev, uint8_t value) { dev->registers[COMMON_STATUS] = value; }

static uint64_t config(struct virtio_device *dev, unsigned offset, unsigned size) {
    volatile uint8_t *at = dev->device_config + offset;
    switch (size) {
    case 1: return *at;
    case 2: return *(volatile uint16_t *)at;
    case 4: return *(volatile uint32_t *)at;
    default: return *(volatile uint32_t *)at | (uint64_t)*(volatile uint32_t *)(at + 4) << 32;
    }
}

static uint16_t queue_size(struct virtio_device *dev, uint16_t index) {
    write16(dev, COMMON_QUEUE_SELECT, index);
    return read16(dev, COMMON_QUEUE_SIZE);
}

static bool enable_queue(struct virtio_device *dev, struct virtqueue *q) {
    write16(dev, COMMON_QUEUE_SIZE, q->size);
    write_address(dev, COMMON_QUEUE_DESC, q->desc);
    write_address(dev, COMMON_QUEUE_AVAIL, q->avail);
    write_address(dev, COMMON_QUEUE_USED, q->used);
    if (dev->has_messages) {
        write16(dev, COMMON_QUEUE_VECTOR, 0);
        if (read16(dev, COMMON_QUEUE_VECTOR) == NO_VECTOR) {
            return false;
        }
    }
    uint64_t offset = (uint64_t)read16(dev, COMMON_QUEUE_NOTIFY) * dev->notify_multiplier;
    if (offset > WINDOW_MAX) {
        return false;
    }
    q->doorbell = dev->notify + offset;
    q->doorbell_value = q->index;
    write16(dev, COMMON_QUEUE_ENABLE, 1);
    return true;
}

static void message_came(void *dev) { virtio_interrupt(dev); }

static void line_raised(void *argument) {
    struct virtio_device *dev = argument;
    if ((*dev->interrupt_status & 1) != 0) { // reading it lowers the line
        virtio_interrupt(dev);
    }
}

static int attach_interrupt(struct virtio_device *dev) {
    return dev->has_messages ? 0 : pci_attach_line(dev->pci_address, line_raised, dev);
}

static void silence(struct virtio_device *dev) { pci_silence(dev->pci_address); }

static const struct virtio_transport pci_transport = {
    .features = features,
    .accept = accept,
    .status = status,
    .set_status = set_status,
    .config = config,
    .queue_size = queue_size,
    .enable_queue = enable_queue,
    .attach_interrupt = attach_interrupt,
    .silence = silence,
};

/// Maps what one vendor capability points at (4.1.4).
static void map_part(struct virtio_device *dev, unsigned at) {
    pci_address address = dev->pci_address;
    uint64_t bar = pci_bar(address, pci_read(address, at + 4, 1));
    uint32_t offset = pci_read(address, at + 8, 4), length = pci_read(address, at + 12, 4);
    unsigned type = pci_read(address, at + 3, 1);
    if (bar == 0 || length == 0 || length > WINDOW_MAX || type < CONFIG_COMMON || type > CONFIG_DEVICE) {
        return;
    }
    // Of the notification window only as much as our queues need.
    if (type == CONFIG_NOTIFY) {
        dev->notify_multiplier = pci_read(address, at + 16, 4);
        uint64_t needed = (uint64_t)dev->notify_multiplier * QUEUES_MAX + 4;
        length = needed < length ? (uint32_t)needed : length;
    }
    volatile uint8_t *part = paging_map_device(bar + offset, length);
    if (type == CONFIG_COMMON && dev->registers == NULL && length >= 56) {
        dev->registers = part;
    } else if (type == CONFIG_NOTIFY && dev->notify == NULL) {
        dev->notify = part;
    } else if (type == CONFIG_INTERRUPT && dev->interrupt_status == NULL) {
        dev->interrupt_status = part;
    } else if (type == CONFIG_DEVICE && dev->device_config == NULL) {
        dev->device_config = part;
    }
}

static uint32_t type_of(pci_address at, uint16_t device) {
    return device >= DEVICE_MODERN ? (uint32_t)(device - DEVICE_MODERN) : pci_read(at, SUBSYSTEM, 2);
}

static bool is_wanted(uint32_t type) {
    return type == VIRTIO_NET || type == VIRTIO_BLOCK || type == VIRTIO_CONSOLE || type == VIRTIO_ENTROPY ||
           type == VIRTIO_SCSI;
}

static void found(pci_address at, uint16_t vendor, uint16_t device) {
    if (vendor != VENDOR_VIRTIO || device < DEVICE_TRANSITIONAL || device > DEVICE_LAST ||
        !is_wanted(type_of(at, device))) {
        return;
    }
    struct virtio_device *dev = kzalloc(sizeof(*dev));
    if (dev == NULL) {
        return;
    }
    dev->pci_address = at;
    dev->type = type_of(at, device);
    pci_enable(at);
    for (unsigned part = 0; (part = pci_capability(at, CAPABILITY_VENDOR, part)) != 0;) {
        map_part(dev, part);
    }
    if (dev->registers != NULL && dev->notify != NULL && dev->interrupt_status != NULL && dev->device_config != NULL) {
        dev->transport = &pci_transport;
        dev->has_messages = pci_attach_message(at, message_came, dev);
    } else if (!virtio_pci_legacy_take(dev, at)) {
        klog("a virtio device of type %u has no interface that is known", dev->type);
        kfree(dev);
        return;
    }
    virtio_add(dev);
}

void virtio_pci_find(void) { pci_scan(found); }
