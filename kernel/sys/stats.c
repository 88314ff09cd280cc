// What the machine has used so far: whatever comes in on the host port `stats` is answered with one line of JSON.
// Nothing is counted for it that is not counted anyway, and nobody wakes up without being asked.
#include "sys/stats.h"

#include "arch/clock.h"
#include "dev/console.h"
#include "lib/bounded_line.h"
#include "mem/phys.h"
#include "net/network.h"
#include "sched/thread.h"

enum { LINE = 2048, PAGE = 4096 };

static struct wait_queue asked;

/// The loopback is no business of the host's.
static void add_interfaces(struct bounded_line *l) {
    const struct net_stack *s = network_begin();
    for (unsigned n = 1; n < s->interface_count; n++) {
        const struct interface *i = &s->interfaces[n];
        bounded_line_add(
            l,
            "%s{\"name\":\"%s\",\"receivedBytes\":%llu,\"receivedFrames\":%llu,\"sentBytes\":%llu,\"sentFrames\":%llu}",
            n > 1 ? "," : "", i->name, (unsigned long long)i->received_bytes, (unsigned long long)i->received_packets,
            (unsigned long long)i->sent_bytes, (unsigned long long)i->sent_packets);
    }
    network_end();
}

static void answer(struct host_port *port) {
    static char line[LINE];
    struct bounded_line l = bounded_line_in(line, sizeof line);
    bounded_line_add(&l, "{\"t\":%llu,\"memory\":{\"totalBytes\":%llu,\"freeBytes\":%llu},\"interfaces\":[",
                     (unsigned long long)clock_ns(), (unsigned long long)phys_total_pages() * PAGE,
                     (unsigned long long)phys_free_pages() * PAGE);
    add_interfaces(&l);
    bounded_line_add(&l, "]}");
    bounded_line_end(&l);
    host_port_write(port, l.bytes, l.length);
}

static void answer_for_ever(void *argument) {
    struct host_port *port = argument;
    char question[64];
    struct waiter w;
    wait_begin(&asked, &w);
    for (;;) {
        size_t n = host_port_read(port, question, sizeof question);
        // Questions that have piled up get one answer.
        while (n > 0 && host_port_read(port, question, sizeof question) > 0) {
        }
        if (n > 0) answer(port);
        else wait_sleep(&w, WAIT_FOREVER);
    }
}

void stats_start(void) {
    struct host_port *port = host_port_find("stats");
    if (!port) return;
    wait_queue_init(&asked);
    host_port_listen(port, &asked, HOST_PORT_LINES);
    if (!thread_create("stats", answer_for_ever, port))
        klog("there is not enough memory to answer the host's questions");
}
