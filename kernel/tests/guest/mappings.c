// What mappings of files and of memory do at their edges: pages beyond a file's end, moved and shared ones, advice,
// code that is written and run, and what residency says.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096 };

static void say(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, strerror(errno));
    else printf("%s: %ld\n", what, result);
}

static sigjmp_buf back;
static volatile int signal_code;
static void *volatile signal_address;

static void handle(int number, siginfo_t *info, void *context) {
    (void)context;
    signal_code = info->si_code;
    signal_address = info->si_addr;
    siglongjmp(back, number);
}

/// Reads or writes a byte; what signal comes of it, if any.
static void touch(const char *what, volatile char *at, int write_it) {
    int number = sigsetjmp(back, 1);
    if (number == 0) {
        if (write_it) *at = 1;
        else (void)*at;
        printf("%s: fine\n", what);
    } else {
        printf("%s: signal %d, code %d, there %d\n", what, number, signal_code, signal_address == (void *)at);
    }
}

static int file(size_t length) {
    int fd = open("mapped", O_CREAT | O_TRUNC | O_RDWR, 0644);
    for (size_t i = 0; i < length; i++) write(fd, &(char){(char)('a' + i / PAGE)}, 1);
    return fd;
}

static void ends(void) {
    int fd = file(PAGE + 10);
    char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    printf("%c %c %d\n", map[0], map[PAGE + 9], map[PAGE + 10]);
    touch("beyond the end, same page", map + PAGE + 100, 1);
    touch("beyond the end", map + 2 * PAGE, 0);
    ftruncate(fd, 3 * PAGE);
    touch("now inside", map + 2 * PAGE, 1);
    ftruncate(fd, PAGE);
    touch("cut off", map + PAGE, 0);
    ftruncate(fd, 2 * PAGE);
    printf("back as zeros %d %d\n", map[PAGE], map[PAGE + 100]);
    char *private = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    private[0] = 'P';
    map[1] = 'S';
    printf("private %c %c, shared %c\n", private[0], private[PAGE], map[0]);
    say("take back a private change", madvise(private, PAGE, MADV_DONTNEED));
    printf("%c %c\n", private[0], private[1]);
    say("shared anew", madvise(map, PAGE, MADV_DONTNEED));
    printf("%c %c\n", map[0], map[1]);
    int reader = open("mapped", O_RDONLY);
    say("shared and written, of a file that is only read",
        mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0) == MAP_FAILED ? -1 : 0);
    char *readable = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0);
    say("make it writable", mprotect(readable, PAGE, PROT_READ | PROT_WRITE));
    say("an offset between pages", mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 100) == MAP_FAILED ? -1 : 0);
    close(reader);
    close(fd);
    map[2] = 'X';
    printf("still mapped %c\n", private[2]);
    unlink("mapped");
}

