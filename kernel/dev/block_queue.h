// Requests of a disk in flight: what the drivers of all disks have in common. Each request has a place of its own, by
// whose number the driver and the device know it. What the device can't do in one request is cut here, what it wants to
// be asked again is asked again, and one that does not answer is stopped and begun anew.
//
// A queue belongs to the code that has interrupts masked, and so all functions of a driver are called.
#pragma once

#include "dev/block.h"
#include "sched/wait.h"

enum { BLOCK_PLACES = 16, BLOCK_SEGMENTS = 32 };

struct block_queue;

struct block_queue_driver {
    /// Gives the request to the device, as number `place`. False: there is no room for it now.
    bool (*submit)(struct block_queue *q, unsigned place, const struct block_request *request);
    /// Calls block_queue_done for each request that the device is done with.
    void (*collect)(struct block_queue *q);
    /// Stops the device, so that it never again touches memory that it was given.
    void (*stop)(struct block_queue *q);
    /// Restarts after that. False: it can't. Null: the device may take as long as it wants for a request.
    bool (*start)(struct block_queue *q);
};

struct block_place {
    bool is_taken;
    volatile bool is_done;
    int result;
};

/// A driver fills in what stands first.
struct block_queue {
    struct block_device block; // without `transfer`
    const struct block_queue_driver *driver;
    unsigned places; // at most BLOCK_PLACES, at least 2
    uint32_t segments_most; // of a request, at most BLOCK_SEGMENTS
    uint64_t sectors_most, discard_most; // the same; 0: any number
    uint32_t boundary; // pieces of a request meet at multiples of it only, as those of one block of memory; 0: anywhere
    bool can_flush;

    volatile bool is_broken; // every request is -EIO
    bool is_stopped;
    unsigned restarts; // since it has answered
    struct wait_queue changed; // a request is done, or its place free
    struct block_place place[BLOCK_PLACES];
};

/// Announces the disk.
void block_queue_add(struct block_queue *q);

/// For drivers: a request is done. `result`: 0, -EIO, or -EAGAIN where it is worth another try. A place that has no
/// request in flight means that the device can't be trusted.
void block_queue_done(struct block_queue *q, unsigned place, int result);
/// For drivers: what the device says makes no sense, or it can't go on. `what`, behind "disk NAME ", is said.
void block_queue_fail(struct block_queue *q, const char *what);
/// For drivers: the device was stopped, and what it had is worth another try.
void block_queue_lose(struct block_queue *q);
/// For a driver's interrupt handler.
void block_queue_interrupt(struct block_queue *q);
