// See xen_on_host.h.

#include "xen_on_host.h"
#include "arch/clock_event.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/xen.h"
#include "dev/block.h"
#include "dev/console.h"
#include "dev/xen/disk_ring.h"
#include "dev/xen/events.h"
#include "dev/xen/hypercall.h"
#include "dev/xen/net_ring.h"
#include "dev/xen/store_reader.h"
#include "lib/errno.h"
#include "mem/phys.h"
#include "random.h"
#include "threads_on_host.h"
#include "arch/clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGES = 8192, KEYS = 64, KEY_CAP = 96, PORTS = 64, GRANT_PAGES = 16, STORE_PORT = 1, RING = 1024, PEER = 0 };

char *physical_memory;
char host_disk[HOST_DISK_SECTORS * 512];
unsigned host_indirect, host_flushes, host_discards;

static unsigned next_page, free_pages[PAGES], free_count, complaints, hostile;
static struct xen_shared_info *shared;
static void (*upcall)(void *unused);
static uint64_t grant_pages[GRANT_PAGES], store_page;
static uint32_t next_port;
static bool is_rung[PORTS];

// Memory.

uint64_t phys_alloc(unsigned order) {
    if (order == 0 && free_count > 0) return (uint64_t)free_pages[--free_count] * PAGE_SIZE;
    if (next_page + (1u << order) > PAGES) return 0;
    uint64_t pa = (uint64_t)next_page * PAGE_SIZE;
    next_page += 1u << order;
    return pa;
}

uint64_t phys_alloc_zeroed(void) {
    uint64_t pa = phys_alloc(0);
    if (pa != 0) memset(phys_to_virt(pa), 0, PAGE_SIZE);
    return pa;
}

void phys_free(uint64_t pa, unsigned order) {
    if (order == 0) free_pages[free_count++] = (unsigned)(pa / PAGE_SIZE);
}

uint64_t phys_total_pages(void) { return PAGES; }
void *paging_map_shared(uint64_t pa, uint64_t length) { return length > 0 ? phys_to_virt(pa) : NULL; }
void machine_moment(void) {}
void machine_barrier(void) {}
void machine_relax(void) {}
/// What the compiler calls at every branch of drivers that are tried with QEMU's devices too.
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void) {}

void klog(const char *format, ...) { (void)format; }

// Xen.

static void deliver(void) {
    if (upcall != NULL && shared->upcall_pending) host_interrupt(upcall, NULL);
}

static void raise(uint32_t port) {
    shared->pending[port / 64] |= 1ull << port % 64;
    if (shared->masked[port / 64] >> port % 64 & 1) return;
    shared->selected |= 1ull << port / 64;
    shared->upcall_pending = 1;
    deliver();
}

bool xen_deliver_events(void (*handler)(void *unused)) {
    upcall = handler;
    return true;
}

uint64_t clock_pvclock_ns(void) { return clock_ns(); }

long xen_map_page(enum xen_space space, uint64_t index, uint64_t pa) {
    if (space == XEN_SHARED_INFO) shared = phys_to_virt(pa);
    else if (index < GRANT_PAGES) grant_pages[index] = pa;
    else return -ENOSPC;
    return 0;
}

uint64_t xen_parameter(enum xen_parameter which) {
    return which == XEN_STORE_PAGE ? store_page / PAGE_SIZE : which == XEN_STORE_EVENT ? STORE_PORT : 0;
}

long xen_event_allocate(uint16_t peer) { return peer == PEER && next_port < PORTS ? (long)next_port++ : -ENOSPC; }
void xen_event_close(uint32_t port) { (void)port; }

void xen_event_unmask(uint32_t port) {
    shared->masked[port / 64] &= ~(1ull << port % 64);
    if (shared->pending[port / 64] >> port % 64 & 1) raise(port);
}

static bool step(void);

void xen_event_send(uint32_t port) {
    if (port < PORTS) is_rung[port] = true;
    if (random_below(2)) step();
}

void xen_event_wait(uint32_t port, uint64_t deadline_ns) {
    (void)port, (void)deadline_ns;
    step();
}

/// The page behind a grant; null, and a complaint, if there is none.
static void *granted(uint32_t grant, bool writes) {
    const struct {
        uint16_t flags, domain;
        uint32_t frame;
    } *table = grant < GRANT_PAGES * 512 && grant_pages[grant / 512] ? phys_to_virt(grant_pages[grant / 512]) : NULL;
    if (table == NULL || (table[grant % 512].flags & 1) == 0 || table[grant % 512].domain != PEER ||
        (writes && (table[grant % 512].flags & 4) != 0) || table[grant % 512].frame >= PAGES) {
        complaints++;
        return NULL;
    }
    return phys_to_virt((uint64_t)table[grant % 512].frame * PAGE_SIZE);
}

