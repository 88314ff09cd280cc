// epoll: level, edge and one-shot, epolls in epolls, circles refused, and who is woken.

#include "arch/clock.h"
#include "fs/epoll.h"
#include "fs/eventfd.h"
#include "fs/memory.h"
#include "fs/pipe.h"
#include "heap_on_host.h"
#include "lib/errno.h"
#include "open_file.h"
#include "random.h"
#include "tap.h"
#include "sched/ready_batch.h"
#include "sched/thread.h"
#include "sched/timer.h"
#include "threads_on_host.h"
#include <string.h>

#define EDGE (1u << 31)
#define ONE_SHOT (1u << 30)
#define MS 1000000ull

enum { MOST = 64, READY_IN = 1 | 0x40, READY_OUT = 4 | 0x100 };

static struct file *epoll, *reader, *writer;
static struct epoll_event events[MOST];
static char bytes[65536];

static int change(struct file *e, enum epoll_change how, int descriptor, struct file *file, uint32_t wanted) {
    const struct epoll_event event = {.events = wanted, .data = (uint64_t)descriptor};
    return epoll_change(e, how, descriptor, file, &event);
}

/// How many are ready now.
static long ready(struct file *e) { return epoll_wait(e, events, MOST, 0); }

static bool tells(long count, uint32_t what) { return count == 1 && events[0].events == what && events[0].data == 5; }

static void begin(uint32_t wanted) {
    epoll = epoll_make();
    pipe_make(OPEN_NONBLOCK, &reader, &writer);
    change(epoll, EPOLL_ADD, 5, reader, wanted);
}

static void end(void) {
    file_drop(reader);
    file_drop(writer);
    file_drop(epoll);
}

static void level(void) {
    begin(POLL_IN);
    ok(ready(epoll) == 0 && file_ready(epoll) == 0, "what is not ready is not told");
    file_put(writer, "ab", 2);
    ok(tells(ready(epoll), POLL_IN) && tells(ready(epoll), POLL_IN) && file_ready(epoll) == POLL_IN,
       "what is ready is told each time");
    file_get(reader, bytes, 2);
    ok(ready(epoll) == 0 && file_ready(epoll) == 0, "until it is not");
    file_drop(writer);
    ok(tells(ready(epoll), POLL_HANG_UP), "a hang-up is told to who did not ask for it");
    file_drop(reader);
    ok(ready(epoll) == 0, "a file that is closed is not watched any more");
    file_drop(epoll);
}

static void edge(void) {
    begin(READY_IN | EDGE);
    file_put(writer, "a", 1);
    ok(tells(ready(epoll), READY_IN) && ready(epoll) == 0, "with edges, what is ready is told once");
    file_put(writer, "b", 1);
    ok(tells(ready(epoll), READY_IN) && ready(epoll) == 0, "and again when more comes, also if nothing was read");
    file_get(reader, bytes, 1);
    ok(ready(epoll) == 0, "that something is left is no edge");
    change(epoll, EPOLL_MODIFY, 5, reader, READY_IN | EDGE);
    ok(tells(ready(epoll), READY_IN), "a change of the watch is one");
    end();
    epoll = epoll_make();
    pipe_make(OPEN_NONBLOCK, &reader, &writer);
    change(epoll, EPOLL_ADD, 5, writer, READY_OUT | EDGE);
    ok(tells(ready(epoll), READY_OUT) && ready(epoll) == 0, "what is ready when it is added is told");
    file_put(writer, bytes, sizeof bytes);
    bool full = ready(epoll) == 0;
    file_get(reader, bytes, 10000);
    ok(full && tells(ready(epoll), READY_OUT) && ready(epoll) == 0, "room again is an edge");
    end();
}

