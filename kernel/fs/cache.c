// The page cache.
//
// One lock guards the trees of all inodes and the list of pages by age; it is never held while a file system reads.
// A page that is being read is in its tree already, marked, so that others wait for it instead of reading it again.

#include "fs/cache.h"
#include "arch/paging.h"
#include "lib/errno.h"
#include "lib/refs.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "mem/phys.h"
#include "mem/reclaim.h"
#include "fs/file_mappings.h"

/// Pages that one read fetches: windows of 128 KiB.
enum { WINDOW = 32 };

struct cached_page {
    struct list age; // newest first; of pages that are not being read
    struct inode *inode;
    uint64_t index, pa;
    uint64_t promised; // of a dirty page: what its file system keeps for it
    bool filling, dirty;
};

static struct mutex lock;
static struct list by_age;
static struct wait_queue filled;
static struct list dirty_inodes; // the one that has waited longest first
static uint64_t page_count, dirty_count, volatile_count;

/// The first call comes before there is a second thread.
static void lock_cache(void) {
    static bool ready;
    if (!ready) {
        mutex_init(&lock);
        list_init(&by_age);
        list_init(&dirty_inodes);
        wait_queue_init(&filled);
        reclaim_set_source(cache_evict);
        ready = true;
    }
    mutex_lock(&lock);
}

static void unlock_cache(void) { mutex_unlock(&lock); }

/// The page is not dirty any more. What was promised to it is the caller's.
static uint64_t unmark(struct cached_page *p) {
    struct inode *inode = p->inode;
    uint64_t promised = p->promised;
    if (!p->dirty) return 0;
    radix_remove(&inode->dirty, p->index);
    p->dirty = false;
    p->promised = 0;
    dirty_count--;
    if (--inode->dirty_count == 0) list_remove(&inode->dirty_node);
    return promised;
}

static int mark(struct cached_page *p, uint64_t promised) {
    struct inode *inode = p->inode;
    int result = radix_set(&inode->dirty, p->index, p);
    if (result != 0) return result;
    p->dirty = true;
    p->promised = promised;
    dirty_count++;
    if (inode->dirty_count++ == 0) list_push_back(&dirty_inodes, &inode->dirty_node);
    return 0;
}

static void remove_page(struct cached_page *p) {
    struct inode *inode = p->inode;
    uint64_t promised = unmark(p);
    if (promised) inode->operations->unpromise(inode, promised);
    radix_remove(&inode->pages, p->index);
    list_remove(&p->age);
    phys_unref(p->pa);
    page_count--;
    inode->page_count--;
    if (inode->volatile_content) inode->filesystem->pages--;
    volatile_count -= inode->volatile_content;
    kfree(p);
}

/// A marked page in the tree, to be filled. Null without memory. The lock is held, and let go while memory is looked
/// for.
static struct cached_page *add_page(struct inode *inode, uint64_t index) {
    unlock_cache();
    struct cached_page *p = kzalloc(sizeof *p);
    uint64_t pa = p ? reclaim_page(false) : 0;
    lock_cache();
    if (pa == 0 || radix_get(&inode->pages, index) || radix_set(&inode->pages, index, p) != 0) {
        if (pa != 0) phys_unref(pa);
        kfree(p);
        return NULL;
    }
    *p = (struct cached_page){.inode = inode, .index = index, .pa = pa, .filling = true};
    list_init(&p->age);
    page_count++;
    inode->page_count++;
    if (inode->volatile_content) inode->filesystem->pages++;
    volatile_count += inode->volatile_content;
    return p;
}

/// Whether a file system in memory has as many pages as it may.
static bool is_full(const struct inode *inode) {
    const struct filesystem *fs = inode->filesystem;
    return inode->volatile_content && fs->blocks != 0 && fs->pages >= fs->blocks;
}

/// A run of marked pages: `slots[first]` up to `slots[last]` of the window that begins at page `window`.
struct run {
    struct cached_page *slots[WINDOW];
    uint64_t window;
    unsigned first, last;
};

