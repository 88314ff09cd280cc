// The drivers of Xen's devices against a host of the test's own: what is written is read, frames come back as they were
// sent, grants are used again; and a host that breaks every rule does no harm.

#include "arch/clock.h"
#include "arch/paging.h"
#include "dev/block.h"
#include "dev/network_card.h"
#include "dev/power.h"
#include "dev/xen/block.h"
#include "dev/xen/events.h"
#include "dev/xen/grants.h"
#include "dev/xen/hypercall.h"
#include "dev/xen/net.h"
#include "dev/xen/notes.h"
#include "dev/xen/power.h"
#include "dev/xen/store.h"
#include "dev/xen/xen.h"
#include "random.h"
#include "tap.h"
#include "sched/thread.h"
#include "sched/timer.h"
#include "sched/wait.h"
#include "threads_on_host.h"
#include "xen_on_host.h"
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, REQUESTS = 25, PART = HOST_DISK_SECTORS / THREADS, SEGMENTS = 3, MOST = 60, FRAMES = 400 };

static struct block_device *found;
static bool is_right;
static unsigned presses;
static const struct power_machine *machine;

void block_device_add(struct block_device *dev) { found = dev; }
bool xen_is_there(void) { return true; }
void power_use(const struct power_machine *m) { machine = m; }
void xen_end(enum xen_end reason) { exit(100 + (int)reason); }

static int run(struct block_device *d, enum block_op op, uint64_t sector, uint64_t sectors, struct block_segment *s,
               size_t count) {
    struct block_request r = {.op = op, .sector = sector, .sectors = sectors, .segments = s, .count = count};
    return d->transfer(d, &r);
}

/// Writes, reads and discards in a part of the disk of its own. From a hostile host it only wants to come back.
static void use_disk(void *argument) {
    uint64_t first = (uint64_t)(long)argument * PART;
    char *memory = malloc(PART * 512), *expected = calloc(PART, 512);
    for (int i = 0; i < REQUESTS; i++) {
        struct block_segment s[SEGMENTS];
        size_t count = 1 + random_below(SEGMENTS);
        uint64_t sectors = 0, start = random_below(PART - SEGMENTS * MOST);
        for (size_t k = 0; k < count; k++) {
            uint64_t here = 1 + random_below(MOST);
            s[k] = (struct block_segment){virt_to_phys(memory + sectors * 512), (uint32_t)here * 512};
            sectors += here;
        }
        char *there = expected + start * 512;
        switch (random_below(5)) {
        case 0:
        case 1:
            for (uint64_t k = 0; k < sectors * 512; k++) memory[k] = (char)random_number();
            memcpy(there, memory, sectors * 512);
            is_right &= run(found, BLOCK_WRITE, first + start, sectors, s, count) == 0;
            break;
        case 2: is_right &= run(found, BLOCK_FLUSH, 0, 0, NULL, 0) == 0; break;
        case 3:
            memset(there, 0, sectors * 512);
            is_right &= run(found, BLOCK_DISCARD, first + start, sectors, NULL, 0) == 0;
            break;
        default:
            is_right &= run(found, BLOCK_READ, first + start, sectors, s, count) == 0;
            is_right &= memcmp(memory, there, sectors * 512) == 0;
        }
    }
    free(memory);
    free(expected);
}

static struct wait_queue work;
static bool has_work;

static void have_work(void *unused) {
    (void)unused;
    has_work = true;
    wake_all(&work);
}

/// Sends frames and takes what comes back, until all have or the card is gone.
static void use_card(void *unused) {
    (void)unused;
    enum { BUFFERS = 64, LONGEST = 1514, SIZE = LONGEST + CARD_HEADER };
    struct network_card_facts facts;
    struct network_card *card = xen_net_next(&facts);
    if (!card) return;
    card->interrupt = have_work;
    uint8_t *memory = malloc(2 * BUFFERS * SIZE);
    unsigned next_out = 0, next_in = 0, free_out = BUFFERS, idle_rounds = 0;
    struct waiter w;
    wait_begin(&work, &w);
    for (int i = 0; i < BUFFERS; i++) card_offer(card, memory + i * SIZE, SIZE, memory + i * SIZE);
    while (next_in < FRAMES && idle_rounds < 50) {
        has_work = false;
        for (; next_out < FRAMES && free_out > 0; next_out++, free_out--) {
            uint8_t *frame = memory + (BUFFERS + next_out % BUFFERS) * SIZE;
            memset(frame + CARD_HEADER, (int)next_out, SIZE - CARD_HEADER);
            if (!card_send(card, frame, CARD_HEADER + 60 + next_out % 1400, next_out % 2 ? 34 : 0, 16, frame)) break;
        }
        card_kick(card);
        while (card_sent(card)) free_out++;
        uint32_t length;
        bool is_checked;
        unsigned pieces, before = next_in;
        for (uint8_t *b; (b = card_received(card, &length, &is_checked, &pieces, true)); next_in++) {
            is_right &= length == 60 + next_in % 1400 && b[CARD_HEADER + length - 1] == (uint8_t)next_in && is_checked;
            card_offer(card, b, SIZE, b);
        }
        idle_rounds = next_in == before ? idle_rounds + 1 : 0;
        card_interrupts(card, true);
        if (!has_work) wait_sleep(&w, clock_ns() + 1000000);
    }
    wait_end(&w);
    is_right &= next_in == FRAMES;
    free(memory);
}

