// A virtio device that behaves as QEMU's do (hw/virtio/virtio.c, split queues): when it looks at a queue, what it
// writes in which order, and by which rule it interrupts or does not. The drivers are the kernel's own.
//
// It takes its steps between the driver's: at every branch of code that is compiled with -fsanitize-coverage=trace-pc,
// chosen by the seed of random.h, and so do interrupts, where they are not masked. When all threads sleep it goes on
// for as long as it has anything to do; if they sleep even then, an interrupt was lost, and threads_on_host.c ends the
// test. What the driver writes into the rings it sees late, unless a barrier is behind it.
#pragma once

#include "dev/virtio/virtqueue.h"

enum { CHAIN_PIECES = 40, CHAINS_MOST = 256 };

struct chain {
    uint16_t head;
    unsigned readable, writable; // pieces
    struct virtq_buffer pieces[CHAIN_PIECES];
};

/// What a device does with its queues.
struct device_work {
    enum virtio_type type;
    uint64_t features;
    uint16_t queue_size;
    bool in_any_order;
    bool is_legacy; // it has the interface from before VIRTIO 1.0
    /// Whether it has a use for a chain of the queue now. Null: always.
    bool (*wants)(uint16_t queue);
    /// Does what the chain asks for; how many bytes it wrote.
    uint32_t (*run)(uint16_t queue, const struct chain *chain);
    /// Now and then it says that it has used what it was not given, or more of it than there is.
    bool lies;
    uint8_t config[64];
};

/// A new device, for virtio_take; it takes the place of the one before. `seed` decides on everything that it does.
void device_begin(const struct device_work *work, uint64_t seed);
/// Lets it do all that it can, and the threads with it. No time passes.
void device_settle(void);
/// How often the drivers had something to say (klog).
unsigned device_complaints(void);
/// Whether they are printed.
extern bool device_is_quiet;
/// Whether it runs: not after a reset.
bool device_runs(void);
/// Whether the driver has all descriptors of a queue back, each once.
bool device_has_nothing_of(uint16_t queue);
