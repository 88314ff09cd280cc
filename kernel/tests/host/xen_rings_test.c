// What the drivers of Xen's devices read from pages that others write to: rings, messages of xenstore, events, the
// clock page. As it should be, and as it must not be.

#include "arch/x86_64/pvclock.h"
#include "dev/xen/byte_ring.h"
#include "dev/xen/disk_ring.h"
#include "dev/xen/events.h"
#include "dev/xen/net_ring.h"
#include "dev/xen/ring.h"
#include "dev/xen/store_reader.h"
#include "random.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>

enum { SIZE = 64, ROUNDS = 20000, PLACES = 32, PAGE = 4096 };

struct byte_page {
    volatile uint8_t bytes[SIZE];
    volatile uint32_t put, taken;
};

static void bytes_arrive(void) {
    struct byte_page page = {.put = UINT32_MAX - 5, .taken = UINT32_MAX - 5};
    struct byte_ring in, out;
    uint8_t next_put = 0, next_taken = 0, some[SIZE + 10];
    bool right = true;
    byte_ring_init_put(&out, page.bytes, SIZE, &page.put, &page.taken);
    byte_ring_init_take(&in, page.bytes, SIZE, &page.put, &page.taken);
    for (int i = 0; i < ROUNDS; i++) {
        size_t n = random_below(sizeof some);
        for (size_t k = 0; k < n; k++) some[k] = (uint8_t)(next_put + k);
        next_put = (uint8_t)(next_put + byte_ring_put(&out, some, n));
        n = byte_ring_take(&in, some, random_below(sizeof some));
        for (size_t k = 0; k < n; k++) right &= some[k] == next_taken++;
    }
    ok(right && !in.broken && !out.broken, "bytes come out of a ring as they went in, beyond the end of its counts");
    page.put = in.own + SIZE + 1;
    ok(byte_ring_take(&in, some, sizeof some) == 0 && in.broken, "a count beyond the ring's size breaks it");
    page.taken = out.own + 1;
    ok(byte_ring_put(&out, some, 1) == 0 && out.broken && !byte_ring_is_empty(&out),
       "also where more was taken than put");
}

static void requests_are_answered(void) {
    struct xen_ring_header *page = aligned_alloc(PAGE, PAGE);
    struct xen_ring r;
    struct disk_answer answer;
    memset(page, 0, PAGE);
    xen_ring_init(&r, page, PAGE, DISK_ASK_SIZE);
    ok(r.count == PLACES, "a page has 32 places for a disk's requests");
    for (int i = 0; i < PLACES; i++) memset(xen_ring_ask(&r), i, DISK_ASK_SIZE);
    ok(xen_ring_room(&r) == 0 && page->asked == 0, "none is shown before they are published");
    ok(xen_ring_publish(&r) && page->asked == PLACES, "the back-end is told of the first");
    page->asked_event = 100;
    ok(!xen_ring_events(&r, true) && page->answered_event == 1, "an event comes with the next answer");
    ok(!xen_ring_take(&r, &answer, sizeof answer), "there is none yet");
    memcpy(page->entries, &(struct disk_answer){.id = 7}, sizeof answer);
    page->answered = 1;
    ok(xen_ring_events(&r, true), "one that came meanwhile is not slept over");
    ok(xen_ring_take(&r, &answer, sizeof answer) && answer.id == 7 && xen_ring_room(&r) == 1, "an answer makes room");
    xen_ring_ask(&r);
    ok(!xen_ring_publish(&r), "a back-end that is awake is not told");
    page->answered = PLACES + 2;
    ok(!xen_ring_take(&r, &answer, sizeof answer) && r.broken, "more answers than requests break the ring");
    free(page);
}

static void segments(void) {
    struct disk_segment s[32] = {0};
    uint8_t place[DISK_ASK_SIZE];
    disk_segments_fill(s, 17);
    ok(s[0].last == 7 && s[1].last == 7 && s[2].first == 0 && s[2].last == 0, "sectors are spread over pages");
    disk_ask_put(place, &(struct disk_ask){.operation = DISK_WRITE, .id = 5, .sector = 9, .segments = s, .count = 3});
    ok(place[0] == DISK_WRITE && place[1] == 3 && place[8] == 5 && place[16] == 9, "a few segments are in the request");
    disk_ask_put(place,
                 &(struct disk_ask){
                     .operation = DISK_WRITE, .id = 5, .sector = 9, .segments = s, .count = 12, .list_grant = 77});
    ok(place[0] == DISK_INDIRECT && place[1] == DISK_WRITE && place[2] == 12 && place[28] == 77, "more are in a page");
    disk_ask_put(place, &(struct disk_ask){.operation = DISK_DISCARD, .id = 5, .sector = 9, .sectors = 300});
    ok(place[0] == DISK_DISCARD && place[16] == 9 && place[24] == 44 && place[25] == 1, "discarding has a length");
}

static void frames(void) {
    uint8_t mac[6];
    ok(net_read_mac("00:16:3e:aB:0f:ff", mac) && mac[3] == 0xab && mac[5] == 0xff, "a MAC address is read");
    ok(!net_read_mac("", mac) && !net_read_mac("00:16:3e:ab:0f", mac) && !net_read_mac("00:16:3e:ab:0f:ff:", mac) &&
           !net_read_mac("00:16:3e:ab:0f:fg", mac),
       "what is none is refused");
    ok(net_got_is_sound(&(struct net_got){.offset = 96, .status = 4000}) &&
           !net_got_is_sound(&(struct net_got){.offset = 97, .status = 4000}) &&
           !net_got_is_sound(&(struct net_got){.status = 0}) && !net_got_is_sound(&(struct net_got){.status = -1}) &&
           !net_got_is_sound(&(struct net_got){.offset = 65535, .status = 1}),
       "a frame lies in its page");
}

