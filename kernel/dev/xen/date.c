// The date: what it was when Xen's clock was 0, and how long ago that is.
#include "dev/xen/date.h"

#include "arch/clock.h"
#include "arch/clock_event.h"
#include "dev/xen/events.h"

enum { TRIES = 1000000 };

void xen_date_take(void) {
    const struct xen_shared_info *s = xen_shared_info();
    for (int i = 0; i < TRIES; i++) {
        uint32_t version = __atomic_load_n(&s->date_version, __ATOMIC_ACQUIRE);
        uint64_t seconds = (uint64_t)s->date_seconds_high << 32 | s->date_seconds;
        uint32_t ns = s->date_ns;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if ((version & 1) == 0 && version == s->date_version) {
            // A date that is too late is refused.
            uint64_t then = seconds < UINT32_MAX * 4ull ? seconds * 1000000000 + ns : UINT64_MAX / 2;
            (void)clock_set_realtime_ns(then + clock_pvclock_ns(), CLOCK_BY_RTC);
            return;
        }
    }
}
