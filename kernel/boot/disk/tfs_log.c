// Walking the extensions and frames of a TFS log. The format: magic, version and length at the start of an extension,
// then frames; multi-byte numbers are varints, most significant group of seven bits first.

#include "tfs_log.h"

#include <stddef.h>

#include "memory.h"

enum { FRAME_END = 1, FRAME_RECORD = 2, FRAME_MORE = 3, FRAME_SEGMENT = 4, FRAME_LINK = 5 };

#define TFS_VERSION 5
#define UUID_BYTES 16
#define LABEL_BYTES 32 // with its NUL
#define VARINT_BYTES 10
// Sectors to ask for at first: sector 0 and the start of the extension that usually stands right behind it.
#define FIRST_WISH 16

static const char too_large[] = "the log of the boot file system holds a part larger than its record";

static fault_t raw_byte(struct tfs_log *log, uint8_t *byte) {
    if (log->left == 0) {
        uint64_t first = log->extensions[log->extension_count - 1].first;
        uint64_t sectors = log->extensions[log->extension_count - 1].sectors;
        if (log->next_sector >= sectors) return "the log of the boot file system has no end";
        uint64_t wish = first == 0 ? FIRST_WISH : sectors - log->next_sector;
        uint32_t count;
        fault_t fault = volume_view(log->volume, first + log->next_sector, wish, &log->at, &count);
        if (fault) return fault;
        if (count > sectors - log->next_sector) count = (uint32_t)(sectors - log->next_sector);
        log->left = count * SECTOR_BYTES;
        log->next_sector += count;
    }
    log->left--;
    *byte = *log->at++;
    return NULL;
}

typedef fault_t (*byte_source)(struct tfs_log *log, uint8_t *byte);

static fault_t varint(struct tfs_log *log, byte_source next, uint64_t *number) {
    *number = 0;
    for (int i = 0; i < VARINT_BYTES; i++) {
        uint8_t byte;
        fault_t fault = next(log, &byte);
        if (fault) return fault;
        if (*number >> 57) break;
        *number = *number << 7 | (byte & 0x7f);
        if (!(byte & 0x80)) return NULL;
    }
    return "the log of the boot file system holds a number of more than 64 bits";
}

static fault_t open_extension(struct tfs_log *log, uint64_t first, uint64_t sectors) {
    static const uint8_t magic[6] = {'N', 'V', 'M', 'T', 'F', 'S'};

    if (sectors == 0 || first >= log->volume->sectors || sectors > log->volume->sectors - first) {
        return "the log of the boot file system leaves it";
    }
    for (uint32_t i = 0; i < log->extension_count; i++) {
        if (first < log->extensions[i].first + log->extensions[i].sectors &&
            log->extensions[i].first < first + sectors) {
            return "the log of the boot file system runs in a circle";
        }
    }
    if (log->extension_count == LOG_EXTENSIONS) return "the log of the boot file system has too many pieces";
    log->extensions[log->extension_count].first = first;
    log->extensions[log->extension_count].sectors = sectors;
    log->extension_count++;
    log->next_sector = 0;
    log->left = 0;

    for (size_t i = 0; i < sizeof magic; i++) {
        uint8_t byte;
        fault_t fault = raw_byte(log, &byte);
        if (fault) return fault;
        if (byte != magic[i]) return "there is no TFS where the boot file system should be";
    }
    uint64_t version, length;
    fault_t fault = varint(log, raw_byte, &version);
    if (fault) return fault;
    if (version != TFS_VERSION) return "the boot file system has another version of TFS";
    fault = varint(log, raw_byte, &length);
    if (fault) return fault;
    return length == sectors ? NULL : "a piece of the boot file system's log has a wrong length";
}

fault_t log_open(struct tfs_log *log, struct volume *volume) {
    memset(log, 0, sizeof *log);
    log->volume = volume;
    fault_t fault = open_extension(log, 0, 1);
    if (fault) return fault;
    uint8_t byte;
    for (int i = 0; i < UUID_BYTES; i++) {
        if ((fault = raw_byte(log, &byte))) return fault;
    }
    for (int i = 0; i < LABEL_BYTES; i++) {
        if ((fault = raw_byte(log, &byte))) return fault;
        if (byte == 0) return NULL;
    }
    return "the label of the boot file system has no end";
}

// The next frame that carries something; links and segment boundaries are followed and passed over.
static fault_t next_frame(struct tfs_log *log, uint8_t *kind) {
    for (;;) {
        fault_t fault = raw_byte(log, kind);
        if (fault) return fault;
        switch (*kind) {
        case FRAME_SEGMENT: break;
        case FRAME_LINK: {
            uint64_t first, sectors;
            if ((fault = varint(log, raw_byte, &first))) return fault;
            if ((fault = varint(log, raw_byte, &sectors))) return fault;
            if ((fault = open_extension(log, first, sectors))) return fault;
            break;
        }
        case FRAME_END:
        case FRAME_RECORD:
        case FRAME_MORE: return NULL;
        default: return "the log of the boot file system holds an unknown frame";
        }
    }
}

fault_t log_next_record(struct tfs_log *log, bool *found) {
    if (log->record_left != 0) return "the log of the boot file system holds a record with a rest";
    uint8_t kind;
    fault_t fault = next_frame(log, &kind);
    if (fault) return fault;
    *found = kind == FRAME_RECORD;
    if (kind == FRAME_MORE) return "the log of the boot file system goes on with a record that it did not begin";
    if (kind == FRAME_END) return NULL;
    if ((fault = varint(log, raw_byte, &log->record_left))) return fault;
    if ((fault = varint(log, raw_byte, &log->part_left))) return fault;
    return log->part_left <= log->record_left ? NULL : too_large;
}

fault_t log_byte(struct tfs_log *log, uint8_t *byte) {
    if (log->record_left == 0) return "the log of the boot file system holds a record cut short";
    while (log->part_left == 0) {
        uint8_t kind;
        fault_t fault = next_frame(log, &kind);
        if (fault) return fault;
        if (kind != FRAME_MORE) return "the log of the boot file system holds an unfinished record";
        if ((fault = varint(log, raw_byte, &log->part_left))) return fault;
        if (log->part_left > log->record_left) return too_large;
    }
    log->part_left--;
    log->record_left--;
    return raw_byte(log, byte);
}

fault_t log_varint(struct tfs_log *log, uint64_t *number) { return varint(log, log_byte, number); }
