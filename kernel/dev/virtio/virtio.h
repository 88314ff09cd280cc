// Virtio 1.x devices, whatever bus they are on: negotiation, configuration, interrupts. Queues are in virtqueue.h.
// Numbers of features and registers: "Virtual I/O Device (VIRTIO) Version 1.1", OASIS.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum virtio_type { VIRTIO_NET = 1, VIRTIO_BLOCK = 2, VIRTIO_CONSOLE = 3, VIRTIO_ENTROPY = 4, VIRTIO_SCSI = 8 };

/// Features of every device, by bit.
enum { VIRTIO_F_ANY_LAYOUT = 27, VIRTIO_F_EVENT_IDX = 29, VIRTIO_F_VERSION_1 = 32 };

struct virtio_device;
struct virtqueue;

/// What a bus must be able to do.
struct virtio_transport {
    uint64_t (*features)(struct virtio_device *dev);
    void (*accept)(struct virtio_device *dev, uint64_t features);
    uint8_t (*status)(struct virtio_device *dev);
    void (*set_status)(struct virtio_device *dev, uint8_t status);
    /// Configuration space, in natural accesses: `size` is 1, 2, 4 or 8 (as two of 4).
    uint64_t (*config)(struct virtio_device *dev, unsigned offset, unsigned size);
    /// The largest size of a queue; 0 if there is no such queue. Selects it for enable_queue.
    uint16_t (*queue_size)(struct virtio_device *dev, uint16_t index);
    bool (*enable_queue)(struct virtio_device *dev, struct virtqueue *queue);
    /// Connects the device's interrupt to virtio_interrupt. 0 or a negative errno.
    int (*attach_interrupt)(struct virtio_device *dev);
    /// Keeps a device that does not even reset itself from memory. May be null.
    void (*silence)(struct virtio_device *dev);
    /// As before VIRTIO 1.0: features are not confirmed, and a queue has the device's own size and layout.
    bool is_legacy;
};

struct virtio_device {
    const struct virtio_transport *transport;
    struct virtio_device *next; // in the order in which they were found
    uint32_t type;
    bool taken; // by a driver
    uint64_t features;
    /// The driver's: looks at all queues. In interrupt context.
    void (*interrupt)(void *driver);
    void *driver;
    // The rest is the transport's.
    volatile uint8_t *registers; // PCI: the common configuration
    volatile uint8_t *device_config;
    volatile uint8_t *notify;
    volatile uint8_t *interrupt_status;
    uint32_t notify_multiplier;
    uint32_t line; // interrupt line (MMIO)
    bool line_level, line_low;
    uint16_t pci_address;
    uint16_t port; // of a legacy device
    bool has_messages;
};

/// Transports announce what they find; nothing is done to it yet.
void virtio_add(struct virtio_device *dev);
/// The next untaken device of a type, now taken; null if there is none.
struct virtio_device *virtio_take(enum virtio_type type);

/// Resets the device and agrees on features: `wanted` as far as offered, and the two common ones. False: it refuses.
bool virtio_negotiate(struct virtio_device *dev, uint64_t wanted);
static inline bool virtio_has(const struct virtio_device *dev, unsigned feature) {
    return (dev->features >> feature & 1) != 0;
}
/// After the queues are made: attaches the interrupt and lets the device run. False: it refuses.
bool virtio_start(struct virtio_device *dev, void (*interrupt)(void *driver), void *driver);
/// Lets a device run again that was stopped and negotiated with anew, and whose queues were given to it again.
void virtio_run(struct virtio_device *dev);
/// Gives up a device that broke the rules, or that lacks what is needed.
void virtio_fail(struct virtio_device *dev);
/// Resets the device: afterwards it leaves all memory alone. False: it has not finished that.
bool virtio_stop(struct virtio_device *dev);

/// For transports: their interrupt handler's body.
void virtio_interrupt(struct virtio_device *dev);