static void one_shot(void) {
    begin(POLL_IN | ONE_SHOT);
    file_put(writer, "a", 1);
    ok(tells(ready(epoll), POLL_IN) && ready(epoll) == 0, "a shot is told once");
    file_put(writer, "b", 1);
    ok(ready(epoll) == 0, "and nothing after it");
    change(epoll, EPOLL_MODIFY, 5, reader, POLL_IN | ONE_SHOT);
    ok(tells(ready(epoll), POLL_IN) && ready(epoll) == 0, "until it is set anew");
    file_drop(writer);
    ok(ready(epoll) == 0, "not even the end");
    file_drop(reader);
    file_drop(epoll);
}

static void refusals(void) {
    begin(POLL_IN);
    struct inode *inode = inode_make(&(struct inode_operations){0}, NULL, MODE_FILE);
    struct file *plain = file_make(NULL, inode, OPEN_READ);
    static const struct file_operations silent = {.kind = "silent"};
    plain->operations = &silent;
    ok(change(epoll, EPOLL_ADD, 5, reader, POLL_IN) == -EEXIST, "a file is watched once under a descriptor");
    ok(change(epoll, EPOLL_REMOVE, 6, reader, 0) == -ENOENT && change(epoll, EPOLL_MODIFY, 5, writer, 0) == -ENOENT,
       "what is not watched can't be changed");
    ok(change(epoll, EPOLL_ADD, 7, plain, POLL_IN) == -EPERM, "what is always ready is not watched");
    ok(change(epoll, EPOLL_ADD, 5, epoll, POLL_IN) == -EINVAL, "nor is the epoll by itself");
    ok(change(epoll, EPOLL_ADD, 9, reader, POLL_IN) == 0, "under another descriptor it is");
    file_put(writer, "a", 1);
    ok(ready(epoll) == 2 && events[0].data + events[1].data == 14, "and told for each");
    ok(change(epoll, EPOLL_REMOVE, 5, reader, 0) == 0 && ready(epoll) == 1 && events[0].data == 9,
       "one can be removed");
    inode_drop(inode);
    file_drop(plain);
    end();
}

static void in_turn(void) {
    enum { FILES = 10 };
    struct file *files[FILES];
    unsigned told[FILES] = {0};
    bool fair = true;
    epoll = epoll_make();
    for (int i = 0; i < FILES; i++) {
        files[i] = eventfd_make(1, false, 0);
        change(epoll, EPOLL_ADD, i, files[i], POLL_IN);
    }
    for (int round = 0; round < 30; round++) {
        fair &= epoll_wait(epoll, events, 3, 0) == 3;
        for (int i = 0; i < 3; i++) told[events[i].data]++;
    }
    for (int i = 0; i < FILES; i++) fair &= told[i] == 9;
    ok(fair, "where fewer are asked for than are ready, they come in turn");
    for (int i = 0; i < FILES; i++) file_drop(files[i]);
    file_drop(epoll);
}

static void nested(void) {
    begin(POLL_IN);
    struct file *outer = epoll_make(), *outermost = epoll_make();
    change(outer, EPOLL_ADD, 5, epoll, POLL_IN);
    change(outermost, EPOLL_ADD, 5, outer, POLL_IN | EDGE);
    ok(ready(outer) == 0 && ready(outermost) == 0, "an epoll with nothing ready is not ready");
    file_put(writer, "a", 1);
    ok(tells(ready(outermost), POLL_IN) && tells(ready(outer), POLL_IN) && tells(ready(epoll), POLL_IN),
       "one with something is");
    ok(ready(outermost) == 0, "with edges it is told once");
    file_get(reader, bytes, 1);
    ok(ready(outer) == 0, "and not when it is no more");
    file_put(writer, "a", 1);
    file_drop(epoll);
    ok(ready(outer) == 0 && file_ready(outermost) == 0, "an epoll that is closed is not watched any more");
    file_drop(reader);
    file_drop(writer);
    file_drop(outer);
    file_drop(outermost);
}

