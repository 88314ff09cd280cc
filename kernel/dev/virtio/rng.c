// The virtio entropy device (VIRTIO 1.1, 5.4). It is asked rarely and little: its queue is looked at, no thread sleeps.
#include "dev/virtio/rng.h"

#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/clock.h"
#include "dev/virtio/virtqueue.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { REQUEST = 64, PATIENCE_NS = 100000000 };

static struct virtqueue *queue;
static uint8_t *buffer;
static bool looked;

static void interrupted(void *unused) { (void)unused; }

static void find(void) {
    looked = true;
    struct virtio_device *dev = virtio_take(VIRTIO_ENTROPY);
    if (dev == NULL || !virtio_negotiate(dev, 0)) {
        return;
    }
    buffer = kmalloc(REQUEST);
    struct virtqueue *q = buffer == NULL ? NULL : virtq_create(dev, 0, 4);
    if (q == NULL || !virtio_start(dev, interrupted, NULL)) {
        return;
    }
    virtq_interrupts(q, false);
    queue = q;
}

/// One request. How many bytes came.
static uint32_t ask(void) {
    struct virtq_buffer target = {virt_to_phys(buffer), REQUEST};
    uint32_t written = 0;
    if (!virtq_add(queue, &target, 0, 1, buffer)) {
        return 0;
    }
    virtq_kick(queue);
    uint64_t deadline = clock_ns() + PATIENCE_NS;
    while (virtq_take(queue, &written) == NULL) {
        if (clock_ns() > deadline) {
            queue = NULL; // it still owns the buffer
            return 0;
        }
        cpu_relax();
    }
    return written;
}

bool virtio_rng_fill(void *to, size_t n) {
    uint8_t *at = to;
    if (!looked) {
        find();
    }
    while (n > 0 && queue != NULL) {
        uint32_t got = ask();
        if (got == 0) {
            return false;
        }
        size_t here = got < n ? got : n;
        memcpy(at, buffer, here);
        memset(buffer, 0, REQUEST);
        at += here;
        n -= here;
    }
    return n == 0;
}
