// The driver of virtio SCSI adapters against a device that behaves as QEMU's do, with disks that answer, refuse, fall
// silent and lie; and the answers of disks by themselves.
//
//     scsi_test [ROUNDS SEED]   with these: only those that lie

#include "arch/clock.h"
#include "arch/paging.h"
#include "dev/block.h"
#include "dev/scsi.h"
#include "dev/virtio/scsi.h"
#include "dev/virtio/virtio.h"
#include "disk_user.h"
#include "lib/errno.h"
#include "mem/heap.h"
#include "qemu_device.h"
#include "random.h"
#include "sched/thread.h"
#include "sched/timer.h"
#include "tap.h"
#include "threads_on_host.h"
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 60, HOSTILE_ROUNDS = 400, SECTORS = 512, THREADS = 4, DISKS = 16 };
enum { HEADER = 51, ANSWER = 108, SENSE = 12, STATUS = 10, RESPONSE = 11, CDB = 19 };
enum { GOOD = 0, CHECK = 2, BUSY = 8 };
#define LARGE (5ull << 32)

enum mood { WELL, NERVOUS, HOSTILE, SILENT, DEAD };

static uint64_t seed;
static struct block_device *found[DISKS];
static unsigned found_count;
static char bytes[2][SECTORS * SECTOR_SIZE]; // of target 1, units 0 and 3
static bool is_right;
static enum mood mood;
static uint64_t bad_sector = UINT64_MAX, trimmed_from, trimmed;
static unsigned flushes, attention;

void block_device_add(struct block_device *dev) {
    if (found_count < DISKS) found[found_count++] = dev;
}

static uint64_t number(const uint8_t *at, unsigned size) {
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++) value = value << 8 | at[i];
    return value;
}

static void put(uint8_t *at, unsigned size, uint64_t value) {
    for (unsigned i = 0; i < size; i++) at[i] = (uint8_t)(value >> 8 * (size - 1 - i));
}

/// Copies between the disk and the pieces of a chain.
static void move(const struct chain *c, char *disk, unsigned first, unsigned end, bool reads) {
    for (unsigned i = first; i < end; i++) {
        void *memory = phys_to_virt(c->pieces[i].pa);
        if (reads) memcpy(memory, disk, c->pieces[i].length);
        else memcpy(disk, memory, c->pieces[i].length);
        disk += c->pieces[i].length;
    }
}

static uint32_t check(uint8_t *answer, unsigned key, unsigned code) {
    answer[STATUS] = CHECK;
    answer[3] = 0;
    answer[0] = 18; // little-endian: bytes of sense
    memset(answer + SENSE, 0, 18);
    answer[SENSE] = 0x70;
    answer[SENSE + 2] = (uint8_t)key;
    answer[SENSE + 12] = (uint8_t)code;
    return ANSWER;
}

/// What a unit answers to a question, up to 512 bytes. How many; 0: it does not know it.
static uint32_t reply(unsigned target, unsigned lun, const uint8_t *cdb, uint8_t *to) {
    bool is_page = cdb[1] & 1;
    memset(to, 0, 512);
    switch (cdb[0]) {
    case 0xa0: // four units: a disk, a drive for CDs, one with other sectors, a large disk that is write-protected
        put(to, 4, target == 1 ? 4 * 8 : 8);
        for (unsigned i = 0; target == 1 && i < 4; i++) put(to + 8 + 8 * i, 2, i == 3 ? 0x4003 : i);
        return 40;
    case 0x12:
        to[0] = target == 1 && lun == 1 ? 5 : 0;
        to[1] = cdb[2];
        if (is_page && cdb[2] == 0xb0) {
            put(to + 8, 4, 6); // sectors in a transfer
            put(to + 20, 4, 100); // in a discard
            put(to + 24, 4, 1);
        } else if (is_page && cdb[2] == 0xb2) to[5] = 0x80;
        return is_page ? 64 : 36;
    case 0x25:
        put(to, 4, lun == 3 ? UINT32_MAX : SECTORS - 1);
        put(to + 4, 4, lun == 2 ? 4096 : 512);
        return 8;
    case 0x9e:
        put(to, 8, LARGE - 1);
        put(to + 8, 4, 512);
        return 32;
    case 0x1a: to[2] = lun == 3 ? 0x80 : 0; return 4;
    default: return 0;
    }
}

