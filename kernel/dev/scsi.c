// What SCSI disks are asked, and what their answers mean.
#include "dev/scsi.h"

#include "lib/errno.h"
#include "lib/string.h"

enum command {
    INQUIRY = 0x12,
    MODE_SENSE_6 = 0x1a,
    READ_CAPACITY_10 = 0x25,
    READ_10 = 0x28,
    WRITE_10 = 0x2a,
    SYNCHRONIZE_CACHE = 0x35,
    UNMAP = 0x42,
    READ_16 = 0x88,
    WRITE_16 = 0x8a,
    SERVICE_ACTION_IN = 0x9e,
    REPORT_LUNS = 0xa0,
};
enum { READ_CAPACITY_16 = 0x10, ALL_MODE_PAGES = 0x3f, VITAL_PAGE = 1 };
enum { STATUS_GOOD = 0, STATUS_CHECK = 2, STATUS_BUSY = 8, STATUS_FULL = 0x28, STATUS_ABORTED = 0x40 };
enum { SENSE_FIXED = 0x70, SENSE_FIXED_OLD = 0x71, SENSE_LIST = 0x72, SENSE_LIST_OLD = 0x73 };
enum { NONE = 0, RECOVERED = 1, NOT_READY = 2, ILLEGAL = 5, ATTENTION = 6, ABORTED = 11, BECOMES_READY = 4 };

