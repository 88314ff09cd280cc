// Searching a symbol table for the function around an address. The table is not sorted: it is read through once.

#include "lib/elf_symbols.h"
#include "lib/string.h"

enum { TYPE_SYMBOL_TABLE = 2, TYPE_DYNAMIC_SYMBOLS = 11, SYMBOL_FUNCTION = 2, PIECE = 64, MOST_SYMBOLS = 1 << 21 };

struct raw_section {
    uint32_t name, type;
    uint64_t flags, address, offset, size;
    uint32_t link, info;
    uint64_t alignment, entry_size;
};

struct raw_symbol {
    uint32_t name;
    uint8_t info, other;
    uint16_t section;
    uint64_t value, size;
};

_Static_assert(sizeof(struct raw_section) == ELF_SHDR_BYTES, "as in the file");
_Static_assert(sizeof(struct raw_symbol) == ELF_SYMBOL_BYTES, "as in the file");

static bool read_section(const struct elf_source *file, const struct elf_header *header, unsigned n,
                         struct raw_section *s) {
    uint64_t at;
    if (n >= header->shdr_count) return false;
    if (__builtin_add_overflow(header->shdr_offset, (uint64_t)n * ELF_SHDR_BYTES, &at)) return false;
    return file->read(file->context, at, s, sizeof *s);
}

/// The function with the highest start that is not behind `address`, and does not end before it.
static bool search(const struct elf_source *file, const struct raw_section *table, uint64_t address,
                   struct raw_symbol *best) {
    static struct raw_symbol piece[PIECE]; // too large for a kernel stack; reports come one at a time
    uint64_t count = table->size / ELF_SYMBOL_BYTES;
    bool found = false;
    if (count > MOST_SYMBOLS) return false;
    for (uint64_t i = 0; i < count; i += PIECE) {
        uint64_t n = count - i < PIECE ? count - i : PIECE, at;
        if (__builtin_add_overflow(table->offset, i * ELF_SYMBOL_BYTES, &at)) return false;
        if (!file->read(file->context, at, piece, n * ELF_SYMBOL_BYTES)) return false;
        for (uint64_t k = 0; k < n; k++) {
            const struct raw_symbol *s = &piece[k];
            if ((s->info & 15) != SYMBOL_FUNCTION || s->value == 0 || s->value > address) continue;
            // Functions written in assembler often have no size: they reach up to the next one.
            if (s->size > 0 && address - s->value >= s->size) continue;
            if (found && s->value < best->value) continue;
            *best = *s;
            found = true;
        }
    }
    return found;
}

static bool read_name(const struct elf_source *file, const struct raw_section *strings, uint32_t offset, char *to,
                      size_t cap) {
    if (offset >= strings->size || cap == 0) return false;
    uint64_t n = strings->size - offset, at;
    if (n > cap - 1) n = cap - 1;
    if (__builtin_add_overflow(strings->offset, (uint64_t)offset, &at)) return false;
    if (!file->read(file->context, at, to, n)) return false;
    to[n] = '\0';
    for (char *c = to; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
    }
    return to[0] != '\0';
}

bool elf_find_function(const struct elf_source *file, uint64_t address, char *name, size_t cap, uint64_t *start) {
    uint8_t first[ELF_HEADER_BYTES];
    struct elf_header header;
    if (file->size < sizeof first || !file->read(file->context, 0, first, sizeof first)) return false;
    if (elf_read_header(first, sizeof first, file->size, &header)) return false;
    static const uint32_t kinds[] = {TYPE_SYMBOL_TABLE, TYPE_DYNAMIC_SYMBOLS};
    for (unsigned kind = 0; kind < 2; kind++) {
        for (unsigned n = 0; n < header.shdr_count; n++) {
            struct raw_section table, strings;
            struct raw_symbol symbol = {0};
            if (!read_section(file, &header, n, &table)) break;
            if (table.type != kinds[kind] || !read_section(file, &header, table.link, &strings)) continue;
            if (!search(file, &table, address, &symbol)) continue;
            if (!read_name(file, &strings, symbol.name, name, cap)) continue;
            *start = symbol.value;
            return true;
        }
    }
    return false;
}
