// The driver of NVMe disks against a controller of the test's own, which takes its steps between the driver's: it
// serves in any order, refuses, falls silent, does not come up and lies.

#include "arch/clock.h"
#include "arch/insn.h"
#include "arch/irq.h"
#include "arch/paging.h"
#include "dev/block.h"
#include "dev/nvme.h"
#include "dev/pci.h"
#include "disk_user.h"
#include "lib/errno.h"
#include "random.h"
#include "sched/thread.h"
#include "sched/timer.h"
#include "tap.h"
#include "threads_on_host.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 60, HOSTILE_ROUNDS = 400, SECTORS = 512, THREADS = 4, DISKS = 16 };
enum {
    CAP = 0,
    CC = 0x14,
    CSTS = 0x1c,
    AQA = 0x24,
    ASQ = 0x28,
    ACQ = 0x30,
    DOORBELL = 0x1000,
    QUEUES = 2,
    IN_FLIGHT = 64
};
enum { NO_RETRY = 1 << 14, MEDIA_ERROR = 2 << 8 | 0x81, WRITE_FAULT = 2 << 8 | 0x80, INVALID = 2 };

enum mood { WELL, HOSTILE, SILENT, DEAD, STUCK };

struct entry {
    uint8_t opcode, flags;
    uint16_t identifier;
    uint32_t name_space;
    uint64_t unused[2], pages[2];
    uint32_t words[6];
};
struct done {
    uint32_t result, unused;
    uint16_t head, queue, identifier, status;
};

static struct {
    uint64_t submissions, completions; // physical
    unsigned size, done_size, head, tail, done_tail;
    bool phase, exists;
} queues[QUEUES];
static struct entry flying[IN_FLIGHT];
static unsigned in_flight;
static bool is_up, is_pending, is_silenced, is_quiet, is_right;
static irq_handler handler;
static void *handler_argument, *controllers[1024]; // those from before are never given back

static uint64_t seed;
static enum mood mood;
static unsigned format_shift, complaints, flushes, failing;
static uint64_t bad_sector = UINT64_MAX, trimmed_from, trimmed;
static char bytes[2][SECTORS * SECTOR_SIZE];
static struct block_device *found[DISKS];
static unsigned found_count;
static union {
    uint8_t bytes[DOORBELL + 64];
    uint32_t words[(DOORBELL + 64) / 4];
    uint64_t wide[(DOORBELL + 64) / 8];
} registers;

char *physical_memory = (char *)PAGE_SIZE;

void block_device_add(struct block_device *dev) {
    if (found_count < DISKS) found[found_count++] = dev;
}

