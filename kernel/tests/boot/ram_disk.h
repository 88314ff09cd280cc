// A volume whose sectors are in memory, and the memory that a kernel is loaded into.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../../boot/disk/tfs_tree.h"

#define ARENA_BYTES (384 * 1024) // as in boot.ld

struct ram_disk {
    const uint8_t *bytes;
    uint64_t sectors;
    uint64_t unreadable; // a sector that gives an error, counted from 1; 0: none
    uint32_t requests;
};

/// A volume on `disk`. Each request is answered from a fresh block of its own size, so that a read past it is seen.
struct volume ram_volume(struct ram_disk *disk);

/// Finds `name` on the disk, as stage 2 does. The tree and its arena are static and good until the next call.
fault_t ram_find(struct volume *volume, const char *name, struct tfs_file *file);

/// Whether a fault is there and is this text.
bool is_fault(fault_t fault, const char *text);
