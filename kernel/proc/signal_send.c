// Sending signals: whom they go to, and whether they go anywhere at all.

#include "arch/cpu.h"
#include "lib/errno.h"
#include "proc/process.h"
#include "sched/thread.h"
#include "sched/wait.h"

static struct wait_queue arrivals = {{&arrivals.waiters, &arrivals.waiters}};

struct wait_queue *signal_arrivals(void) { return &arrivals; }

static struct task *task_of(struct list *node) { return container_of(node, struct task, node); }

static bool is_ignored(int number) {
    uint64_t handler = process.actions[number].handler;
    return handler == SIGNAL_IGNORE || (handler == SIGNAL_DEFAULT && !signal_ends_by_default(number));
}

bool signal_is_dropped(const struct task *task, int number) {
    // What is sent to the program is judged by its first thread, as on Linux.
    if (!task && !list_is_empty(&process.tasks)) task = task_of(process.tasks.next);
    if (task && ((task->blocked | task->awaited) & signal_bit(number))) return false;
    return is_ignored(number);
}

static bool takes(const struct task *task, int number) { return task->thread && !(task->blocked & signal_bit(number)); }

/// Wakes a thread that takes a signal of the program's: the first of those that do not block it.
static void choose(int number) {
    for (struct list *node = process.tasks.next; node != &process.tasks; node = node->next) {
        if (!takes(task_of(node), number)) continue;
        thread_interrupt(task_of(node)->thread);
        return;
    }
}

static void wake_taker(struct task *task, int number) {
    wake_all(&arrivals);
    if (!task) choose(number);
    else if (takes(task, number)) thread_interrupt(task->thread);
}

int signal_queue_to(struct task *task, const struct signal_info *info) {
    int result = 0;
    bool on = interrupts_disable();
    if (!signal_is_dropped(task, info->number)) {
        result = signal_queue_add(task ? &task->pending : &process.pending, info);
        if (result == 0) wake_taker(task, info->number);
    }
    interrupts_restore(on);
    return result;
}

void signal_lend_to(struct task *task, struct signal_entry *entry) {
    bool on = interrupts_disable();
    if (!signal_is_dropped(task, entry->info.number)) {
        signal_queue_lend(task ? &task->pending : &process.pending, entry);
        wake_taker(task, entry->info.number);
    }
    interrupts_restore(on);
}

void signal_send(int number) {
    signal_queue_to(NULL, &(struct signal_info){.number = number, .code = SIGNAL_BY_KERNEL});
}

void signal_broken_pipe(void) {
    signal_queue_to(task_current(), &(struct signal_info){.number = SIGNAL_PIPE, .code = SIGNAL_BY_KERNEL});
}

void signal_forget_ignored(int number) {
    if (!is_ignored(number)) return;
    bool on = interrupts_disable();
    signal_queue_discard(&process.pending, signal_bit(number));
    for (struct list *node = process.tasks.next; node != &process.tasks; node = node->next) {
        signal_queue_discard(&task_of(node)->pending, signal_bit(number));
    }
    interrupts_restore(on);
}

void signal_pass_on(void) {
    bool on = interrupts_disable();
    for (uint64_t left = process.pending.pending; left; left &= left - 1) choose(__builtin_ctzll(left) + 1);
    interrupts_restore(on);
}
