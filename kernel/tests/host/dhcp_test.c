// The DHCP client, with a server that is the test: asking, requesting, renewing, rebinding, losing it, and answers that
// are not meant well.
//
//   dhcp_test [DAMAGED-ANSWERS [SEED]]

#include "heap_on_host.h"
#include "one_stack.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>

enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5, NAK = 6, FIXED = 240, LEASE = 1000 };
#define SERVER IPV4(10, 0, 0, 254)
#define OFFERED IPV4(10, 0, 0, 77)

/// What the client has sent last.
static struct message {
    bool to_all;
    uint8_t type;
    uint32_t transaction, from, to, client, requested, server;
} said;

static uint32_t option_word(const uint8_t *at, const uint8_t *end, uint8_t wanted) {
    while (at < end && *at != 255) {
        if (at[0] == wanted) return at[1] == 1 ? at[2] : wire_get32(at + 2);
        at += 2 + at[1];
    }
    return 0;
}

/// The next message of the client's; ARP is answered on the way.
static bool hear(void) {
    bool has_come = false;
    for (struct packet *p; !has_come && (p = one_sent()); packet_free(p)) {
        if (wire_get16(p->data + 12) == TYPE_ARP && p->data[21] == 1 && wire_get32(p->data + 38) == SERVER)
            one_introduce(SERVER);
        if (!is_ip(p, PROTOCOL_UDP) || wire_get16(data_of(p) + 2) != 67) continue;
        const uint8_t *m = data_of(p) + UDP_HEADER, *end = p->data + p->length;
        has_come = true;
        said = (struct message){.to_all = p->data[0] == 0xff,
                                .type = (uint8_t)option_word(m + FIXED, end, 53),
                                .transaction = wire_get32(m + 4),
                                .from = wire_get32(ip_of(p) + 12),
                                .to = wire_get32(ip_of(p) + 16),
                                .client = wire_get32(m + 12),
                                .requested = option_word(m + FIXED, end, 50),
                                .server = option_word(m + FIXED, end, 54)};
    }
    return has_come;
}

/// An answer that is being made.
static uint8_t reply[600];
static uint32_t reply_length;

static void option(uint8_t kind, const void *bytes, uint8_t n) {
    reply[reply_length++] = kind;
    reply[reply_length++] = n;
    memcpy(reply + reply_length, bytes, n);
    reply_length += n;
}

static void option_number(uint8_t kind, uint32_t n) {
    uint8_t bytes[4];
    wire_put32(bytes, n);
    option(kind, bytes, 4);
}

static void make(uint8_t type, uint32_t address) {
    memset(reply, 0, sizeof reply);
    reply[0] = 2;
    reply[1] = 1;
    reply[2] = 6;
    wire_put32(reply + 4, said.transaction);
    wire_put32(reply + 16, address);
    memcpy(reply + 28, one.interface->mac, 6);
    wire_put32(reply + 236, 0x63825363);
    reply_length = FIXED;
    option(53, &type, 1);
    option_number(54, SERVER);
}

/// As most servers answer.
static void make_whole(uint8_t type, uint32_t address, uint32_t lease) {
    make(type, address);
    option_number(1, IPV4(255, 255, 255, 0));
    option_number(3, SERVER);
    option_number(51, lease);
    option(15, "example.org", 11);
    const uint8_t servers[8] = {10, 0, 0, 53, 10, 0, 1, 53};
    option(6, servers, 8);
}

static void give(void) {
    reply[reply_length++] = 255;
    one_give_udp(SERVER, 67, UINT32_MAX, 68, reply, reply_length);
}

static void answer(uint8_t type, uint32_t address, uint32_t lease) {
    make_whole(type, address, lease);
    give();
}

static void begin(void) {
    said = (struct message){.type = 0};
    one_open(false);
    one_begin();
    dhcp_start(one.interface);
    one_end();
    hear();
}

static bool bind(uint32_t lease) {
    begin();
    answer(OFFER, OFFERED, lease);
    hear();
    answer(ACK, OFFERED, lease);
    return one.interface->address == OFFERED;
}

