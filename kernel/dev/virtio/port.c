// One port of a virtio console: bytes out, bytes in (VIRTIO 1.1, 5.3.6).
#include "arch/cpu.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/clock.h"
#include "dev/console_backend.h"
#include "dev/virtio/console_device.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "sched/thread_state.h"

enum { QUEUE_SIZE = 16, PANIC_PATIENCE_NS = 200000000 };

bool port_create(struct host_port *port, struct virtio_device *dev, uint16_t base) {
    port->input = virtq_create(dev, base, QUEUE_SIZE);
    port->output = virtq_create(dev, (uint16_t)(base + 1), QUEUE_SIZE);
    // One buffer from the start: that the machine is out of memory must get out when it is.
    port->outputs[0].bytes = kmalloc(PORT_BUFFER_SIZE);
    wait_queue_init(&port->writable);
    if (port->output != NULL) {
        virtq_interrupts(port->output, false); // what has gone out is noticed when there is more, or on request
    }
    return port->input != NULL && port->output != NULL && port->output->size >= PORT_BUFFERS &&
           port->outputs[0].bytes != NULL;
}

static void offer(struct host_port *port, struct input_buffer *input) {
    struct virtq_buffer target = {virt_to_phys(input->bytes), PORT_INPUT_SIZE};
    input->length = input->read = 0;
    input->next = NULL;
    virtq_add(port->input, &target, 0, 1, input);
}

bool host_port_is_left(const struct host_port *port) { return port->was_open && !port->is_open; }

void host_port_listen(struct host_port *port, struct wait_queue *readable, unsigned buffers) {
    port->inputs = kzalloc(buffers * sizeof(*port->inputs));
    if (port->inputs == NULL) {
        return;
    }
    port->readable = readable;
    for (unsigned i = 0; i < buffers && i < port->input->size; i++) {
        offer(port, &port->inputs[i]);
    }
    virtq_kick(port->input);
}

/// Takes back what the device has read, and tells those who wait for it: of what was taken there need not be an
/// interrupt. With interrupts off.
static void collect_output(struct host_port *port) {
    struct output_buffer *buffer;
    bool any = false;
    while ((buffer = virtq_take(port->output, NULL)) != NULL) {
        buffer->in_flight = false;
        any = true;
    }
    if (any || port->output->broken) {
        wake_all(&port->writable);
    }
}

static void collect_input(struct host_port *port) {
    struct input_buffer *input;
    uint32_t length;
    while ((input = virtq_take(port->input, &length)) != NULL) {
        input->length = length;
        if (length == 0) {
            offer(port, input);
            continue;
        }
        if (port->last_in != NULL) {
            port->last_in->next = input;
        } else {
            port->first_in = input;
        }
        port->last_in = input;
    }
    virtq_kick(port->input);
}

void port_interrupt(struct host_port *port) {
    collect_output(port);
    if (port->inputs != NULL) {
        collect_input(port);
        if (port->first_in != NULL) {
            wake_all(port->readable);
        }
    }
}

/// A buffer that can be filled; null if all are in flight. With interrupts off.
static struct output_buffer *free_buffer(struct host_port *port) {
    collect_output(port);
    for (unsigned i = 0; i < PORT_BUFFERS; i++) {
        struct output_buffer *buffer = &port->outputs[i];
        if (buffer->in_flight) {
            continue;
        }
        if (buffer->bytes == NULL) {
            buffer->bytes = kmalloc(PORT_BUFFER_SIZE);
        }
        if (buffer->bytes != NULL) {
            return buffer;
        }
    }
    return NULL;
}

static bool is_idle(struct host_port *port) {
    collect_output(port);
    for (unsigned i = 0; i < PORT_BUFFERS; i++) {
        if (port->outputs[i].in_flight) {
            return false;
        }
    }
    return true;
}

static void send(struct host_port *port, struct output_buffer *buffer, size_t n) {
    struct virtq_buffer source = {virt_to_phys(buffer->bytes), (uint32_t)n};
    buffer->in_flight = virtq_add(port->output, &source, 1, 0, buffer);
}

static bool has_room(struct host_port *port) { return free_buffer(port) != NULL; }

/// Waits until the claim holds. With interrupts off, which come on while it sleeps.
static void wait_until(struct host_port *port, bool (*claim)(struct host_port *)) {
    virtq_kick(port->output);
    if (!sched_can_sleep()) {
        while (!port->output->broken && !claim(port)) {
            cpu_relax();
        }
        return;
    }
    struct waiter w;
    wait_begin(&port->writable, &w);
    virtq_interrupts(port->output, true);
    while (!port->output->broken && !claim(port)) {
        wait_sleep_uninterrupted(&w, WAIT_FOREVER);
    }
    wait_end(&w);
    virtq_interrupts(port->output, !list_is_empty(&port->writable.waiters));
}

void host_port_write(struct host_port *port, const void *bytes, size_t n) {
    const char *at = bytes;
    bool on = interrupts_disable();
    while (n > 0 && !port->output->broken) {
        struct output_buffer *buffer = free_buffer(port);
        if (buffer == NULL) {
            wait_until(port, has_room);
            continue;
        }
        size_t here = n < PORT_BUFFER_SIZE ? n : PORT_BUFFER_SIZE;
        memcpy(buffer->bytes, at, here);
        send(port, buffer, here);
        at += here;
        n -= here;
    }
    virtq_kick(port->output);
    interrupts_restore(on);
}

void host_port_drain(struct host_port *port) {
    bool on = interrupts_disable();
    wait_until(port, is_idle);
    interrupts_restore(on);
}

size_t host_port_read(struct host_port *port, void *to, size_t cap) {
    bool on = interrupts_disable();
    size_t n = 0;
    while (n < cap && port->first_in != NULL) {
        struct input_buffer *input = port->first_in;
        size_t here = input->length - input->read;
        if (here > cap - n) {
            here = cap - n;
        }
        memcpy((char *)to + n, input->bytes + input->read, here);
        n += here;
        input->read += (uint32_t)here;
        if (input->read == input->length) {
            port->first_in = input->next;
            if (port->first_in == NULL) {
                port->last_in = NULL;
            }
            offer(port, input);
        }
    }
    virtq_kick(port->input);
    interrupts_restore(on);
    return n;
}

void host_port_panic_write(struct host_port *port, const void *bytes, size_t n) {
    const char *at = bytes;
    uint64_t deadline = clock_ns() + PANIC_PATIENCE_NS;
    while (!port->output->broken && (n > 0 || !is_idle(port)) && clock_ns() < deadline) {
        struct output_buffer *buffer = n > 0 ? free_buffer(port) : NULL;
        if (buffer == NULL) {
            virtq_kick(port->output);
            cpu_relax();
            continue;
        }
        size_t here = n < PORT_BUFFER_SIZE ? n : PORT_BUFFER_SIZE;
        memcpy(buffer->bytes, at, here);
        send(port, buffer, here);
        virtq_kick(port->output);
        at += here;
        n -= here;
    }
}
