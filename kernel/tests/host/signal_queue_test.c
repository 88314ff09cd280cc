// Signals that wait: which is taken next, what is queued and what is not, and entries that are lent.

#include "tap.h"
#include "proc/signal_queue.h"
#include <string.h>

enum { SIGNAL_A = 10, SIGNAL_B = 12, FAULT = 11, REAL_TIME = 40 };
#define ALL UINT64_MAX

static struct signal_queue q;

static int add(int number, uint64_t value) {
    return signal_queue_add(&q, &(struct signal_info){.number = number, .sender.value = value});
}

/// The number of the next signal, its value in `*value`; 0 if there is none.
static int take(uint64_t wanted, uint64_t *value) {
    struct signal_info info = {0};
    bool taken = signal_queue_take(&q, wanted, &info);
    *value = info.sender.value;
    return taken ? info.number : 0;
}

static void test_order(void) {
    uint64_t value;
    signal_queue_init(&q);
    add(REAL_TIME, 1);
    add(SIGNAL_B, 2);
    add(SIGNAL_A, 3);
    add(FAULT, 4);
    ok(take(ALL, &value) == FAULT && value == 4, "a fault is taken before all others");
    ok(take(ALL & ~signal_bit(SIGNAL_A), &value) == SIGNAL_B && value == 2, "what is not wanted is left where it is");
    ok(take(ALL, &value) == SIGNAL_A && take(ALL, &value) == REAL_TIME, "then they are taken by number");
    ok(take(ALL, &value) == 0 && q.pending == 0 && q.count == 0, "an empty queue gives nothing");
}

static void test_queueing(void) {
    uint64_t value;
    signal_queue_init(&q);
    add(SIGNAL_A, 1);
    add(SIGNAL_A, 2);
    ok(take(ALL, &value) == SIGNAL_A && value == 1 && take(ALL, &value) == 0,
       "a signal that is pending stays as it was");
    for (uint64_t i = 0; i < 3; i++) add(REAL_TIME, i);
    bool by_age = true;
    for (uint64_t i = 0; i < 3; i++) by_age &= take(ALL, &value) == REAL_TIME && value == i;
    ok(by_age && q.pending == 0, "real-time signals are queued, each with its value");

    int result = 0;
    unsigned queued = 0;
    while (queued < SIGNALS_QUEUED_MOST + 10 && (result = add(REAL_TIME, 0)) == 0) queued++;
    ok(queued == SIGNALS_QUEUED_MOST && result < 0, "there is a limit to what is queued");
    ok(add(SIGNAL_A, 7) == 0 && take(signal_bit(SIGNAL_A), &value) == SIGNAL_A && value == 0,
       "beyond it other signals come without their details");
    signal_queue_discard(&q, signal_bit(REAL_TIME));
    ok(q.pending == 0 && q.count == 0, "signals can be forgotten");
}

static void test_lending(void) {
    uint64_t value;
    struct signal_entry mine = {.info = {.number = REAL_TIME, .sender.value = 5}};
    signal_queue_init(&q);
    signal_queue_lend(&q, &mine);
    ok(mine.queue == &q && take(ALL, &value) == REAL_TIME && value == 5 && !mine.queue,
       "a lent entry is given back when it is taken");
    signal_queue_lend(&q, &mine);
    add(REAL_TIME, 6);
    signal_queue_recall(&mine);
    ok(!mine.queue && q.pending && take(ALL, &value) == REAL_TIME && value == 6,
       "one that is recalled leaves the others");
    signal_queue_lend(&q, &mine);
    signal_queue_recall(&mine);
    signal_queue_recall(&mine);
    ok(q.pending == 0 && q.count == 0, "recalling one that is in no queue does nothing");
    signal_queue_lend(&q, &mine);
    signal_queue_discard(&q, ALL);
    ok(!mine.queue, "forgetting signals gives lent entries back");
}

static void test_spreading(void) {
    uint8_t whole[SIGNAL_INFO_BYTES];
    int32_t number, code;
    memset(whole, 0xff, sizeof whole);
    signal_info_spread(&(struct signal_info){.number = FAULT, .code = 2, .address = 0x1000}, whole);
    memcpy(&number, whole, 4);
    memcpy(&code, whole + 8, 4);
    bool clean = true;
    for (unsigned i = sizeof(struct signal_info); i < sizeof whole; i++) clean &= whole[i] == 0;
    ok(number == FAULT && code == 2 && whole[17] == 0x10 && clean,
       "a handler is told number, code and address, and nothing else");
}

int main(void) {
    test_order();
    test_queueing();
    test_lending();
    test_spreading();
    return done();
}
