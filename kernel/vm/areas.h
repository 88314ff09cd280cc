// The areas of an address space: which ranges are mapped, to what and how. Pure bookkeeping; pages are space.c's
// business.
//
// Areas lie in a sorted array: there are few hundreds of them, they are looked up at every fault and changed rarely.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// As in mmap's `prot`.
enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 };

enum area_flags {
    AREA_SHARED = 1, // changes reach the object
    AREA_HEAP = 2, // made by brk
    AREA_STACK = 4, // the first thread's stack
    AREA_GUARD = 8, // never mapped, never given away: the gap below the stack
    AREA_GROWS_DOWN = 16, // made longer by a fault below it
};

struct area {
    uint64_t start, end; // page-aligned
    void *object; // what is mapped; null for anonymous memory
    uint64_t offset; // of `start` within the object, in bytes
    uint8_t prot, flags;
};

struct areas {
    struct area *items;
    size_t count, capacity;
    /// Called when one more area, or one less, refers to an object.
    void (*retain)(void *object);
    void (*release)(void *object);
};

/// The area that holds `address`; null if there is none. Valid until the next change.
struct area *areas_find(const struct areas *s, uint64_t address);
/// The index of the first area that ends behind `address`.
size_t areas_from(const struct areas *s, uint64_t address);
/// Adds an area where nothing is mapped, joined with its neighbours where they are alike. 0 or -ENOMEM.
int areas_add(struct areas *s, const struct area *area);
/// Removes all areas, and parts of areas, in [start, end). 0, or -ENOMEM with nothing changed.
int areas_remove(struct areas *s, uint64_t start, uint64_t end);
/// Sets the protection in [start, end). 0, -ENOMEM.
int areas_protect(struct areas *s, uint64_t start, uint64_t end, unsigned prot);
/// Whether every address of [start, end) belongs to an area.
bool areas_cover(const struct areas *s, uint64_t start, uint64_t end);
/// The highest free range of `size` bytes in [low, high), its start in `*start`. 0 or -ENOMEM.
int areas_gap(const struct areas *s, uint64_t low, uint64_t high, uint64_t size, uint64_t *start);