// Xenstore.

static struct key {
    char path[KEY_CAP], value[KEY_CAP];
} keys[KEYS];
static unsigned key_count;
static struct {
    char path[KEY_CAP], token[16];
} watches[KEYS];
static unsigned watch_count;

struct store_page {
    volatile uint8_t requests[RING], answers[RING];
    volatile uint32_t requests_taken, requests_put, answers_taken, answers_put;
};
static struct byte_ring store_in, store_out;
static struct store_reader store_reader;
static uint8_t unsent[64 * 1024];
static size_t unsent_first, unsent_end;

static struct key *find(const char *path) {
    for (unsigned i = 0; i < key_count; i++) {
        if (strcmp(keys[i].path, path) == 0) return &keys[i];
    }
    return NULL;
}

const char *xen_host_get(const char *path) { return find(path) ? find(path)->value : ""; }

static bool is_damaged(void) { return random_below(100) < hostile; }

static void answer(uint32_t type, uint32_t request, const void *body, size_t n) {
    struct store_header h = {type, request, 0, (uint32_t)n};
    if (is_damaged()) h.request += (uint32_t)random_below(3);
    if (is_damaged()) h.type = (uint32_t)random_below(20);
    memcpy(unsent + unsent_end, &h, sizeof h);
    memcpy(unsent + unsent_end + sizeof h, body, n);
    if (is_damaged() && n > 0) unsent[unsent_end + sizeof h + random_below(n)] = (uint8_t)random_number();
    unsent_end += sizeof h + n;
}

static void fire(const char *path) {
    for (unsigned i = 0; i < watch_count; i++) {
        char body[2 * KEY_CAP];
        size_t length = strlen(watches[i].path);
        if (strncmp(path, watches[i].path, length) != 0) continue;
        int n = snprintf(body, sizeof body, "%s%c%s", path, 0, watches[i].token);
        answer(STORE_WATCH_EVENT, 0, body, (size_t)n + 1);
    }
}

void xen_host_set(const char *path, const char *value) {
    struct key *k = find(path);
    if (k == NULL) {
        if (key_count == KEYS) abort();
        k = &keys[key_count++];
        snprintf(k->path, KEY_CAP, "%.95s", path);
    }
    snprintf(k->value, KEY_CAP, "%.95s", value);
    fire(path);
}

static void list(uint32_t request, const char *path) {
    char body[KEYS * KEY_CAP];
    size_t n = 0, length = strlen(path);
    for (unsigned i = 0; i < key_count; i++) {
        const char *name = keys[i].path + length;
        if (strncmp(keys[i].path, path, length) != 0 || *name++ != '/') continue;
        size_t end = strcspn(name, "/");
        bool is_new = true;
        for (char *at = body; at < body + n; at += strlen(at) + 1) is_new &= strncmp(at, name, end) != 0;
        if (!is_new) continue;
        memcpy(body + n, name, end);
        body[n + end] = '\0';
        n += end + 1;
    }
    if (n > 0) answer(STORE_DIRECTORY, request, body, n);
    else answer(STORE_ERROR, request, "ENOENT", 7);
}

static void serve_store(void) {
    const struct store_header *h = &store_reader.header;
    const char *path = store_reader.body, *more = path + strlen(path) + 1;
    const struct key *k = find(path);
    switch (h->type) {
    case STORE_DIRECTORY: list(h->request, path); break;
    case STORE_READ:
        if (k) answer(STORE_READ, h->request, k->value, strlen(k->value));
        else answer(STORE_ERROR, h->request, "ENOENT", 7);
        break;
    case STORE_WRITE:
        xen_host_set(path, more);
        answer(STORE_WRITE, h->request, "OK", 3);
        break;
    case STORE_WATCH:
        snprintf(watches[watch_count].path, KEY_CAP, "%.95s", path);
        snprintf(watches[watch_count++].token, sizeof watches->token, "%.15s", more);
        answer(STORE_WATCH, h->request, "OK", 3);
        fire(path);
        break;
    default: complaints++; answer(STORE_ERROR, h->request, "EINVAL", 7);
    }
}

