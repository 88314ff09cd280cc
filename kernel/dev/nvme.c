// NVMe controllers (NVM Express 1.4): one queue for the start's questions, one for reading and writing, which all
// namespaces of a controller share. Everything that the controller writes is checked before it is used.
#include "dev/nvme.h"

#include "arch/clock.h"
#include "arch/cpu.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "dev/block_queue.h"
#include "dev/console.h"
#include "dev/pci.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { CLASS = 8, CLASS_NVME = 0x010802 };
/// Registers (3.1).
enum nvme_register {
    CAPABILITIES = 0,
    CONFIGURATION = 0x14,
    STATUS = 0x1c,
    ADMIN_SIZES = 0x24,
    ADMIN_SUBMISSION = 0x28,
    ADMIN_COMPLETION = 0x30,
    DOORBELLS = 0x1000,
};
enum { ENABLE = 1, ENTRY_SIZES = 6 << 16 | 4 << 20, READY = 1, STRIDE_MOST = 10 };
enum { ADMIN_CREATE_SUBMISSION = 1, ADMIN_CREATE_COMPLETION = 5, ADMIN_IDENTIFY = 6, ADMIN_SET_FEATURES = 9 };
enum { FEATURE_QUEUES = 7, CONTIGUOUS = 1, INTERRUPTS = 2 };
enum { IDENTIFY_NAMESPACE = 0, IDENTIFY_CONTROLLER = 1, IDENTIFY_NAMESPACES = 2 };
/// What IDENTIFY tells of a controller and of a namespace.
enum { MAX_TRANSFER = 77, NAMESPACES = 516, OPTIONAL_COMMANDS = 520, WRITE_CACHE = 525, CAN_DISCARD = 1 << 2 };
enum { NAMESPACE_SIZE = 0, FORMAT_INDEX = 26, ATTRIBUTES = 99, FORMATS = 128, WRITE_PROTECTED = 1 };
enum { IO_FLUSH = 0, IO_WRITE = 1, IO_READ = 2, IO_DATASET = 9, DATASET_DISCARD = 4 };
enum { STATUS_NO_RETRY = 1 << 14 };

/// The entries that fit a page are more than enough; one less than these are in flight.
enum { ENTRIES = 32, COMMANDS = 24, LIST_ENTRIES = 64, LIST_PAGES = COMMANDS * LIST_ENTRIES * 8 / PAGE_SIZE };
enum { PAGE_SECTORS = PAGE_SIZE / SECTOR_SIZE, DISKS_MOST = 16, DISCARD_MOST = 1 << 22 };
/// How long an answer to a question of the start may take, and a controller to come up at most.
#define PATIENCE_NS 10000000000ull
#define READY_NS 500000000ull
#define READY_NS_MOST 30000000000ull

/// An entry of a submission queue.
struct submission {
    uint32_t command; // with the identifier in its upper half
    uint32_t name_space;
    uint64_t unused, metadata, pages[2];
    uint32_t words[6]; // 10 to 15
};
_Static_assert(sizeof(struct submission) == 64, "as the controller has it");

struct completion {
    uint32_t result, unused;
    uint32_t queue; // the submission queue in its upper half
    uint32_t status; // identifier, phase, status
};

/// A submission queue and its completion queue, of the same number.
struct pair {
    struct submission *submissions;
    volatile struct completion *completions;
    unsigned number, size, tail, head;
    bool phase; // that a new completion has
};

struct command {
    bool is_taken;
    struct disk *disk;
    unsigned place;
};

struct controller {
    pci_address at;
    volatile uint8_t *registers;
    unsigned stride; // of doorbells, in bytes
    uint64_t ready_ns; // that it may take to come up
    struct pair admin, io;
    unsigned commands_most;
    struct command commands[COMMANDS];
    uint64_t *lists; // LIST_ENTRIES for each command
    uint8_t *answer; // of IDENTIFY: a page
    bool is_stopped;
    struct disk *disks[DISKS_MOST];
    unsigned disk_count;
};

