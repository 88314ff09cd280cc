// Virtio devices, whatever bus they are on: the list of them, and the way from reset to running (VIRTIO 1.1, 3.1.1).
#include "dev/virtio/virtio.h"

#include "dev/console.h"

enum status {
    STATUS_ACKNOWLEDGE = 1,
    STATUS_DRIVER = 2,
    STATUS_DRIVER_OK = 4,
    STATUS_FEATURES_OK = 8,
    STATUS_FAILED = 128
};

/// A reset that the device has not finished after so many looks never ends.
enum { RESET_PATIENCE = 100000 };

static struct virtio_device *first, **last = &first;

void virtio_add(struct virtio_device *dev) {
    *last = dev;
    last = &dev->next;
}

struct virtio_device *virtio_take(enum virtio_type type) {
    for (struct virtio_device *dev = first; dev != NULL; dev = dev->next) {
        if (dev->type == type && !dev->taken) {
            dev->taken = true;
            return dev;
        }
    }
    return NULL;
}

static void add_status(struct virtio_device *dev, uint8_t bits) {
    dev->transport->set_status(dev, (uint8_t)(dev->transport->status(dev) | bits));
}

bool virtio_stop(struct virtio_device *dev) {
    const struct virtio_transport *t = dev->transport;
    t->set_status(dev, 0);
    for (int i = 0; t->status(dev) != 0; i++) {
        if (i == RESET_PATIENCE) {
            if (t->silence != NULL) {
                t->silence(dev);
            }
            return false;
        }
    }
    return true;
}

bool virtio_negotiate(struct virtio_device *dev, uint64_t wanted) {
    const struct virtio_transport *t = dev->transport;
    if (!virtio_stop(dev)) {
        return false;
    }
    t->set_status(dev, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
    uint64_t offered = t->features(dev);
    wanted |= 1ull << VIRTIO_F_EVENT_IDX | (t->is_legacy ? 1ull << VIRTIO_F_ANY_LAYOUT : 1ull << VIRTIO_F_VERSION_1);
    dev->features = offered & wanted;
    t->accept(dev, dev->features);
    if (t->is_legacy) {
        return true;
    }
    if (!virtio_has(dev, VIRTIO_F_VERSION_1)) {
        return false;
    }
    add_status(dev, STATUS_FEATURES_OK);
    return (t->status(dev) & STATUS_FEATURES_OK) != 0;
}

bool virtio_start(struct virtio_device *dev, void (*interrupt)(void *driver), void *driver) {
    dev->interrupt = interrupt;
    dev->driver = driver;
    int result = dev->transport->attach_interrupt(dev);
    if (result != 0) {
        klog("a virtio device of type %u has no usable interrupt (error %d)", dev->type, -result);
        virtio_fail(dev);
        return false;
    }
    virtio_run(dev);
    return true;
}

void virtio_run(struct virtio_device *dev) {
    uint8_t confirmed = dev->transport->is_legacy ? 0 : STATUS_FEATURES_OK;
    dev->transport->set_status(dev, (uint8_t)(STATUS_ACKNOWLEDGE | STATUS_DRIVER | confirmed | STATUS_DRIVER_OK));
}

void virtio_fail(struct virtio_device *dev) { add_status(dev, STATUS_FAILED); }

void virtio_interrupt(struct virtio_device *dev) { dev->interrupt(dev->driver); }
