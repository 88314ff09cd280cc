// Constants that assembly and C share: selectors, the address space, offsets into the per-processor block.
#pragma once

#define KERNEL_BASE 0xffffffff80000000
#define DIRECT_MAP 0xffff800000000000
#define DYNAMIC_BASE 0xffffc00000000000

// The same numbers as on Linux, because a program can see those of its own segments.
#define KERNEL_CS 0x10
#define KERNEL_DS 0x18
#define USER_CS32 0x23
#define USER_DS 0x2b
#define USER_CS 0x33
#define TSS_SELECTOR 0x40

// struct percpu (percpu.h checks these).
#define PERCPU_SELF 0
#define PERCPU_KERNEL_RSP 8
#define PERCPU_USER_RSP 16

// struct trap_frame (cpu.h).
#define TRAP_FRAME_SIZE 176
#define TRAP_FRAME_RSP 160

#define TRAP_STUB_SIZE 16
#define TRAP_VECTORS 256

#define BOOT_STACK_SIZE 16384
