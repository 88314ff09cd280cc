// Signals that have been sent and not yet been taken. There are few at a time, so one list in order of age will do.
#include "proc/signal_queue.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

/// SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS.
enum { FAULTS = 1 << 3 | 1 << 4 | 1 << 6 | 1 << 7 | 1 << 10 | 1 << 30 };

void signal_info_spread(const struct signal_info *info, uint8_t whole[SIGNAL_INFO_BYTES]) {
    memset(whole, 0, SIGNAL_INFO_BYTES);
    memcpy(whole, info, sizeof *info);
}

void signal_queue_init(struct signal_queue *q) {
    q->pending = 0;
    q->count = 0;
    list_init(&q->entries);
}

static struct signal_entry *entry_of(struct list *node) { return container_of(node, struct signal_entry, node); }

static void link_entry(struct signal_queue *q, struct signal_entry *entry) {
    entry->queue = q;
    list_push_back(&q->entries, &entry->node);
    q->pending |= signal_bit(entry->info.number);
    q->count++;
}

static void unlink_entry(struct signal_queue *q, struct signal_entry *entry) {
    list_remove(&entry->node);
    entry->queue = NULL;
    q->count--;
    if (!entry->lent) kfree(entry);
}

static struct signal_entry *find(struct signal_queue *q, int number) {
    for (struct list *node = q->entries.next; node != &q->entries; node = node->next) {
        if (entry_of(node)->info.number == number) return entry_of(node);
    }
    return NULL;
}

int signal_queue_add(struct signal_queue *q, const struct signal_info *info) {
    bool queues = info->number >= SIGNAL_FIRST_REAL_TIME;
    if (!queues && (q->pending & signal_bit(info->number))) return 0;
    struct signal_entry *entry = q->count < SIGNALS_QUEUED_MOST ? kmalloc(sizeof *entry) : NULL;
    if (!entry) {
        if (queues) return -EAGAIN;
        q->pending |= signal_bit(info->number);
        return 0;
    }
    entry->info = *info;
    entry->lent = false;
    link_entry(q, entry);
    return 0;
}

void signal_queue_lend(struct signal_queue *q, struct signal_entry *entry) {
    entry->lent = true;
    link_entry(q, entry);
}

void signal_queue_recall(struct signal_entry *entry) {
    struct signal_queue *q = entry->queue;
    if (!q) return;
    unlink_entry(q, entry);
    if (!find(q, entry->info.number)) q->pending &= ~signal_bit(entry->info.number);
}

bool signal_queue_take(struct signal_queue *q, uint64_t wanted, struct signal_info *info) {
    uint64_t there = q->pending & wanted;
    if (there == 0) return false;
    if (there & FAULTS) there &= FAULTS;
    int number = __builtin_ctzll(there) + 1;
    struct signal_entry *entry = find(q, number);
    *info = entry ? entry->info : (struct signal_info){.number = number};
    if (entry) unlink_entry(q, entry);
    if (!find(q, number)) q->pending &= ~signal_bit(number);
    return true;
}

void signal_queue_discard(struct signal_queue *q, uint64_t numbers) {
    for (struct list *node = q->entries.next, *next; node != &q->entries; node = next) {
        next = node->next;
        if (numbers & signal_bit(entry_of(node)->info.number)) unlink_entry(q, entry_of(node));
    }
    q->pending &= ~numbers;
}
