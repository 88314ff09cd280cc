// Xen's network cards: a ring for each direction.
//
// Frames are copied into and out of pages that are the driver's own, granted once and used again, as xen/block.c does
// it: a frame is small, and a call of Xen or a page that is never given back would cost more. A frame that does not fit
// a page is not asked for (neither segmentation by the card nor large frames are offered to the back-end).
#include "dev/xen/net.h"

#include "arch/paging.h"
#include "dev/console.h"
#include "dev/xen/device.h"
#include "dev/xen/events.h"
#include "dev/xen/grants.h"
#include "dev/xen/hypercall.h"
#include "dev/xen/net_ring.h"
#include "dev/xen/ring.h"
#include "dev/xen/xen.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "mem/phys.h"

enum { PLACES = 256, PLACES_SMALL = 64, FRAME_MOST = 2048, USUAL_MTU = 1500, MAC_CAP = 18 };
/// Below this much memory there are fewer places.
enum { SMALL_PAGES = (64 << 20) / PAGE_SIZE };

/// A part of a page of the driver's own, which the back-end may use.
struct frame {
    uint8_t *bytes;
    uint32_t grant;
    uint16_t offset;
    bool in_flight;
};

/// What the card's user has given for a frame that comes.
struct buffer {
    uint8_t *bytes;
    uint32_t length;
    void *cookie;
};

struct xen_card {
    struct network_card card;
    struct xen_device device;
    struct xen_ring in, out;
    uint32_t port;
    unsigned places;
    bool gone, is_in_chain; // the rest of a frame that is left out comes next
    struct frame received[PLACES], sent[PLACES];
    uint16_t free[PLACES]; // of `sent`
    unsigned free_count;
    struct buffer buffers[PLACES];
    unsigned buffer_first, buffer_end; // counts that run freely
    void *done[PLACES]; // cookies of frames that were copied
    unsigned done_first, done_end;
};

static struct xen_card *own(struct network_card *card) { return container_of(card, struct xen_card, card); }

static bool is_broken(const struct xen_card *c) { return c->gone || c->in.broken || c->out.broken; }

static void interrupted(void *argument) {
    struct xen_card *c = argument;
    xen_ring_events(&c->in, false);
    xen_ring_events(&c->out, false);
    // None before the card has a user.
    if (c->card.interrupt != NULL) {
        c->card.interrupt(c->card.argument);
    }
}

static bool offer(struct network_card *any, void *buffer, uint32_t length, void *cookie) {
    struct xen_card *c = own(any);
    if (c->buffer_end - c->buffer_first == c->places || length <= CARD_HEADER) {
        return false;
    }
    c->buffers[c->buffer_end++ % PLACES] = (struct buffer){buffer, length, cookie};
    return true;
}

/// Gives a page to the back-end, for the next frame. Places come back in the order in which they were given.
static void give(struct xen_card *c, unsigned n) {
    *(struct net_offer *)xen_ring_ask(&c->in) = (struct net_offer){.id = (uint16_t)n, .grant = c->received[n].grant};
}

/// The next frame that is whole in one page; null if there is none. Its page may be given again.
static const uint8_t *next_frame(struct xen_card *c, struct net_got *got, unsigned *place) {
    for (;;) {
        *place = c->in.taken % c->places;
        if (!xen_ring_take(&c->in, got, sizeof(*got))) {
            return NULL;
        }
        if (got->id != *place || (got->flags & NET_GOT_EXTRA) != 0) {
            c->in.broken = true; // nobody asked for that
            return NULL;
        }
        bool is_part = c->is_in_chain || (got->flags & NET_GOT_MORE) != 0;
        c->is_in_chain = (got->flags & NET_GOT_MORE) != 0;
        if (!is_part && net_got_is_sound(got)) {
            return c->received[*place].bytes + got->offset;
        }
        give(c, *place);
    }
}

static void *received(struct network_card *any, uint32_t *length, bool *is_checked, unsigned *pieces, bool is_first) {
    struct xen_card *c = own(any);
    struct net_got got;
    unsigned place;
    const uint8_t *frame;
    if (!is_first || is_broken(c)) {
        return NULL;
    }
    while (c->buffer_first != c->buffer_end && (frame = next_frame(c, &got, &place)) != NULL) {
        struct buffer *b = &c->buffers[c->buffer_first % PLACES];
        *length = (uint32_t)got.status;
        bool fits = *length <= b->length - CARD_HEADER;
        if (fits) {
            memcpy(b->bytes + CARD_HEADER, frame, *length);
        }
        give(c, place);
        if (fits) {
            *is_checked = (got.flags & (NET_GOT_VALID | NET_GOT_BLANK)) != 0;
            *pieces = 1;
            c->buffer_first++;
            return b->cookie;
        }
    }
    return NULL;
}

/// Takes back the places of what has gone out.
static void collect(struct xen_card *c) {
    struct net_sent sent;
    while (xen_ring_take(&c->out, &sent, sizeof(sent))) {
        if (sent.id >= c->places || !c->sent[sent.id].in_flight) {
            c->out.broken = true;
            return;
        }
        c->sent[sent.id].in_flight = false;
        c->free[c->free_count++] = sent.id;
    }
}

