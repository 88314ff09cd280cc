// The virtio console device (VIRTIO 1.1, 5.3): its ports are announced over a pair of control queues. The conversation
// takes place at start, before anything is written; later messages say who comes and goes at the host.
#include "dev/virtio/console.h"

#include "arch/cpu.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/clock.h"
#include "dev/console_backend.h"
#include "dev/virtio/console_device.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { FEATURE_MULTIPORT = 1, CONFIG_PORTS = 4 };
enum { CONTROL_INPUT = 2, CONTROL_OUTPUT = 3, CONTROL_QUEUE = 32, MESSAGE_CAP = 64, MESSAGES = 16 };
enum {
    DEVICE_READY = 0,
    PORT_ADD = 1,
    PORT_READY = 3,
    CONSOLE_PORT = 4,
    PORT_OPEN = 6,
    PORT_NAME = 7,
};
/// The device answers at once, unless the host is busy: without its console the program would write to the serial port.
/// One that never answers delays the start by this much.
enum { PATIENCE_NS = 2000000000 };

struct message {
    uint32_t id;
    uint16_t event, value;
    char text[MESSAGE_CAP - 8];
};

static struct {
    struct virtio_device *dev;
    struct virtqueue *input, *output;
    struct message *incoming; // MESSAGES of them
    struct message *outgoing; // the same
    unsigned next_outgoing;
    bool is_settled; // the conversation at the start is over
    uint32_t port_count; // as the device says
    struct host_port ports[PORTS_MAX];
} device;

static bool take_message(void);

static void interrupted(void *unused) {
    (void)unused;
    while (device.is_settled && take_message()) {
    }
    for (unsigned i = 0; i < PORTS_MAX; i++) {
        if (device.ports[i].output != NULL) {
            port_interrupt(&device.ports[i]);
        }
    }
}

static void offer(struct message *m) {
    struct virtq_buffer target = {virt_to_phys(m), sizeof(*m)};
    virtq_add(device.input, &target, 0, 1, m);
}

static void tell(uint32_t id, uint16_t event, uint16_t value) {
    struct message *m = &device.outgoing[device.next_outgoing++ % MESSAGES];
    struct virtq_buffer source = {virt_to_phys(m), 8};
    while (virtq_take(device.output, NULL) != NULL) {
    }
    m->id = id;
    m->event = event;
    m->value = value;
    virtq_add(device.output, &source, 1, 0, m);
    virtq_kick(device.output);
}

/// Queues of port 0 are 0 and 1, then come those of the control messages, then the other ports'.
static uint16_t queue_of(uint32_t id) { return (uint16_t)(id == 0 ? 0 : 2 + 2 * id); }

static void add_port(uint32_t id) {
    struct host_port *port = &device.ports[id];
    if (port->is_added) {
        return;
    }
    port->is_added = true;
    port->id = id;
    tell(id, PORT_READY, 1);
}

static void handle(const struct message *m, uint32_t length) {
    if (length < 8 || m->id >= PORTS_MAX || device.ports[m->id].output == NULL) {
        return;
    }
    struct host_port *port = &device.ports[m->id];
    switch (m->event) {
    case PORT_ADD: add_port(m->id); break;
    case CONSOLE_PORT:
        port->is_console = true;
        tell(m->id, PORT_OPEN, 1);
        break;
    case PORT_NAME: {
        size_t n = length - 8 < PORT_NAME_CAP - 1 ? length - 8 : PORT_NAME_CAP - 1;
        memcpy(port->name, m->text, n);
        port->name[n] = '\0';
        if (!port->is_console) {
            tell(m->id, PORT_OPEN, 1);
        }
        break;
    }
    case PORT_OPEN:
        port->is_open = m->value != 0;
        port->was_open |= port->is_open;
        if (port->readable != NULL) {
            wake_all(port->readable);
        }
        break;
    default: break;
    }
}

static bool take_message(void) {
    uint32_t length;
    struct message *m = virtq_take(device.input, &length);
    if (m == NULL) {
        return false;
    }
    handle(m, length);
    offer(m);
    virtq_kick(device.input);
    return true;
}

/// Whether every port that was announced has told what it is.
static bool is_settled(void) {
    bool any = false;
    for (unsigned i = 0; i < PORTS_MAX; i++) {
        const struct host_port *port = &device.ports[i];
        if (port->is_added && !port->is_console && port->name[0] == '\0') {
            return false;
        }
        any |= port->is_added;
    }
    return any;
}

static void talk(void) {
    uint64_t deadline = clock_ns() + PATIENCE_NS;
    tell(0, DEVICE_READY, 1);
    for (;;) {
        if (take_message()) {
            continue;
        }
        if (is_settled() || clock_ns() > deadline || device.input->broken) {
            return;
        }
        cpu_relax();
    }
}

/// All queues must exist before the device runs: for every port it may announce.
static bool make_queues(bool many) {
    if (!port_create(&device.ports[0], device.dev, 0)) {
        return false;
    }
    if (!many) {
        return true;
    }
    device.input = virtq_create(device.dev, CONTROL_INPUT, CONTROL_QUEUE);
    device.output = virtq_create(device.dev, CONTROL_OUTPUT, CONTROL_QUEUE);
    device.incoming = kzalloc(MESSAGES * sizeof(struct message));
    device.outgoing = kzalloc(MESSAGES * sizeof(struct message));
    if (device.input == NULL || device.output == NULL || device.incoming == NULL || device.outgoing == NULL) {
        return false;
    }
    virtq_interrupts(device.input, false);
    virtq_interrupts(device.output, false);
    for (uint32_t id = 1; id < device.port_count && id < PORTS_MAX; id++) {
        if (!port_create(&device.ports[id], device.dev, queue_of(id))) {
            device.ports[id].output = NULL;
        }
    }
    for (unsigned i = 0; i < MESSAGES; i++) {
        offer(&device.incoming[i]);
    }
    return true;
}

void virtio_console_find(void) {
    device.dev = virtio_take(VIRTIO_CONSOLE);
    if (device.dev == NULL || !virtio_negotiate(device.dev, 1ull << FEATURE_MULTIPORT)) {
        return;
    }
    bool many = virtio_has(device.dev, FEATURE_MULTIPORT);
    device.port_count = many ? (uint32_t)device.dev->transport->config(device.dev, CONFIG_PORTS, 4) : 1;
    if (!make_queues(many) || !virtio_start(device.dev, interrupted, NULL)) {
        virtio_fail(device.dev);
        return;
    }
    if (many) {
        virtq_kick(device.input);
        talk();
        bool on = interrupts_disable();
        virtq_interrupts(device.input, true);
        device.is_settled = true;
        while (take_message()) {
        }
        interrupts_restore(on);
    } else {
        device.ports[0].is_added = device.ports[0].is_console = true;
    }
    for (unsigned i = 0; i < PORTS_MAX; i++) {
        if (device.ports[i].is_console) {
            host_port_listen(&device.ports[i], &console_input, HOST_PORT_LINES);
            console_use_port(&device.ports[i]);
            return;
        }
    }
}

struct host_port *host_port_find(const char *name) {
    for (unsigned i = 0; i < PORTS_MAX; i++) {
        struct host_port *port = &device.ports[i];
        if (port->is_added && !port->is_console && strcmp(port->name, name) == 0) {
            return port;
        }
    }
    return NULL;
}
