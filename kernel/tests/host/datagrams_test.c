// Checksums, ARP, fragments, ICMP and UDP: one stack, and the test on the other side of the wire.

#include "heap_on_host.h"
#include "lib/errno.h"
#include "net/stack/checksum.h"
#include "one_stack.h"
#include "random.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>

enum { MORE = 0x2000, ARP_REQUEST = 1, ARP_REPLY = 2 };

/// As RFC 1071 defines it, word by word.
static uint16_t plain_checksum(const uint8_t *at, size_t n) {
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += i % 2 ? at[i] : (uint64_t)at[i] << 8;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void test_checksums(void) {
    static uint8_t bytes[3000], copy[3000];
    bool are_right = true, are_copied = true, add_up = true;
    for (int round = 0; round < 3000; round++) {
        size_t at = random_below(9), n = random_below(2900), half = random_below(n + 1) & ~1ull;
        for (size_t i = 0; i < n; i++) bytes[at + i] = round % 3 ? (uint8_t)random_number() : 0xff;
        uint16_t wanted = plain_checksum(bytes + at, n);
        memset(copy, 0, sizeof copy);
        are_right &= checksum_finish(checksum_add(0, bytes + at, n)) == wanted;
        are_copied &= checksum_finish(checksum_copy(0, copy, bytes + at, n)) == wanted &&
                      memcmp(copy, bytes + at, n) == 0 && copy[n] == 0;
        add_up &=
            checksum_finish(checksum_add(checksum_add(0, bytes + at, half), bytes + at + half, n - half)) == wanted;
    }
    ok(are_right, "sums are right at any place and length");
    ok(are_copied, "so are those made while copying, which copies what it should");
    ok(add_up, "and those of pieces");
}

/// What ARP said: for a frame of ours.
struct arp_said {
    bool is_there, to_all;
    uint16_t what;
    uint32_t sender, target;
};

static struct arp_said hear_arp(void) {
    struct arp_said said = {.is_there = false};
    struct packet *p = one_sent();
    if (p && wire_get16(p->data + 12) == TYPE_ARP) {
        said = (struct arp_said){true, p->data[0] == 0xff, wire_get16(p->data + 20), wire_get32(p->data + 28),
                                 wire_get32(p->data + 38)};
    }
    if (p) packet_free(p);
    return said;
}

static void say_arp(uint16_t what, uint8_t mac_last, uint32_t sender, uint32_t target) {
    uint8_t a[28] = {0, 1, 8, 0, 6, 4, 0, (uint8_t)what, 2, 0, 0, 0, 0, mac_last};
    wire_put32(a + 14, sender);
    wire_put32(a + 24, target);
    one_give(TYPE_ARP, what == ARP_REQUEST, packet_of(a, sizeof a));
}

static struct udp_endpoint endpoint;

static int send_udp(uint32_t to, uint32_t n) {
    struct packet *p = packet_make(n);
    for (uint32_t i = 0; i < n; i++) p->data[i] = (uint8_t)(i * 7);
    p->length = n;
    one_begin();
    int result = udp_send(&endpoint, 0, to, 53, p);
    one_end();
    return result;
}

static void open_endpoint(uint16_t port) {
    udp_init(one_begin(), &endpoint);
    udp_bind(&endpoint, 0, port);
    one_end();
}

static void close_endpoint(void) {
    one_begin();
    udp_close(&endpoint);
    one_end();
}

static void test_arp(void) {
    one_open(true);
    open_endpoint(1000);
    send_udp(OTHER_ADDRESS, 10);
    struct arp_said said = hear_arp();
    ok(said.to_all && said.what == ARP_REQUEST && said.sender == ONE_ADDRESS && said.target == OTHER_ADDRESS,
       "who is not known is asked for");
    say_arp(ARP_REPLY, OTHER_MAC_LAST, OTHER_ADDRESS, ONE_ADDRESS);
    struct packet *p = one_sent();
    ok(p && is_ip(p, PROTOCOL_UDP) && p->data[5] == OTHER_MAC_LAST, "and gets what has waited for the answer");
    if (p) packet_free(p);
    say_arp(ARP_REQUEST, OTHER_MAC_LAST, OTHER_ADDRESS, ONE_ADDRESS);
    said = hear_arp();
    ok(!said.to_all && said.what == ARP_REPLY && said.sender == ONE_ADDRESS && said.target == OTHER_ADDRESS,
       "who asks for us is answered");
    say_arp(ARP_REQUEST, OTHER_MAC_LAST, OTHER_ADDRESS, OTHER_ADDRESS + 1);
    ok(!hear_arp().is_there, "who asks for another is not");
    send_udp(IPV4(8, 8, 8, 8), 10);
    ok(hear_arp().target == IPV4(10, 0, 0, 254), "what is far away goes through the gateway");
    say_arp(ARP_REPLY, 66, ONE_ADDRESS, ONE_ADDRESS);
    say_arp(ARP_REPLY, 66, IPV4(192, 168, 0, 1), ONE_ADDRESS);
    say_arp(ARP_REPLY, 66, IPV4(10, 0, 0, 33), ONE_ADDRESS);
    send_udp(IPV4(10, 0, 0, 33), 10);
    ok(hear_arp().is_there, "what nobody has asked for is not learnt");
    unsigned asked = 0;
    for (int i = 0; i < 200; i++) {
        send_udp(IPV4(10, 0, 0, 99), 10);
        one_pass(100 * MS);
        asked += hear_arp().is_there;
    }
    ok(asked >= 15 && asked <= 25, "who does not answer is asked once a second");
    for (uint32_t i = 1; i < 200; i++) send_udp(IPV4(10, 0, 0, 0) + i, 1000);
    one_forget();
    ok(heap_blocks < 100 * ARP_WAITING_MOST, "and for all of a network little waits");
    one_pass(61 * SECONDS);
    one_introduce(OTHER_ADDRESS);
    one_forget();
    send_udp(OTHER_ADDRESS, 10);
    p = one_sent();
    ok(p && is_ip(p, PROTOCOL_UDP), "who has asked us lately is known");
    if (p) packet_free(p);
    one_pass(61 * SECONDS);
    send_udp(OTHER_ADDRESS, 10);
    said = hear_arp();
    p = one_sent();
    ok(said.is_there && !said.to_all && p && is_ip(p, PROTOCOL_UDP),
       "is asked again after a minute, and used meanwhile");
    if (p) packet_free(p);
    close_endpoint();
    one_close();
}

static uint8_t content[70000];

/// A piece of a datagram of UDP to port 1000.
static void give_piece(uint16_t id, uint32_t at, uint32_t n, bool is_last) {
    one_give_ip(OTHER_ADDRESS, ONE_ADDRESS, PROTOCOL_UDP, id, (uint16_t)(at / 8 | (is_last ? 0 : MORE)),
                packet_of(content + at, n));
}

/// Bytes of the datagram that has come, 0 if there is none.
static uint32_t received(void) {
    one_begin();
    struct packet *p = udp_take(&endpoint);
    one_end();
    uint32_t n = p ? p->length : 0;
    if (p && memcmp(p->data, content + UDP_HEADER, n) != 0) n = UINT32_MAX;
    if (p) packet_free(p);
    return n;
}

static void make_content(uint32_t n) {
    for (uint32_t i = 0; i < n; i++) content[i] = (uint8_t)(i * 31 + (i >> 8));
    wire_put16(content, 4000);
    wire_put16(content + 2, 1000);
    wire_put16(content + 4, (uint16_t)n);
    wire_put16(content + 6, 0); // no sum
}

static void test_fragments(void) {
    one_open(true);
    one_introduce(OTHER_ADDRESS);
    open_endpoint(1000);
    make_content(4000);
    give_piece(1, 0, 1480, false);
    give_piece(1, 1480, 1480, false);
    ok(received() == 0, "a datagram in pieces waits for the last");
    give_piece(1, 2960, 1040, true);
    ok(received() == 3992, "and is whole then");
    give_piece(2, 2960, 1040, true);
    give_piece(3, 0, 1480, false);
    give_piece(2, 0, 1480, false);
    give_piece(3, 2960, 1040, true);
    give_piece(2, 1480, 1480, false);
    ok(received() == 3992, "in any order, with those of another between them");
    give_piece(3, 1480, 1480, false);
    ok(received() == 3992, "which is whole, too");
    give_piece(4, 0, 1480, false);
    give_piece(4, 1472, 1480, false);
    give_piece(4, 1480, 1480, false);
    give_piece(4, 2960, 1040, true);
    ok(received() == 0, "pieces that overlap spoil all");
    give_piece(5, 0, 1480, false);
    give_piece(5, 2960, 1040, true);
    give_piece(5, 4000, 8, false);
    give_piece(5, 1480, 1480, false);
    ok(received() == 0, "so does one behind the end");
    give_piece(6, 0, 1480, false);
    one_pass(31 * SECONDS);
    give_piece(6, 1480, 1480, false);
    give_piece(6, 2960, 1040, true);
    ok(received() == 0, "after half a minute the first is forgotten");
    give_piece(7, 0, 1477, false);
    give_piece(7, 65528, 1000, true);
    one_give_ip(OTHER_ADDRESS, ONE_ADDRESS, PROTOCOL_UDP, 8, MORE, packet_of(content, 0));
    ok(received() == 0, "pieces of odd length, empty ones and those beyond the longest are dropped");
    fragments_forget(&one.stack.fragments);
    long before = heap_blocks;
    for (uint32_t i = 0; i < 5000; i++) give_piece((uint16_t)(100 + i), 0, 1480, false);
    ok(heap_blocks - before <= FRAGMENTED_MOST, "thousands of first pieces take little memory");
    give_piece(9, 0, 1480, false);
    give_piece(9, 1480, 1480, false);
    give_piece(9, 2960, 1040, true);
    ok(received() == 3992, "and who means it is served");
    before = heap_blocks;
    for (uint32_t i = 0; i < 3000; i++) give_piece(10, i * 16, 8, false);
    ok((heap_blocks - before) * 100 < FRAGMENTS_BYTES_MOST, "nor do thousands of small pieces of one");
    give_piece(11, 0, 1480, false);
    give_piece(11, 1480, 1480, false);
    give_piece(11, 2960, 1040, true);
    ok(received() == 3992, "which make room for what comes later");
    fragments_forget(&one.stack.fragments);
    one_forget();
    bool are_sent = send_udp(OTHER_ADDRESS, 5000) == 0;
    uint32_t all = 0, pieces = 0;
    for (struct packet *p; (p = one_sent()); packet_free(p), pieces++) all += wire_get16(ip_of(p) + 2) - IPV4_HEADER;
    ok(are_sent && all == 5008 && pieces == 4, "what we send goes in pieces, too");
    endpoint.is_never_cut = true;
    ok(send_udp(OTHER_ADDRESS, 5000) == -EMSGSIZE && !one.sent.first, "unless it must not");
    close_endpoint();
    one_close();
}

static void test_icmp(void) {
    one_open(true);
    one_introduce(OTHER_ADDRESS);
    one_forget();
    uint8_t echo[64] = {8};
    for (int i = 8; i < 64; i++) echo[i] = (uint8_t)i;
    wire_put16(echo + 2, plain_checksum(echo, 64));
    one_give_ip(OTHER_ADDRESS, ONE_ADDRESS, PROTOCOL_ICMP, 0, 0, packet_of(echo, 64));
    struct packet *p = one_sent();
    bool is_same = p && is_ip(p, PROTOCOL_ICMP) && data_of(p)[0] == 0 && memcmp(data_of(p) + 8, echo + 8, 56) == 0;
    ok(is_same && plain_checksum(data_of(p), 64) == 0, "an echo is answered");
    if (p) packet_free(p);
    echo[20] ^= 1;
    one_give_ip(OTHER_ADDRESS, ONE_ADDRESS, PROTOCOL_ICMP, 0, 0, packet_of(echo, 64));
    ok(one_forget() == 0, "not with a wrong sum");
    echo[20] ^= 1;
    one_give_ip(OTHER_ADDRESS, IPV4(10, 0, 0, 255), PROTOCOL_ICMP, 0, 0, packet_of(echo, 64));
    one_give_ip(OTHER_ADDRESS, UINT32_MAX, PROTOCOL_ICMP, 0, 0, packet_of(echo, 64));
    one_give_ip(IPV4(127, 0, 0, 1), ONE_ADDRESS, PROTOCOL_ICMP, 0, 0, packet_of(echo, 64));
    one_give_ip(OTHER_ADDRESS, IPV4(127, 0, 0, 1), PROTOCOL_ICMP, 0, 0, packet_of(echo, 64));
    one_give_ip(OTHER_ADDRESS, IPV4(10, 0, 0, 2), PROTOCOL_ICMP, 0, 0, packet_of(echo, 64));
    one_give_ip(IPV4(224, 0, 0, 1), ONE_ADDRESS, PROTOCOL_ICMP, 0, 0, packet_of(echo, 64));
    ok(one_forget() == 0, "nor what is for everybody, for another, or from nowhere");
    one_give_udp(OTHER_ADDRESS, 4000, ONE_ADDRESS, 999, "hello", 5);
    p = one_sent();
    bool complains = p && is_ip(p, PROTOCOL_ICMP) && data_of(p)[0] == 3 && data_of(p)[1] == 3 &&
                     wire_get16(data_of(p) + 8 + 20 + 2) == 999;
    ok(complains && plain_checksum(data_of(p), 36) == 0, "who sends to a port where nobody is hears of it");
    if (p) packet_free(p);
    one_give_udp(OTHER_ADDRESS, 4000, IPV4(10, 0, 0, 255), 999, "hello", 5);
    one_give_udp(OTHER_ADDRESS, 4000, UINT32_MAX, 999, "hello", 5);
    ok(one_forget() == 0, "not if it was to everybody");
    one_close();
}

static void test_udp(void) {
    struct udp_endpoint second;
    one_open(true);
    one_introduce(OTHER_ADDRESS);
    open_endpoint(1000);
    udp_init(one_begin(), &second);
    ok(udp_bind(&second, 0, 1000) == -EADDRINUSE && udp_bind(&second, IPV4(10, 0, 0, 3), 1001) == -EADDRNOTAVAIL,
       "a port is one's, an address must be ours");
    ok(udp_bind(&second, 0, 0) == 0 && second.port >= 32768, "who does not ask for a port gets one");
    one_end();
    memcpy(content + UDP_HEADER, "hello", 5);
    one_give_udp(OTHER_ADDRESS, 4000, ONE_ADDRESS, 1000, "hello", 5);
    ok(received() == 5, "a datagram arrives");
    uint8_t wrong[13] = {0x0f, 0xa0, 0x03, 0xe8, 0, 13, 0x12, 0x34, 'h', 'e', 'l', 'l', 'o'};
    one_give_ip(OTHER_ADDRESS, ONE_ADDRESS, PROTOCOL_UDP, 0, 0, packet_of(wrong, 13));
    wrong[6] = wrong[7] = 0;
    wrong[5] = 14;
    one_give_ip(OTHER_ADDRESS, ONE_ADDRESS, PROTOCOL_UDP, 0, 0, packet_of(wrong, 13));
    wrong[5] = 7;
    one_give_ip(OTHER_ADDRESS, ONE_ADDRESS, PROTOCOL_UDP, 0, 0, packet_of(wrong, 13));
    one_give_ip(OTHER_ADDRESS, ONE_ADDRESS, PROTOCOL_UDP, 0, 0, packet_of(wrong, 7));
    ok(received() == 0 && one.stack.counters.udp_bad == 4, "not with a wrong sum or length");
    wrong[5] = 11;
    one_give_ip(OTHER_ADDRESS, ONE_ADDRESS, PROTOCOL_UDP, 0, 0, packet_of(wrong, 13));
    ok(received() == 3, "what the header does not count is not given");
    static const uint8_t many[1000];
    for (int i = 0; i < 1000; i++) one_give_udp(OTHER_ADDRESS, 4000, ONE_ADDRESS, 1000, many, 1000);
    ok(endpoint.bytes <= endpoint.bytes_most && one.stack.counters.udp_full > 500,
       "what is not read does not fill the memory");
    ok(send_udp(UINT32_MAX, 10) == -EACCES && send_udp(IPV4(10, 0, 0, 255), 10) == -EACCES, "to everybody needs leave");
    endpoint.may_broadcast = true;
    one_forget();
    ok(send_udp(UINT32_MAX, 10) == 0 && one.sent.first && one.sent.first->data[0] == 0xff,
       "and then goes to everybody");
    one_begin();
    udp_close(&second);
    one_end();
    close_endpoint();
    one_close();
}

int main(void) {
    test_checksums();
    test_arp();
    test_fragments();
    test_icmp();
    test_udp();
    ok(heap_blocks == 0, "no memory is kept");
    return done();
}