struct disk {
    struct block_queue queue;
    struct controller *controller;
    uint32_t name_space;
};

static uint32_t read32(const struct controller *c, unsigned r) { return *(volatile uint32_t *)(c->registers + r); }
static void write32(struct controller *c, unsigned r, uint32_t value) {
    *(volatile uint32_t *)(c->registers + r) = value;
}

static void write_address(struct controller *c, unsigned r, const volatile void *at) {
    uint64_t pa = virt_to_phys((const void *)(uintptr_t)at);
    write32(c, r, (uint32_t)pa);
    write32(c, r + 4, (uint32_t)(pa >> 32));
}

static void ring(struct controller *c, const struct pair *p, bool is_completion) {
    compiler_barrier();
    write32(c, DOORBELLS + (2 * p->number + is_completion) * c->stride, is_completion ? p->head : p->tail);
}

static bool wait_ready(struct controller *c, bool is_wanted) {
    uint64_t deadline = clock_ns() + c->ready_ns;
    while ((read32(c, STATUS) & READY) != is_wanted) {
        if (clock_ns() > deadline) {
            return false;
        }
        cpu_relax();
    }
    return true;
}

/// Afterwards it leaves all memory alone.
static void halt(struct controller *c) {
    c->is_stopped = true;
    write32(c, CONFIGURATION, 0);
    if (!wait_ready(c, false)) {
        pci_silence(c->at);
    }
}

static void submit_to(struct controller *c, struct pair *p, unsigned identifier, const struct submission *what) {
    struct submission *s = &p->submissions[p->tail];
    *s = *what;
    s->command |= identifier << 16;
    p->tail = (p->tail + 1) % p->size;
    ring(c, p, false);
}

/// The next completion: its identifier and status. False: there is none.
static bool take(struct pair *p, unsigned *identifier, unsigned *status, unsigned *queue) {
    const volatile struct completion *done = &p->completions[p->head];
    uint32_t word = done->status;
    if ((word >> 16 & 1) != p->phase) {
        return false;
    }
    compiler_barrier();
    *identifier = word & 0xffff;
    *status = word >> 17;
    *queue = done->queue >> 16;
    p->head++;
    if (p->head == p->size) {
        p->head = 0;
        p->phase = !p->phase;
    }
    return true;
}

static void empty(struct pair *p) {
    memset(p->submissions, 0, PAGE_SIZE);
    memset((void *)(uintptr_t)p->completions, 0, PAGE_SIZE);
    p->tail = p->head = 0;
    p->phase = true;
}

/// A command of the start, waited for by looking. False: it failed.
static bool ask(struct controller *c, const struct submission *what) {
    unsigned identifier, status, queue;
    uint64_t deadline = clock_ns() + PATIENCE_NS;
    submit_to(c, &c->admin, 0, what);
    while (!take(&c->admin, &identifier, &status, &queue)) {
        if (clock_ns() > deadline) {
            halt(c);
            return false;
        }
        cpu_relax();
    }
    ring(c, &c->admin, true);
    return identifier == 0 && status == 0;
}

static bool identify(struct controller *c, uint32_t what, uint32_t name_space) {
    const struct submission s = {
        .command = ADMIN_IDENTIFY, .name_space = name_space, .pages = {virt_to_phys(c->answer)}, .words = {what}};
    memset(c->answer, 0, PAGE_SIZE);
    return ask(c, &s);
}

static bool create_queues(struct controller *c) {
    uint32_t size = (c->io.size - 1) << 16 | c->io.number;
    const struct submission number = {.command = ADMIN_SET_FEATURES, .words = {FEATURE_QUEUES}};
    const struct submission completion = {.command = ADMIN_CREATE_COMPLETION,
                                          .pages = {virt_to_phys((const void *)(uintptr_t)c->io.completions)},
                                          .words = {size, CONTIGUOUS | INTERRUPTS}};
    const struct submission submission = {.command = ADMIN_CREATE_SUBMISSION,
                                          .pages = {virt_to_phys(c->io.submissions)},
                                          .words = {size, CONTIGUOUS | c->io.number << 16}};
    (void)ask(c, &number); // one pair is always there
    return ask(c, &completion) && ask(c, &submission);
}

