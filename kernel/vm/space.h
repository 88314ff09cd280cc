// The address space of the program: its areas and the pages behind them.
//
// Locking: space.lock covers the areas and the user half of the page table. It is taken inside page faults, so nobody
// touches user memory while holding it.
#pragma once

#include "vm/areas.h"
#include "sched/mutex.h"

struct file;

enum {
    MAP_SHARED = 1,
    MAP_PRIVATE = 2,
    MAP_SHARED_VALIDATE = 3,
    MAP_TYPE = 0xf,
    MAP_FIXED = 0x10,
    MAP_ANONYMOUS = 0x20,
    MAP_32BIT = 0x40,
    MAP_GROWS_DOWN = 0x100,
    MAP_NO_RESERVE = 0x4000,
    MAP_POPULATE = 0x8000,
    MAP_STACK = 0x20000,
    MAP_HUGE = 0x40000,
    MAP_FIXED_NO_REPLACE = 0x100000,
    MAP_KNOWN = 0x7c07f9f3, // that MAP_SHARED_VALIDATE takes
};

enum { STACK_SIZE = 8 << 20, STACK_GUARD = 1 << 20 };

struct space {
    struct mutex lock;
    struct areas areas;
    uint64_t heap_start, heap_end; // brk
    uint64_t map_low, map_high; // where mmap looks for room
    uint64_t stack_top;
    uint64_t resident; // pages
};

extern struct space space;

/// Lays out an empty space: stack and guard, room for mappings below them. `random`: addresses differ from run to run.
int space_init(bool random);

/// As mmap, after its arguments were checked: `file` is null for anonymous memory, `offset` page-aligned.
/// The address, or a negative errno.
long space_map(uint64_t hint, uint64_t length, unsigned prot, unsigned flags, struct file *file, uint64_t offset);
long space_unmap(uint64_t start, uint64_t length);
long space_protect(uint64_t start, uint64_t length, unsigned prot);
long space_remap(uint64_t start, uint64_t old_length, uint64_t new_length, unsigned flags, uint64_t new_start);
long space_advise(uint64_t start, uint64_t length, int advice);
/// Whether all of [start, end) is mapped to something.
bool space_covers(uint64_t start, uint64_t end);
/// As mlock: every page of the range is made to be there.
long space_lock(uint64_t start, uint64_t length);
/// As the system call brk: the new end, or the old one if that can't be.
uint64_t space_set_heap_end(uint64_t end);
/// Where the heap begins: behind the program's image.
void space_set_heap_start(uint64_t start);

enum space_fault {
    FAULT_RESOLVED,
    FAULT_UNMAPPED, // no area there
    FAULT_FORBIDDEN, // the area's protection
    FAULT_BEYOND, // behind the end of the mapped file, or it can't be read
    FAULT_NO_MEMORY,
};

/// Brings the page of `address` in, for an access of kind FAULT_READ, FAULT_WRITE or FAULT_EXEC.
enum space_fault space_resolve(uint64_t address, unsigned access);

/// For what is mapped shared from a file: which file that is (its inode), and where in it `address` lies. Else
/// `*object` and `*offset` stay as they are.
void space_identify(uint64_t address, const void **object, uint64_t *offset);

/// For space_*.c: removes the pages of [start, end) from the page table. The lock is held.
void space_drop_pages(uint64_t start, uint64_t end);
/// For space_*.c: how pages of an area are mapped.
unsigned space_page_prot(unsigned prot);
