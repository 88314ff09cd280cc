// The program's shared state, and its threads: how they begin, are found and end.

#include "proc/process.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "proc/futex.h"
#include "proc/outcome.h"
#include "sched/thread.h"
#include "sched/wait.h"

/// Ids are given out in turn up to the largest, as Linux does, so that a number is not soon another thread's.
enum { ID_BUCKETS = 256, ID_LARGEST = 32767 };

struct process process;

static struct list by_id[ID_BUCKETS];
static uint32_t last_id = PROCESS_ID;

struct task *task_current(void) { return thread_private(thread_current()); }

struct task *task_find(uint32_t id) {
    struct list *bucket = &by_id[id % ID_BUCKETS];
    for (struct list *node = bucket->next; node != bucket; node = node->next) {
        struct task *task = container_of(node, struct task, same);
        if (task->id == id) return task;
    }
    return NULL;
}

/// An id that no thread has; 0 when all are taken.
static uint32_t free_id(void) {
    if (process.task_count >= ID_LARGEST) return 0;
    do {
        last_id = last_id < ID_LARGEST ? last_id + 1 : PROCESS_ID + 1;
    } while (task_find(last_id));
    return last_id;
}

static struct task *make(uint32_t id) {
    struct task *task = kzalloc(sizeof *task);
    if (!task) return NULL;
    task->id = id;
    task->alternate.flags = SIGNAL_STACK_DISABLED;
    signal_queue_init(&task->pending);
    bool on = interrupts_disable();
    list_push_back(&process.tasks, &task->node);
    list_push_back(&by_id[id % ID_BUCKETS], &task->same);
    process.task_count++;
    interrupts_restore(on);
    return task;
}

int task_attach_first(void) {
    list_init(&process.tasks);
    for (unsigned i = 0; i < ID_BUCKETS; i++) list_init(&by_id[i]);
    signal_queue_init(&process.pending);
    futex_init();
    struct task *task = make(PROCESS_ID);
    if (!task) return -ENOMEM;
    task->credentials = credentials_of(process.settings.user, process.settings.group);
    task->thread = thread_current();
    thread_set_private(task->thread, task);
    return 0;
}

struct task *task_prepare(void) {
    const struct task *self = task_current();
    uint32_t id = free_id();
    struct task *task = id ? make(id) : NULL;
    if (!task) return NULL;
    task->blocked = self->blocked;
    task->credentials = credentials_copy(&self->credentials);
    memcpy(task->name, self->name, TASK_NAME);
    return task;
}

void task_discard(struct task *task) {
    bool on = interrupts_disable();
    list_remove(&task->node);
    list_remove(&task->same);
    process.task_count--;
    signal_queue_discard(&task->pending, UINT64_MAX);
    interrupts_restore(on);
    credentials_free(&task->credentials);
    kfree(task);
}

static void begin(void *argument) {
    struct task *task = argument;
    if (task->has_start_fs_base) arch_set_fs_base(task->start_fs_base);
    arch_enter_user_frame(&task->start);
}

int task_start(struct task *task) {
    task->thread = thread_create_user(process.name, begin, task, task);
    // While its maker looked for memory the program may have come to its end.
    if (task->thread && process.ender) thread_interrupt(task->thread);
    return task->thread ? 0 : -ENOMEM;
}

void task_exit(uint8_t code) {
    struct task *task = task_current();
    if (task->id == PROCESS_ID) process.first_code = code;
    futex_release_robust(task->robust_list, task->id);
    if (process.task_count > 1 && task->clear_id &&
        copy_to_user(task->clear_id, &(uint32_t){0}, sizeof(uint32_t)) == 0) {
        futex_wake(task->clear_id, true, 1, FUTEX_ANY);
    }
    // Only now: memory of the program may have had to be read from the disk, and the others may have gone meanwhile.
    if (process.task_count == 1) outcome_by_exit(process.first_code);
    process.ran_ns += thread_run_ns(task->thread);
    thread_set_private(task->thread, NULL);
    task_discard(task);
    signal_pass_on();
    thread_exit();
}

void task_park(void) {
    struct wait_queue never;
    struct waiter w;
    wait_queue_init(&never);
    wait_begin(&never, &w);
    for (;;) wait_sleep_uninterrupted(&w, WAIT_FOREVER);
}

void task_stop_others(void) {
    struct task *self = task_current();
    if (!self || process.ender == self) return;
    if (process.ender) task_park();
    process.ender = self;
    for (struct list *node = process.tasks.next; node != &process.tasks; node = node->next) {
        struct task *other = container_of(node, struct task, node);
        if (other != self && other->thread) thread_interrupt(other->thread);
    }
}

uint64_t process_run_ns(void) {
    uint64_t sum = process.ran_ns;
    for (struct list *node = process.tasks.next; node != &process.tasks; node = node->next) {
        const struct task *task = container_of(node, struct task, node);
        if (task->thread) sum += thread_run_ns(task->thread);
    }
    return sum;
}