static void circles(void) {
    enum { CHAIN = 12 };
    struct file *chain[CHAIN];
    for (int i = 0; i < CHAIN; i++) chain[i] = epoll_make();
    ok(change(chain[0], EPOLL_ADD, 1, chain[1], POLL_IN) == 0 && change(chain[1], EPOLL_ADD, 2, chain[2], POLL_IN) == 0,
       "a chain can be made");
    ok(change(chain[1], EPOLL_ADD, 0, chain[0], POLL_IN) == -ELOOP &&
           change(chain[2], EPOLL_ADD, 0, chain[0], POLL_IN) == -ELOOP,
       "not a circle, however long");
    for (int i = 0; i < CHAIN; i++) file_drop(chain[i]);
    // An epoll that watches another is one level; five epolls in a row are allowed.
    int made = 0, made_down = 0;
    for (int i = 0; i < CHAIN; i++) chain[i] = epoll_make();
    while (made + 1 < CHAIN && change(chain[made + 1], EPOLL_ADD, 1, chain[made], POLL_IN) == 0) made++;
    for (int i = 0; i < CHAIN; i++) file_drop(chain[i]);
    for (int i = 0; i < CHAIN; i++) chain[i] = epoll_make();
    while (made_down + 1 < CHAIN && change(chain[made_down], EPOLL_ADD, 1, chain[made_down + 1], POLL_IN) == 0)
        made_down++;
    ok(made == 4 && made_down == 4, "a chain ends after five, from whichever end it is made");
    for (int i = 0; i < CHAIN; i++) file_drop(chain[i]);
    for (int i = 0; i < 6; i++) chain[i] = epoll_make();
    for (int i = 0; i < 2; i++) change(chain[i], EPOLL_ADD, 1, chain[i + 1], POLL_IN);
    for (int i = 3; i < 5; i++) change(chain[i], EPOLL_ADD, 1, chain[i + 1], POLL_IN);
    ok(change(chain[2], EPOLL_ADD, 2, chain[3], POLL_IN) == -ELOOP, "nor are two joined to one that is too long");
    for (int i = 0; i < 6; i++) file_drop(chain[i]);
}

static long result;

static void wait_for_any(void *unused) {
    (void)unused;
    result = epoll_wait(epoll, events, MOST, WAIT_FOREVER);
}

static void waiting(void) {
    begin(POLL_IN);
    uint64_t before = clock_ns();
    ok(epoll_wait(epoll, events, MOST, before + 7 * MS) == 0 && clock_ns() == before + 7 * MS,
       "a wait ends at its time");
    result = -1;
    thread_create("waiter", wait_for_any, NULL);
    host_settle();
    file_put(writer, "a", 1);
    host_join();
    ok(result == 1, "or when something becomes ready");
    file_get(reader, bytes, 1);
    thread_create("waiter", wait_for_any, NULL);
    host_settle();
    struct file *counter = eventfd_make(1, false, 0);
    change(epoll, EPOLL_ADD, 8, counter, POLL_IN);
    host_join();
    ok(result == 1 && events[0].data == 8, "also if it is added meanwhile");
    file_drop(counter);
    struct thread *sleeper = thread_create("waiter", wait_for_any, NULL);
    host_settle();
    thread_interrupt(sleeper);
    host_join();
    ok(result == -EINTR, "or when it is interrupted");
    end();
}

enum { COUNTERS = 20 };

