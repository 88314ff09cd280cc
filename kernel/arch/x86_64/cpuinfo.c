// /proc/cpuinfo: what the processor says of itself, by the names that Linux has for it.

#include "arch/cpuinfo.h"

#include "arch/x86_64/insn.h"
#include "lib/format.h"
#include "lib/string.h"

/// Which register of which leaf holds a row of flags, and their names from bit 0 on. "" is a bit without a name, or one
/// that programs can't use here.
struct row {
    uint32_t leaf;
    unsigned reg; // eax, ebx, ecx, edx
    const char *const *names;
    unsigned count;
};

enum { EAX, EBX, ECX, EDX };

static const char *const basic_d[] = {"fpu", "vme", "de",   "pse", "tsc",  "msr",  "pae",  "mce",   "cx8", "apic",
                                      "",    "sep", "mtrr", "pge", "mca",  "cmov", "pat",  "pse36", "pn",  "clflush",
                                      "",    "dts", "acpi", "mmx", "fxsr", "sse",  "sse2", "ss",    "ht",  "tm"};
static const char *const basic_c[] = {"pni",    "pclmulqdq", "dtes64", "monitor", "",
                                      "vmx",    "smx",       "est",    "tm2",     "ssse3",
                                      "",       "",          "fma",    "cx16",    "xtpr",
                                      "pdcm",   "",          "pcid",   "dca",     "sse4_1",
                                      "sse4_2", "x2apic",    "movbe",  "popcnt",  "tsc_deadline_timer",
                                      "aes",    "xsave",     "",       "avx",     "f16c",
                                      "rdrand", "hypervisor"};
static const char *const extended_d[] = {"",   "",        "",       "", "", "",         "",        "",       "", "",
                                         "",   "syscall", "",       "", "", "",         "",        "",       "", "",
                                         "nx", "",        "mmxext", "", "", "fxsr_opt", "pdpe1gb", "rdtscp", "", "lm"};
static const char *const extended_c[] = {"lahf_lm", "cmp_legacy", "svm", "extapic", "cr8_legacy", "abm", "sse4a"};
static const char *const seven_b[] = {
    "fsgsbase", "tsc_adjust", "",         "bmi1",     "hle",      "avx2",       "",         "smep",
    "bmi2",     "erms",       "invpcid",  "rtm",      "",         "",           "",         "",
    "avx512f",  "avx512dq",   "rdseed",   "adx",      "smap",     "avx512ifma", "",         "clflushopt",
    "clwb",     "",           "avx512pf", "avx512er", "avx512cd", "sha_ni",     "avx512bw", "avx512vl"};

#define ROW(leaf, reg, names) {leaf, reg, names, sizeof names / sizeof *names}
static const struct row rows[] = {
    ROW(1, EDX, basic_d), ROW(0x80000001, EDX, extended_d), ROW(1, ECX, basic_c), ROW(0x80000001, ECX, extended_c),
    ROW(7, EBX, seven_b),
};

struct text {
    char *bytes;
    size_t length;
};

static void text_add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void text_add(struct text *t, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t room = CPUINFO_SIZE - t->length,
           wanted = (size_t)format_text_v(t->bytes + t->length, room, format, arguments);
    va_end(arguments);
    t->length += wanted < room ? wanted : room - 1;
}

static uint32_t reg_of(const struct cpuid *r, unsigned which) {
    return which == EAX ? r->eax : which == EBX ? r->ebx : which == ECX ? r->ecx : r->edx;
}

static void write_flags(struct text *t) {
    uint32_t highest = cpuid(0, 0).eax, highest_extended = cpuid(0x80000000, 0).eax;
    text_add(t, "flags\t\t:");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].leaf > (rows[i].leaf >> 31 ? highest_extended : highest)) continue;
        struct cpuid r = cpuid(rows[i].leaf, 0);
        uint32_t bits = reg_of(&r, rows[i].reg);
        for (unsigned n = 0; n < rows[i].count; n++) {
            if ((bits >> n & 1) && rows[i].names[n][0]) text_add(t, " %s", rows[i].names[n]);
        }
    }
    text_add(t, "\n");
}

static void write_all(struct text *t) {
    char vendor[13] = "", brand[49] = "virtual";
    struct cpuid zero = cpuid(0, 0), one = cpuid(1, 0);
    memcpy(vendor, &zero.ebx, 4);
    memcpy(vendor + 4, &zero.edx, 4);
    memcpy(vendor + 8, &zero.ecx, 4);
    if (cpuid(0x80000000, 0).eax >= 0x80000004) {
        for (uint32_t i = 0; i < 3; i++) {
            struct cpuid r = cpuid(0x80000002 + i, 0);
            memcpy(brand + i * 16, &r, 16);
        }
    }
    uint32_t family = one.eax >> 8 & 15, model = one.eax >> 4 & 15;
    if (family == 6 || family == 15) model |= one.eax >> 12 & 0xf0;
    if (family == 15) family += one.eax >> 20 & 0xff;
    const char *name = brand;
    while (*name == ' ') name++;
    text_add(t, "processor\t: 0\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\nmodel name\t: %s\n", vendor, family,
             model, *name ? name : "virtual");
    text_add(t, "stepping\t: %u\nphysical id\t: 0\nsiblings\t: 1\ncore id\t\t: 0\ncpu cores\t: 1\napicid\t\t: 0\n",
             one.eax & 15);
    text_add(t, "fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: %u\nwp\t\t: yes\n", zero.eax);
    write_flags(t);
    text_add(t, "clflush size\t: 64\ncache_alignment\t: 64\naddress sizes\t: 40 bits physical, 48 bits virtual\n\n");
}

size_t cpuinfo_write(char to[CPUINFO_SIZE]) {
    struct text text = {.bytes = to};
    write_all(&text);
    return text.length;
}
