// The first stack of the program, as the AMD64 ABI wants it: argc, argv, envp, the auxiliary vector, and above them the
// strings that they point to.

#include "arch/cpu.h"
#include "arch/paging.h"
#include "arch/user.h"
#include "dev/random.h"
#include "lib/elf.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "vm/space.h"
#include "proc/exec.h"
#include "proc/process.h"

enum {
    AT_NULL = 0,
    AT_PHDR = 3,
    AT_PHENT = 4,
    AT_PHNUM = 5,
    AT_PAGESZ = 6,
    AT_BASE = 7,
    AT_FLAGS = 8,
    AT_ENTRY = 9,
    AT_UID = 11,
    AT_EUID = 12,
    AT_GID = 13,
    AT_EGID = 14,
    AT_PLATFORM = 15,
    AT_HWCAP = 16,
    AT_CLKTCK = 17,
    AT_SECURE = 23,
    AT_RANDOM = 25,
    AT_HWCAP2 = 26,
    AT_EXECFN = 31,
    AT_SYSINFO_EHDR = 33,
    AT_MINSIGSTKSZ = 51,
};

enum { RANDOM_BYTES = 16, TICKS_A_SECOND = 100, SIGNAL_FRAME = 1024, LARGEST_BLOCK = STACK_SIZE / 4 };

/// A block of memory that will lie at the top of the stack, filled from both ends.
struct block {
    uint8_t *bytes;
    uint64_t size;
    uint64_t address; // of bytes[0], once it is known
    uint64_t strings; // where strings begin: they are put in from the end downwards
    bool full;
};

static uint64_t put_bytes(struct block *b, const void *bytes, uint64_t n) {
    if (b->strings < n) {
        b->full = true;
        return 0;
    }
    b->strings -= n;
    memcpy(b->bytes + b->strings, bytes, n);
    return b->address + b->strings;
}

static uint64_t put_string(struct block *b, const char *s) { return put_bytes(b, s, strlen(s) + 1); }

static uint64_t count(const char *const *list, uint64_t *bytes) {
    uint64_t n = 0;
    for (; list[n]; n++) *bytes += strlen(list[n]) + 1;
    return n;
}

static void add(uint64_t type, uint64_t value) {
    process.auxiliary[process.auxiliary_count][0] = type;
    process.auxiliary[process.auxiliary_count++][1] = value;
}

static void describe(const struct loaded_program *loaded, struct block *b, const char *path) {
    uint8_t random[RANDOM_BYTES];
    random_fill(random, sizeof random);
    if (loaded->vdso) add(AT_SYSINFO_EHDR, loaded->vdso);
    add(AT_HWCAP, cpu_hwcap());
    add(AT_PAGESZ, PAGE_SIZE);
    add(AT_CLKTCK, TICKS_A_SECOND);
    add(AT_PHDR, loaded->program.phdr_address);
    add(AT_PHENT, ELF_PHDR_BYTES);
    add(AT_PHNUM, loaded->program.phdr_count);
    add(AT_BASE, loaded->has_interpreter ? loaded->interpreter.base : 0);
    add(AT_FLAGS, 0);
    add(AT_ENTRY, loaded->program.entry);
    add(AT_UID, process.settings.user);
    add(AT_EUID, process.settings.user);
    add(AT_GID, process.settings.group);
    add(AT_EGID, process.settings.group);
    add(AT_SECURE, 0);
    add(AT_RANDOM, put_bytes(b, random, sizeof random));
    add(AT_HWCAP2, cpu_hwcap2());
    add(AT_EXECFN, put_string(b, path));
    add(AT_PLATFORM, put_string(b, "x86_64"));
    add(AT_MINSIGSTKSZ, SIGNAL_FRAME + cpu_xsave_size());
    add(AT_NULL, 0);
}

/// Puts the strings of a list in, and their addresses to `pointers`, with a null behind them.
static void put_list(struct block *b, const char *const *list, uint64_t n, uint64_t *pointers) {
    // From the last to the first, so that they lie in memory in their order.
    for (uint64_t i = n; i-- > 0;) pointers[i] = put_string(b, list[i]);
    pointers[n] = 0;
}

uint64_t exec_build_stack(const struct loaded_program *loaded, const char *path, const char *const *arguments,
                          const char *const *environment) {
    uint64_t bytes = strlen(path) + 1 + RANDOM_BYTES + 64;
    uint64_t argc = count(arguments, &bytes), envc = count(environment, &bytes);
    uint64_t words = 1 + argc + 1 + envc + 1 + 2 * AUXILIARY_MOST;
    struct block b = {.size = (bytes + words * 8 + 31) & ~(uint64_t)15};
    if (b.size > LARGEST_BLOCK) return 0;
    b.bytes = kzalloc(b.size);
    if (!b.bytes) return 0;
    b.address = space.stack_top - b.size;
    b.strings = b.size - 8; // the last word stays zero, as on Linux
    uint64_t *vector = (uint64_t *)b.bytes;
    process.auxiliary_count = 0;
    describe(loaded, &b, path);
    vector[0] = argc;
    put_list(&b, environment, envc, vector + 1 + argc + 1);
    put_list(&b, arguments, argc, vector + 1);
    memcpy(vector + 1 + argc + 1 + envc + 1, process.auxiliary, process.auxiliary_count * sizeof process.auxiliary[0]);
    uint64_t result = !b.full && copy_to_user(b.address, b.bytes, b.size) == 0 ? b.address : 0;
    kfree(b.bytes);
    return result;
}
