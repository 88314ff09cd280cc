// The network's thread and its cards: frames between the rings of a card and the stack, the stack's clock, and what the
// host is told.

#include "net/network.h"
#include "arch/clock.h"
#include "dev/console.h"
#include "dev/random.h"
#include "dev/network_card.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "mem/phys.h"
#include "net/stack/arp.h"
#include "net/stack/ipv4.h"
#include "net/sockets.h"
#include "sched/ready_batch.h"
#include "proc/events.h"
#include "sched/thread.h"
#include "sched/timer.h"

/// So many frames, and for so long, wait for more before their card is told of them.
enum { HELD_MOST = 16, HELD_NS = 500000 };
enum { BUFFER = 1800, WAITING_MOST = 1024, BATCH = 128, BUFFERS_SMALL = 64 };
/// Below this much memory fewer buffers wait for frames; and less free than a sixteenth is short.
enum { SMALL_PAGES = (64 << 20) / 4096, SHORT_PART = 16 };

struct card {
    struct network_card *device;
    struct interface *interface;
    struct network_card_facts facts;
    struct packet_queue waiting; // for room in the ring
    unsigned waiting_count, offered, wanted_buffers;
};

static struct net_stack stack;
static struct card cards[INTERFACES_MOST - 1];
static unsigned card_count;
static struct wait_queue work, addressed;
static struct timer held_timer;
static unsigned held_frames, held_at_begin; // in the rings, of which the cards have not been told
static bool has_work, is_awake, address_has_changed, cards_are_found;
static uint64_t sleeps_until;
static const struct manifest_network *settings;

static void have_work(void *unused) {
    (void)unused;
    has_work = true;
    wake_all(&work);
}

static void address_changed(struct interface *i) {
    (void)i;
    address_has_changed = true;
    have_work(NULL);
}

static const struct stack_hooks hooks = {.tcp_changed = sockets_tcp_changed,
                                         .tcp_arrived = sockets_tcp_arrived,
                                         .udp_changed = sockets_udp_changed,
                                         .address_changed = address_changed};

static void free_sent(struct card *card) {
    for (struct packet *p; (p = card_sent(card->device));) packet_free(p);
}

static bool put(struct card *card, struct packet *p) {
    uint8_t *buffer = p->data - CARD_HEADER;
    uint16_t start = p->checksum_wanted ? (uint16_t)(ETHERNET_HEADER + p->checksum_start) : 0;
    if (!card_send(card->device, buffer, p->length + CARD_HEADER, start, p->checksum_at, p)) return false;
    held_frames++;
    return true;
}

static void transmit(struct interface *i, struct packet *p) {
    struct card *card = i->driver;
    if (!card->waiting.first) {
        if (put(card, p)) return;
        free_sent(card);
        if (put(card, p)) return;
    }
    if (card->waiting_count == WAITING_MOST) {
        i->dropped++;
        packet_free(p);
        return;
    }
    packet_append(&card->waiting, p);
    // The thread waits for what was sent only if it knows that something waits for that.
    if (card->waiting_count++ == 0) have_work(NULL);
}

static void send_waiting(struct card *card) {
    free_sent(card);
    while (card->waiting.first && put(card, card->waiting.first)) {
        packet_take(&card->waiting);
        card->waiting_count--;
    }
}

/// Gives the card buffers up to what it should have.
static void refill(struct card *card) {
    while (card->offered < card->wanted_buffers) {
        struct packet *p = packet_make(BUFFER);
        if (!p) return;
        // The IP header comes to lie where the headroom ends.
        p->data -= ETHERNET_HEADER;
        uint8_t *buffer = p->data - CARD_HEADER;
        if (!card_offer(card->device, buffer, BUFFER + ETHERNET_HEADER + CARD_HEADER, p)) {
            packet_free(p);
            return;
        }
        card->offered++;
    }
}

