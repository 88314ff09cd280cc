// Mapping an ELF program and its interpreter.

#include "proc/exec.h"
#include "arch/paging.h"
#include "arch/user.h"
#include "dev/random.h"
#include "fs/cache.h"
#include "fs/file.h"
#include "fs/walk.h"
#include "lib/elf.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "mem/heap.h"
#include "vm/space.h"

#define PROGRAM_BASE 0x0000555555554000ull

enum { PROGRAM_RANDOM_BITS = 28, HEAP_RANDOM_BITS = 13 };

static uint64_t random_pages(bool random, unsigned bits) {
    uint64_t r = 0;
    if (random) random_fill(&r, sizeof r);
    return (r & (((uint64_t)1 << bits) - 1)) << PAGE_SHIFT;
}

static bool read_exactly(struct file *file, uint64_t position, void *to, uint64_t n) {
    struct io io;
    io_kernel(&io, to, n);
    return cache_read(file->inode, position, &io) == (long)n;
}

static const char *open_failure(int result) {
    switch (result) {
    case -ENOENT: return "it is not in the image";
    case -ENOTDIR: return "its path leads through something that is not a folder";
    case -ELOOP: return "its path is a circle of symbolic links";
    case -ENOMEM: return "there is not enough memory";
    default: return "it cannot be opened";
    }
}

static const char *open_image(const char *path, struct file **file) {
    int result = file_open(NULL, path, OPEN_READ, 0, file);
    if (result != 0) return open_failure(result);
    if (inode_is((*file)->inode, MODE_FILE)) return NULL;
    const char *why = inode_is((*file)->inode, MODE_DIRECTORY) ? "it is a folder" : "it is not a file";
    file_drop(*file);
    return why;
}

static const char *read_layout(struct file *file, struct elf_header *header, struct elf_layout *layout) {
    uint8_t first[ELF_HEADER_BYTES];
    uint64_t size = file->inode->size, n = size < sizeof first ? size : sizeof first;
    if (!read_exactly(file, 0, first, n)) return "it cannot be read";
    const char *why = elf_read_header(first, n, size, header);
    if (why) return why;
    uint64_t bytes = (uint64_t)header->phdr_count * ELF_PHDR_BYTES;
    void *phdrs = kmalloc(bytes);
    if (!phdrs) return "there is not enough memory";
    why = read_exactly(file, header->phdr_offset, phdrs, bytes) ? elf_read_layout(header, phdrs, size, layout)
                                                                : "it cannot be read";
    kfree(phdrs);
    return why;
}

static unsigned protection(const struct elf_segment *s) {
    return (s->readable ? PROT_READ : 0u) | (s->writable ? PROT_WRITE : 0u) | (s->executable ? PROT_EXEC : 0u);
}

/// Maps one segment: file pages, then the zeros behind them. They go on to the end of the file's last page, as on
/// Linux: glibc's loader takes what is left of its own last page for its first allocations, and relies on it being
/// zero.
static bool map_segment(struct file *file, const struct elf_segment *s, uint64_t base) {
    uint64_t start = base + s->address, inside = start % PAGE_SIZE;
    uint64_t file_end = start + s->file_size,
             end = (start + s->memory_size + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
    uint64_t file_pages_end = s->file_size ? (file_end + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1) : start - inside;
    unsigned prot = protection(s), flags = MAP_PRIVATE | MAP_FIXED;
    if (s->file_size > 0 &&
        space_map(start - inside, file_end - start + inside, prot, flags, file, s->offset - inside) < 0) {
        return false;
    }
    if (s->memory_size > s->file_size && s->writable && file_pages_end > file_end && s->file_size > 0) {
        if (clear_user(file_end, file_pages_end - file_end) != 0) return false;
    }
    if (end <= file_pages_end) return true;
    return space_map(file_pages_end, end - file_pages_end, prot, flags | MAP_ANONYMOUS, NULL, 0) >= 0;
}

/// Finds room for a relocatable image: at `wanted`, or where mmap would put it.
static bool choose_base(const struct elf_layout *layout, uint64_t wanted, uint64_t *base) {
    long at = space_map(wanted, layout->high - layout->low, 0, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NO_RESERVE, NULL, 0);
    *base = (uint64_t)at - layout->low;
    return at >= 0;
}

static const char *load_image(struct file *file, const struct elf_header *header, const struct elf_layout *layout,
                              uint64_t wanted, struct loaded_image *image) {
    static const char no_room[] = "its segments do not fit into memory";
    uint64_t base = 0;
    if (header->relocatable) {
        if (!choose_base(layout, wanted, &base)) return no_room;
    } else if (layout->low < space.map_low || layout->high > space.map_high) {
        return no_room;
    }
    for (size_t i = 0; i < layout->segment_count; i++) {
        if (!map_segment(file, &layout->segments[i], base)) return no_room;
    }
    *image = (struct loaded_image){.entry = base + header->entry,
                                   .base = base,
                                   .low = base + layout->low,
                                   .high = base + layout->high,
                                   .phdr_address = layout->phdr_address ? base + layout->phdr_address : 0,
                                   .phdr_count = header->phdr_count};
    return NULL;
}

static const char *load_interpreter(struct file *program, const struct elf_layout *layout, struct loaded_image *image) {
    static char message[320];
    static char path[PATH_LONGEST + 1];
    struct elf_header header;
    struct elf_layout own;
    struct file *file;
    if (layout->interpreter_length > PATH_LONGEST) return "the path of its interpreter is too long";
    if (!read_exactly(program, layout->interpreter_offset, path, layout->interpreter_length))
        return "it cannot be read";
    path[layout->interpreter_length] = '\0';
    const char *why = open_image(path, &file);
    if (!why) {
        why = read_layout(file, &header, &own);
        if (!why && own.interpreter_length > 0) why = "it wants an interpreter itself";
        if (!why) why = load_image(file, &header, &own, 0, image);
        file_drop(file);
    }
    if (!why) return NULL;
    format_text(message, sizeof message, "its interpreter %s cannot be used: %s", path, why);
    return message;
}

const char *exec_load(const char *path, bool random, struct loaded_program *loaded, struct dentry **place) {
    struct file *file;
    struct elf_header header;
    struct elf_layout *layout = kmalloc(sizeof *layout);
    if (!layout) return "there is not enough memory";
    const char *why = open_image(path, &file);
    if (!why) {
        why = read_layout(file, &header, layout);
        uint64_t wanted = PROGRAM_BASE + random_pages(random, PROGRAM_RANDOM_BITS);
        if (!why) why = load_image(file, &header, layout, wanted, &loaded->program);
        loaded->start = loaded->program.entry;
        loaded->has_interpreter = layout->interpreter_length > 0;
        if (!why && loaded->has_interpreter) {
            why = load_interpreter(file, layout, &loaded->interpreter);
            loaded->start = loaded->interpreter.entry;
        }
        if (!why) {
            space_set_heap_start(loaded->program.high + random_pages(random, HEAP_RANDOM_BITS));
            *place = file->place;
            dentry_take(*place);
        }
        file_drop(file);
    }
    kfree(layout);
    return why;
}
