// ELF headers and segments (System V ABI, AMD64 supplement).

#include "lib/elf.h"
#include "lib/string.h"

struct raw_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct raw_phdr {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

_Static_assert(sizeof(struct raw_header) == ELF_HEADER_BYTES, "as in the file");
_Static_assert(sizeof(struct raw_phdr) == ELF_PHDR_BYTES, "as in the file");

enum { CLASS_64 = 2, LITTLE_ENDIAN_DATA = 1, TYPE_EXEC = 2, TYPE_DYN = 3, MACHINE_X86_64 = 62 };
enum { PT_LOAD = 1, PT_INTERP = 3, PT_PHDR = 6, PT_GNU_STACK = 0x6474e551 };
enum { FLAG_X = 1, FLAG_W = 2, FLAG_R = 4 };
enum { PAGE = 4096, LONGEST_PATH = 4096 };

#define USER_END 0x0000800000000000ull

const char *elf_read_header(const void *bytes, size_t n, uint64_t file_size, struct elf_header *header) {
    struct raw_header raw;
    if (file_size == 0) return "it is empty";
    if (n >= 2 && memcmp(bytes, "#!", 2) == 0) return "it is a script, and scripts have no interpreter here";
    if (n < 4 || memcmp(bytes, "\177ELF", 4) != 0) return "it is not an ELF file";
    if (n < sizeof raw) return "its ELF header is cut short";
    memcpy(&raw, bytes, sizeof raw);
    if (raw.ident[4] != CLASS_64) return "it is a 32-bit program";
    if (raw.ident[5] != LITTLE_ENDIAN_DATA || raw.machine != MACHINE_X86_64) return "it is for another processor";
    if (raw.type != TYPE_EXEC && raw.type != TYPE_DYN) return "it is an ELF file, but not a program";
    if (raw.phnum == 0) return "it has no program headers";
    uint64_t end;
    if (raw.phentsize != ELF_PHDR_BYTES || raw.phnum > ELF_MOST_PHDRS ||
        __builtin_add_overflow(raw.phoff, (uint64_t)raw.phnum * ELF_PHDR_BYTES, &end) || end > file_size) {
        return "its program headers are broken";
    }
    *header = (struct elf_header){.entry = raw.entry,
                                  .phdr_offset = raw.phoff,
                                  .shdr_offset = raw.shoff,
                                  .phdr_count = raw.phnum,
                                  .shdr_count = raw.shentsize == ELF_SHDR_BYTES ? raw.shnum : 0,
                                  .relocatable = raw.type == TYPE_DYN};
    return NULL;
}

static bool segment_is_sound(const struct raw_phdr *p, uint64_t file_size) {
    uint64_t file_end, memory_end;
    if (p->filesz > p->memsz || __builtin_add_overflow(p->offset, p->filesz, &file_end) || file_end > file_size)
        return false;
    if (__builtin_add_overflow(p->vaddr, p->memsz, &memory_end) || memory_end > USER_END - PAGE) return false;
    return p->filesz == 0 || p->offset % PAGE == p->vaddr % PAGE;
}

static const char *add_segment(struct elf_layout *layout, const struct raw_phdr *p, uint64_t file_size) {
    if (p->memsz == 0) return NULL;
    if (!segment_is_sound(p, file_size)) return "one of its segments is broken";
    if (layout->segment_count == ELF_MOST_SEGMENTS) return "it has more than 32 segments";
    uint64_t low = p->vaddr & ~(uint64_t)(PAGE - 1), high = (p->vaddr + p->memsz + PAGE - 1) & ~(uint64_t)(PAGE - 1);
    if (layout->segment_count == 0 || low < layout->low) layout->low = low;
    if (high > layout->high) layout->high = high;
    layout->segments[layout->segment_count++] = (struct elf_segment){.address = p->vaddr,
                                                                     .memory_size = p->memsz,
                                                                     .offset = p->offset,
                                                                     .file_size = p->filesz,
                                                                     .readable = p->flags & FLAG_R,
                                                                     .writable = p->flags & FLAG_W,
                                                                     .executable = p->flags & FLAG_X};
    return NULL;
}

/// Finds the program headers in memory by the segment that holds them.
static uint64_t phdrs_in_memory(const struct elf_header *header, const struct elf_layout *layout) {
    uint64_t size = (uint64_t)header->phdr_count * ELF_PHDR_BYTES;
    for (size_t i = 0; i < layout->segment_count; i++) {
        const struct elf_segment *s = &layout->segments[i];
        if (header->phdr_offset < s->offset) continue;
        uint64_t inside = header->phdr_offset - s->offset;
        if (inside <= s->file_size && size <= s->file_size - inside) return s->address + inside;
    }
    return 0;
}

const char *elf_read_layout(const struct elf_header *header, const void *phdrs, uint64_t file_size,
                            struct elf_layout *layout) {
    memset(layout, 0, sizeof *layout);
    layout->stack_executable = true; // what a program without PT_GNU_STACK may count on
    for (size_t i = 0; i < header->phdr_count; i++) {
        struct raw_phdr p;
        memcpy(&p, (const char *)phdrs + i * sizeof p, sizeof p);
        if (p.type == PT_GNU_STACK) layout->stack_executable = p.flags & FLAG_X;
        if (p.type == PT_INTERP) {
            uint64_t end;
            if (p.filesz < 2 || p.filesz > LONGEST_PATH || __builtin_add_overflow(p.offset, p.filesz, &end) ||
                end > file_size) {
                return "the path of its interpreter is broken";
            }
            layout->interpreter_offset = p.offset;
            layout->interpreter_length = p.filesz;
        }
        if (p.type == PT_LOAD) {
            const char *wrong = add_segment(layout, &p, file_size);
            if (wrong) return wrong;
        }
    }
    if (layout->segment_count == 0) return "it has nothing to load";
    layout->phdr_address = phdrs_in_memory(header, layout);
    if (header->entry < layout->low || header->entry >= layout->high) return "its entry point lies outside of it";
    return NULL;
}
