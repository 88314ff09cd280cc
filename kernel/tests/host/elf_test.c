// Headers and segments of ELF programs, made here byte by byte; and symbols of this very program.

#include "lib/elf.h"
#include "lib/elf_symbols.h"
#include "tap.h"
#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_SIZE = 0x3000, HEADERS = 4 };

static struct {
    Elf64_Ehdr header;
    Elf64_Phdr segments[HEADERS];
} file;

/// A program of text, data with zeros behind them, an interpreter and a stack that must not be executed.
static void make(void) {
    memset(&file, 0, sizeof file);
    memcpy(file.header.e_ident, "\177ELF\2\1\1", 7);
    file.header.e_type = ET_DYN;
    file.header.e_machine = EM_X86_64;
    file.header.e_entry = 0x1040;
    file.header.e_phoff = sizeof file.header;
    file.header.e_phentsize = sizeof(Elf64_Phdr);
    file.header.e_phnum = HEADERS;
    file.segments[0] = (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_filesz = 0x2000, .p_memsz = 0x2000};
    file.segments[1] = (Elf64_Phdr){.p_type = PT_LOAD,
                                    .p_flags = PF_R | PF_W,
                                    .p_offset = 0x2000,
                                    .p_vaddr = 0x4000,
                                    .p_filesz = 0x800,
                                    .p_memsz = 0x1800};
    file.segments[2] = (Elf64_Phdr){.p_type = PT_INTERP, .p_offset = 0x300, .p_filesz = 28};
    file.segments[3] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
}

static struct elf_layout layout;

/// What is wrong with the program as it stands; null for nothing.
static const char *wrong(void) {
    struct elf_header header;
    const char *why = elf_read_header(&file, sizeof file, FILE_SIZE, &header);
    return why ? why : elf_read_layout(&header, file.segments, FILE_SIZE, &layout);
}

static bool says(const char *words) {
    const char *why = wrong();
    return why && strstr(why, words);
}

static void sound(void) {
    make();
    ok(wrong() == NULL && layout.segment_count == 2 && layout.low == 0 && layout.high == 0x6000,
       "a program's segments and bounds");
    ok(layout.segments[0].executable && !layout.segments[0].writable && layout.segments[1].writable &&
           layout.segments[1].memory_size == 0x1800 && layout.segments[1].file_size == 0x800,
       "a segment's protection and sizes");
    ok(layout.phdr_address == sizeof file.header, "its program headers are found in memory");
    ok(layout.interpreter_offset == 0x300 && layout.interpreter_length == 28 && !layout.stack_executable,
       "its interpreter, and its stack's protection");
    file.segments[3].p_type = PT_NULL;
    ok(wrong() == NULL && layout.stack_executable, "without a word about it the stack may be executed");
    file.segments[1].p_memsz = file.segments[1].p_filesz = 0;
    ok(wrong() == NULL && layout.segment_count == 1, "a segment of no size is none");
}

static void headers(void) {
    struct elf_header header;
    ok(strstr(elf_read_header("", 0, 0, &header), "empty") &&
           strstr(elf_read_header("#!/bin/sh", 9, 9, &header), "script") &&
           strstr(elf_read_header("MZ..", 4, 4, &header), "not an ELF") &&
           strstr(elf_read_header("\177ELF", 4, 4, &header), "cut short"),
       "what is no ELF is called what it is");
    make();
    file.header.e_ident[EI_CLASS] = ELFCLASS32;
    ok(says("32-bit"), "a 32-bit program");
    make();
    file.header.e_machine = EM_AARCH64;
    ok(says("another processor"), "a program for another processor");
    make();
    file.header.e_type = ET_REL;
    ok(says("not a program"), "an object file");
    make();
    file.header.e_phnum = 0;
    ok(says("no program headers"), "no program headers");
    make();
    file.header.e_phoff = UINT64_MAX - 10;
    bool overflows = says("broken");
    file.header.e_phoff = FILE_SIZE - 10;
    ok(overflows && says("broken"), "program headers that leave the file");
    make();
    file.header.e_phnum = 500;
    bool many = says("broken");
    make();
    file.header.e_phentsize = 32;
    ok(many && says("broken"), "program headers of another size, or too many");
}

static bool broken(int segment, Elf64_Phdr changed) {
    make();
    file.segments[segment] = changed;
    return wrong() != NULL;
}

static void segments(void) {
    make();
    Elf64_Phdr text = file.segments[0], interpreter = file.segments[2], p;
    p = text, p.p_filesz = 0x2001, p.p_memsz = 0x2000;
    ok(broken(0, p), "more bytes in the file than in memory");
    p = text, p.p_filesz = p.p_memsz = FILE_SIZE + 1;
    ok(broken(0, p), "a segment that leaves the file");
    p = text, p.p_offset = UINT64_MAX - 0xfff;
    ok(broken(0, p), "a segment whose end in the file overflows");
    p = text, p.p_vaddr = 0x00007ffffffff000, p.p_memsz = 0x2000;
    bool high = broken(0, p);
    p.p_vaddr = UINT64_MAX - 0xfff;
    ok(high && broken(0, p), "a segment that leaves the lower half");
    p = text, p.p_vaddr = 0x10;
    ok(broken(0, p), "a segment that is not in step with its pages");
    p = interpreter, p.p_filesz = 1;
    bool shortest = broken(2, p);
    p.p_filesz = 5000;
    bool longest = broken(2, p);
    p.p_filesz = 28, p.p_offset = UINT64_MAX;
    ok(shortest && longest && broken(2, p), "a path of an interpreter that can't be one");
    make();
    file.header.e_entry = 0x6000;
    ok(says("entry point"), "an entry point outside of it");
    make();
    file.segments[0].p_type = file.segments[1].p_type = PT_NOTE;
    ok(says("nothing to load"), "nothing to load");
    make();
    file.segments[0].p_offset = 0x1000, file.segments[0].p_vaddr = 0x1000, file.segments[0].p_filesz = 0x1000;
    ok(wrong() == NULL && layout.phdr_address == 0, "program headers that no segment holds");
}

/// This program's own file.
static bool read_self(void *context, uint64_t offset, void *to, uint64_t n) {
    return fseek(context, (long)offset, SEEK_SET) == 0 && fread(to, 1, n, context) == n;
}

__attribute__((noinline)) int elf_test_landmark(void) { return 17; }

static void symbols(void) {
    FILE *self = fopen("/proc/self/exe", "rb");
    fseek(self, 0, SEEK_END);
    struct elf_source source = {.read = read_self, .context = self, .size = (uint64_t)ftell(self)};
    extern const char __executable_start;
    uint64_t address = (uint64_t)elf_test_landmark - (uint64_t)&__executable_start, start = 0;
    char name[64];
    ok(elf_find_function(&source, address + 1, name, sizeof name, &start) && strcmp(name, "elf_test_landmark") == 0 &&
           start == address,
       "a function is found by an address inside of it");
    ok(elf_find_function(&source, address, name, 8, &start) && strcmp(name, "elf_tes") == 0,
       "its name is cut to the room there is");
    ok(!elf_find_function(&source, 1, name, sizeof name, &start), "an address before all functions has no name");
    source.size = 10;
    ok(!elf_find_function(&source, address, name, sizeof name, &start), "a file that is too short has no names");
    fclose(self);
}

int main(void) {
    sound();
    headers();
    segments();
    symbols();
    return done();
}