/// Adds the page `index` and as many absent neighbours in its window as memory allows. The lock is held.
static int collect(struct inode *inode, uint64_t index, struct run *run) {
    uint64_t end = (inode->size + PAGE_SIZE - 1) / PAGE_SIZE;
    run->window = index & ~(uint64_t)(WINDOW - 1);
    run->first = run->last = (unsigned)(index - run->window);
    if (is_full(inode)) return -ENOSPC;
    run->slots[run->first] = add_page(inode, index);
    if (!run->slots[run->first]) return -ENOMEM;
    if (inode->volatile_content) return 0;
    while (run->first > 0) {
        struct cached_page *p = add_page(inode, run->window + run->first - 1);
        if (!p) break;
        run->slots[--run->first] = p;
    }
    while (run->last + 1 < WINDOW && run->window + run->last + 1 < end) {
        struct cached_page *p = add_page(inode, run->window + run->last + 1);
        if (!p) break;
        run->slots[++run->last] = p;
    }
    return 0;
}

static int fill_run(struct inode *inode, struct run *run) {
    uint64_t pages[WINDOW];
    size_t n = 0;
    for (unsigned i = run->first; i <= run->last; i++) pages[n++] = run->slots[i]->pa;
    if (inode->operations->fill) return inode->operations->fill(inode, run->window + run->first, pages, n);
    for (size_t i = 0; i < n; i++) memset(phys_to_virt(pages[i]), 0, PAGE_SIZE);
    return 0;
}

/// Reads the page `index` and its neighbours. The lock is held, and let go while the file system reads.
static int read_run(struct inode *inode, uint64_t index) {
    struct run run;
    int result = collect(inode, index, &run);
    // Another thread may have brought the page while memory was looked for.
    if (result != 0) return radix_get(&inode->pages, index) ? 0 : result;
    unlock_cache();
    result = fill_run(inode, &run);
    lock_cache();
    for (unsigned i = run.first; i <= run.last; i++) {
        struct cached_page *p = run.slots[i];
        p->filling = false;
        list_push_front(&by_age, &p->age);
        if (result != 0) remove_page(p);
    }
    wake_all(&filled);
    return result;
}

static void wait_filled(struct inode *inode, uint64_t index) {
    struct waiter w;
    wait_begin(&filled, &w);
    struct cached_page *p = radix_get(&inode->pages, index);
    if (p && p->filling) {
        unlock_cache();
        wait_sleep_uninterrupted(&w, WAIT_FOREVER);
        lock_cache();
    }
    wait_end(&w);
}

int cache_page(struct inode *inode, uint64_t index, uint64_t *page) {
    int result = 0;
    lock_cache();
    for (;;) {
        struct cached_page *p = radix_get(&inode->pages, index);
        if (p && !p->filling) {
            list_remove(&p->age);
            list_push_front(&by_age, &p->age);
            phys_ref(p->pa);
            *page = p->pa;
            break;
        }
        if (p) wait_filled(inode, index);
        else if ((result = read_run(inode, index)) != 0) break;
    }
    unlock_cache();
    return result;
}

bool cache_peek(struct inode *inode, uint64_t index, uint64_t *page) {
    lock_cache();
    const struct cached_page *p = radix_get(&inode->pages, index);
    bool there = p && !p->filling;
    if (there) {
        phys_ref(p->pa);
        *page = p->pa;
    }
    unlock_cache();
    return there;
}

long cache_read(struct inode *inode, uint64_t position, struct io *io) {
    uint64_t before = io->left;
    long result = 0;
    while (io->left > 0 && position < inode->size && result == 0) {
        uint64_t page, inside = position % PAGE_SIZE, n = PAGE_SIZE - inside;
        if (n > inode->size - position) n = inode->size - position;
        if (n > io->left) n = io->left;
        position += n;
        // What lives in memory has no page where it has a hole, and gets none by being read.
        if (inode->volatile_content && !cache_peek(inode, (position - n) / PAGE_SIZE, &page)) {
            result = io_put_zeros(io, n);
            continue;
        }
        result = inode->volatile_content ? 0 : cache_page(inode, (position - n) / PAGE_SIZE, &page);
        if (result != 0) break;
        result = io_put(io, (const char *)phys_to_virt(page) + inside, n);
        phys_unref(page);
    }
    return before > io->left ? (long)(before - io->left) : result;
}