void klog(const char *format, ...) {
    va_list arguments;
    complaints++;
    if (is_quiet) return;
    va_start(arguments, format);
    printf("# ");
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

void *paging_map_device(uint64_t pa, uint64_t length) {
    is_right &= pa == 0xf0000000 && length <= sizeof registers;
    return registers.bytes;
}

// The bus: one function with that class.
uint32_t pci_read(pci_address at, unsigned reg, unsigned size) {
    (void)at, (void)size;
    return reg == 8 ? 0x01080200 : 0;
}
uint64_t pci_bar(pci_address at, unsigned bar) { return at == 8 && bar == 0 ? 0xf0000000 : 0; }
void pci_scan(void (*look)(pci_address at, uint16_t vendor, uint16_t device)) { look(8, 0x1b36, 0x10); }
void pci_enable(pci_address at) { is_silenced &= at != 8; }
void pci_silence(pci_address at) { is_silenced |= at == 8; }
bool pci_attach_message(pci_address at, irq_handler given, void *argument) {
    (void)at;
    handler = given;
    static unsigned count;
    handler_argument = controllers[count++ % 1024] = argument;
    return true;
}
int pci_attach_line(pci_address at, irq_handler given, void *argument) {
    (void)at, (void)given, (void)argument;
    return -ENODEV;
}

static void complete(unsigned queue, const struct entry *e, unsigned status) {
    if (!queues[queue].exists || queues[queue].done_size == 0) return;
    volatile struct done *d = (struct done *)phys_to_virt(queues[queue].completions) + queues[queue].done_tail;
    bool lies = mood == HOSTILE && random_below(100) == 0;
    d->queue = lies && random_below(2) ? (uint16_t)random_number() : (uint16_t)queue;
    d->identifier = lies ? (uint16_t)(random_below(2) ? random_below(40) : random_number()) : e->identifier;
    if (mood == HOSTILE && random_below(20) == 0) status = (unsigned)random_below(0x8000);
    d->status = (uint16_t)(status << 1 | queues[queue].phase);
    if (++queues[queue].done_tail == queues[queue].done_size) {
        queues[queue].done_tail = 0;
        queues[queue].phase = !queues[queue].phase;
    }
    if (queue > 0) is_pending = true;
}

static unsigned identify(const struct entry *e) {
    uint8_t *to = phys_to_virt(e->pages[0]);
    memset(to, 0, PAGE_SIZE);
    switch (e->words[0]) {
    case 0: {
        uint64_t sectors = SECTORS;
        if (e->name_space != 1 && e->name_space != 5 && e->name_space != 6) return INVALID | NO_RETRY;
        memcpy(to, &sectors, 8);
        to[26] = 1;
        to[99] = e->name_space == 5;
        to[128 + 4 + 2] = e->name_space == 6 ? 12 : (uint8_t)format_shift;
        break;
    }
    case 1:
        to[77] = 2; // four pages in a transfer
        to[516] = 9;
        to[520] = 4;
        to[525] = 1;
        break;
    case 2: to[0] = 1, to[4] = 5, to[8] = 6; break;
    default: return INVALID | NO_RETRY;
    }
    if (mood == HOSTILE) {
        for (unsigned k = (unsigned)random_below(3); k > 0; k--) to[random_below(600)] = (uint8_t)random_number();
    }
    return 0;
}

static unsigned administer(const struct entry *e) {
    switch (e->opcode) {
    case 6: return identify(e);
    case 9: return 0;
    case 5:
        queues[1].completions = e->pages[0];
        queues[1].done_size = (e->words[0] >> 16) + 1;
        is_right &= (e->words[0] & 0xffff) == 1 && e->words[1] == 3;
        return 0;
    case 1:
        queues[1].submissions = e->pages[0];
        queues[1].size = (e->words[0] >> 16) + 1;
        queues[1].phase = queues[1].exists = true;
        is_right &= e->words[1] == (1 | 1 << 16);
        return 0;
    default: return INVALID | NO_RETRY;
    }
}

/// Moves sectors between the disk and the pages of a command, as it describes them.
static void move(const struct entry *e, char *disk, uint32_t length) {
    uint64_t pa = e->pages[0];
    const uint64_t *list = NULL;
    for (uint32_t done = 0; done < length;) {
        uint32_t here = PAGE_SIZE - pa % PAGE_SIZE;
        if (here > length - done) here = length - done;
        if (e->opcode == 2) memcpy(phys_to_virt(pa), disk + done, here);
        else memcpy(disk + done, phys_to_virt(pa), here);
        done += here;
        if (done == length) break;
        uint32_t rest = length - done;
        if (!list && rest > PAGE_SIZE) list = phys_to_virt(e->pages[1]);
        pa = list ? *list++ : e->pages[1];
        is_right &= pa % PAGE_SIZE == 0;
    }
}

static unsigned serve(const struct entry *e) {
    char *disk = bytes[e->name_space == 5];
    uint64_t sector = e->words[0] | (uint64_t)e->words[1] << 32;
    uint32_t sectors = (e->words[2] & 0xffff) + 1;
    if (failing > 0) return failing--, WRITE_FAULT;
    switch (e->opcode) {
    case 0: flushes++; return 0;
    case 9: {
        const uint32_t *range = phys_to_virt(e->pages[0]);
        is_right &= e->words[0] == 0 && e->words[1] == 4 && range[0] == 0;
        trimmed = range[1];
        memcpy(&trimmed_from, range + 2, 8);
        return 0;
    }
    case 1:
    case 2:
        if (sector >= SECTORS || sectors > SECTORS - sector) return 0x80 | NO_RETRY;
        is_right &= sectors <= 4 * PAGE_SIZE / SECTOR_SIZE;
        if (bad_sector >= sector && bad_sector - sector < sectors) return MEDIA_ERROR | NO_RETRY;
        move(e, disk + sector * SECTOR_SIZE, sectors * SECTOR_SIZE);
        return 0;
    default: return INVALID | NO_RETRY;
    }
}

static bool fetch(unsigned n) {
    uint32_t tail = registers.words[(DOORBELL + 8 * n) / 4];
    if (!queues[n].exists || queues[n].head == tail || in_flight == IN_FLIGHT || tail >= queues[n].size) return false;
    struct entry e;
    memcpy(&e, (struct entry *)phys_to_virt(queues[n].submissions) + queues[n].head, sizeof e);
    queues[n].head = (queues[n].head + 1) % queues[n].size;
    if (n == 0) complete(0, &e, administer(&e));
    else flying[in_flight++] = e;
    return true;
}

static bool finish(void) {
    if (in_flight == 0) return false;
    unsigned which = (unsigned)random_below(in_flight);
    struct entry e = flying[which];
    flying[which] = flying[--in_flight];
    complete(1, &e, serve(&e));
    return true;
}

static bool follow(void) {
    bool is_wanted = registers.words[CC / 4] & 1;
    if (is_wanted == is_up || mood == STUCK) return false;
    is_up = is_wanted;
    memset(queues, 0, sizeof queues);
    memset(registers.bytes + DOORBELL, 0, 64);
    in_flight = 0;
    is_pending = false;
    if (is_up) {
        queues[0].submissions = registers.wide[ASQ / 8];
        queues[0].completions = registers.wide[ACQ / 8];
        queues[0].size = (registers.words[AQA / 4] & 0xfff) + 1;
        queues[0].done_size = (registers.words[AQA / 4] >> 16) + 1;
        queues[0].phase = queues[0].exists = true;
    }
    registers.words[CSTS / 4] = is_up;
    return true;
}

static bool step(void) {
    if (follow()) return true;
    if (!is_up || mood == SILENT || mood == DEAD) return false;
    return random_below(2) ? fetch(0) || fetch(1) || finish() : finish() || fetch(1) || fetch(0);
}

static void interrupted(void *unused) {
    (void)unused;
    is_pending = false;
    handler(handler_argument);
}

static void take_interrupt(void) {
    if (is_pending) host_interrupt(interrupted, NULL);
}

static bool idle(void) {
    if (!is_pending) return step();
    take_interrupt();
    return true;
}

void machine_moment(void) {
    static bool is_inside;
    if (is_inside) return;
    is_inside = true;
    for (unsigned n = random_below(3) == 0 ? (unsigned)random_below(4) : 0; n > 0; n--) step();
    is_inside = false;
    if (random_below(2) == 0) take_interrupt();
}

void machine_relax(void) {
    enum { NS = 1000000 };
    host_tick(NS);
    machine_moment();
}

void machine_barrier(void) { machine_moment(); }

/// Called by what is compiled with -fsanitize-coverage=trace-pc.
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void) { machine_moment(); }