static bool step_store(void) {
    bool any = false;
    while (store_reader_next(&store_reader, &store_in)) {
        serve_store();
        any = true;
    }
    size_t wanted = unsent_end - unsent_first;
    size_t n = byte_ring_put(&store_out, unsent + unsent_first, random_below(3) ? wanted : (wanted + 1) / 2);
    unsent_first += n;
    if (unsent_first == unsent_end) unsent_first = unsent_end = 0;
    if (any || n > 0) raise(STORE_PORT);
    return any || n > 0;
}

// Rings, from the back-end's side.

static struct back {
    struct xen_ring_header *page[2];
    unsigned pages;
    uint32_t port, count, entry_size, taken;
    bool is_connected;
} disk, card_in, card_out;

static uint8_t *entry(struct back *b, uint32_t n) {
    // The second page of a ring lies behind the first.
    return b->page[0]->entries + (size_t)(n % b->count) * b->entry_size;
}

static void put_answer(struct back *b, const void *bytes, size_t n) {
    struct xen_ring_header *h = b->page[0];
    memcpy(entry(b, h->answered), bytes, n);
    if (is_damaged()) memset(entry(b, h->answered) + random_below(n), (int)random_below(256), 1);
    h->answered++;
    if (is_damaged()) h->answered += (uint32_t)(random_below(8) ? random_below(3) : random_number());
    raise(b->port);
}

static uint32_t number_at(const char *folder, const char *name) {
    char path[KEY_CAP];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return (uint32_t)strtoul(xen_host_get(path), NULL, 10);
}

static void connect_ring(struct back *b, const char *folder, const char *name, unsigned pages, uint32_t entry_size) {
    *b = (struct back){.page = {granted(number_at(folder, name), true)}, .pages = pages, .entry_size = entry_size};
    b->port = number_at(folder, "event-channel");
    b->count = 1;
    while (b->count * 2 * entry_size <= pages * PAGE_SIZE - sizeof(struct xen_ring_header)) b->count *= 2;
    b->is_connected = b->page[0] != NULL;
}

static int16_t move_segments(uint8_t operation, uint64_t sector, const struct disk_segment *s, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        unsigned sectors = s[i].last - s[i].first + 1u;
        char *page = granted(s[i].grant, operation == DISK_READ);
        if (page == NULL || s[i].last > 7 || s[i].first > s[i].last || sector + sectors > HOST_DISK_SECTORS) {
            complaints++;
            return -1;
        }
        char *memory = page + s[i].first * 512, *there = host_disk + sector * 512;
        if (operation == DISK_READ) memcpy(memory, there, sectors * 512);
        else memcpy(there, memory, sectors * 512);
        sector += sectors;
    }
    return 0;
}

static bool step_disk(void) {
    if (!disk.is_connected || disk.taken == disk.page[0]->asked) return false;
    uint8_t ask[DISK_ASK_SIZE];
    uint64_t id, sector, sectors;
    uint32_t list;
    uint16_t count;
    int16_t status = 0;
    memcpy(ask, entry(&disk, disk.taken++), sizeof ask);
    memcpy(&id, ask + 8, 8);
    memcpy(&sector, ask + 16, 8);
    if (ask[0] == DISK_READ || ask[0] == DISK_WRITE) {
        bool fits = ask[1] <= DISK_SEGMENTS_DIRECT;
        status = fits ? move_segments(ask[0], sector, (struct disk_segment *)(ask + 24), ask[1]) : -1;
        complaints += !fits;
    } else if (ask[0] == DISK_INDIRECT) {
        memcpy(&count, ask + 2, 2);
        memcpy(&list, ask + 28, 4);
        status = count <= PAGE_SIZE / 8 && granted(list, false)
                     ? move_segments(ask[1], sector, granted(list, false), count)
                     : -1;
        host_indirect++;
    } else if (ask[0] == DISK_DISCARD) {
        memcpy(&sectors, ask + 24, 8);
        if (sector + sectors <= HOST_DISK_SECTORS) memset(host_disk + sector * 512, 0, sectors * 512);
        host_discards++;
    } else {
        host_flushes += ask[0] == DISK_FLUSH;
        complaints += ask[0] != DISK_FLUSH;
    }
    put_answer(&disk, &(struct disk_answer){id, ask[0], status}, sizeof(struct disk_answer));
    return true;
}

