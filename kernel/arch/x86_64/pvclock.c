// The clock page of Xen and KVM.
#include "arch/x86_64/pvclock.h"

enum { TRIES = 1000000, SHIFT_MOST = 31 };

bool pvclock_read(const volatile struct pvclock *page, struct pvclock *copy) {
    for (int i = 0; i < TRIES; i++) {
        uint32_t version = __atomic_load_n(&page->version, __ATOMIC_ACQUIRE);
        copy->version = version;
        copy->tsc = page->tsc;
        copy->system_ns = page->system_ns;
        copy->multiplier = page->multiplier;
        copy->shift = page->shift;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if ((version & 1) == 0 && version == page->version) {
            return true;
        }
    }
    return false;
}

uint64_t pvclock_hz(const struct pvclock *c) {
    if (c->multiplier == 0 || c->shift > SHIFT_MOST || c->shift < -SHIFT_MOST) {
        return 0;
    }
    uint64_t multiplier = c->multiplier;
    uint64_t scale = c->shift < 0 ? multiplier >> -c->shift : multiplier << c->shift;
    return scale == 0 ? 0 : (1000000000ull << 32) / scale;
}

uint64_t pvclock_ns(const struct pvclock *c, uint64_t tsc) {
    uint64_t passed = tsc - c->tsc;
    passed = c->shift < 0 ? passed >> (-c->shift & SHIFT_MOST) : passed << (c->shift & SHIFT_MOST);
    return c->system_ns + (uint64_t)((unsigned __int128)passed * c->multiplier >> 32);
}
