// Locks on files, as lists that hang on inodes.
//
// Locks of one owner do not overlap: a new one takes the place of what lies there. Nothing here sleeps while a list is
// changed.

#include "fs/locks.h"
#include "fs/inode.h"
#include "lib/errno.h"
#include "mem/heap.h"
#include "sched/wait.h"

/// Who waits for any lock to be given back.
static struct wait_queue waiting = {.waiters = {&waiting.waiters, &waiting.waiters}};

static bool overlaps(const struct lock_range *a, const struct lock_range *b) {
    return a->start <= b->end && b->start <= a->end;
}

static bool is_same_owner(const struct lock_range *a, const struct lock_range *b) {
    return a->owner == b->owner && a->whole_file == b->whole_file;
}

const struct lock_range *locks_find(const struct inode *inode, const struct lock_range *wanted) {
    const struct lock_range *first = NULL;
    for (const struct file_lock *l = inode->locks; l; l = l->next) {
        const struct lock_range *r = &l->range;
        if (r->whole_file != wanted->whole_file || !overlaps(r, wanted)) continue;
        bool own = r->owner == wanted->owner;
        bool in_the_way =
            wanted->type == LOCK_NONE ? own : !own && (r->type == LOCK_WRITE || wanted->type == LOCK_WRITE);
        if (in_the_way && (!first || r->start < first->start)) first = r;
    }
    return first;
}

/// Takes what an owner has out of [start, end]; what joins it and is of the same type becomes part of `*range`.
/// `*spare` is for what a lock in two parts needs.
static void make_room(struct inode *inode, struct lock_range *range, struct file_lock **spare) {
    const struct lock_range asked = *range;
    for (struct file_lock **at = &inode->locks; *at;) {
        struct file_lock *l = *at;
        struct lock_range *r = &l->range;
        bool joins = r->type == asked.type && r->start <= (asked.end == UINT64_MAX ? asked.end : asked.end + 1) &&
                     asked.start <= (r->end == UINT64_MAX ? r->end : r->end + 1);
        if (!is_same_owner(r, &asked) || (!joins && !overlaps(r, &asked))) {
            at = &l->next;
        } else if (!joins && r->start < asked.start) {
            if (r->end > asked.end) {
                struct file_lock *behind = *spare;
                *spare = NULL;
                *behind = (struct file_lock){.range = *r, .next = l->next};
                behind->range.start = asked.end + 1;
                l->next = behind;
            }
            r->end = asked.start - 1;
            at = &l->next;
        } else if (!joins && r->end > asked.end) {
            r->start = asked.end + 1;
            at = &l->next;
        } else {
            if (joins && r->start < range->start) range->start = r->start;
            if (joins && r->end > range->end) range->end = r->end;
            *at = l->next;
            kfree(l);
        }
    }
}

static long wait_for_any(void) {
    struct waiter w;
    wait_begin(&waiting, &w);
    long result = wait_sleep(&w, WAIT_FOREVER);
    wait_end(&w);
    return result;
}

long locks_set(struct inode *inode, const struct lock_range *wanted, bool waits) {
    struct file_lock *made = kmalloc(sizeof *made), *spare = kmalloc(sizeof *spare);
    long result = made && spare ? 0 : -ENOLCK;
    struct lock_range none = *wanted;
    none.type = LOCK_NONE;
    // flock gives back what there was before it asks for another.
    if (result == 0 && wanted->whole_file) {
        const struct lock_range *had = locks_find(inode, &none);
        if (had && had->type != wanted->type) locks_release(inode, wanted->owner);
    }
    while (result == 0 && wanted->type != LOCK_NONE && locks_find(inode, wanted))
        result = waits ? wait_for_any() : -EAGAIN;
    if (result == 0) {
        struct lock_range range = *wanted;
        make_room(inode, &range, &spare);
        if (wanted->type != LOCK_NONE) {
            *made = (struct file_lock){.range = range, .next = inode->locks};
            inode->locks = made;
            made = NULL;
        }
        wake_all(&waiting);
    }
    kfree(made);
    kfree(spare);
    return result;
}

void locks_release(struct inode *inode, const void *owner) {
    bool some = false;
    for (struct file_lock **at = &inode->locks; *at;) {
        struct file_lock *l = *at;
        if (l->range.owner != owner) {
            at = &l->next;
            continue;
        }
        *at = l->next;
        kfree(l);
        some = true;
    }
    if (some) wake_all(&waiting);
}
