// Names for addresses: from the symbol table of the file that is mapped there.

#include "proc/symbols.h"
#include "fs/cache.h"
#include "fs/file.h"
#include "lib/elf_symbols.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "vm/space.h"

enum { NAME = 128, PATH = 512 };

static bool read_file(void *context, uint64_t offset, void *to, uint64_t n) {
    struct io io;
    io_kernel(&io, to, n);
    return cache_read(context, offset, &io) == (long)n;
}

/// What an image's addresses were moved by: where the first byte of the file is mapped, for an image linked at 0.
static uint64_t base_of(const struct inode *inode) {
    for (size_t i = 0; i < space.areas.count; i++) {
        const struct area *area = &space.areas.items[i];
        if (area->object && ((struct file *)area->object)->inode == inode) return area->start - area->offset;
    }
    return 0;
}

static bool find_name(uint64_t address, char *name, size_t cap, uint64_t *offset) {
    const struct area *area = areas_find(&space.areas, address);
    uint8_t bytes[ELF_HEADER_BYTES];
    struct elf_header header;
    if (!area || !area->object) return false;
    struct inode *inode = ((struct file *)area->object)->inode;
    struct elf_source file = {.read = read_file, .context = inode, .size = inode->size};
    if (!read_file(inode, 0, bytes, sizeof bytes)) return false;
    if (elf_read_header(bytes, sizeof bytes, inode->size, &header)) return false;
    uint64_t base = header.relocatable ? base_of(inode) : 0, start;
    if (!elf_find_function(&file, address - base, name, cap, &start)) return false;
    *offset = address - base - start;
    return true;
}

void symbols_describe(uint64_t address, char *to, size_t cap) {
    char name[NAME];
    uint64_t offset;
    if (find_name(address, name, sizeof name, &offset)) {
        format_text(to, cap, "%s + 0x%llx (0x%llx)", name, (unsigned long long)offset, (unsigned long long)address);
    } else {
        format_text(to, cap, "0x%llx", (unsigned long long)address);
    }
}

void symbols_describe_mapping(uint64_t address, char *to, size_t cap) {
    const struct area *area = areas_find(&space.areas, address);
    if (!area) {
        format_text(to, cap, "nothing");
        return;
    }
    char *path = kmalloc(PATH);
    const char *what = "anonymous memory";
    if (area->flags & AREA_GUARD) what = "the gap below the stack";
    else if (area->flags & AREA_STACK) what = "the stack";
    else if (area->flags & AREA_HEAP) what = "the heap";
    else if (area->object) {
        const struct file *file = area->object;
        what = path && file->place && dentry_path(file->place, path, PATH) > 0 ? path : "a file";
    }
    format_text(to, cap, "%s %c%c%c", what, area->prot & PROT_READ ? 'r' : '-', area->prot & PROT_WRITE ? 'w' : '-',
                area->prot & PROT_EXEC ? 'x' : '-');
    kfree(path);
}