static bool send(struct network_card *any, void *buffer, uint32_t length, uint16_t checksum_start,
                 uint16_t checksum_offset, void *cookie) {
    struct xen_card *c = own(any);
    (void)checksum_offset; // the back-end finds it
    if (c->done_end - c->done_first == PLACES) {
        return false;
    }
    if (c->free_count == 0) {
        collect(c);
    }
    uint32_t size = length - CARD_HEADER;
    bool fits = size <= FRAME_MOST && !is_broken(c);
    if (fits && (c->free_count == 0 || xen_ring_room(&c->out) == 0)) {
        return false;
    }
    // What the back-end would not take is lost, as on a wire.
    if (fits) {
        uint16_t n = c->free[--c->free_count];
        struct frame *f = &c->sent[n];
        f->in_flight = true;
        memcpy(f->bytes, (const uint8_t *)buffer + CARD_HEADER, size);
        *(struct net_send *)xen_ring_ask(&c->out) =
            (struct net_send){.grant = f->grant,
                              .offset = f->offset,
                              .flags = checksum_start != 0 ? NET_SEND_BLANK | NET_SEND_VALID : 0,
                              .id = n,
                              .size = (uint16_t)size};
    }
    c->done[c->done_end++ % PLACES] = cookie;
    return true;
}

/// A frame's own memory is free once it was copied.
static void *sent(struct network_card *any) {
    struct xen_card *c = own(any);
    collect(c);
    return c->done_first != c->done_end ? c->done[c->done_first++ % PLACES] : NULL;
}

static void kick(struct network_card *any) {
    struct xen_card *c = own(any);
    bool is_wanted = xen_ring_publish(&c->in);
    if ((xen_ring_publish(&c->out) || is_wanted) && !is_broken(c)) {
        xen_event_send(c->port);
    }
}

static void interrupts(struct network_card *any, bool when_sent) {
    struct xen_card *c = own(any);
    kick(any);
    xen_ring_events(&c->in, true);
    if (when_sent) {
        xen_ring_events(&c->out, true);
    }
}

static const struct network_card_driver driver = {
    .offer = offer, .received = received, .send = send, .sent = sent, .kick = kick, .interrupts = interrupts};

static void gone(struct xen_device *dev) {
    klog("the host has taken a network card away");
    container_of(dev, struct xen_card, device)->gone = true;
}

static bool make_ring(struct xen_card *c, struct xen_ring *ring, uint32_t entry_size, const char *name) {
    uint64_t pa = phys_alloc_zeroed();
    uint32_t grant = pa != 0 ? grant_give(c->device.peer, pa, false) : 0;
    if (grant == 0) {
        return false;
    }
    xen_ring_init(ring, phys_to_virt(pa), PAGE_SIZE, entry_size);
    return xen_device_write(&c->device, name, grant);
}

/// Memory for `c->places` frames of a size in one direction.
static bool make_frames(struct xen_card *c, struct frame *frames, uint32_t size, bool readonly) {
    for (unsigned i = 0; i < c->places; i++) {
        unsigned in_page = i % (PAGE_SIZE / size);
        if (in_page > 0) {
            frames[i] = frames[i - 1];
            frames[i].bytes += size;
            frames[i].offset = (uint16_t)(frames[i].offset + size);
            continue;
        }
        uint64_t pa = phys_alloc_zeroed();
        frames[i].grant = pa != 0 ? grant_give(c->device.peer, pa, readonly) : 0;
        if (frames[i].grant == 0) {
            return false;
        }
        frames[i].bytes = phys_to_virt(pa);
    }
    return true;
}

static bool connect(struct xen_card *c, struct network_card_facts *facts) {
    struct xen_device *dev = &c->device;
    char mac[MAC_CAP];
    if (xen_device_text(dev, "mac", mac, sizeof(mac)) < 0 || !net_read_mac(mac, facts->mac)) {
        return false;
    }
    c->places = phys_total_pages() < SMALL_PAGES ? PLACES_SMALL : PLACES;
    if (!xen_device_wait(dev, XEN_INIT_WAIT) || !make_ring(c, &c->out, NET_ENTRY_SIZE_SEND, "tx-ring-ref") ||
        !make_ring(c, &c->in, NET_ENTRY_SIZE_RECEIVE, "rx-ring-ref") || !make_frames(c, c->sent, FRAME_MOST, true) ||
        !make_frames(c, c->received, PAGE_SIZE, false)) {
        return false;
    }
    for (unsigned i = 0; i < c->places; i++) {
        c->free[c->free_count++] = (uint16_t)i;
        give(c, i);
    }
    xen_ring_publish(&c->in);
    xen_ring_events(&c->out, false);
    c->port = xen_event_open(dev->peer, interrupted, c);
    *facts = (struct network_card_facts){
        .mtu = USUAL_MTU, .checksums = true, .receive_buffers = c->places, .send_buffers = c->places};
    return c->port != 0 && net_read_mac(mac, facts->mac) && xen_device_write(dev, "event-channel", c->port) &&
           xen_device_write(dev, "request-rx-copy", 1) && xen_device_write(dev, "feature-rx-notify", 1) &&
           xen_device_state(dev, XEN_CONNECTED) && xen_device_wait(dev, XEN_CONNECTED);
}

struct network_card *xen_net_next(struct network_card_facts *facts) {
    static uint64_t from;
    for (;;) {
        struct xen_card *c = xen_is_there() ? kzalloc(sizeof(*c)) : NULL;
        if (c == NULL || !xen_device_next("vif", from, &c->device)) {
            kfree(c);
            return NULL;
        }
        from = (uint64_t)c->device.number + 1;
        c->card.driver = &driver;
        if (connect(c, facts)) {
            xen_device_follow(&c->device, gone);
            return &c->card;
        }
        // It stays: its rings may be in use.
        klog("the network card %u of Xen could not be started", c->device.number);
        xen_device_fail(&c->device);
    }
}
