// Time: the TSC counts it, the local APIC's timer rings.
//
// Hypervisors rarely say how fast the TSC runs. QEMU's and KVM's APIC timers are known to count nanoseconds, so the TSC
// is measured against one: first over the kernel's own start, then, whenever the alarm is set anew after having run for
// twice as long as ever before, again over that longer time. So the rate is good to some hundred ppm at once and to a
// few after seconds, and nothing ever waits for it. On Xen a page says how fast the TSC runs, and says so again when
// that is known better. On other machines both are measured once against the PIT.
#include "arch/clock_event.h"

#include "arch/x86_64/apic.h"
#include "arch/cpu.h"
#include "arch/x86_64/features.h"
#include "arch/x86_64/insn.h"
#include "arch/irq.h"
#include "arch/clock.h"
#include "arch/x86_64/pvclock.h"
#include <stddef.h>

#define NS_PER_SECOND 1000000000ull

/// A reading of both clocks at nearly the same moment.
struct reading {
    uint64_t tsc;
    uint32_t count; // the APIC timer's, counting down
};

enum { READING_TRIES = 4, MEASURE_MIN_NS = 400000, PIT_HZ = 1193182, PIT_MEASURE_TICKS = 11932 };

extern uint64_t boot_entry_tsc;

/// ns = base_ns + (tsc - base_tsc) * scale / 2^32
static uint64_t base_tsc, base_ns, scale;
static volatile uint32_t rate_version; // moves on when the three change: with interrupts off, or from the timer's
static uint64_t tsc_hz, apic_hz;
static bool ready, use_tsc_deadline, tsc_is_measured;

static struct reading started; // when the APIC timer was last started
static uint64_t longest_ns; // longest measurement so far

static struct reading read_both(void) {
    struct reading best = {0};
    uint64_t best_width = UINT64_MAX;
    for (int i = 0; i < READING_TRIES; i++) {
        uint64_t before = rdtsc();
        uint32_t count = apic_timer_count();
        uint64_t width = rdtsc() - before;
        if (width < best_width) {
            best_width = width;
            best = (struct reading){before + width / 2, count};
        }
    }
    return best;
}

static void start_counting(uint32_t count) {
    uint64_t before = rdtsc();
    apic_timer_start(count);
    started = (struct reading){before + (rdtsc() - before) / 2, count};
}

static struct clock_page *published;

static void publish(void) {
    if (published == NULL) {
        return;
    }
    volatile struct clock_page *page = published;
    page->version++;
    page->base_tsc = base_tsc;
    page->base_ns = base_ns;
    page->scale = scale;
    page->version++;
}

void clock_publish_date(uint64_t start_ns) {
    volatile struct clock_page *page = published;
    if (page != NULL) {
        page->version++;
        page->date_ns = start_ns;
        page->version++;
    }
}

void clock_publish(struct clock_page *page) {
    page->date_ns = clock_start_date_ns();
    bool on = interrupts_disable();
    published = page;
    publish();
    interrupts_restore(on);
}

static void set_rate(uint64_t hz) {
    uint64_t now = rdtsc();
    if (scale != 0) {
        base_ns += (uint64_t)((unsigned __int128)(now - base_tsc) * scale >> 32);
        base_tsc = now;
    }
    tsc_hz = hz;
    scale = (NS_PER_SECOND << 32) / hz;
    rate_version++;
    publish();
}

/// Measures the TSC against the running APIC timer; false if that ran out or is too young to say more than before.
static bool measure(uint64_t at_least_ns) {
    struct reading now = read_both();
    uint64_t counted = started.count - now.count;
    uint64_t ns = counted * NS_PER_SECOND / apic_hz;
    if (now.count == 0 || now.count > started.count || ns < at_least_ns) {
        return false;
    }
    set_rate((uint64_t)((now.tsc - started.tsc) * 1000000 / (ns / 1000)));
    longest_ns = ns;
    return true;
}

static const volatile struct pvclock *pvclock; // null: the hypervisor offers none
static uint32_t pvclock_version;

/// Takes the rate over where the hypervisor has said something new. With interrupts off, or from the timer's.
static void follow_pvclock(void) {
    struct pvclock now;
    if (pvclock->version == pvclock_version || !pvclock_read(pvclock, &now)) {
        return;
    }
    pvclock_version = now.version;
    uint64_t hz = pvclock_hz(&now);
    if (hz != 0 && hz != tsc_hz) {
        set_rate(hz);
    }
}