struct store_bytes {
    volatile uint8_t bytes[1024];
    volatile uint32_t put, taken;
};

/// Lets bytes through a ring to a reader; which messages came: their lengths, summed with their number.
static unsigned read_all(struct store_reader *r, const uint8_t *bytes, size_t n) {
    static struct store_bytes page;
    struct byte_ring in, out;
    unsigned count = 0;
    page.put = page.taken = 0;
    byte_ring_init_put(&out, page.bytes, sizeof page.bytes, &page.put, &page.taken);
    byte_ring_init_take(&in, page.bytes, sizeof page.bytes, &page.put, &page.taken);
    while (n > 0 && !r->broken) {
        size_t here = byte_ring_put(&out, bytes, 1 + random_below(n < 300 ? n : 300));
        bytes += here;
        n -= here;
        for (const char *path, *token; store_reader_next(r, &in); count++) {
            if (store_reader_event(r, &path, &token)) count += strlen(path) + strlen(token) > STORE_MESSAGE_MOST;
            if (strlen(r->body) > r->header.length) count += 1000; // not ended
        }
    }
    return count;
}

static void messages(void) {
    static uint8_t bytes[3 * (sizeof(struct store_header) + STORE_MESSAGE_MOST)];
    static struct store_reader r;
    struct store_header h = {STORE_READ, 1, 0, STORE_MESSAGE_MOST}, empty = {STORE_WRITE, 2, 0, 0};
    memcpy(bytes, &h, sizeof h);
    memset(bytes + sizeof h, 'x', STORE_MESSAGE_MOST);
    memcpy(bytes + sizeof h + STORE_MESSAGE_MOST, &empty, sizeof empty);
    ok(read_all(&r, bytes, 2 * sizeof h + STORE_MESSAGE_MOST) == 2 && !r.broken,
       "messages are put together, also empty ones");
    h.length++;
    memcpy(bytes, &h, sizeof h);
    r = (struct store_reader){0};
    ok(read_all(&r, bytes, sizeof bytes) == 0 && r.broken, "one that is longer than any may be is not read");
    r = (struct store_reader){.header = {.type = STORE_WATCH_EVENT, .length = 5}, .body = "a/b\0c"};
    const char *path, *token;
    ok(store_reader_event(&r, &path, &token) && strcmp(path, "a/b") == 0 && strcmp(token, "c") == 0,
       "an event has two parts");
    r.header.length = 4;
    ok(!store_reader_event(&r, &path, &token), "without the second it is none");
    bool right = true;
    for (int i = 0; i < ROUNDS; i++) {
        r = (struct store_reader){0};
        size_t n = 1 + random_below(400);
        for (size_t k = 0; k < n; k++) bytes[k] = (uint8_t)(random_below(3) ? random_below(4) : random_number());
        right &= read_all(&r, bytes, n) < 400;
    }
    ok(right, "any bytes at all do no harm");
    uint64_t number;
    ok(store_number("51712", &number) && number == 51712 && store_number("18446744073709551615", &number),
       "numbers are read");
    ok(!store_number("", &number) && !store_number("18446744073709551616", &number) && !store_number("12 ", &number) &&
           !store_number("-1", &number),
       "what is none is refused");
}

static void events(void) {
    static struct xen_shared_info s;
    s.pending[0] = 1 << 3 | 1 << 5;
    s.pending[63] = 1ull << 63;
    s.masked[0] = 1 << 5;
    s.selected = 1 | 1ull << 63 | 1 << 7;
    ok(xen_event_take(&s) == 3 && xen_event_take(&s) == 63 * 64 + 63 && xen_event_take(&s) == -1,
       "each pending port comes once, whatever words are said to have some");
    ok(s.pending[0] == 1 << 5 && s.selected == 0, "a masked one stays");
}

static void clock_pages(void) {
    struct pvclock page = {.version = 2, .tsc = 1000, .system_ns = 500, .multiplier = 1u << 31, .shift = -1}, copy;
    ok(pvclock_read(&page, &copy) && pvclock_hz(&copy) == 4000000000, "a quarter of a nanosecond a tick is 4 GHz");
    ok(pvclock_ns(&copy, 1000 + 4000) == 1500, "a time is counted from the page's");
    page.version = 3;
    ok(!pvclock_read(&page, &copy), "a page that is being written is not read");
    copy.multiplier = 0;
    ok(pvclock_hz(&copy) == 0, "no multiplier is no rate");
    bool right = true;
    for (int i = 0; i < ROUNDS; i++) {
        copy = (struct pvclock){
            .tsc = random_number(), .multiplier = (uint32_t)random_number(), .shift = (int8_t)random_number()};
        (void)pvclock_ns(&copy, random_number());
        uint64_t hz = pvclock_hz(&copy);
        right &= hz == 0 || (copy.shift <= 31 && copy.shift >= -31);
    }
    ok(right, "any numbers at all do no harm");
}

int main(void) {
    bytes_arrive();
    requests_are_answered();
    segments();
    frames();
    messages();
    events();
    clock_pages();
    return done();
}
