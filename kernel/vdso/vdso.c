// The vDSO: the clock, read by the program itself without a system call. Runs in user mode.
//
// C libraries and Go find it by AT_SYSINFO_EHDR and look its functions up by name and version (vdso(7)).
#include "arch/clock_page.h"
#include "arch/syscall_numbers.h"
#include <stddef.h>

#define NS 1000000000ull

/// clockid_t.
enum {
    CLOCK_REALTIME,
    CLOCK_MONOTONIC,
    CLOCK_MONOTONIC_RAW = 4,
    CLOCK_REALTIME_COARSE,
    CLOCK_MONOTONIC_COARSE,
    CLOCK_BOOTTIME,
    CLOCK_REALTIME_ALARM,
    CLOCK_BOOTTIME_ALARM,
    CLOCK_TAI = 11,
};

struct time_value {
    int64_t seconds, rest; // nanoseconds, or microseconds of gettimeofday
};

/// Mapped behind the code (vdso.ld).
__attribute__((section(".clock_page"))) const volatile struct clock_page clock_page;

int __vdso_clock_gettime(int32_t id, struct time_value *to);
int __vdso_clock_getres(int32_t id, struct time_value *to);
int __vdso_gettimeofday(struct time_value *to, int32_t *zone);
int64_t __vdso_time(int64_t *to);
int __vdso_getcpu(uint32_t *cpu, uint32_t *node, void *unused);

static inline uint64_t read_tsc(void) {
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

/// Both clocks at one moment: what the date was when the other was 0 may change, too.
static uint64_t read_clock(uint64_t *start_date) {
    for (;;) {
        uint32_t version = clock_page.version;
        uint64_t base_tsc = clock_page.base_tsc, base_ns = clock_page.base_ns, scale = clock_page.scale;
        *start_date = clock_page.date_ns;
        uint64_t tsc = read_tsc();
        if (!(version & 1) && clock_page.version == version) {
            return base_ns + (uint64_t)((unsigned __int128)(tsc - base_tsc) * scale >> 32);
        }
    }
}

static uint64_t monotonic_ns(void) {
    uint64_t unused;
    return read_clock(&unused);
}

static uint64_t realtime_ns(void) {
    uint64_t start_date, now = read_clock(&start_date);
    return start_date + now;
}

static int by_system_call(long number, int32_t id, struct time_value *to) {
    long result = number;
    __asm__ volatile("syscall" : "+a"(result) : "D"((long)id), "S"(to) : "rcx", "r11", "memory");
    return (int)result;
}

int __vdso_clock_gettime(int32_t id, struct time_value *to) {
    uint64_t ns;
    switch (id) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI: ns = realtime_ns(); break;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM: ns = monotonic_ns(); break;
    default: return by_system_call(SYSCALL_CLOCK_GETTIME, id, to);
    }
    to->seconds = (int64_t)(ns / NS);
    to->rest = (int64_t)(ns % NS);
    return 0;
}

int __vdso_clock_getres(int32_t id, struct time_value *to) { return by_system_call(SYSCALL_CLOCK_GETRES, id, to); }

int __vdso_gettimeofday(struct time_value *to, int32_t *zone) {
    uint64_t ns = realtime_ns();
    if (to != NULL) {
        to->seconds = (int64_t)(ns / NS);
        to->rest = (int64_t)(ns % NS / 1000);
    }
    if (zone != NULL) zone[0] = zone[1] = 0;
    return 0;
}

int64_t __vdso_time(int64_t *to) {
    int64_t now = (int64_t)((realtime_ns()) / NS);
    if (to != NULL) *to = now;
    return now;
}

/// There is one processor.
int __vdso_getcpu(uint32_t *cpu, uint32_t *node, void *unused) {
    (void)unused;
    if (cpu != NULL) *cpu = 0;
    if (node != NULL) *node = 0;
    return 0;
}