/// A page of zeros in place of content that need not be read, because all of it is about to be written or lies behind
/// the end. As cache_page; `*is_new` tells whether it was there before.
static int zero_page(struct inode *inode, uint64_t index, uint64_t *page, bool *is_new) {
    lock_cache();
    struct cached_page *p = radix_get(&inode->pages, index) || is_full(inode) ? NULL : add_page(inode, index);
    *is_new = p != NULL;
    if (p) {
        memset(phys_to_virt(p->pa), 0, PAGE_SIZE);
        p->filling = false;
        list_push_front(&by_age, &p->age);
        phys_ref(p->pa);
        *page = p->pa;
    }
    unlock_cache();
    return p ? 0 : cache_page(inode, index, page);
}

static void forget_page(struct inode *inode, uint64_t index) {
    lock_cache();
    struct cached_page *p = radix_get(&inode->pages, index);
    if (p && !p->filling && !p->dirty) remove_page(p);
    unlock_cache();
}

/// Brings a page in for a write of `n` bytes of it, and marks it dirty.
static int page_to_write(struct inode *inode, uint64_t index, uint64_t n, uint64_t *page) {
    bool is_new = false;
    bool needs_no_reading = n == PAGE_SIZE || index * PAGE_SIZE >= inode->size;
    int result = needs_no_reading ? zero_page(inode, index, page, &is_new) : cache_page(inode, index, page);
    if (result != 0) return result;
    result = cache_dirty(inode, index);
    if (result == 0) return 0;
    phys_unref(*page);
    if (is_new) forget_page(inode, index);
    return result;
}

long cache_write(struct inode *inode, uint64_t position, struct io *io) {
    uint64_t before = io->left;
    long result = position > inode->size && io->left > 0 ? cache_open_end(inode) : 0;
    while (io->left > 0 && result == 0) {
        uint64_t page, inside = position % PAGE_SIZE, n = PAGE_SIZE - inside, left = io->left;
        if (n > left) n = left;
        result = page_to_write(inode, position / PAGE_SIZE, n, &page);
        if (result != 0) break;
        result = io_take(io, (char *)phys_to_virt(page) + inside, n);
        phys_unref(page);
        position += left - io->left;
        if (position > inode->size) inode->size = position;
    }
    return before > io->left ? (long)(before - io->left) : result;
}

int cache_open_end(struct inode *inode) {
    uint64_t page, index = inode->size / PAGE_SIZE;
    if (inode->size % PAGE_SIZE == 0 || !inode->operations->store) return 0;
    int result = cache_page(inode, index, &page);
    if (result != 0) return result;
    result = cache_dirty(inode, index);
    phys_unref(page);
    return result;
}

int cache_dirty(struct inode *inode, uint64_t index) {
    if (!inode->operations->store) return 0;
    lock_cache();
    const struct cached_page *p = radix_get(&inode->pages, index);
    bool done = p && p->dirty;
    unlock_cache();
    if (done) return 0;
    long promised = inode->operations->promise(inode, index);
    if (promised < 0) return (int)promised;
    // The page stays where it is: the caller holds a reference to it, or a lock that keeps the content's length.
    lock_cache();
    struct cached_page *there = radix_get(&inode->pages, index);
    // Another thread may have marked it while the promise was waited for: then it has a promise of its own.
    bool is_ours = there && !there->filling && !there->dirty;
    int result = is_ours ? mark(there, (uint64_t)promised) : there && there->dirty ? 0 : -EIO;
    unlock_cache();
    if ((!is_ours || result != 0) && promised > 0) inode->operations->unpromise(inode, (uint64_t)promised);
    return result;
}

/// Pages that one request stores.
enum { STORE_MOST = 256 };

struct batch {
    uint64_t first, promised;
    size_t count;
    uint64_t pages[STORE_MOST];
};

/// Takes the next run of dirty pages; false if there is none before `end`. The lock is held.
static bool collect_dirty(struct inode *inode, uint64_t from, uint64_t end, struct batch *b) {
    uint64_t index = from;
    struct cached_page *p = radix_next(&inode->dirty, &index);
    b->first = index;
    b->promised = b->count = 0;
    while (p && p->index == b->first + b->count && p->index < end && b->count < STORE_MOST) {
        b->pages[b->count++] = p->pa;
        phys_ref(p->pa);
        b->promised += unmark(p);
        index = b->first + b->count;
        p = radix_get(&inode->dirty, index);
    }
    return b->count > 0;
}