static uint32_t answer_well(const struct chain *c) {
    uint8_t header[HEADER], *answer = phys_to_virt(c->pieces[c->readable].pa);
    memcpy(header, phys_to_virt(c->pieces[0].pa), HEADER);
    const uint8_t *cdb = header + CDB;
    unsigned target = header[1], lun = (unsigned)number(header + 2, 2) & 0x3fff, count = c->readable + c->writable;
    memset(answer, 0, ANSWER);
    is_right &= c->pieces[0].length == HEADER && c->pieces[c->readable].length == ANSWER && header[0] == 1;
    if (target != 1 && target != 4) {
        answer[RESPONSE] = 3; // no such target
        return ANSWER;
    }
    if (mood == NERVOUS && random_below(5) == 0) {
        if (random_below(3) == 0) answer[RESPONSE] = random_below(2) ? 5 : 4;
        else if (random_below(2)) answer[STATUS] = BUSY;
        else return check(answer, 6, 0x29);
        return ANSWER;
    }
    if (attention > 0) {
        attention--;
        return check(answer, 6, 0x29);
    }
    char *disk = bytes[lun == 3];
    uint64_t sector = 0, sectors = 0;
    switch (cdb[0]) {
    case 0x28:
    case 0x2a:
        sector = number(cdb + 2, 4);
        sectors = number(cdb + 7, 2);
        break;
    case 0x88:
    case 0x8a:
        sector = number(cdb + 2, 8);
        sectors = number(cdb + 10, 4);
        break;
    case 0x35: flushes++; return target == 4 ? check(answer, 5, 0x20) : ANSWER;
    case 0x42: {
        const uint8_t *list = phys_to_virt(c->pieces[1].pa);
        is_right &= number(list, 2) == 22 && number(list + 2, 2) == 16 && number(list + 16, 4) <= 100;
        if (trimmed == 0) trimmed_from = number(list + 8, 8);
        trimmed += number(list + 16, 4);
        return ANSWER;
    }
    default: {
        uint32_t n = reply(target, lun, cdb, phys_to_virt(c->pieces[c->readable + 1].pa));
        return n == 0 ? check(answer, 5, 0x20) : ANSWER + n;
    }
    }
    bool reads = (cdb[0] & 2) == 0;
    if (sector >= LARGE - SECTORS) sector -= LARGE - SECTORS;
    bool fits = sectors > 0 && sectors <= 6 && sector + sectors <= SECTORS;
    is_right &= fits;
    if (!fits || c->readable + c->writable < 3) return check(answer, 5, 0x21);
    if (bad_sector >= sector && bad_sector - sector < sectors) return check(answer, 3, 0x11);
    if (reads) move(c, disk + sector * SECTOR_SIZE, c->readable + 1, count, true);
    else move(c, disk + sector * SECTOR_SIZE, 1, c->readable, false);
    return ANSWER + (reads ? (uint32_t)sectors * SECTOR_SIZE : 0);
}

static uint32_t run(uint16_t queue, const struct chain *c) {
    if (mood != HOSTILE) {
        is_right &= queue == 2;
        return answer_well(c);
    }
    bool was_right = is_right;
    uint32_t n = random_below(8) ? answer_well(c) : ANSWER;
    is_right = was_right; // what it is asked is what it has said
    if (random_below(6)) return n;
    for (unsigned i = c->readable; i < c->readable + c->writable; i++) {
        uint8_t *at = phys_to_virt(c->pieces[i].pa);
        for (unsigned k = (unsigned)random_below(12); k > 0; k--)
            at[random_below(c->pieces[i].length)] = (uint8_t)random_number();
    }
    return random_below(8) ? n : (uint32_t)random_number();
}

