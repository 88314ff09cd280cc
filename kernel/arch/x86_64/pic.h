// The two old interrupt controllers (Intel 8259A), which every PC still has: Pith only silences them.
#pragma once

/// Gives both of them vectors that nothing else uses, and masks all of their lines. To be called while the local APIC
/// still passes their interrupt on: a request that is pending when LINT0 is masked would never be withdrawn, and QEMU
/// then delivers it as a vector that there is no gate for.
void pic_mask(void);
