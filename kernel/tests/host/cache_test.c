// The page cache: what goes to the disk while the program goes on writing, and what its file system has promised to
// pages.

#include "arch/paging.h"
#include "fs/cache.h"
#include "fs/writeback.h"
#include "lib/errno.h"
#include "mem/phys.h"
#include "mem/reclaim.h"
#include "fs/file_mappings.h"
#include "tap.h"
#include "sched/thread.h"
#include "threads_on_host.h"
#include <stdlib.h>
#include <string.h>

enum { PAGES = 600, MEMORY = 1024, PROMISED = 8 };

char *physical_memory;

/// What the program has mapped, and what the disk has.
static bool may_write[PAGES];
static uint8_t on_disk[PAGES];
static uint64_t promised;
static long written_meanwhile; // the page that the program writes to while pages are stored; -1: none
static struct inode file;
static unsigned references[MEMORY];

uint64_t phys_total_pages(void) { return MEMORY; }
void phys_ref(uint64_t pa) { references[pa / PAGE_SIZE]++; }
void phys_unref(uint64_t pa) { references[pa / PAGE_SIZE]--; }
unsigned phys_refs(uint64_t pa) { return references[pa / PAGE_SIZE]; }
void reclaim_set_source(uint64_t (*evict)(uint64_t want)) { (void)evict; }
void inode_drop(struct inode *inode) { (void)inode; }

uint64_t reclaim_page(bool zeroed) {
    for (uint64_t i = 1; i < MEMORY; i++) {
        if (references[i] > 0) continue;
        references[i] = 1;
        if (zeroed) memset(phys_to_virt(i * PAGE_SIZE), 0, PAGE_SIZE);
        return i * PAGE_SIZE;
    }
    return 0;
}

void space_protect_file(const struct inode *inode, uint64_t from, uint64_t end) {
    (void)inode;
    for (uint64_t i = from; i < end && i < PAGES; i++) may_write[i] = false;
}

/// The pieces of a read or write are the test's own memory.
long copy_to_user(user_ptr_t to, const void *from, size_t n) { return memcpy((void *)to, from, n) ? 0 : -EFAULT; }
long copy_from_user(void *to, user_ptr_t from, size_t n) { return memcpy(to, (const void *)from, n) ? 0 : -EFAULT; }
long clear_user(user_ptr_t to, size_t n) { return memset((void *)to, 0, n) ? 0 : -EFAULT; }

static uint8_t *content(uint64_t index) {
    uint64_t pa;
    if (!cache_peek(&file, index, &pa)) return NULL;
    phys_unref(pa);
    return phys_to_virt(pa);
}

/// The program writes to its mapping: with a page fault where it may not do so at once.
static void write_mapped(uint64_t index, uint8_t byte) {
    if (!may_write[index] && cache_dirty(&file, index) == 0) may_write[index] = true;
    *content(index) = byte;
}

static long promise(struct inode *inode, uint64_t index) {
    (void)inode;
    (void)index;
    thread_yield();
    promised += PROMISED;
    return PROMISED;
}

static void unpromise(struct inode *inode, uint64_t sectors) {
    (void)inode;
    promised -= sectors;
}

static int store(struct inode *inode, uint64_t first, const uint64_t *pages, size_t count) {
    (void)inode;
    for (size_t i = 0; i < count; i++) on_disk[first + i] = *(uint8_t *)phys_to_virt(pages[i]);
    if (written_meanwhile >= 0) write_mapped((uint64_t)written_meanwhile, 2);
    return 0;
}

static const struct inode_operations operations = {.promise = promise, .unpromise = unpromise, .store = store};

static void begin(void) {
    memset(may_write, 0, sizeof may_write);
    memset(on_disk, 0, sizeof on_disk);
    written_meanwhile = -1;
    file = (struct inode){.operations = &operations, .size = PAGES * PAGE_SIZE, .refs = 1};
    mutex_init(&file.lock);
    list_init(&file.dirty_node);
    for (uint64_t i = 0; i < PAGES; i++) {
        uint64_t pa;
        if (cache_page(&file, i, &pa) == 0) phys_unref(pa);
    }
}

static void end(void) {
    cache_discard(&file, 0, UINT64_MAX);
    ok(promised == 0 && cache_pages() == 0, "  and nothing is left behind");
}

static bool is_sound(void) {
    bool sound = true;
    for (uint64_t i = 0; i < PAGES; i++) sound &= on_disk[i] == *content(i);
    return sound;
}

static void mappings(void) {
    for (written_meanwhile = 0; written_meanwhile < PAGES; written_meanwhile += 299) {
        long page = written_meanwhile;
        begin();
        for (uint64_t i = 0; i < PAGES; i++) write_mapped(i, 1);
        written_meanwhile = page;
        writeback_inode(&file);
        written_meanwhile = -1;
        // What was written meanwhile, and what is written now, goes to the disk with the next store at the latest.
        write_mapped((uint64_t)page, 3);
        writeback_inode(&file);
        ok(is_sound(), "a page that is written through a mapping while its file is stored is stored again");
        written_meanwhile = page;
        end();
    }
}

static void make_dirty(void *unused) {
    (void)unused;
    cache_dirty(&file, 7);
}

static void promises(void) {
    begin();
    thread_create("first", make_dirty, NULL);
    thread_create("second", make_dirty, NULL);
    host_join();
    ok(promised == PROMISED, "a page that two threads make dirty at once has one promise");
    writeback_inode(&file);
    ok(promised == 0, "  which is taken back when it is stored");
    end();
}

int main(void) {
    physical_memory = calloc(MEMORY, PAGE_SIZE);
    mappings();
    promises();
    free(physical_memory);
    return done();
}