static void begin(enum mood how) {
    random_state = 0x9e3779b97f4a7c15u ^ ++seed * 0x2545f4914f6cdd1du;
    memset(&registers, 0, sizeof registers);
    memset(bytes, 0, sizeof bytes);
    registers.wide[CAP / 8] = 63 | 2ull << 24 | 1ull << 37; // 64 entries, 1 s to come up
    is_up = is_pending = is_silenced = false;
    memset(queues, 0, sizeof queues);
    in_flight = found_count = 0;
    format_shift = 9;
    is_right = true;
    mood = how == HOSTILE || how == STUCK ? how : WELL;
    host_machine(take_interrupt, idle);
    nvme_find();
    mood = how;
}

static int ask_one(struct block_device *disk, enum block_op op, uint64_t sector) {
    static _Alignas(SECTOR_SIZE) char memory[SECTOR_SIZE];
    struct block_segment segment = {virt_to_phys(memory), SECTOR_SIZE};
    return disk_ask(disk, op, sector, &segment, 1);
}

static void discovery(void) {
    begin(WELL);
    ok(found_count == 2 && complaints == 1, "namespaces are found, and one with sectors of another size is named");
    ok(found[0]->sectors == SECTORS && !found[0]->readonly && found[1]->readonly && found[0]->can_discard && is_right,
       "a disk's size, and that one is write-protected");
    begin(STUCK);
    ok(found_count == 0 && is_silenced, "a controller that does not come up is not used, and kept from memory");
}

static void crowd(void) {
    bool all = true;
    is_quiet = true;
    for (int round = 0; round < ROUNDS; round++) {
        begin(WELL);
        struct disk_user users[THREADS];
        for (unsigned n = 0; n < THREADS; n++) {
            users[n] = (struct disk_user){found[0], n * SECTORS / THREADS, SECTORS / THREADS, true, false};
            thread_create("user", disk_use, &users[n]);
        }
        host_join();
        for (unsigned n = 0; n < THREADS; n++) is_right &= users[n].is_right;
        all &= is_right && in_flight == 0;
    }
    is_quiet = false;
    ok(all, "threads that use a disk at once are all served");
}

static void pieces(void) {
    enum { PAGES = 9 };
    begin(WELL);
    char *memory = aligned_alloc(PAGE_SIZE, PAGES * PAGE_SIZE);
    for (unsigned i = 0; i < PAGES * PAGE_SIZE; i++) memory[i] = (char)(i >> 9);
    // One long piece, two pages that do not follow each other, and two halves that do not meet at a page.
    struct block_segment segments[] = {{virt_to_phys(memory + 1536), 6 * PAGE_SIZE - 1536},
                                       {virt_to_phys(memory + 7 * PAGE_SIZE), PAGE_SIZE},
                                       {virt_to_phys(memory + 6 * PAGE_SIZE), 1024},
                                       {virt_to_phys(memory + 8 * PAGE_SIZE + 512), 1024}};
    bool is_same = disk_ask(found[0], BLOCK_WRITE, 3, segments, 4) == 0;
    const char *disk = bytes[0] + 3 * SECTOR_SIZE;
    for (unsigned i = 0; i < 4; i++) {
        is_same &= memcmp(disk, phys_to_virt(segments[i].pa), segments[i].length) == 0;
        disk += segments[i].length;
    }
    ok(is_same && is_right, "pieces of any length and place are cut to what the controller takes");
    free(memory);
}