static bool begin(struct controller *c) {
    write32(c, CONFIGURATION, 0);
    if (!wait_ready(c, false)) {
        return false;
    }
    empty(&c->admin);
    empty(&c->io);
    write32(c, ADMIN_SIZES, (c->admin.size - 1) << 16 | (c->admin.size - 1));
    write_address(c, ADMIN_SUBMISSION, c->admin.submissions);
    write_address(c, ADMIN_COMPLETION, c->admin.completions);
    write32(c, CONFIGURATION, ENTRY_SIZES | ENABLE);
    if (!wait_ready(c, true) || !create_queues(c)) {
        halt(c);
        return false;
    }
    c->is_stopped = false;
    return true;
}

/// Pages of memory as the controller wants them: the first may begin anywhere, two lie in the command, more in a list.
static void describe(struct submission *s, const struct block_request *request, uint64_t *list) {
    unsigned count = 0;
    for (size_t i = 0; i < request->count; i++) {
        uint64_t pa = request->segments[i].pa, end = pa + request->segments[i].length;
        for (; pa < end && count < LIST_ENTRIES; pa = (pa | (PAGE_SIZE - 1)) + 1) {
            if (count == 0) {
                s->pages[0] = pa;
            } else {
                list[count - 1] = pa;
            }
            count++;
        }
    }
    s->pages[1] = count == 2 ? list[0] : count > 2 ? virt_to_phys(list) : 0;
}

static bool submit(struct block_queue *queue, unsigned place, const struct block_request *request) {
    struct disk *disk = container_of(queue, struct disk, queue);
    struct controller *c = disk->controller;
    unsigned n = 0;
    while (n < c->commands_most && c->commands[n].is_taken) {
        n++;
    }
    if (n == c->commands_most) {
        return false;
    }
    uint64_t *list = c->lists + n * LIST_ENTRIES;
    struct submission s = {.name_space = disk->name_space};
    if (request->op == BLOCK_DISCARD) {
        s.command = IO_DATASET;
        s.words[1] = DATASET_DISCARD;
        s.pages[0] = virt_to_phys(list);
        list[0] = request->sectors << 32; // attributes, how many, from where on
        list[1] = request->sector;
    } else if (request->op == BLOCK_FLUSH) {
        s.command = IO_FLUSH;
    } else {
        s.command = request->op == BLOCK_READ ? IO_READ : IO_WRITE;
        s.words[0] = (uint32_t)request->sector;
        s.words[1] = (uint32_t)(request->sector >> 32);
        s.words[2] = (uint32_t)request->sectors - 1;
        describe(&s, request, list);
    }
    c->commands[n] = (struct command){.is_taken = true, .disk = disk, .place = place};
    submit_to(c, &c->io, n, &s);
    return true;
}

static void fail_all(struct controller *c, const char *what) {
    for (unsigned i = 0; i < c->disk_count; i++) {
        block_queue_fail(&c->disks[i]->queue, what);
    }
}

static void collect_all(struct controller *c) {
    unsigned identifier, status, queue, count = 0;
    while (!c->is_stopped && count < c->io.size && take(&c->io, &identifier, &status, &queue)) {
        count++;
        if (identifier >= c->commands_most || !c->commands[identifier].is_taken || queue != c->io.number) {
            fail_all(c, "answers what it was not asked");
            break;
        }
        struct command *done = &c->commands[identifier];
        done->is_taken = false;
        block_queue_done(&done->disk->queue, done->place,
                         status == 0                       ? 0
                         : (status & STATUS_NO_RETRY) != 0 ? -EIO
                                                           : -EAGAIN);
    }
    if (count == 0) {
        return;
    }
    ring(c, &c->io, true);
    for (unsigned i = 0; i < c->disk_count; i++) {
        wake_all(&c->disks[i]->queue.changed); // there is room for all of them
    }
}