/// Counters that change at random, watched in every way, against what a plain table says must be told.
static void anything(void) {
    struct file *files[COUNTERS] = {0};
    bool is_ready[COUNTERS] = {0}, is_new[COUNTERS] = {0}, is_watched[COUNTERS] = {0}, right = true;
    uint32_t how[COUNTERS] = {0};
    uint64_t n, told_in_all = 0;
    epoll = epoll_make();
    for (int round = 0; round < 40000 && right; round++) {
        unsigned i = (unsigned)random_below(COUNTERS);
        if (!files[i]) files[i] = eventfd_make(0, false, OPEN_NONBLOCK);
        switch (random_below(7)) {
        case 0: {
            uint32_t wanted = random_below(2) ? EDGE : random_below(2) ? ONE_SHOT : 0;
            right &= change(epoll, is_watched[i] ? EPOLL_MODIFY : EPOLL_ADD, (int)i, files[i], POLL_IN | wanted) == 0;
            how[i] = wanted;
            is_watched[i] = true;
            is_new[i] = is_ready[i];
            break;
        }
        case 1:
        case 2:
            n = 1;
            file_put(files[i], &n, sizeof n);
            is_ready[i] = true;
            is_new[i] |= is_watched[i] && how[i] != UINT32_MAX;
            break;
        case 3:
        case 4:
            file_get(files[i], &n, sizeof n);
            is_ready[i] = false;
            break;
        case 5:
            if (random_below(2)) {
                right &= change(epoll, EPOLL_REMOVE, (int)i, files[i], 0) == (is_watched[i] ? 0 : -ENOENT);
            } else {
                file_drop(files[i]);
                files[i] = NULL;
                is_ready[i] = false;
            }
            is_watched[i] = is_new[i] = false;
            break;
        default: {
            bool told[COUNTERS] = {0};
            long count = ready(epoll);
            for (long k = 0; k < count; k++) told[events[k].data] = true;
            told_in_all += (uint64_t)count;
            for (unsigned k = 0; k < COUNTERS; k++) {
                bool edge_or_shot = how[k] == EDGE || how[k] == ONE_SHOT, spent = how[k] == UINT32_MAX;
                bool must = is_watched[k] && is_ready[k] && !spent && (!edge_or_shot || is_new[k]);
                right &= told[k] == must;
                if (how[k] == ONE_SHOT && told[k]) how[k] = UINT32_MAX;
                is_new[k] = false;
            }
        }
        }
        // One shot that nobody has seen yet stays ready for as long as its counter is.
        for (unsigned k = 0; k < COUNTERS; k++) is_new[k] |= how[k] == ONE_SHOT && is_watched[k] && is_ready[k];
    }
    ok(right && told_in_all > 1000, "whatever happens to twenty counters, just what is due is told");
    for (int i = 0; i < COUNTERS; i++) file_drop(files[i]);
    file_drop(epoll);
}

static unsigned flushes;
static void flush(void) { flushes++; }

/// What a wait tells is what the thread has to do: sockets hold answers back as long as others will follow.
static void ready_batch(void) {
    struct file *others[2][2];
    begin(READY_IN);
    ready_batch_on_pause(flush);
    file_put(writer, "a", 1);
    ok(ready(epoll) == 1 && !ready_batch_take() && !ready_batch_take(), "after the only thing to do there is no other");
    for (int i = 0; i < 2; i++) {
        pipe_make(OPEN_NONBLOCK, &others[i][0], &others[i][1]);
        change(epoll, EPOLL_ADD, 6 + i, others[i][0], READY_IN);
        file_put(others[i][1], "a", 1);
    }
    ok(ready(epoll) == 3 && ready_batch_take() && ready_batch_take() && !ready_batch_take(),
       "of three things, the first two are not the last");
    ok(ready(epoll) == 3 && flushes == 0, "nothing goes out early while there is something to do");
    for (int i = 0; i < 2; i++) file_get(others[i][0], bytes, 1);
    file_get(reader, bytes, 1);
    ok(ready(epoll) == 0 && flushes == 1 && !ready_batch_take(), "with nothing to do, what was held back goes out");
    for (int i = 0; i < 2; i++) {
        file_drop(others[i][0]);
        file_drop(others[i][1]);
    }
    end();
    ready_batch_on_pause(NULL);
}

int main(void) {
    timers_init();
    level();
    edge();
    one_shot();
    refusals();
    in_turn();
    nested();
    circles();
    waiting();
    anything();
    ready_batch();
    ok(heap_blocks == 0, "nothing is left of them");
    return done();
}
