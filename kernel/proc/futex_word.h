// Bits of the word of a lock whose owner the kernel knows.
#pragma once

enum { FUTEX_OWNER = 0x3fffffff, FUTEX_OWNER_DIED = 0x40000000 };
#define FUTEX_HAS_WAITERS 0x80000000u
