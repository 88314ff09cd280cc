// Exits with the code that its argument says; without one with 3. With a second argument its two threads leave at once,
// each by itself: the first begins, but has to wait until some of its file has been read.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int is_there, may_leave;
static int code = 3;

/// A list of locks for the kernel to look at when the thread ends, all over a part of the file that nobody has read
/// yet.
enum { LOCKS = 12, APART = 128 << 10 };
#define AFTER(n) {.next = locks + (n)}
static struct lock {
    struct lock *next;
    char rest[APART - sizeof(struct lock *)];
} locks[LOCKS] = {AFTER(1), AFTER(2), AFTER(3), AFTER(4),  AFTER(5), AFTER(6),
                  AFTER(7), AFTER(8), AFTER(9), AFTER(10), AFTER(11)};

static void *leave(void *unused) {
    (void)unused;
    is_there = 1;
    while (!may_leave) {
    }
    return (void *)syscall(SYS_exit, code);
}

static void leave_together(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, leave, NULL) != 0) exit(1);
    while (!is_there) sched_yield();
    static struct {
        struct lock *first;
        long word;
        struct lock *pending;
    } head = {locks, sizeof(struct lock *), NULL};
    syscall(SYS_set_robust_list, &head, sizeof head);
    may_leave = 1;
    syscall(SYS_exit, code);
}

int main(int argc, char **argv) {
    if (argc > 1) code = atoi(argv[1]);
    if (argc > 2) leave_together();
    return code;
}