static void moved(void) {
    int fd = file(4 * PAGE);
    char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *room = mmap(NULL, 16 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *to = mremap(map, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room + 4 * PAGE);
    printf("moved %d: %c %c\n", to == room + 4 * PAGE, to[0], to[PAGE]);
    touch("where it was", map, 0);
    touch("what stayed", map + 2 * PAGE, 0);
    to[0] = 'M';
    pread(fd, room = (char[1]){0}, 1, 0);
    printf("in the file %c\n", room[0]);
    char *again = mremap(map + 2 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
    say("grown", again == MAP_FAILED ? -1 : again[0]);
    say("onto itself", mremap(to, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED ? -1 : 0);
    char *twice = mremap(to, 0, 2 * PAGE, MREMAP_MAYMOVE);
    to[1] = 'T';
    printf("a second time %c%c\n", twice[0], twice[1]);
    char *shared = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    twice = mremap(shared + PAGE, 0, PAGE, MREMAP_MAYMOVE);
    shared[PAGE] = 's';
    mprotect(shared, 2 * PAGE, PROT_READ);
    mprotect(shared, 2 * PAGE, PROT_READ | PROT_WRITE);
    shared[PAGE + 1] = 't';
    printf("memory a second time %c%c\n", twice[0], twice[1]);
    munmap(shared, 2 * PAGE);
    printf("without the first %c\n", twice[0]);
    say("a second time, but not elsewhere", mremap(twice, 0, PAGE, 0) == MAP_FAILED ? -1 : 0);
    char *own = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say("one's own memory a second time", mremap(own, 0, PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
    say("nothing a second time", mremap((void *)(uintptr_t)PAGE, 0, PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
    say("of nothing", mremap((void *)(uintptr_t)PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
    close(fd);
    unlink("mapped");
}

static void advice(void) {
    static const struct {
        const char *name;
        int advice;
    } kinds[] = {{"normal", MADV_NORMAL},       {"random", MADV_RANDOM}, {"sequential", MADV_SEQUENTIAL},
                 {"will need", MADV_WILLNEED},  {"free", MADV_FREE},     {"don't fork", MADV_DONTFORK},
                 {"don't dump", MADV_DONTDUMP}, {"populate", 23},        {"nothing", 999}};
    char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char resident[4];
    map[0] = 1;
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) say(kinds[i].name, madvise(map, PAGE, kinds[i].advice));
    say("of a hole", madvise((void *)(uintptr_t)PAGE, PAGE, MADV_DONTNEED));
    say("between pages", madvise(map + 1, PAGE, MADV_DONTNEED));
    map[2 * PAGE] = 1;
    say("resident", mincore(map, 4 * PAGE, resident));
    printf("%d %d\n", resident[1] & 1, resident[2] & 1);
    munmap(map + 3 * PAGE, PAGE);
    say("resident, with a hole", mincore(map, 4 * PAGE, resident));
    say("of nothing", mincore(map, 0, resident));
    map = mmap(map, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    say("lock", mlock(map, 4 * PAGE));
    mincore(map, 4 * PAGE, resident);
    printf("%d %d\n", resident[1] & 1, resident[3] & 1);
    say("unlock", munlock(map, 4 * PAGE));
    char *populated = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    mincore(populated, 4 * PAGE, resident);
    printf("populated %d %d\n", resident[0] & 1, resident[3] & 1);
}

static void code(void) {
    static const uint8_t returns_7[] = {0xb8, 7, 0, 0, 0, 0xc3}, returns_8[] = {0xb8, 8, 0, 0, 0, 0xc3};
    char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(map, returns_7, sizeof returns_7);
    int number = sigsetjmp(back, 1);
    if (number == 0) ((int (*)(void))map)();
    printf("not executable: signal %d, code %d\n", number, signal_code);
    say("make it so", mprotect(map, PAGE, PROT_READ | PROT_EXEC));
    printf("returns %d\n", ((int (*)(void))map)());
    mprotect(map, PAGE, PROT_READ | PROT_WRITE);
    memcpy(map, returns_8, sizeof returns_8);
    mprotect(map, PAGE, PROT_READ | PROT_EXEC);
    printf("returns %d\n", ((int (*)(void))map)());
    touch("no longer writable", map, 1);
}

/// A mapping that grows downwards, as stacks do: by faults below it, up to what is mapped there or a stack's limit.
static void grows_down(void) {
    const size_t room = 16 << 20;
    char *low = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
         *top = low + room - PAGE;
    munmap(low, room);
    const int how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    char *stack = mmap(top, PAGE, PROT_READ | PROT_WRITE, how | MAP_GROWSDOWN, -1, 0);
    say("grows down", stack == top ? 0 : -1);
    for (int i = 1; i < 100; i++) top[-i * PAGE] = 1;
    touch("a hundred pages", top - 99 * PAGE, 0);
    touch("a megabyte at once", top - (1 << 20), 1);
    touch("between", top - (1 << 19), 1);
    touch("more than a stack", top - (9 << 20), 0);
    mmap(top - (3 << 20), PAGE, PROT_READ, how, -1, 0);
    touch("near to another mapping", top - (3 << 20) + 16 * PAGE, 0);
    touch("far enough from it", top - (3 << 20) + (1 << 20) + 2 * PAGE, 0);
    munmap(top - (4 << 20), 5 << 20);
    touch("gone", top, 0);
}

/// Kibibytes of page tables.
static long tables(void) {
    char line[128];
    long found = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) sscanf(line, "VmPTE: %ld", &found);
    if (status) fclose(status);
    return found;
}

/// Mappings far from each other need page tables of their own, which go with them.
static void far_apart(void) {
    const size_t gap = 64 << 20, count = 100;
    char *room = mmap(NULL, gap * count, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    long before = tables();
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < count; i++) {
            char *at =
                mmap(room + i * gap, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
            *at = 1;
        }
        printf("page tables while they are there: %d\n", tables() - before >= 400);
        if (round == 0) {
            for (size_t i = 0; i < count; i++) munmap(room + i * gap, gap);
        } else {
            munmap(room, gap * count);
        }
        printf("and afterwards: %d\n", tables() - before < 40);
    }
}

int main(int argc, char **argv) {
    const char *folder = argc > 1 ? argv[1] : "/work";
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    setvbuf(stdout, NULL, _IOLBF, 0);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    mkdir(folder, 0755);
    if (chdir(folder) != 0) {
        say(folder, -1);
        return 1;
    }
    ends();
    moved();
    advice();
    code();
    grows_down();
    far_apart();
    return 0;
}