static void collect(struct block_queue *queue) { collect_all(container_of(queue, struct disk, queue)->controller); }

static void interrupted(void *controller) { collect_all(controller); }

static void stop(struct block_queue *queue) {
    struct controller *c = container_of(queue, struct disk, queue)->controller;
    if (c->is_stopped) {
        return;
    }
    halt(c);
    for (unsigned i = 0; i < COMMANDS; i++) {
        c->commands[i].is_taken = false;
    }
    for (unsigned i = 0; i < c->disk_count; i++) {
        block_queue_lose(&c->disks[i]->queue);
    }
}

static bool start(struct block_queue *queue) {
    struct controller *c = container_of(queue, struct disk, queue)->controller;
    if (begin(c)) {
        return true;
    }
    fail_all(c, "could not be begun anew");
    return false;
}

static const struct block_queue_driver driver = {.submit = submit, .collect = collect, .stop = stop, .start = start};

static uint64_t told(const struct controller *c, unsigned at, unsigned size) {
    uint64_t value = 0;
    memcpy(&value, c->answer + at, size);
    return value;
}

/// What a controller can do is the same for all its namespaces.
static struct block_queue facts(struct controller *c, unsigned page_shift) {
    struct block_queue q = {.block = {.name = "nvme", .alignment = 4},
                            .driver = &driver,
                            .places = BLOCK_PLACES,
                            .segments_most = BLOCK_SEGMENTS,
                            .sectors_most = (LIST_ENTRIES - 1) * PAGE_SECTORS,
                            .boundary = PAGE_SIZE,
                            .discard_most = DISCARD_MOST,
                            .can_flush = (told(c, WRITE_CACHE, 1) & 1) != 0};
    q.block.can_discard = (told(c, OPTIONAL_COMMANDS, 2) & CAN_DISCARD) != 0;
    uint64_t shift = told(c, MAX_TRANSFER, 1);
    if (shift > 0 && shift < 16) {
        uint64_t most = (1ull << (shift + page_shift)) / SECTOR_SIZE;
        q.sectors_most = most < q.sectors_most ? most : q.sectors_most;
    }
    return q;
}

static void look_at(struct controller *c, uint32_t name_space, const struct block_queue *common) {
    if (c->disk_count == DISKS_MOST || !identify(c, IDENTIFY_NAMESPACE, name_space)) {
        return;
    }
    uint64_t sectors = told(c, NAMESPACE_SIZE, 8);
    unsigned format = FORMATS + 4 * (unsigned)(told(c, FORMAT_INDEX, 1) & 15);
    uint64_t metadata = told(c, format, 2), shift = told(c, format + 2, 1);
    if (sectors == 0) {
        return;
    }
    if (shift != 9 || metadata != 0 || sectors > UINT64_MAX / SECTOR_SIZE) {
        klog("namespace %u of an NVMe disk has sectors of 2^%u bytes with %u of metadata, which is not supported",
             name_space, (unsigned)shift, (unsigned)metadata);
        return;
    }
    struct disk *disk = kzalloc(sizeof(*disk));
    if (disk == NULL) {
        return;
    }
    disk->controller = c;
    disk->name_space = name_space;
    disk->queue = *common;
    disk->queue.block.sectors = sectors;
    disk->queue.block.readonly = (told(c, ATTRIBUTES, 1) & WRITE_PROTECTED) != 0;
    block_queue_add(&disk->queue);
    c->disks[c->disk_count++] = disk;
}

/// Those that are there, by their numbers; before NVMe 1.1 the first ones.
static unsigned list_namespaces(struct controller *c, uint32_t list[DISKS_MOST]) {
    unsigned count = 0, known = (unsigned)told(c, NAMESPACES, 4);
    bool is_listed = identify(c, IDENTIFY_NAMESPACES, 0);
    for (; count < DISKS_MOST; count++) {
        list[count] = is_listed ? (uint32_t)told(c, count * 4, 4) : count < known ? count + 1 : 0;
        if (list[count] == 0) {
            break;
        }
    }
    return count;
}

