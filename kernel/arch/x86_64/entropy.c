// RDRAND and the time stamp counter.
#include "arch/entropy.h"

#include "arch/x86_64/features.h"
#include "arch/x86_64/insn.h"

enum { TRIES = 16 };

bool entropy_word(uint64_t *word) {
    uint8_t good = 0;
    for (int i = 0; cpu_has_rdrand && i < TRIES && !good; i++) {
        __asm__ volatile("rdrand %0; setc %1" : "=r"(*word), "=qm"(good) : : "cc");
    }
    return good;
}

uint64_t entropy_counter(void) { return rdtsc(); }