static bool step_card(void) {
    if (!card_out.is_connected || card_out.taken == card_out.page[0]->asked) return false;
    if (card_in.taken == card_in.page[0]->asked) return false;
    struct net_send s;
    struct net_offer o;
    memcpy(&s, entry(&card_out, card_out.taken++), sizeof s);
    memcpy(&o, entry(&card_in, card_in.taken++), sizeof o);
    const char *from = granted(s.grant, false);
    char *to = granted(o.grant, true);
    complaints += s.offset + s.size > PAGE_SIZE;
    if (from && to) memcpy(to, from + s.offset, s.size);
    put_answer(&card_in, &(struct net_got){.id = o.id, .flags = NET_GOT_BLANK, .status = (int16_t)s.size},
               sizeof(struct net_got));
    put_answer(&card_out, &(struct net_sent){.id = s.id}, sizeof(struct net_sent));
    return true;
}

/// What back-ends do when their front-ends' states change.
static bool step_states(void) {
    if (strcmp(xen_host_get("device/vbd/51712/state"), "3") == 0 && strcmp(xen_host_get("back/vbd/state"), "2") == 0) {
        unsigned pages = 1u << number_at("device/vbd/51712", "ring-page-order");
        connect_ring(&disk, "device/vbd/51712", pages > 1 ? "ring-ref0" : "ring-ref", pages, DISK_ASK_SIZE);
        xen_host_set("back/vbd/sectors", "1024");
        xen_host_set("back/vbd/info", "0");
        xen_host_set("back/vbd/state", "4");
        return true;
    }
    if (strcmp(xen_host_get("device/vif/0/state"), "4") == 0 && strcmp(xen_host_get("back/vif/state"), "2") == 0) {
        connect_ring(&card_in, "device/vif/0", "rx-ring-ref", 1, sizeof(struct net_got));
        connect_ring(&card_out, "device/vif/0", "tx-ring-ref", 1, sizeof(struct net_send));
        xen_host_set("back/vif/state", "4");
        return true;
    }
    return false;
}

static bool step(void) {
    bool any = step_states();
    any |= step_store();
    any |= step_disk();
    any |= step_card();
    return any;
}

/// A hostile host that has nothing to do any more takes its devices away, so that nobody waits for ever.
static bool idle(void) {
    deliver();
    if (step()) return true;
    if (hostile == 0 || strcmp(xen_host_get("back/vbd/state"), "6") == 0) return false;
    hostile = 0;
    xen_host_set("back/vbd/state", "6");
    xen_host_set("back/vif/state", "6");
    return true;
}

unsigned xen_host_complaints(void) { return complaints; }
void xen_host_is_hostile(unsigned percent) { hostile = percent; }

void xen_host_begin(uint64_t seed) {
    random_state = seed * 2 + 1;
    free(physical_memory);
    physical_memory = aligned_alloc(PAGE_SIZE, (size_t)PAGES * PAGE_SIZE);
    next_page = 1;
    free_count = complaints = hostile = 0;
    host_indirect = host_flushes = host_discards = 0;
    upcall = NULL;
    next_port = STORE_PORT + 1;
    memset(grant_pages, 0, sizeof grant_pages);
    store_page = phys_alloc_zeroed();
    struct store_page *page = phys_to_virt(store_page);
    byte_ring_init_take(&store_in, page->requests, RING, &page->requests_put, &page->requests_taken);
    byte_ring_init_put(&store_out, page->answers, RING, &page->answers_put, &page->answers_taken);
    store_reader = (struct store_reader){0};
    unsent_first = unsent_end = 0;
    key_count = watch_count = 0;
    disk = card_in = card_out = (struct back){0};
    static const char *const start[][2] = {{"device/vbd/51712/backend", "back/vbd"},
                                           {"device/vbd/51712/backend-id", "0"},
                                           {"device/vif/0/backend", "back/vif"},
                                           {"device/vif/0/backend-id", "0"},
                                           {"device/vif/0/mac", "00:16:3e:01:02:03"},
                                           {"back/vbd/state", "2"},
                                           {"back/vif/state", "2"},
                                           {"back/vbd/feature-flush-cache", "1"},
                                           {"back/vbd/feature-discard", "1"}};
    for (size_t i = 0; i < sizeof start / sizeof *start; i++) xen_host_set(start[i][0], start[i][1]);
    if (seed % 2) xen_host_set("back/vbd/max-ring-page-order", "4");
    if (seed % 3) xen_host_set("back/vbd/feature-max-indirect-segments", "256");
    host_machine(deliver, idle);
}
