// Signals that have been sent and not yet been taken: of one thread, or of the program. Pure.
#pragma once

#include "lib/list.h"
#include <stdint.h>

/// What a handler is told of a signal, as the beginning of siginfo_t; the rest of that is zero.
struct signal_info {
    int32_t number, error, code, padding;
    union {
        struct {
            int32_t process;
            uint32_t user;
            uint64_t value;
        } sender;
        struct {
            int32_t id, overrun;
            uint64_t value;
        } timer;
        uint64_t address; // of a fault
        uint64_t words[4];
    };
};
_Static_assert(sizeof(struct signal_info) == 48, "the C libraries' layout");

/// One signal in a queue. A timer has its own, which is lent to the queue; others are the queue's.
struct signal_entry {
    struct list node;
    struct signal_queue *queue; // where it is; null: nowhere
    struct signal_info info;
    bool lent;
};

struct signal_queue {
    uint64_t pending; // bit n - 1 of signal n
    struct list entries;
    unsigned count;
};

enum { SIGNAL_FIRST_REAL_TIME = 32, SIGNALS_QUEUED_MOST = 8192, SIGNAL_INFO_BYTES = 128 };

static inline uint64_t signal_bit(int number) { return 1ull << (number - 1); }

/// The whole siginfo_t.
void signal_info_spread(const struct signal_info *info, uint8_t whole[SIGNAL_INFO_BYTES]);

void signal_queue_init(struct signal_queue *q);
/// Adds a signal. One below SIGNAL_FIRST_REAL_TIME that is pending already stays as it was. 0, or -EAGAIN when too many
/// are queued; without memory a signal below SIGNAL_FIRST_REAL_TIME comes without its details.
int signal_queue_add(struct signal_queue *q, const struct signal_info *info);
/// Adds an entry that the caller keeps; it must not be in a queue.
void signal_queue_lend(struct signal_queue *q, struct signal_entry *entry);
/// Takes a lent entry back out of its queue, if it is in one.
void signal_queue_recall(struct signal_entry *entry);
/// Takes the next of the signals in `wanted`: first those that stand for a fault, then by number, then by age.
bool signal_queue_take(struct signal_queue *q, uint64_t wanted, struct signal_info *info);
/// Forgets the signals in `numbers`.
void signal_queue_discard(struct signal_queue *q, uint64_t numbers);