static bool wants(uint16_t queue) { return queue == 2 && mood != SILENT && mood != DEAD; }

static void begin(enum mood how, bool has_points) {
    struct device_work work = {
        .type = VIRTIO_SCSI,
        .features = has_points ? 1ull << VIRTIO_F_EVENT_IDX : 0,
        .queue_size = 64,
        .in_any_order = true,
        .lies = how == HOSTILE,
        .wants = wants,
        .run = run,
        // Queues, segments, sectors; commands, events, sense, command bytes; channel, target, unit.
        .config = {[0] = 1, [4] = 126, [9] = 255, [12] = 16, [16] = 16, [20] = 96, [24] = 32, [30] = 5, [32] = 255}};
    found_count = 0;
    mood = how == HOSTILE || how == NERVOUS ? how : WELL;
    memset(bytes, 0, sizeof bytes);
    device_begin(&work, ++seed);
    virtio_scsi_find();
    mood = how;
}

static int ask_one(struct block_device *disk, enum block_op op, uint64_t sector, void *memory) {
    struct block_segment segment = {virt_to_phys(memory), SECTOR_SIZE};
    return disk_ask(disk, op, sector, &segment, 1);
}

static void discovery(void) {
    unsigned before = device_complaints();
    is_right = true;
    attention = 3;
    begin(WELL, true);
    ok(found_count == 3 && is_right, "disks are found on two targets, and what is none is left out");
    ok(device_complaints() == before + 1, "one with sectors of another size is named");
    ok(found[0]->sectors == SECTORS && !found[0]->readonly && found[0]->can_discard, "a disk's size");
    ok(found[1]->sectors == LARGE && found[1]->readonly, "one of more than 2 TiB, which is write-protected");
    attention = 0;
}

static void crowd(bool has_points) {
    is_right = true;
    for (int round = 0; round < ROUNDS; round++) {
        begin(WELL, has_points);
        struct disk_user users[THREADS];
        for (unsigned n = 0; n < THREADS; n++) {
            users[n] = (struct disk_user){found[0], n * SECTORS / THREADS, SECTORS / THREADS, false, false};
            thread_create("user", disk_use, &users[n]);
        }
        host_join();
        for (unsigned n = 0; n < THREADS; n++) is_right &= users[n].is_right;
        is_right &= device_has_nothing_of(2);
    }
    ok(is_right,
       has_points ? "threads that use a disk at once are all served, with points of interrupt" : "and without");
}

static void faults(void) {
    char memory[SECTOR_SIZE];
    begin(WELL, true);
    is_right = true;
    bad_sector = 40;
    ok(ask_one(found[0], BLOCK_READ, 40, memory) == -EIO && ask_one(found[0], BLOCK_READ, 41, memory) == 0,
       "a sector that can't be read is an error, and the next is not");
    bad_sector = UINT64_MAX;
    attention = 3;
    ok(ask_one(found[0], BLOCK_WRITE, 9, memory) == 0, "what wants to be asked again is asked again");
    attention = 1000;
    ok(ask_one(found[0], BLOCK_READ, 9, memory) == -EIO, "but not for ever");
    attention = 0;
    flushes = 0;
    ok(disk_ask(found[0], BLOCK_FLUSH, 0, NULL, 0) == 0 && flushes == 1, "a flush reaches the disk");
    ok(disk_ask(found[2], BLOCK_FLUSH, 0, NULL, 0) == 0, "a disk that has nothing to flush has flushed");
    struct block_request discard = {.op = BLOCK_DISCARD, .sector = 7, .sectors = 250};
    trimmed = 0;
    ok(found[0]->transfer(found[0], &discard) == 0 && trimmed_from == 7 && trimmed == 250,
       "what is not needed any more is told in as many pieces as the disk wants");
    ok(ask_one(found[1], BLOCK_READ, LARGE - SECTORS + 3, memory) == 0 && is_right, "beyond 2 TiB");
}

static int results[THREADS];

