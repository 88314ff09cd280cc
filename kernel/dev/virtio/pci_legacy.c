// The interface from before VIRTIO 1.0 (VIRTIO 1.1, 4.1.4.8): a few registers at ports, queues of the device's own size
// in one piece of memory, features of 32 bits that nobody confirms.
#include "dev/virtio/pci_legacy.h"

#include "arch/paging.h"
#include "dev/virtio/virtqueue.h"

enum legacy_register {
    FEATURES = 0,
    ACCEPTED = 4,
    QUEUE_PAGE = 8,
    QUEUE_SIZE = 12,
    QUEUE_SELECT = 14,
    QUEUE_NOTIFY = 16,
    STATUS = 18,
    INTERRUPT_STATUS = 19,
    CONFIG = 20,
    QUEUE_VECTOR = 22, // with messages: and the device's own configuration lies behind it
    CONFIG_WITH_MESSAGES = 24,
};
enum { NO_VECTOR = 0xffff, REVISION = 8 };

static uint32_t read(const struct virtio_device *dev, unsigned r, unsigned size) {
    return pci_port_read((uint16_t)(dev->port + r), size);
}

static void write(const struct virtio_device *dev, unsigned r, unsigned size, uint32_t value) {
    pci_port_write((uint16_t)(dev->port + r), size, value);
}

static uint64_t features(struct virtio_device *dev) { return read(dev, FEATURES, 4); }

static void accept(struct virtio_device *dev, uint64_t accepted) { write(dev, ACCEPTED, 4, (uint32_t)accepted); }

static uint8_t status(struct virtio_device *dev) { return (uint8_t)read(dev, STATUS, 1); }

static void set_status(struct virtio_device *dev, uint8_t value) { write(dev, STATUS, 1, value); }

static uint64_t config(struct virtio_device *dev, unsigned offset, unsigned size) {
    unsigned at = (dev->has_messages ? CONFIG_WITH_MESSAGES : CONFIG) + offset;
    return size <= 4 ? read(dev, at, size) : read(dev, at, 4) | (uint64_t)read(dev, at + 4, 4) << 32;
}

static uint16_t queue_size(struct virtio_device *dev, uint16_t index) {
    write(dev, QUEUE_SELECT, 2, index);
    return (uint16_t)read(dev, QUEUE_SIZE, 2);
}

static bool enable_queue(struct virtio_device *dev, struct virtqueue *q) {
    uint64_t page = virt_to_phys(q->desc) / PAGE_SIZE;
    if (page > UINT32_MAX) {
        return false;
    }
    if (dev->has_messages) {
        write(dev, QUEUE_VECTOR, 2, 0);
        if (read(dev, QUEUE_VECTOR, 2) == NO_VECTOR) {
            return false;
        }
    }
    write(dev, QUEUE_PAGE, 4, (uint32_t)page);
    q->port = (uint16_t)(dev->port + QUEUE_NOTIFY);
    return true;
}

static void message_came(void *dev) { virtio_interrupt(dev); }

static void line_raised(void *argument) {
    struct virtio_device *dev = argument;
    if ((read(dev, INTERRUPT_STATUS, 1) & 1) != 0) { // reading it lowers the line
        virtio_interrupt(dev);
    }
}

static int attach_interrupt(struct virtio_device *dev) {
    return dev->has_messages ? 0 : pci_attach_line(dev->pci_address, line_raised, dev);
}

static void silence(struct virtio_device *dev) { pci_silence(dev->pci_address); }

static const struct virtio_transport legacy_transport = {
    .features = features,
    .accept = accept,
    .status = status,
    .set_status = set_status,
    .config = config,
    .queue_size = queue_size,
    .enable_queue = enable_queue,
    .attach_interrupt = attach_interrupt,
    .silence = silence,
    .is_legacy = true,
};

bool virtio_pci_legacy_take(struct virtio_device *dev, pci_address at) {
    dev->port = pci_port_bar(at, 0);
    if (dev->port == 0 || pci_read(at, REVISION, 1) != 0) {
        return false;
    }
    dev->transport = &legacy_transport;
    dev->has_messages = pci_attach_message(at, message_came, dev);
    return true;
}
