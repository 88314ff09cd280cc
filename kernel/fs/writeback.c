// The write-back thread, and what sync(2) does.

#include "fs/writeback.h"
#include "arch/clock.h"
#include "fs/cache.h"
#include "lib/errno.h"
#include "mem/phys.h"
#include "sched/thread.h"

#define DELAY_NS 1000000000ull

/// Of all memory: how much may be dirty before the thread begins, and before writers wait.
enum { BEGIN_PART = 16, WAIT_PART = 6, FILESYSTEMS = 8 };

static struct filesystem *filesystems[FILESYSTEMS];
static unsigned filesystem_count;
static struct wait_queue work;
static uint64_t expected_ns; // when the thread is to run; 0: there is nothing to do

static bool is_much(unsigned part) { return cache_dirty_pages() > phys_total_pages() / part; }

int writeback_inode(struct inode *inode) {
    mutex_lock(&inode->lock);
    int result = cache_store(inode, 0, UINT64_MAX);
    mutex_unlock(&inode->lock);
    return result;
}

/// Stores the inodes that are dirty now, each once.
static int store_all(void) {
    uint64_t left = cache_dirty_pages();
    int result = 0;
    while (left > 0) {
        struct inode *inode = cache_dirty_inode();
        if (!inode) break;
        uint64_t pages = inode->dirty_count;
        int stored = writeback_inode(inode);
        if (result == 0) result = stored;
        inode_drop(inode);
        left -= pages < left ? (pages ? pages : 1) : left;
    }
    return result;
}

int writeback_all(void) {
    expected_ns = 0;
    int result = store_all();
    for (unsigned i = 0; i < filesystem_count; i++) {
        int synced = filesystems[i]->sync(filesystems[i]);
        if (result == 0) result = synced;
    }
    return result;
}

void writeback_expect(void) {
    if (filesystem_count == 0) return;
    if (expected_ns == 0) {
        expected_ns = clock_ns() + DELAY_NS;
        wake_one(&work);
    } else if (is_much(BEGIN_PART)) {
        expected_ns = 1;
        wake_one(&work);
    }
}

void writeback_throttle(void) {
    if (filesystem_count > 0 && is_much(WAIT_PART)) (void)store_all();
}

static void run(void *unused) {
    (void)unused;
    for (;;) {
        struct waiter w;
        wait_begin(&work, &w);
        while (expected_ns == 0 || clock_ns() < expected_ns) {
            wait_sleep_uninterrupted(&w, expected_ns ? expected_ns : WAIT_FOREVER);
        }
        wait_end(&w);
        // What can't be written stays dirty, and is tried again with what comes next.
        (void)writeback_all();
    }
}

int writeback_start(struct filesystem *filesystem) {
    if (filesystem_count == FILESYSTEMS) return -ENOMEM;
    if (filesystem_count == 0) {
        wait_queue_init(&work);
        if (!thread_create("writeback", run, NULL)) return -ENOMEM;
    }
    filesystems[filesystem_count++] = filesystem;
    return 0;
}
