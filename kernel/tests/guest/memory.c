// Memory: mapping, protecting, moving, giving back; and what must be refused.
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096 };

static void say(const char *what, long result) { printf("%s: %s\n", what, result < 0 ? strerror(errno) : "done"); }

static char *map(size_t pages) {
    return mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int is_zero(const char *p, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (p[i]) return 0;
    }
    return 1;
}

int main(void) {
    char *a = map(16);
    printf("fresh: %d\n", is_zero(a, 16 * PAGE));
    for (int i = 0; i < 16; i++) a[i * PAGE] = (char)(i + 1);
    say("unmap the middle", munmap(a + 4 * PAGE, 4 * PAGE));
    printf("around: %d %d\n", a[3 * PAGE], a[8 * PAGE]);
    void *again = mmap(a + 4 * PAGE, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    printf("into the gap: %d, %d\n", again == a + 4 * PAGE, a[5 * PAGE]);
    void *taken = mmap(a, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    say("over what is there", taken == MAP_FAILED ? -1 : 0);
    say("protect", mprotect(a, PAGE, PROT_READ));
    printf("still: %d\n", a[0]);
    say("protect back", mprotect(a, PAGE, PROT_READ | PROT_WRITE));
    a[0] = 99;
    say("protect a hole", mprotect(a + 6 * PAGE, 2 * PAGE, PROT_READ));
    char *b = map(4);
    b[0] = 'b', b[3 * PAGE] = 'B';
    b = mremap(b, 4 * PAGE, 400 * PAGE, MREMAP_MAYMOVE);
    printf("grown: %c %c %d\n", b[0], b[3 * PAGE], b[399 * PAGE]);
    b = mremap(b, 400 * PAGE, PAGE, 0);
    printf("shrunk: %c\n", b[0]);
    say("give back", madvise(a, PAGE, MADV_DONTNEED));
    printf("gone: %d\n", a[0]);
    // Not by sbrk, which musl does not have.
    char *old = (char *)syscall(SYS_brk, 0);
    char *start = (char *)(((uintptr_t)old + PAGE - 1) & ~(uintptr_t)(PAGE - 1));
    printf("heap: %d\n", (char *)syscall(SYS_brk, start + 10 * PAGE) == start + 10 * PAGE);
    start[9 * PAGE] = 7;
    printf("heap back: %d\n", (char *)syscall(SYS_brk, old) == old);
    say("too much",
        mmap(NULL, (size_t)1 << 46, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    say("no length", mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    say("unaligned", munmap(a + 1, PAGE));
    char *reserved = mmap(NULL, (size_t)64 << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    say("reserve 64 GiB", reserved == MAP_FAILED ? -1 : 0);
    say("use a page of it", mprotect(reserved + ((size_t)32 << 30), PAGE, PROT_READ | PROT_WRITE));
    reserved[(size_t)32 << 30] = 1;
    printf("used: %d\n", reserved[(size_t)32 << 30]);
    return 0;
}