static void test_start(void) {
    begin();
    ok(said.type == DISCOVER && said.to_all && said.from == 0 && said.to == UINT32_MAX,
       "who has no address asks everybody");
    answer(OFFER, OFFERED, LEASE);
    ok(hear() && said.type == REQUEST && said.to_all && said.requested == OFFERED && said.server == SERVER &&
           said.client == 0,
       "requests what it was offered");
    ok(one.interface->address == 0, "and does not take it before it is given");
    answer(ACK, OFFERED, LEASE);
    const struct interface *i = one.interface;
    ok(i->address == OFFERED && i->mask == IPV4(255, 255, 255, 0) && i->gateway == SERVER && one.address_changes == 1,
       "then it has address, mask and gateway, and its owner is told");
    ok(i->dhcp.name_servers[0] == IPV4(10, 0, 0, 53) && i->dhcp.name_servers[1] == IPV4(10, 0, 1, 53) &&
           i->dhcp.name_servers[2] == 0,
       "and knows the name servers");
    ok(strcmp(i->dhcp.domain, "example.org") == 0, "and the domain");
    one_close();
}

static void test_silence(void) {
    begin();
    uint64_t begun = one.now_ns, last = 0;
    bool is_patient = true;
    for (int i = 0; i < 12; i++) {
        while (!hear()) one_pass(10 * MS);
        double waited = (double)(one.now_ns - begun - last) / 1e9, wanted = (i < 9 ? 1 << i : 1 << 9) / 8.0;
        is_patient &= said.type == DISCOVER && waited > wanted * 0.8 && waited < wanted * 1.2 + 0.1;
        last = one.now_ns - begun;
    }
    ok(is_patient, "without an answer it asks again after an eighth of a second, then each time after twice as long, "
                   "up to 64 seconds");
    answer(OFFER, OFFERED, LEASE);
    unsigned requests = 0;
    for (said.type = 0; said.type != DISCOVER;) {
        if (hear()) requests += said.type == REQUEST;
        else one_pass(100 * MS);
    }
    ok(requests == 7, "an offer that is not kept is requested seven times, and then it asks anew");
    one_close();
}

static void test_lease(void) {
    ok(bind(LEASE), "a lease is taken");
    one_forget();
    one_pass(499 * SECONDS);
    ok(!hear(), "for half of its time nothing is said");
    one_pass(2 * SECONDS);
    ok(hear() && said.type == REQUEST && said.to == SERVER && said.client == OFFERED && said.from == OFFERED &&
           said.requested == 0,
       "then its server is asked for more");
    answer(ACK, OFFERED, LEASE);
    one_forget();
    one_pass(490 * SECONDS);
    ok(!hear() && one.interface->address == OFFERED && one.address_changes == 1,
       "which begins it anew, and changes nothing");
    one_pass(374 * SECONDS);
    unsigned to_server = 0;
    while (hear()) to_server += said.to == SERVER;
    one_pass(12 * SECONDS);
    bool asks_all = hear() && said.type == REQUEST && said.to_all && said.client == OFFERED && said.server == 0;
    ok(to_server >= 2 && asks_all, "without its server's answer everybody is asked after seven eighths");
    answer(ACK, OFFERED, LEASE);
    one_forget();
    one_pass(999 * SECONDS);
    ok(one.interface->address == OFFERED, "until the end it is used");
    one_forget();
    one_pass(2 * SECONDS);
    ok(one.interface->address == 0 && one.address_changes == 2 && hear() && said.type == DISCOVER,
       "and not a moment longer: then it asks as in the beginning");
    one_close();
}

static void test_refusal(void) {
    begin();
    answer(OFFER, OFFERED, LEASE);
    hear();
    answer(NAK, 0, 0);
    ok(one.interface->address == 0 && hear() && said.type == DISCOVER,
       "a request that is refused is the beginning of another");
    one_close();
    bind(LEASE);
    one_pass(501 * SECONDS);
    hear();
    hear();
    answer(NAK, 0, 0);
    ok(one.interface->address == 0 && hear() && said.type == DISCOVER,
       "an address that is not prolonged is given up at once");
    one_close();
}

static void test_odd_times(void) {
    bind(UINT32_MAX);
    one_forget();
    one_pass(40000ull * 86400 * SECONDS / 100);
    ok(one.interface->address == OFFERED && !hear(), "what is given for ever is kept");
    one_close();
    begin();
    answer(OFFER, OFFERED, LEASE);
    hear();
    make_whole(ACK, OFFERED, LEASE);
    option_number(58, 5000); // T1 and T2 behind the end
    option_number(59, 4000);
    give();
    one_forget();
    one_pass(501 * SECONDS);
    hear();
    ok(one.interface->address == OFFERED && said.type == REQUEST && one.stack.timers.root,
       "times that make no sense are replaced");
    one_close();
    bool is_calm = bind(1);
    one_forget();
    one_pass(20 * SECONDS);
    unsigned count = one_forget();
    ok(is_calm && count > 0 && count < 60, "a lease of a second is no reason to flood the network");
    one_close();
}