static void pressed(void) { presses++; }

static void start(uint64_t seed, unsigned hostile) {
    timers_init();
    random_state = seed * 2 + 1;
    xen_host_begin(seed);
    found = NULL;
    wait_queue_init(&work);
    is_right = xen_events_init() && xen_events_start() && store_start();
    store_start_watching();
    xen_host_is_hostile(hostile);
    xen_block_find();
}

/// One machine, in a process of its own: what the drivers keep is for a kernel's life. What it ends with.
static int in_machine(int (*run_it)(uint64_t seed), uint64_t seed) {
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) _exit(run_it(seed));
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int work_with(uint64_t seed) {
    start(seed, 0);
    if (!found || found->sectors != HOST_DISK_SECTORS || !found->can_discard) return 1;
    for (long n = 0; n < THREADS; n++) thread_create("user", use_disk, (void *)n);
    thread_create("card", use_card, NULL);
    sleep_until(clock_ns() + 60000000000);
    if (!is_right) return 2;
    if (xen_host_complaints() > 0) return 3;
    if (host_flushes == 0 || host_discards == 0 || (host_indirect > 0) != (seed % 3 > 0)) return 4;
    unsigned given = grants_given();
    thread_create("user", use_disk, NULL);
    memset(host_disk, 0, sizeof host_disk);
    sleep_until(clock_ns() + 60000000000);
    return is_right && grants_given() == given ? 0 : 5;
}

static int give_and_take(uint64_t seed) {
    start(seed, 0);
    unsigned before = grants_given();
    uint32_t last = 0;
    for (int i = 0; i < 20000; i++) {
        uint32_t grant = grant_give(0, PAGE_SIZE, i % 2);
        if (grant < 8 || (i > 0 && grant != last) || !grant_take_back(grant)) return 1;
        last = grant;
    }
    return grants_given() == before ? 0 : 2;
}

static int be_asked(uint64_t seed) {
    start(seed, 0);
    xen_power_start();
    machine->listen(pressed);
    sleep_until(clock_ns() + 1000000000);
    if (strcmp(xen_host_get("control/feature-poweroff"), "1") != 0) return 1;
    xen_host_set("control/shutdown", "suspend");
    sleep_until(clock_ns() + 1000000000);
    if (presses > 0 || strcmp(xen_host_get("control/shutdown"), "suspend") != 0) return 2;
    xen_host_set("control/shutdown", "reboot");
    sleep_until(clock_ns() + 1000000000);
    if (presses != 1 || strcmp(xen_host_get("control/shutdown"), "") != 0) return 3;
    machine->end(POWER_OFF);
    return 4;
}

static void (*note)(const char *kind, const char *json);
void host_notes_use(void (*given)(const char *kind, const char *json)) { note = given; }

static int take_notes(uint64_t seed) {
    start(seed, 0);
    xen_notes_start();
    for (int i = 0; i < 20; i++) note("listen", i == 7 ? "{\"port\":7}" : "{}");
    note("exit", "{\"code\":3}");
    if (strcmp(xen_host_get("data/unideck/listen/7"), "{\"port\":7}") != 0) return 1;
    if (strcmp(xen_host_get("data/unideck/exit/0"), "{\"code\":3}") != 0) return 2;
    return *xen_host_get("data/unideck/listen/8") == '\0' ? 0 : 3;
}

static int meet_hostile(uint64_t seed) {
    start(seed, seed % 2 ? 3 : 0);
    xen_host_is_hostile(1 + (unsigned)(seed % 20));
    if (found) {
        for (long n = 0; n < THREADS; n++) thread_create("user", use_disk, (void *)n);
    }
    thread_create("card", use_card, NULL);
    sleep_until(clock_ns() + 600000000000);
    return 0;
}

int main(int count, char **arguments) {
    uint64_t machines = count > 1 ? strtoull(arguments[1], NULL, 0) : 120;
    uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 0) : 0;
    int worst = 0;
    for (uint64_t i = 1; i <= 12 && worst == 0; i++) worst = in_machine(work_with, i);
    if (worst != 0) printf("# ended with %d\n", worst);
    ok(worst == 0, "threads that use a disk and a card at once are all served, and grants are used again");
    ok(in_machine(give_and_take, 1) == 0, "a grant that was taken back is given again");
    ok(in_machine(be_asked, 1) == 101, "the host's wish for a reboot is obeyed, and one for a suspension is left");
    ok(in_machine(take_notes, 1) == 0, "milestones are in xenstore: the first eight of each kind");
    uint64_t unharmed = 0;
    for (uint64_t i = 0; i < machines; i++) unharmed += in_machine(meet_hostile, seed + i) == 0;
    ok(unharmed == machines, "hosts that break the rules do no harm, and nobody waits for them for ever");
    printf("# %lu of %lu\n", (unsigned long)unharmed, (unsigned long)machines);
    return done();
}