static void faults(void) {
    begin(WELL);
    bad_sector = 40;
    ok(ask_one(found[0], BLOCK_READ, 40) == -EIO && ask_one(found[0], BLOCK_READ, 41) == 0,
       "a sector that can't be read is an error, and the next is not");
    bad_sector = UINT64_MAX;
    failing = 3;
    ok(ask_one(found[0], BLOCK_WRITE, 9) == 0, "what may work at another try is tried again");
    failing = 1000;
    ok(ask_one(found[0], BLOCK_WRITE, 9) == -EIO, "but not for ever");
    failing = flushes = 0;
    ok(disk_ask(found[0], BLOCK_FLUSH, 0, NULL, 0) == 0 && flushes == 1, "a flush reaches the disk");
    struct block_request discard = {.op = BLOCK_DISCARD, .sector = 7, .sectors = 250};
    ok(found[0]->transfer(found[0], &discard) == 0 && trimmed_from == 7 && trimmed == 250 && is_right,
       "and so does what is not needed any more");
}

static int results[THREADS];

static void read_one(void *argument) {
    long n = (long)argument;
    results[n] = ask_one(found[n % 2], BLOCK_READ, (uint64_t)n);
}

static void wake_up(struct timer *unused) {
    (void)unused;
    mood = WELL;
}

static void silence(void) {
    static struct timer timer;
    bool all = true;
    begin(SILENT);
    // Its questions at a new start are not answered either: so it is given up, unless it wakes before.
    for (long n = 0; n < THREADS; n++) thread_create("user", read_one, (void *)n);
    timer_arm(&timer, clock_ns() + 29000000000ull, wake_up);
    host_join();
    for (int n = 0; n < THREADS; n++) all &= results[n] == 0;
    ok(all, "a controller that is slow is waited for");
    mood = DEAD;
    for (long n = 0; n < THREADS; n++) thread_create("user", read_one, (void *)n);
    host_join();
    all = true;
    for (int n = 0; n < THREADS; n++) all &= results[n] == -EIO;
    ok(all && !is_up, "one that never answers again is an error, and stopped");
    read_one((void *)0);
    ok(results[0] == -EIO, "at once from then on");
    begin(WELL);
    mood = STUCK;
    in_flight = 0;
    memset(queues, 0, sizeof queues);
    read_one((void *)0);
    ok(results[0] == -EIO && is_silenced, "one that can't even be stopped is kept from memory");
}

/// It loses what it was given, and the driver starts over.
static void loss(void) {
    begin(WELL);
    thread_create("user", read_one, (void *)0);
    memset(&queues[1], 0, sizeof queues[1]);
    thread_create("user", read_one, (void *)1);
    results[0] = results[1] = 1;
    host_join();
    ok(results[0] == 0 && results[1] == 0 && is_up, "one that loses requests is begun anew, and serves them");
}

static void use_what_is_there(void *argument) {
    for (long i = 0; i < 4; i++) {
        struct block_device *disk = found[((long)argument + i) % found_count];
        int result = ask_one(disk, i % 2 ? BLOCK_WRITE : BLOCK_READ, (uint64_t)i);
        is_right &= result == 0 || result == -EIO;
    }
}

/// Rounds with a device that says anything.
static void lies(int rounds) {
    bool all = true;
    unsigned disks = 0;
    is_quiet = true;
    for (int round = 0; round < rounds; round++) {
        begin(HOSTILE);
        is_right = true;
        disks += found_count;
        for (unsigned i = 0; i < found_count; i++)
            all &= found[i]->sectors > 0 && found[i]->sectors <= UINT64_MAX / 512;
        for (long n = 0; found_count > 0 && n < 2; n++) thread_create("user", use_what_is_there, (void *)n);
        host_join();
        all &= is_right;
    }
    is_quiet = false;
    ok(all && disks > (unsigned)rounds, "whatever a controller says, its disks answer or fail");
}

int main(int argc, char **argv) {
    timers_init();
    if (argc > 2) {
        seed = strtoull(argv[2], NULL, 10);
        lies((int)strtol(argv[1], NULL, 10));
        return done();
    }
    discovery();
    crowd();
    pieces();
    faults();
    silence();
    loss();
    lies(HOSTILE_ROUNDS);
    return done();
}