/// Puts a frame together that came in several buffers.
static struct packet *join(struct card *card, struct packet *first, unsigned pieces) {
    enum { LARGEST = 65536 };
    struct packet_queue rest = {0};
    uint32_t all = first->length;
    for (unsigned i = 1; i < pieces; i++) {
        uint32_t length;
        bool unused;
        unsigned also_unused;
        struct packet *p = card_received(card->device, &length, &unused, &also_unused, false);
        if (!p) break;
        card->offered--;
        p->data -= CARD_HEADER;
        p->length = length;
        all += length;
        packet_append(&rest, p);
    }
    struct packet *whole = all <= LARGEST ? packet_make(all) : NULL;
    if (whole) {
        memcpy(whole->data, first->data, first->length);
        whole->length = first->length;
        for (const struct packet *p = rest.first; p; p = p->next) {
            memcpy(whole->data + whole->length, p->data, p->length);
            whole->length += p->length;
        }
        whole->checksum_done = first->checksum_done;
    }
    packet_free(first);
    packet_free_all(&rest);
    return whole;
}

/// Takes what has come, up to a batch. How much it was.
static unsigned receive(struct card *card) {
    unsigned count = 0;
    for (; count < BATCH; count++) {
        uint32_t length;
        bool is_checked;
        unsigned pieces;
        struct packet *p = card_received(card->device, &length, &is_checked, &pieces, true);
        if (!p) break;
        card->offered--;
        p->length = length;
        p->checksum_done = is_checked;
        if (pieces > 1) p = join(card, p, pieces);
        if (p) stack_receive(&stack, card->interface, p);
    }
    refill(card);
    return count;
}

static void kick_all(void) {
    held_frames = 0;
    for (unsigned i = 0; i < card_count; i++) card_kick(cards[i].device);
}

/// What was held back goes before another thread runs, or nobody does.
static void send_held(void) {
    if (held_frames > 0) kick_all();
}

/// The program computes: it has not slept since it sent.
static void held_too_long(struct timer *unused) {
    (void)unused;
    if (held_frames > 0) have_work(NULL);
}

/// A program that has been told of several requests has the card told of its answers once, with the last of them: that
/// costs more than to send a small frame.
static void kick_or_hold(void) {
    if (held_frames == held_at_begin && !is_awake) return;
    bool more_will_come = ready_batch_take();
    if (is_awake || !more_will_come || held_frames >= HELD_MOST) kick_all();
    else if (!timer_is_armed(&held_timer)) timer_arm(&held_timer, stack.now_ns + HELD_NS, held_too_long);
}

struct net_stack *network_begin(void) {
    stack_begin(&stack, clock_ns());
    held_at_begin = held_frames;
    return &stack;
}

void network_end(void) {
    stack_end(&stack);
    kick_or_hold();
    // The thread sleeps too long for what has come up.
    if (!is_awake && stack_next_deadline(&stack) < sleeps_until) have_work(NULL);
}

