// Kernel threads as threads of the host, which pass the right to run on to each other.

#include "threads_on_host.h"
#include "arch/clock_event.h"
#include "arch/cpu.h"
#include "arch/clock.h"
#include "lib/panic.h"
#include "sched/thread_state.h"
#include "sched/wait.h"
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define NO_ALARM UINT64_MAX

struct host_thread {
    struct thread thread;
    pthread_cond_t turn;
    void (*entry)(void *);
    void *argument;
};

static pthread_mutex_t running = PTHREAD_MUTEX_INITIALIZER; // held by the thread that runs
static struct host_thread first = {
    .thread = {.run_node = {&first.thread.run_node, &first.thread.run_node}, .name = "test"},
    .turn = PTHREAD_COND_INITIALIZER};
static struct host_thread *current = &first;
static struct list ready = {&ready, &ready};
static unsigned living; // beside the first
static struct wait_queue ended = {{&ended.waiters, &ended.waiters}};
static uint64_t now_ns = 1, alarm_ns = NO_ALARM;
static void (*alarm_expired)(void);
static uint64_t start_date_ns = 1700000000000000000ull;
static void (*date_changed)(void);
static bool are_masked; // interrupts
static void (*on_unmasked)(void);
static bool (*on_idle)(void);

void panic(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("Bail out! panic: ");
    vprintf(format, arguments);
    putchar('\n');
    fflush(stdout);
    abort();
}

uint64_t clock_ns(void) { return now_ns; }
uint64_t clock_start_date_ns(void) { return start_date_ns; }
uint64_t clock_realtime_ns(void) { return clock_start_date_ns() + now_ns; }
void clock_on_set(void (*changed)(void)) { date_changed = changed; }
bool clock_set_realtime_ns(uint64_t ns, enum clock_source source) {
    (void)source;
    start_date_ns = ns - now_ns;
    date_changed();
    return true;
}
void clock_event_init(void (*expired)(void)) { alarm_expired = expired; }
void clock_event_arm(uint64_t deadline_ns) { alarm_ns = deadline_ns; }

void host_machine(void (*unmasked)(void), bool (*idle)(void)) {
    on_unmasked = unmasked;
    on_idle = idle;
}

bool interrupts_disable(void) {
    bool were_on = !are_masked;
    are_masked = true;
    return were_on;
}

void interrupts_restore(bool were_on) {
    if (!were_on) return;
    are_masked = false;
    if (on_unmasked) on_unmasked();
}

bool host_interrupt(void (*handler)(void *argument), void *argument) {
    if (are_masked) return false;
    are_masked = true;
    handler(argument);
    are_masked = false;
    return true;
}

/// What the machine does while nobody runs. False: nothing, and it never will.
static bool idle(void) {
    are_masked = false;
    bool has_done = on_idle && on_idle();
    are_masked = true;
    return has_done;
}

/// The alarm's interrupt, if it comes by `until_ns`.
static bool ring(uint64_t until_ns) {
    if (alarm_ns > until_ns) return false;
    if (alarm_ns > now_ns) now_ns = alarm_ns;
    alarm_ns = NO_ALARM;
    alarm_expired();
    return true;
}

struct thread *thread_current(void) { return &current->thread; }
uint32_t thread_id(const struct thread *t) { return t->id; }
bool sched_can_sleep(void) { return true; }

void sched_ready(struct thread *t) {
    if (t->state != THREAD_SLEEPING) return;
    t->state = THREAD_RUNNABLE;
    list_push_back(&ready, &t->run_node);
}

static struct host_thread *take_next(void) {
    while (list_is_empty(&ready)) {
        if (!idle() && !ring(NO_ALARM - 1)) panic("all threads sleep, and nothing will wake them");
    }
    struct thread *t = container_of(ready.next, struct thread, run_node);
    list_remove(&t->run_node);
    return container_of(t, struct host_thread, thread);
}

void sched_switch(void) {
    struct host_thread *self = current;
    bool ends = self->thread.state == THREAD_DEAD;
    if (self->thread.state == THREAD_RUNNABLE) list_push_back(&ready, &self->thread.run_node);
    current = take_next();
    if (current == self) return;
    pthread_cond_signal(&current->turn);
    while (!ends && current != self) pthread_cond_wait(&self->turn, &running);
}

void thread_yield(void) {
    bool on = interrupts_disable();
    if (!list_is_empty(&ready)) sched_switch();
    interrupts_restore(on);
}

bool thread_pause(void) { return current->thread.interrupted; }

void thread_interrupt(struct thread *t) {
    t->interrupted = true;
    sched_ready(t);
}

void thread_clear_interrupt(struct thread *t) { t->interrupted = false; }

static void *begin(void *argument) {
    struct host_thread *self = argument;
    pthread_mutex_lock(&running);
    while (current != self) pthread_cond_wait(&self->turn, &running);
    interrupts_restore(true);
    self->entry(self->argument);
    (void)interrupts_disable();
    living--;
    wake_all(&ended);
    self->thread.state = THREAD_DEAD;
    sched_switch();
    pthread_mutex_unlock(&running);
    pthread_cond_destroy(&self->turn);
    free(self);
    return NULL;
}

/// The test's own thread runs from the first moment on.
__attribute__((constructor)) static void begin_first(void) { pthread_mutex_lock(&running); }

struct thread *thread_create(const char *name, void (*entry)(void *), void *argument) {
    static uint32_t last_id;
    pthread_t thread;
    struct host_thread *t = calloc(1, sizeof *t);
    (void)name;
    t->entry = entry;
    t->argument = argument;
    t->thread.id = ++last_id;
    t->thread.state = THREAD_SLEEPING;
    list_init(&t->thread.run_node);
    pthread_cond_init(&t->turn, NULL);
    if (pthread_create(&thread, NULL, begin, t) != 0) panic("the host has no thread");
    pthread_detach(thread);
    living++;
    sched_ready(&t->thread);
    return &t->thread;
}

void host_settle(void) {
    while (!list_is_empty(&ready)) thread_yield();
}

void host_pass(uint64_t ns) {
    uint64_t end = now_ns + ns;
    host_settle();
    while (ring(end)) host_settle();
    now_ns = end;
}

void host_tick(uint64_t ns) { now_ns += ns; }

void host_join(void) {
    struct waiter w;
    wait_begin(&ended, &w);
    while (living > 0) wait_sleep(&w, WAIT_FOREVER);
    wait_end(&w);
}