static void test_hostile_answers(void) {
    static const uint32_t nobody[] = {0, UINT32_MAX, IPV4(127, 0, 0, 1), IPV4(224, 0, 0, 1)};
    begin();
    bool is_asking = true;
    for (size_t i = 0; i < 4; i++) {
        answer(OFFER, nobody[i], LEASE);
        is_asking &= !hear();
    }
    ok(is_asking, "an offer of what nobody can have is none");
    for (int way = 0; way < 6; way++) {
        make_whole(OFFER, OFFERED, LEASE);
        if (way == 0) reply[4] ^= 1; // of another transaction
        if (way == 1) reply[28] ^= 1; // for somebody else
        if (way == 2) reply[236] ^= 1;
        if (way == 3) reply[0] = 1; // a question
        if (way == 4) option(12, "x", 1), reply[reply_length - 2] = 200; // longer than the message
        if (way == 5) reply_length = 239;
        give();
        is_asking &= !hear();
    }
    ok(is_asking, "nor what is for another, or not well formed");
    answer(ACK, OFFERED, LEASE);
    answer(NAK, 0, 0);
    ok(one.interface->address == 0 && !hear(), "nor an answer to what was not requested");
    make(OFFER, OFFERED);
    reply_length = FIXED;
    uint8_t type = OFFER;
    option(53, &type, 1);
    give();
    ok(!hear(), "nor an offer that does not say whose");
    answer(OFFER, OFFERED, LEASE);
    hear();
    make_whole(ACK, OFFERED, LEASE);
    option(15, "evil\nnameserver 6.6.6.6", 23);
    const uint8_t mtu[2] = {0, 1};
    option(26, mtu, 2);
    give();
    ok(one.interface->address == OFFERED && one.interface->dhcp.domain[0] == '\0',
       "a domain that is no name is not taken");
    ok(one.interface->mtu == ETHERNET_MTU, "nor an MTU with which nothing could be sent");
    one_close();
    begin();
    answer(OFFER, OFFERED, LEASE);
    hear();
    make(ACK, OFFERED);
    give();
    ok(one.interface->address == OFFERED && one.interface->mask == IPV4(255, 0, 0, 0) && one.stack.timers.root,
       "an answer that says no more than the address will do");
    one_close();
}

/// Any answer whatever: the client must live, and what it has must make sense.
static void test_damaged_answers(unsigned long rounds, uint64_t seed) {
    uint64_t x = 88172645463325252ull + seed * 2;
    bool makes_sense = true;
    unsigned taken = 0, changes = 0;
    begin();
    for (int round = 0; round < (int)rounds; round++) {
        if (round % 50 == 0) {
            // A lease may have come to be one of years.
            changes += one.address_changes;
            one_close();
            begin();
        }
        make_whole(round % 7 == 6 ? NAK : round % 3 ? ACK : OFFER, OFFERED + (uint32_t)round % 5, 8);
        for (int k = 0; k < 3; k++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            uint32_t at = FIXED + (uint32_t)(x % (reply_length - FIXED));
            reply[at] = x >> 40 & 1 ? (uint8_t)(x >> 32) : (uint8_t)(x >> 32 & 7);
        }
        if (x >> 60 == 0) reply_length = (uint32_t)(x >> 20) % reply_length;
        give();
        one_pass((x >> 50) * MS);
        hear();
        taken += one.interface->address != 0;
        makes_sense &= one.interface->mtu >= MTU_LEAST && strlen(one.interface->dhcp.domain) <= DHCP_DOMAIN_MOST;
        said.transaction = one.interface->dhcp.transaction;
    }
    printf("# DHCP: after %u of %lu damaged answers there was an address, which changed %u times\n", taken, rounds,
           changes);
    ok(makes_sense && taken > rounds / 60 && changes > rounds / 60, "of damaged answers none does harm");
    one_close();
}

int main(int count, char **arguments) {
    test_start();
    test_silence();
    test_lease();
    test_refusal();
    test_odd_times();
    test_hostile_answers();
    test_damaged_answers(count > 1 ? strtoul(arguments[1], NULL, 0) : 20000,
                         count > 2 ? strtoull(arguments[2], NULL, 0) : 0);
    ok(heap_blocks == 0, "no memory is kept");
    return done();
}
