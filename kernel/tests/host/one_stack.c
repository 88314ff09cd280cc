// One network stack, and what is on the other side.

#include "one_stack.h"
#include "net/stack/checksum.h"
#include <string.h>

struct one_stack one;

static void transmit(struct interface *i, struct packet *p) {
    (void)i;
    packet_append(&one.sent, p);
}

static void udp_changed(struct udp_endpoint *e) { (void)e; }
static void tcp_changed(struct tcp_connection *c, unsigned what) {
    (void)c;
    (void)what;
}
static void address_changed(struct interface *i) {
    (void)i;
    one.address_changes++;
}

void one_open(bool has_address) {
    static const struct stack_hooks hooks = {
        .tcp_changed = tcp_changed, .udp_changed = udp_changed, .address_changed = address_changed};
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, ONE_MAC_LAST};
    static const uint64_t seed[4] = {1, 2, 3, 4};
    memset(&one, 0, sizeof one);
    one.now_ns = 5 * SECONDS;
    stack_init(&one.stack, &hooks, seed, one.now_ns);
    one.interface = interface_add(&one.stack, "en1", mac, ETHERNET_MTU, transmit, NULL);
    one_begin();
    if (has_address) interface_configure(one.interface, ONE_ADDRESS, IPV4(255, 255, 255, 0), IPV4(10, 0, 0, 254));
    one_end();
    one_forget();
    one.address_changes = 0;
}

void one_close(void) {
    arp_forget(one.interface);
    fragments_forget(&one.stack.fragments);
    one_forget();
}

struct net_stack *one_begin(void) {
    stack_begin(&one.stack, one.now_ns);
    return &one.stack;
}

void one_end(void) { stack_end(&one.stack); }

void one_pass(uint64_t ns) {
    uint64_t end = one.now_ns + ns;
    for (uint64_t next; (next = stack_next_deadline(&one.stack)) <= end;) {
        if (next > one.now_ns) one.now_ns = next;
        stack_run_timers(one_begin());
        one_end();
    }
    one.now_ns = end;
}

struct packet *one_sent(void) { return packet_take(&one.sent); }

unsigned one_forget(void) {
    unsigned count = 0;
    for (struct packet *p; (p = one_sent()); count++) packet_free(p);
    return count;
}

struct packet *packet_of(const void *bytes, uint32_t n) {
    struct packet *p = packet_make(n);
    memcpy(p->data, bytes, n);
    p->length = n;
    return p;
}

void one_give(uint16_t type, bool to_all, struct packet *p) {
    uint8_t *h = packet_push(p, ETHERNET_HEADER);
    memset(h, to_all ? 0xff : 0, 6);
    if (!to_all) h[0] = 2, h[5] = ONE_MAC_LAST;
    memset(h + 6, 0, 6);
    h[6] = 2;
    h[11] = OTHER_MAC_LAST;
    wire_put16(h + 12, type);
    stack_receive(one_begin(), one.interface, p);
    one_end();
}

void one_give_ip(uint32_t from, uint32_t to, uint8_t protocol, uint16_t id, uint16_t cut, struct packet *p) {
    uint8_t *h = packet_push(p, IPV4_HEADER);
    memset(h, 0, IPV4_HEADER);
    h[0] = 0x45;
    wire_put16(h + 2, (uint16_t)p->length);
    wire_put16(h + 4, id);
    wire_put16(h + 6, cut);
    h[8] = 64;
    h[9] = protocol;
    wire_put32(h + 12, from);
    wire_put32(h + 16, to);
    wire_put16(h + 10, checksum_finish(checksum_add(0, h, IPV4_HEADER)));
    one_give(TYPE_IPV4, to == UINT32_MAX, p);
}

void one_give_udp(uint32_t from, uint16_t from_port, uint32_t to, uint16_t port, const void *bytes, uint32_t n) {
    struct packet *p = packet_of(bytes, n);
    uint8_t *h = packet_push(p, UDP_HEADER);
    wire_put16(h, from_port);
    wire_put16(h + 2, port);
    wire_put16(h + 4, (uint16_t)p->length);
    wire_put16(h + 6, 0);
    uint16_t sum =
        checksum_finish(checksum_add(checksum_pseudo(from, to, PROTOCOL_UDP, p->length), p->data, p->length));
    wire_put16(h + 6, sum ? sum : 0xffff);
    one_give_ip(from, to, PROTOCOL_UDP, 0, 0, p);
}

void one_introduce(uint32_t address) {
    uint8_t a[28] = {0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, OTHER_MAC_LAST};
    wire_put32(a + 14, address);
    wire_put32(a + 24, one.interface->address);
    one_give(TYPE_ARP, true, packet_of(a, sizeof a));
}

bool is_ip(const struct packet *frame, uint8_t protocol) {
    return frame->length >= ETHERNET_HEADER + IPV4_HEADER && wire_get16(frame->data + 12) == TYPE_IPV4 &&
           ip_of(frame)[9] == protocol;
}
