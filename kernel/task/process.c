// The program's shared state, and its threads'.

#include "task/process.h"
#include "lib/errno.h"
#include "mem/heap.h"
#include "task/thread.h"

struct process process;

struct task *task_current(void) { return thread_private(thread_current()); }

int task_attach(uint32_t id) {
    struct task *task = kzalloc(sizeof *task);
    if (!task) return -ENOMEM;
    task->id = id;
    task->alternate.flags = SIGNAL_STACK_DISABLED;
    thread_set_private(thread_current(), task);
    return 0;
}