static void write_address(char *to, size_t cap, uint32_t a) {
    format_text(to, cap, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

/// The host is told of each interface's address.
static void tell_addresses(void) {
    address_has_changed = false;
    for (unsigned n = 1; n < stack.interface_count; n++) {
        const struct interface *i = &stack.interfaces[n];
        char more[256], address[16], mask[16], gateway[16];
        write_address(address, sizeof address, i->address);
        write_address(mask, sizeof mask, i->mask);
        write_address(gateway, sizeof gateway, i->gateway);
        format_text(more, sizeof more, ",\"interface\":\"%s\",\"address\":\"%s\",\"netmask\":\"%s\",\"gateway\":\"%s\"",
                    i->name, address, mask, gateway);
        if (i->address) event("address", more);
    }
    wake_all(&addressed);
}

static void start_card(struct card *card, const struct manifest_interface *wish) {
    char name[INTERFACE_NAME];
    format_text(name, sizeof name, "en%u", card_count);
    uint32_t mtu = card->facts.mtu < ETHERNET_MTU ? card->facts.mtu : ETHERNET_MTU;
    if (wish->mtu >= MTU_LEAST && wish->mtu < mtu) mtu = wish->mtu;
    card->wanted_buffers = card->facts.receive_buffers;
    if (phys_total_pages() < SMALL_PAGES && card->wanted_buffers > BUFFERS_SMALL) card->wanted_buffers = BUFFERS_SMALL;
    card->interface = interface_add(&stack, name, card->facts.mac, mtu, transmit, card);
    card->interface->checksums_offloaded = card->facts.checksums;
    refill(card);
    network_begin();
    if (wish->is_static) interface_configure(card->interface, wish->address, wish->mask, wish->gateway);
    else dhcp_start(card->interface);
    network_end();
}

static void find_cards(void) {
    while (card_count < INTERFACES_MOST - 1) {
        struct card *card = &cards[card_count];
        card->device = network_card_find(have_work, NULL, &card->facts);
        if (!card->device) break;
        card_count++;
        start_card(card, &settings->interfaces[card_count - 1]);
    }
    cards_are_found = true;
    wake_all(&addressed);
}

/// One round: what has come, and everything that is due. How many frames came.
static unsigned serve(void) {
    unsigned count = 0;
    network_begin();
    stack.is_short_of_memory = phys_free_pages() < phys_total_pages() / SHORT_PART;
    for (unsigned i = 0; i < card_count; i++) {
        if (cards[i].waiting.first) send_waiting(&cards[i]);
        count += receive(&cards[i]);
    }
    stack_run_timers(&stack);
    network_end();
    return count;
}

static void serve_for_ever(void *unused) {
    (void)unused;
    struct waiter w;
    is_awake = true;
    find_cards();
    wait_begin(&work, &w);
    for (;;) {
        has_work = false;
        unsigned count = serve();
        if (count >= BATCH) thread_yield();
        if (count > 0) continue;
        for (unsigned i = 0; i < card_count; i++) card_interrupts(cards[i].device, cards[i].waiting.first != NULL);
        // Once more, for what came before the interrupts were on.
        if (serve() > 0) continue;
        if (address_has_changed) tell_addresses();
        sleeps_until = stack_next_deadline(&stack);
        is_awake = false;
        while (!has_work && clock_ns() < sleeps_until && wait_sleep(&w, sleeps_until) == 0) {
        }
        is_awake = true;
    }
}

static bool is_configuring(const struct interface *i) {
    return i->dhcp.phase == DHCP_ASKING || i->dhcp.phase == DHCP_REQUESTING;
}

bool network_is_coming_up(void) {
    if (!cards_are_found) return true;
    for (unsigned n = 1; n < stack.interface_count; n++) {
        if (!stack.interfaces[n].address && is_configuring(&stack.interfaces[n])) return true;
    }
    return false;
}

static bool has_address(void) {
    for (unsigned n = 1; n < stack.interface_count; n++) {
        if (stack.interfaces[n].address) return true;
    }
    return false;
}

bool network_wait_for_address(uint64_t deadline_ns) {
    struct waiter w;
    wait_begin(&addressed, &w);
    while (!has_address() && network_is_coming_up() && wait_sleep(&w, deadline_ns) == 0) {
    }
    wait_end(&w);
    return has_address();
}

unsigned network_name_servers(uint32_t servers[DHCP_NAME_SERVERS], const char **domain) {
    unsigned count = 0;
    *domain = "";
    for (unsigned n = 1; n < stack.interface_count; n++) {
        const struct dhcp_client *d = &stack.interfaces[n].dhcp;
        if (d->phase < DHCP_BOUND) continue;
        if (!**domain) *domain = d->domain;
        for (unsigned k = 0; k < DHCP_NAME_SERVERS && count < DHCP_NAME_SERVERS; k++) {
            bool is_new = d->name_servers[k] != 0;
            for (unsigned i = 0; i < count; i++) is_new &= servers[i] != d->name_servers[k];
            if (is_new) servers[count++] = d->name_servers[k];
        }
    }
    return count;
}

void network_start(const struct manifest_network *wishes) {
    uint64_t seed[4];
    settings = wishes;
    ready_batch_on_pause(send_held);
    wait_queue_init(&work);
    wait_queue_init(&addressed);
    random_fill(seed, sizeof seed);
    stack_init(&stack, &hooks, seed, clock_ns());
    if (!thread_create("network", serve_for_ever, NULL)) klog("there is not enough memory for the network");
}
