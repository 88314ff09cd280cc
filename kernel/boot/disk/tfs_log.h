// The log of a TFS file system: from sectors to the bytes of its records.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "volume.h"

/// Log extensions that are followed. A builder's log has two; one of 64 would fill a file system of 32 MiB.
#define LOG_EXTENSIONS 64

struct tfs_log {
    struct volume *volume;
    struct {
        uint64_t first, sectors;
    } extensions[LOG_EXTENSIONS]; // all visited so far; the last is the one being read
    uint32_t extension_count;
    uint64_t next_sector; // of the current extension, counted from its start: what is read after `at`
    const uint8_t *at; // unread bytes
    uint32_t left;
    uint64_t record_left; // bytes of the current record still to come, in this part and later ones
    uint64_t part_left; // … in this part
};

/// Starts at sector 0 of `volume`.
fault_t log_open(struct tfs_log *log, struct volume *volume);

/// Goes to the next record, which must have been read whole. *found is false at the end of the log.
fault_t log_next_record(struct tfs_log *log, bool *found);

/// The next byte of the current record.
fault_t log_byte(struct tfs_log *log, uint8_t *byte);

/// A varint of the current record.
fault_t log_varint(struct tfs_log *log, uint64_t *number);