/// The pages of a batch that could not be stored are dirty again.
static void return_batch(struct inode *inode, const struct batch *b) {
    uint64_t promised = b->promised;
    for (size_t i = 0; i < b->count; i++) {
        struct cached_page *p = radix_get(&inode->pages, b->first + i);
        if (p && !p->dirty && mark(p, promised) == 0) promised = 0;
    }
    if (promised) inode->operations->unpromise(inode, promised);
}

int cache_store(struct inode *inode, uint64_t first, uint64_t end) {
    struct batch *b = inode->dirty_count ? kmalloc(sizeof *b) : NULL;
    int result = 0;
    if (inode->dirty_count == 0) return 0;
    if (!b) return -ENOMEM;
    lock_cache();
    while (result == 0 && collect_dirty(inode, first, end, b)) {
        first = b->first + b->count;
        unlock_cache();
        // Only now that they are clean: a page that the program may still write to must be marked by its next write.
        space_protect_file(inode, b->first, first);
        result = inode->operations->store(inode, b->first, b->pages, b->count);
        for (size_t i = 0; i < b->count; i++) phys_unref(b->pages[i]);
        if (result == 0 && b->promised) inode->operations->unpromise(inode, b->promised);
        lock_cache();
        if (result != 0) return_batch(inode, b);
    }
    unlock_cache();
    kfree(b);
    return result;
}

uint64_t cache_dirty_pages(void) { return dirty_count; }

struct inode *cache_dirty_inode(void) {
    struct inode *found = NULL;
    lock_cache();
    for (struct list *at = dirty_inodes.next; !found && at != &dirty_inodes; at = at->next) {
        struct inode *inode = container_of(at, struct inode, dirty_node);
        if (refs_take_living(&inode->refs)) found = inode;
    }
    if (found) {
        // To the end: one that can't be stored does not stand before the others.
        list_remove(&found->dirty_node);
        list_push_back(&dirty_inodes, &found->dirty_node);
    }
    unlock_cache();
    return found;
}

void cache_discard(struct inode *inode, uint64_t from, uint64_t end) {
    if (!inode->pages.root) return;
    lock_cache();
    struct cached_page *p;
    for (uint64_t index = from; (p = radix_next(&inode->pages, &index)) && index < end;) {
        if (p->filling) wait_filled(inode, index);
        else remove_page(p);
    }
    unlock_cache();
}

bool cache_next_run(struct inode *inode, bool dirty, uint64_t from, uint64_t *first, uint64_t *end) {
    const struct radix *pages = dirty ? &inode->dirty : &inode->pages;
    lock_cache();
    *first = from;
    bool found = radix_next(pages, first) != NULL;
    for (*end = *first; found && radix_get(pages, *end); ++*end) {
    }
    unlock_cache();
    return found;
}

void cache_cut(struct inode *inode, uint64_t size) {
    uint64_t page;
    uint64_t inside = size % PAGE_SIZE;
    cache_discard(inode, (size + PAGE_SIZE - 1) / PAGE_SIZE, UINT64_MAX);
    if (inside == 0 || !radix_get(&inode->pages, size / PAGE_SIZE)) return;
    if (cache_page(inode, size / PAGE_SIZE, &page) != 0) return;
    memset((char *)phys_to_virt(page) + inside, 0, PAGE_SIZE - inside);
    phys_unref(page);
}

uint64_t cache_evict(uint64_t want) {
    uint64_t freed = 0;
    lock_cache();
    for (struct list *at = by_age.prev, *newer; at != &by_age && freed < want; at = newer) {
        newer = at->prev;
        struct cached_page *p = container_of(at, struct cached_page, age);
        if (p->inode->volatile_content || p->dirty || phys_refs(p->pa) > 1) continue;
        remove_page(p);
        freed++;
    }
    unlock_cache();
    return freed;
}

uint64_t cache_pages(void) { return page_count; }
uint64_t cache_volatile_pages(void) { return volatile_count; }
