// Loading an ELF64 kernel. Structures as in the System V ABI; the entry note as in Xen's public/elfnote.h.

#include "kernel_image.h"

#include "memory.h"

#define MACHINE_X86_64 62
#define TYPE_EXECUTABLE 2
#define SEGMENT_LOAD 1
#define SEGMENT_NOTE 4
#define SEGMENTS 16
#define NOTE_BYTES 1024
#define NOTE_PHYS32_ENTRY 18

struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, segments_at, sections_at;
    uint32_t flags;
    uint16_t header_size, segment_size, segment_count, section_size, section_count, section_names;
};

struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, virtual_address, physical_address, file_size, memory_size, align;
};

struct elf_note {
    uint32_t name_size, value_size, type;
};

static fault_t read_segments(struct tfs_file *file, struct elf_segment *segments, uint32_t *count) {
    static const uint8_t ident[6] = {0x7f, 'E', 'L', 'F', 2, 1}; // 64 bits, little-endian
    struct elf_header header;
    fault_t fault = tfs_file_read(file, 0, sizeof header, &header);
    if (fault) return fault;
    if (memcmp(header.ident, ident, sizeof ident) != 0) return "the kernel is not a 64-bit ELF file";
    if (header.machine != MACHINE_X86_64) return "the kernel is for another processor";
    if (header.type != TYPE_EXECUTABLE || header.segment_size != sizeof *segments || header.segment_count == 0 ||
        header.segment_count > SEGMENTS) {
        return "the kernel has an unusual ELF header";
    }
    *count = header.segment_count;
    return tfs_file_read(file, header.segments_at, sizeof *segments * *count, segments);
}

static fault_t check_segments(struct tfs_file *file, const struct elf_segment *segments, uint32_t count) {
    uint64_t needed = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct elf_segment *segment = &segments[i];
        if (segment->type != SEGMENT_LOAD && segment->type != SEGMENT_NOTE) continue;
        if (segment->offset > file->length || segment->file_size > file->length - segment->offset ||
            (segment->type == SEGMENT_LOAD && segment->file_size > segment->memory_size)) {
            return "the kernel is cut short";
        }
        uint64_t end = segment->offset + segment->file_size;
        if (end > needed) needed = end;
    }
    file->read_ahead = needed; // symbols behind the last segment are not loaded
    return NULL;
}

// Notes are aligned to 4 bytes, in segments aligned to 8 to 8.
static uint64_t note_end(uint64_t at, uint32_t size, uint64_t align) {
    uint64_t mask = align == 8 ? 7 : 3;
    return (at + size + mask) & ~mask;
}

static fault_t find_entry(struct tfs_file *file, const struct elf_segment *segment, uint32_t *entry) {
    static uint8_t notes[NOTE_BYTES];
    uint64_t size = segment->file_size < sizeof notes ? segment->file_size : sizeof notes;
    fault_t fault = tfs_file_read(file, segment->offset, size, notes);
    if (fault) return fault;
    for (uint64_t at = 0; size - at >= sizeof(struct elf_note);) {
        struct elf_note note;
        memcpy(&note, notes + at, sizeof note);
        uint64_t name = at + sizeof note;
        uint64_t value = note_end(name, note.name_size, segment->align);
        uint64_t next = note_end(value, note.value_size, segment->align);
        if (value > size || note.value_size > size - value) break;
        if (note.type == NOTE_PHYS32_ENTRY && note.name_size == 4 && memcmp(notes + name, "Xen", 4) == 0 &&
            note.value_size >= sizeof *entry) {
            memcpy(entry, notes + value, sizeof *entry);
            return NULL;
        }
        if (next > size) break;
        at = next;
    }
    return NULL;
}

static fault_t load_segment(struct tfs_file *file, const struct elf_segment *segment, memory_source memory,
                            void *context) {
    if (segment->memory_size == 0) return NULL;
    uint8_t *to = memory(context, segment->physical_address, segment->memory_size);
    if (to == NULL) return "the kernel needs more memory than this machine has";
    fault_t fault = tfs_file_read(file, segment->offset, segment->file_size, to);
    if (fault) return fault;
    memset(to + segment->file_size, 0, (size_t)(segment->memory_size - segment->file_size));
    return NULL;
}

fault_t kernel_load(struct tfs_file *file, memory_source memory, void *context, uint32_t *entry) {
    static struct elf_segment segments[SEGMENTS];
    uint32_t count;
    fault_t fault = read_segments(file, segments, &count);
    if (fault) return fault;
    if ((fault = check_segments(file, segments, count))) return fault;

    *entry = 0;
    for (uint32_t i = 0; i < count && *entry == 0; i++) {
        if (segments[i].type == SEGMENT_NOTE && (fault = find_entry(file, &segments[i], entry))) return fault;
    }
    bool entry_is_inside = false;
    for (uint32_t i = 0; i < count; i++) {
        if (segments[i].type != SEGMENT_LOAD) continue;
        if ((fault = load_segment(file, &segments[i], memory, context))) return fault;
        entry_is_inside |=
            *entry >= segments[i].physical_address && *entry - segments[i].physical_address < segments[i].file_size;
    }
    return entry_is_inside ? NULL : "the kernel cannot be started: it has no PVH entry";
}