void clock_use_pvclock(const volatile void *page) { pvclock = page; }

uint64_t clock_pvclock_ns(void) {
    struct pvclock now;
    return pvclock != NULL && pvclock_read(pvclock, &now) ? pvclock_ns(&now, rdtsc()) : 0;
}

/// Both clocks against the PIT's channel 2, for 10 ms.
static void measure_by_pit(void) {
    outb(0x61, (uint8_t)((inb(0x61) & ~2) | 1)); // gate on, speaker off
    outb(0x43, 0xb0); // channel 2, both bytes, mode 0: counts down once
    outb(0x42, PIT_MEASURE_TICKS & 0xff);
    outb(0x42, PIT_MEASURE_TICKS >> 8);
    struct reading first = read_both();
    while ((inb(0x61) & 0x20) == 0) { // its output rises at zero; without a PIT the bus reads ones
    }
    struct reading last = read_both();
    if (tsc_hz == 0) {
        set_rate((last.tsc - first.tsc) * PIT_HZ / PIT_MEASURE_TICKS);
    }
    if (apic_hz == 0) {
        uint64_t elapsed = (last.tsc - first.tsc) * NS_PER_SECOND / tsc_hz;
        apic_hz = (uint64_t)(first.count - last.count) * NS_PER_SECOND / (elapsed + 1);
    }
}

void clock_init(void) {
    uint64_t tsc;
    base_tsc = boot_entry_tsc;
    cpu_clock_rates(&tsc, &apic_hz);
    if (tsc != 0) {
        set_rate(tsc);
    }
    if (pvclock != NULL) {
        follow_pvclock();
    }
    tsc_is_measured = tsc_hz == 0;
    apic_timer_set_interrupt(false);
    start_counting(UINT32_MAX);
}

void clock_ready(void) {
    if (ready) {
        return;
    }
    bool deadline_works = cpu_has_tsc_deadline && !tsc_is_measured;
    if (apic_hz == 0 && !deadline_works) {
        measure_by_pit();
        tsc_is_measured = false;
    }
    while (tsc_is_measured && !measure(MEASURE_MIN_NS)) {
        cpu_relax();
    }
    ready = true;
}

uint64_t clock_ns(void) {
    if (!ready) {
        clock_ready();
    }
    // The timer may interrupt between what is read here, and set the rate.
    uint64_t ns;
    uint32_t before;
    do {
        before = rate_version;
        compiler_barrier();
        ns = base_ns + (uint64_t)((unsigned __int128)(rdtsc() - base_tsc) * scale >> 32);
        compiler_barrier();
    } while (before != rate_version);
    return ns;
}

void clock_event_init(void (*expired)(void)) {
    irq_set_timer(expired);
    clock_ready();
    if (cpu_has_tsc_deadline && !tsc_is_measured) {
        use_tsc_deadline = true;
        apic_timer_use_tsc_deadline();
    } else {
        apic_timer_set_interrupt(true);
    }
}

/// `ns` in ticks of a clock of `hz`. Below 3 s and 6 GHz nothing overflows.
static uint64_t ticks(uint64_t ns, uint64_t hz) { return ns * (hz / 1000) / 1000000; }

void clock_event_arm(uint64_t deadline_ns) {
    if (pvclock != NULL) {
        follow_pvclock();
    }
    uint64_t now = clock_ns();
    uint64_t wait = deadline_ns > now ? deadline_ns - now : 1;
    wait = wait > 3 * NS_PER_SECOND ? 3 * NS_PER_SECOND : wait;
    if (use_tsc_deadline) {
        wrmsr(MSR_TSC_DEADLINE, rdtsc() + ticks(wait, tsc_hz));
        return;
    }
    if (tsc_is_measured && rdtsc() - started.tsc > ticks(2 * longest_ns, tsc_hz)) {
        measure(2 * longest_ns);
    }
    uint64_t count = ticks(wait, apic_hz);
    start_counting(count == 0 ? 1 : count > UINT32_MAX ? UINT32_MAX : (uint32_t)count);
}
