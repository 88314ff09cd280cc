// Futexes.
#include "proc/futex.h"

#include "lib/errno.h"
#include "vm/space.h"
#include "proc/futex_table.h"
#include "proc/futex_word.h"
#include "sched/wait.h"

/// A waiter in the table and what it sleeps on.
struct sleeper {
    struct futex_waiter waiter;
    struct wait_queue queue;
};

static struct futex_table table;

void futex_init(void) { futex_table_init(&table); }

static struct futex_key key_of(user_ptr_t at, bool shared) {
    struct futex_key key = {.offset = at};
    if (shared) space_identify(at, &key.object, &key.offset);
    return key;
}

static long sleep_on(struct waiter *w, struct futex_limit limit) {
    return limit.is_date ? wait_sleep_to_date(w, limit.ns) : wait_sleep(w, limit.ns);
}

long futex_wait(user_ptr_t at, bool shared, uint32_t expected, uint32_t bits, struct futex_limit limit) {
    struct sleeper self = {.waiter = {.key = key_of(at, shared), .bits = bits}};
    struct waiter w;
    uint32_t value;
    wait_queue_init(&self.queue);
    wait_begin(&self.queue, &w);
    futex_table_add(&table, &self.waiter);
    long result = copy_from_user(&value, at, sizeof value);
    if (result == 0 && value != expected) result = -EAGAIN;
    while (result == 0 && !self.waiter.woken) result = sleep_on(&w, limit);
    if (self.waiter.woken) result = 0;
    else futex_table_remove(&self.waiter);
    wait_end(&w);
    return result;
}

static uint64_t wake(const struct futex_key *key, uint64_t most, uint32_t bits) {
    uint64_t woken = 0;
    while (woken < most) {
        struct futex_waiter *w = futex_table_take(&table, key, bits);
        if (!w) break;
        wake_one(&container_of(w, struct sleeper, waiter)->queue);
        woken++;
    }
    return woken;
}

long futex_wake(user_ptr_t at, bool shared, uint64_t most, uint32_t bits) {
    struct futex_key key = key_of(at, shared);
    return (long)wake(&key, most, bits);
}

long futex_requeue(user_ptr_t from, user_ptr_t to, bool shared, uint64_t most, uint64_t most_moved) {
    struct futex_key source = key_of(from, shared), target = key_of(to, shared);
    uint64_t woken = wake(&source, most, FUTEX_ANY);
    unsigned limit = most_moved < UINT32_MAX ? (unsigned)most_moved : UINT32_MAX;
    return (long)(woken + futex_table_move(&table, &source, &target, limit));
}

enum { OP_SET, OP_ADD, OP_OR, OP_AND_NOT, OP_XOR, OP_SHIFT = 8 };
enum { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE };

/// What a word becomes. False for an operation that does not exist.
static bool change(uint32_t operation, uint32_t argument, uint32_t old, uint32_t *changed) {
    if (operation & OP_SHIFT) argument = 1u << (argument & 31);
    switch (operation & ~(uint32_t)OP_SHIFT) {
    case OP_SET: *changed = argument; return true;
    case OP_ADD: *changed = old + argument; return true;
    case OP_OR: *changed = old | argument; return true;
    case OP_AND_NOT: *changed = old & ~argument; return true;
    case OP_XOR: *changed = old ^ argument; return true;
    default: return false;
    }
}

static bool compares(uint32_t how, int32_t old, int32_t with) {
    switch (how) {
    case COMPARE_EQ: return old == with;
    case COMPARE_NE: return old != with;
    case COMPARE_LT: return old < with;
    case COMPARE_LE: return old <= with;
    case COMPARE_GT: return old > with;
    default: return old >= with;
    }
}

/// Twelve bits as a signed number.
static int32_t signed_12(uint32_t bits) { return (int32_t)(bits << 20) >> 20; }

long futex_wake_after(user_ptr_t first, user_ptr_t second, bool shared, uint64_t most, uint64_t most_second,
                      uint32_t operation) {
    uint32_t how = operation >> 28, comparison = operation >> 24 & 15, old, changed, found;
    uint32_t argument = (uint32_t)signed_12(operation >> 12 & 0xfff);
    if (comparison > COMPARE_GE) return -ENOSYS;
    if (copy_from_user(&old, second, sizeof old) != 0) return -EFAULT;
    for (;; old = found) {
        if (!change(how, argument, old, &changed)) return -ENOSYS;
        if (user_exchange(second, old, changed, &found) != 0) return -EFAULT;
        if (found == old) break;
    }
    long woken = futex_wake(first, shared, most, FUTEX_ANY);
    if (compares(comparison, (int32_t)old, signed_12(operation & 0xfff))) {
        woken += futex_wake(second, shared, most_second, FUTEX_ANY);
    }
    return woken;
}

/// As the C libraries' struct robust_list_head. Addresses may have bit 0 set: then the lock inherits priorities.
struct robust_head {
    uint64_t first;
    int64_t word_offset;
    uint64_t pending; // a lock that is being taken or given back
};

enum { ROBUST_MOST = 2048 };

static void release(user_ptr_t word, uint32_t id, bool is_pending) {
    uint32_t value, found;
    if (word % sizeof value != 0 || copy_from_user(&value, word, sizeof value) != 0) return;
    // It was given back, but the thread ended before it could wake the next.
    if (is_pending && value == 0) futex_wake(word, true, 1, FUTEX_ANY);
    for (;; value = found) {
        if ((value & FUTEX_OWNER) != id) return;
        if (user_exchange(word, value, (value & FUTEX_HAS_WAITERS) | FUTEX_OWNER_DIED, &found) != 0) return;
        if (found == value) break;
    }
    if (value & FUTEX_HAS_WAITERS) futex_wake(word, true, 1, FUTEX_ANY);
}

void futex_release_robust(user_ptr_t head, uint32_t id) {
    struct robust_head list;
    if (!head || copy_from_user(&list, head, sizeof list) != 0) return;
    uint64_t entry = list.first & ~1ull, pending = list.pending & ~1ull;
    for (unsigned i = 0; i < ROBUST_MOST && entry != head && entry; i++) {
        uint64_t next;
        long result = copy_from_user(&next, entry, sizeof next);
        if (entry != pending) release(entry + (uint64_t)list.word_offset, id, false);
        if (result != 0) return;
        entry = next & ~1ull;
    }
    if (pending) release(pending + (uint64_t)list.word_offset, id, true);
}