static bool prepare(struct controller *c, uint64_t capabilities) {
    unsigned entries = (unsigned)(capabilities & 0xffff) + 1;
    uint64_t ready = (capabilities >> 24 & 0xff) * READY_NS;
    c->ready_ns = ready < READY_NS ? READY_NS : ready > READY_NS_MOST ? READY_NS_MOST : ready;
    c->admin = (struct pair){.number = 0, .size = 2};
    c->io = (struct pair){.number = 1, .size = entries < ENTRIES ? entries : ENTRIES};
    c->commands_most = c->io.size - 1 < COMMANDS ? c->io.size - 1 : COMMANDS;
    struct pair *const pairs[] = {&c->admin, &c->io};
    for (unsigned i = 0; i < 2; i++) {
        pairs[i]->submissions = kmalloc(PAGE_SIZE);
        pairs[i]->completions = kmalloc(PAGE_SIZE);
        if (pairs[i]->submissions == NULL || pairs[i]->completions == NULL) {
            return false;
        }
    }
    c->answer = kmalloc(PAGE_SIZE);
    c->lists = kmalloc(LIST_PAGES * PAGE_SIZE);
    return c->answer != NULL && c->lists != NULL && entries >= 2;
}

static const char *start_controller(struct controller *c, uint64_t bar) {
    c->registers = bar == 0 ? NULL : paging_map_device(bar, DOORBELLS);
    if (c->registers == NULL) {
        return "it has no registers";
    }
    uint64_t capabilities = read32(c, CAPABILITIES) | (uint64_t)read32(c, CAPABILITIES + 4) << 32;
    unsigned stride = (unsigned)(capabilities >> 32 & 15), page_shift = 12 + (unsigned)(capabilities >> 48 & 15);
    if (stride > STRIDE_MOST || page_shift != 12) {
        return "it wants pages or doorbells of another size";
    }
    c->stride = 4u << stride;
    c->registers = paging_map_device(bar, DOORBELLS + 4 * c->stride);
    if (c->registers == NULL || !prepare(c, capabilities)) {
        return "there is not enough memory";
    }
    // A queue remembers whether there are messages when it is made.
    c->is_stopped = true;
    if (!pci_attach_message(c->at, interrupted, c) && pci_attach_line(c->at, interrupted, c) != 0) {
        return "it has no interrupt";
    }
    if (!begin(c)) {
        return "it does not come up";
    }
    if (!identify(c, IDENTIFY_CONTROLLER, 0)) {
        return "it does not say what it is";
    }
    uint32_t name_spaces[DISKS_MOST];
    struct block_queue common = facts(c, page_shift);
    unsigned count = list_namespaces(c, name_spaces);
    for (unsigned i = 0; i < count; i++) {
        look_at(c, name_spaces[i], &common);
    }
    if (c->is_stopped) {
        fail_all(c, "has stopped to answer");
    }
    return NULL;
}

/// One that was never announced. Its interrupt may still come: it stays.
static void give_up(struct controller *c) {
    c->is_stopped = true;
    pci_silence(c->at);
    kfree(c->admin.submissions);
    kfree((void *)(uintptr_t)c->admin.completions);
    kfree(c->io.submissions);
    kfree((void *)(uintptr_t)c->io.completions);
    kfree(c->answer);
    kfree(c->lists);
}

static void found(pci_address at, uint16_t vendor, uint16_t device) {
    if (pci_read(at, CLASS, 4) >> 8 != CLASS_NVME) {
        return;
    }
    struct controller *c = kzalloc(sizeof(*c));
    if (c == NULL) {
        return;
    }
    c->at = at;
    pci_enable(at);
    const char *wrong = start_controller(c, pci_bar(at, 0));
    if (wrong != NULL) {
        klog("the NVMe disk %04x:%04x is not used: %s", vendor, device, wrong);
        give_up(c);
    }
}

void nvme_find(void) {
    bool on = interrupts_disable();
    pci_scan(found);
    interrupts_restore(on);
}
