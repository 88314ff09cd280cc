// A virtio console device and its ports, for virtio/console.c and virtio/port.c.
#pragma once

#include "dev/virtio/virtqueue.h"
#include "sched/wait.h"

enum { PORTS_MAX = 8, PORT_NAME_CAP = 32, PORT_BUFFERS = 8, PORT_BUFFER_SIZE = 4096, PORT_INPUT_SIZE = 512 };

/// What goes out: a page that the device reads.
struct output_buffer {
    char *bytes; // made at the first use
    bool in_flight;
};

struct input_buffer {
    char bytes[PORT_INPUT_SIZE];
    uint32_t length, read;
    struct input_buffer *next; // of those that have something
};

struct host_port {
    struct virtqueue *input, *output;
    struct wait_queue writable;
    struct output_buffer outputs[PORT_BUFFERS];
    struct input_buffer *inputs; // null for a port that is only written to
    struct input_buffer *first_in, *last_in; // with something to read, in order
    struct wait_queue *readable; // who is told of input
    uint32_t id;
    bool is_console, is_added;
    bool is_open, was_open; // at the host
    char name[PORT_NAME_CAP];
};

/// Makes the port's queues. `base`: the number of its input queue.
bool port_create(struct host_port *port, struct virtio_device *dev, uint16_t base);
/// Looks at both queues; in interrupt context.
void port_interrupt(struct host_port *port);