static void put16(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static void put64(uint8_t *at, uint64_t value) {
    put32(at, (uint32_t)(value >> 32));
    put32(at + 4, (uint32_t)value);
}

/// A number in an answer; 0 beyond its end.
static uint64_t get(const uint8_t *answer, uint32_t length, uint32_t at, unsigned size) {
    uint64_t value = 0;
    if (at + size > length) {
        return 0;
    }
    for (unsigned i = 0; i < size; i++) {
        value = value << 8 | answer[at + i];
    }
    return value;
}

static void begin(uint8_t cdb[SCSI_CDB], enum command command) {
    memset(cdb, 0, SCSI_CDB);
    cdb[0] = (uint8_t)command;
}

void scsi_ask_luns(uint8_t cdb[SCSI_CDB], uint32_t room) {
    begin(cdb, REPORT_LUNS);
    put32(cdb + 6, room);
}

void scsi_ask_inquiry(uint8_t cdb[SCSI_CDB], enum scsi_page page, uint16_t room) {
    begin(cdb, INQUIRY);
    cdb[1] = page != SCSI_PAGE_STANDARD ? VITAL_PAGE : 0;
    cdb[2] = (uint8_t)page;
    put16(cdb + 3, room);
}

void scsi_ask_capacity(uint8_t cdb[SCSI_CDB], bool is_long, uint32_t room) {
    begin(cdb, is_long ? SERVICE_ACTION_IN : READ_CAPACITY_10);
    if (is_long) {
        cdb[1] = READ_CAPACITY_16;
        put32(cdb + 10, room);
    }
}

void scsi_ask_mode(uint8_t cdb[SCSI_CDB], uint8_t room) {
    begin(cdb, MODE_SENSE_6);
    cdb[2] = ALL_MODE_PAGES;
    cdb[4] = room;
}

void scsi_ask_transfer(uint8_t cdb[SCSI_CDB], const struct block_request *request) {
    bool reads = request->op == BLOCK_READ;
    if (request->op == BLOCK_FLUSH) {
        begin(cdb, SYNCHRONIZE_CACHE); // all of it
    } else if (request->sector + request->sectors <= UINT32_MAX && request->sectors <= UINT16_MAX) {
        begin(cdb, reads ? READ_10 : WRITE_10);
        put32(cdb + 2, (uint32_t)request->sector);
        put16(cdb + 7, (uint32_t)request->sectors);
    } else {
        begin(cdb, reads ? READ_16 : WRITE_16);
        put64(cdb + 2, request->sector);
        put32(cdb + 10, (uint32_t)request->sectors);
    }
}

void scsi_ask_unmap(uint8_t cdb[SCSI_CDB], uint8_t list[SCSI_UNMAP_LIST], const struct block_request *request) {
    begin(cdb, UNMAP);
    put16(cdb + 7, SCSI_UNMAP_LIST);
    memset(list, 0, SCSI_UNMAP_LIST);
    put16(list, SCSI_UNMAP_LIST - 2);
    put16(list + 2, 16); // one range
    put64(list + 8, request->sector);
    put32(list + 16, (uint32_t)request->sectors);
}

bool scsi_lun(const uint8_t *answer, uint32_t length, unsigned n, uint16_t *lun) {
    uint64_t listed = get(answer, length, 0, 4);
    uint32_t at = 8 + 8 * n;
    if (n >= SCSI_ANSWER / 8 || at > listed || at + 8 > length) {
        return false;
    }
    uint64_t number = get(answer, length, at, 8);
    unsigned form = (unsigned)(number >> 62); // 0: a number of eight bits on bus 0, 1: one of fourteen
    *lun = (uint16_t)(number >> 48 & 0x3fff);
    return number << 16 == 0 && (form == 1 || (form == 0 && *lun < 256));
}

bool scsi_is_disk(const uint8_t *answer, uint32_t length) { return length >= 36 && answer[0] == 0; }

bool scsi_capacity(const uint8_t *answer, uint32_t length, bool is_long, uint64_t *sectors, uint32_t *size) {
    unsigned width = is_long ? 8 : 4;
    if (length < width + 4) {
        return false;
    }
    uint64_t last = get(answer, length, 0, width);
    *size = (uint32_t)get(answer, length, width, 4);
    *sectors = !is_long && last == UINT32_MAX ? 0 : last + 1;
    return is_long ? last < UINT64_MAX / SECTOR_SIZE : true;
}

bool scsi_is_write_protected(const uint8_t *answer, uint32_t length) { return length >= 4 && (answer[2] & 0x80) != 0; }

void scsi_limits(const uint8_t *answer, uint32_t length, uint64_t *transfer, uint64_t *discard) {
    bool is_it = get(answer, length, 1, 1) == SCSI_PAGE_LIMITS;
    *transfer = is_it ? get(answer, length, 8, 4) : 0;
    // A device without ranges has nothing to be told.
    *discard = is_it && get(answer, length, 24, 4) > 0 ? get(answer, length, 20, 4) : 0;
}

bool scsi_can_unmap(const uint8_t *answer, uint32_t length) {
    return get(answer, length, 1, 1) == SCSI_PAGE_PROVISIONING && (get(answer, length, 5, 1) & 0x80) != 0;
}

static int sense_result(const uint8_t *sense, uint32_t length) {
    unsigned form = (unsigned)get(sense, length, 0, 1) & 0x7f;
    bool is_list = form == SENSE_LIST || form == SENSE_LIST_OLD;
    if (!is_list && form != SENSE_FIXED && form != SENSE_FIXED_OLD) {
        return -EIO;
    }
    unsigned key = (unsigned)get(sense, length, is_list ? 1 : 2, 1) & 15;
    unsigned code = (unsigned)get(sense, length, is_list ? 2 : 12, 1);
    switch (key) {
    case NONE:
    case RECOVERED: return 0;
    case NOT_READY: return code == BECOMES_READY ? -EAGAIN : -EIO;
    case ATTENTION:
    case ABORTED: return -EAGAIN;
    case ILLEGAL: return -EOPNOTSUPP;
    default: return -EIO;
    }
}

int scsi_result(uint8_t status, const uint8_t *sense, uint32_t length) {
    switch (status) {
    case STATUS_GOOD: return 0;
    case STATUS_CHECK: return sense_result(sense, length);
    case STATUS_BUSY:
    case STATUS_FULL:
    case STATUS_ABORTED: return -EAGAIN;
    default: return -EIO;
    }
}