static void read_one(void *argument) {
    long n = (long)argument;
    char memory[SECTOR_SIZE];
    results[n] = ask_one(found[n % 3], BLOCK_READ, n % 2 ? LARGE - SECTORS : 1, memory);
}

static void wake_up(struct timer *unused) {
    (void)unused;
    mood = WELL;
}

static void silence(void) {
    static struct timer timer;
    begin(SILENT, true);
    for (long n = 0; n < THREADS; n++) thread_create("user", read_one, (void *)(2 * (n / 2)));
    timer_arm(&timer, clock_ns() + 70000000000ull, wake_up);
    host_join();
    ok(results[0] == 0 && results[2] == 0, "an adapter that falls silent is begun anew, and all requests are served");
    attention = 3;
    results[1] = -1;
    thread_create("user", read_one, (void *)1);
    host_join();
    ok(results[1] == 0, "it goes on as before");
    attention = 0;
    mood = DEAD;
    for (long n = 0; n < THREADS; n++) thread_create("user", read_one, (void *)n);
    host_join();
    bool all = true;
    for (int n = 0; n < THREADS; n++) all &= results[n] == -EIO;
    ok(all && !device_runs(), "one that never answers again is an error, and is kept from memory");
    read_one((void *)0);
    ok(results[0] == -EIO, "at once from then on");
}

static void use_what_is_there(void *argument) {
    char memory[4 * SECTOR_SIZE];
    for (long i = 0; i < 4; i++) {
        struct block_device *disk = found[((long)argument + i) % found_count];
        struct block_segment segment = {virt_to_phys(memory), sizeof memory};
        int result = disk_ask(disk, i % 2 ? BLOCK_WRITE : BLOCK_READ, (uint64_t)i, &segment, 1);
        is_right &= result == 0 || result == -EIO;
    }
}

/// Rounds with a device that says anything.
static void lies(int rounds) {
    bool all = true;
    unsigned disks = 0;
    device_is_quiet = true;
    for (int round = 0; round < rounds; round++) {
        begin(HOSTILE, round % 2);
        is_right = true;
        disks += found_count;
        for (unsigned i = 0; i < found_count; i++)
            all &= found[i]->sectors > 0 && found[i]->sectors <= UINT64_MAX / 512;
        for (long n = 0; found_count > 0 && n < 2; n++) thread_create("user", use_what_is_there, (void *)n);
        host_join();
        all &= is_right;
    }
    ok(all && disks > (unsigned)rounds, "whatever an adapter says, its disks answer or fail");
}

static void parsers(void) {
    bool all = true;
    for (int round = 0; round < 200000; round++) {
        uint32_t length = (uint32_t)random_below(SCSI_ANSWER + 1), size;
        uint8_t *answer = malloc(length + 1);
        uint64_t sectors, transfer, discard;
        uint16_t lun = 0;
        for (uint32_t i = 0; i < length; i++) answer[i] = random_below(3) ? (uint8_t)random_number() : 0;
        for (unsigned n = 0; n < 70; n++) all &= !scsi_lun(answer, length, n, &lun) || lun < 0x4000;
        (void)scsi_is_disk(answer, length);
        (void)scsi_is_write_protected(answer, length);
        scsi_limits(answer, length, &transfer, &discard);
        (void)scsi_can_unmap(answer, length);
        if (scsi_capacity(answer, length, round % 2, &sectors, &size)) all &= sectors <= UINT64_MAX / 512;
        int result = scsi_result((uint8_t)random_number(), answer, length);
        all &= result == 0 || result == -EIO || result == -EAGAIN || result == -EOPNOTSUPP;
        free(answer);
    }
    ok(all, "answers of any bytes and any length are read to their end and no further");
}

int main(int argc, char **argv) {
    timers_init();
    if (argc > 2) {
        seed = strtoull(argv[2], NULL, 10);
        lies((int)strtol(argv[1], NULL, 10));
        return done();
    }
    discovery();
    crowd(true);
    crowd(false);
    faults();
    silence();
    lies(HOSTILE_ROUNDS);
    parsers();
    return done();
}
