// How fast the kernel is: `name value` a line, in the unit that the name ends with. What is short is measured in ROUNDS
// rounds, and the middle one counts. For `npm run bench`; `/work` is on the disk.
//
//     speed          everything
//     speed console  writes ten megabytes to standard output, and then how fast that went
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 7, SWITCHES = 2000, PAGES = 1024, THREADS = 200, STACK = 65536, FILES = 200, SYNCS = 50, SLEEPS = 40 };
enum { CHUNK = 1 << 20, LARGE = 128, CONSOLE_BYTES = 10 << 20 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
    double difference = *(const double *)a - *(const double *)b;
    return difference < 0 ? -1 : difference > 0;
}

static double middle_of(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[count / 2];
}

/// The middle round's nanoseconds, each of which did something `times` times.
static double each(void (*round)(void), double times) {
    double took[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        double begin = now();
        round();
        took[i] = (now() - begin) / times;
    }
    return middle_of(took, ROUNDS);
}

static void calls(void) {
    for (int i = 0; i < 20000; i++) syscall(SYS_getppid);
}

static void clocks(void) {
    struct timespec t;
    for (int i = 0; i < 20000; i++) clock_gettime(CLOCK_MONOTONIC, &t);
}

static int there[2], back[2];

static void *answer(void *unused) {
    char byte;
    while (read(there[0], &byte, 1) == 1) write(back[1], &byte, 1);
    return unused;
}

static void switches(void) {
    char byte = 0;
    for (int i = 0; i < SWITCHES / 2; i++) {
        write(there[1], &byte, 1);
        read(back[0], &byte, 1);
    }
}

static double switching(void) {
    pthread_t other;
    pipe(there);
    pipe(back);
    pthread_create(&other, NULL, answer, NULL);
    double ns = each(switches, SWITCHES);
    close(there[1]);
    pthread_join(other, NULL);
    return ns;
}

static void *do_nothing(void *argument) { return argument; }

static void threads(void) {
    for (int i = 0; i < 100; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, do_nothing, NULL);
        pthread_join(thread, NULL);
    }
}

static void faults(void) {
    char *pages = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < PAGES; i++) pages[i * 4096] = 1;
    munmap(pages, PAGES * 4096);
}

static void files(void) {
    for (int i = 0; i < FILES; i++) {
        close(open("/work/file", O_CREAT | O_RDWR, 0644));
        unlink("/work/file");
    }
}

static void syncs(void) {
    static char page[4096];
    int fd = open("/work/synced", O_CREAT | O_RDWR, 0644);
    for (int i = 0; i < SYNCS; i++) {
        page[0] = (char)i;
        pwrite(fd, page, sizeof page, 0);
        fsync(fd);
    }
    close(fd);
}

/// A file of twice the memory, so that what is read is no longer in the page cache.
static void large(void) {
    char *chunk = malloc(CHUNK);
    memset(chunk, 'x', CHUNK);
    int fd = open("/work/large", O_CREAT | O_RDWR, 0644);
    double begin = now();
    for (int i = 0; i < LARGE; i++) write(fd, chunk, CHUNK);
    fsync(fd);
    double written = now();
    lseek(fd, 0, SEEK_SET);
    while (read(fd, chunk, CHUNK) > 0) {
    }
    double end = now();
    printf("write_MB/s %f\n", LARGE * (double)CHUNK * 1e3 / (written - begin));
    printf("read_MB/s %f\n", LARGE * (double)CHUNK * 1e3 / (end - written));
    close(fd);
    unlink("/work/large");
    free(chunk);
}

static void sleeps(void) {
    double late[SLEEPS];
    for (int i = 0; i < SLEEPS; i++) {
        struct timespec span = {0, 3000000 + i * 100000};
        double begin = now();
        nanosleep(&span, NULL);
        late[i] = (now() - begin - (double)span.tv_nsec) / 1e6;
    }
    double middle = middle_of(late, SLEEPS);
    printf("late_ms %f\nlatest_ms %f\n", middle, late[SLEEPS - 1]);
}

static pthread_barrier_t all_there, may_go;

static void *wait_for_all(void *unused) {
    pthread_barrier_wait(&all_there);
    pthread_barrier_wait(&may_go);
    return unused;
}

/// What the kernel keeps for a thread that sleeps: its stack is the program's, and was touched before.
static void idle_threads(void) {
    static pthread_t ids[THREADS];
    struct sysinfo before, after;
    char *stacks =
        mmap(NULL, THREADS * STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    pthread_barrier_init(&all_there, NULL, THREADS + 1);
    pthread_barrier_init(&may_go, NULL, THREADS + 1);
    sysinfo(&before);
    for (int i = 0; i < THREADS; i++) {
        pthread_attr_t own;
        pthread_attr_init(&own);
        pthread_attr_setstack(&own, stacks + i * STACK, STACK);
        pthread_create(&ids[i], &own, wait_for_all, NULL);
    }
    pthread_barrier_wait(&all_there);
    sysinfo(&after);
    pthread_barrier_wait(&may_go);
    for (int i = 0; i < THREADS; i++) pthread_join(ids[i], NULL);
    munmap(stacks, THREADS * STACK);
    printf("thread_KiB %f\n", ((double)before.freeram - (double)after.freeram) / 1024 / THREADS);
}

static void console(void) {
    static char lines[65536];
    memset(lines, 'x', sizeof lines);
    for (size_t i = 79; i < sizeof lines; i += 80) lines[i] = '\n';
    double begin = now();
    for (int done = 0; done < CONSOLE_BYTES; done += (int)sizeof lines) {
        for (size_t at = 0; at < sizeof lines;) at += (size_t)write(1, lines + at, sizeof lines - at);
    }
    printf("\nconsole_MB/s %f\n", CONSOLE_BYTES * 1e3 / (now() - begin));
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "console") == 0) {
        console();
        return 0;
    }
    mkdir("/work", 0755);
    printf("call_us %f\n", each(calls, 20000) / 1e3);
    printf("clock_us %f\n", each(clocks, 20000) / 1e3);
    printf("switch_us %f\n", switching() / 1e3);
    printf("thread_us %f\n", each(threads, 100) / 1e3);
    printf("fault_us %f\n", each(faults, PAGES) / 1e3);
    printf("files_/s %f\n", 1e9 / each(files, FILES));
    printf("syncs_/s %f\n", 1e9 / each(syncs, SYNCS));
    sleeps();
    idle_threads();
    large();
    return 0;
}
