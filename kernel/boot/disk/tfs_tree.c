// Replaying the records of a TFS log. A record is one value; its encoding: a header byte (reference or immediate, type,
// number) and what follows. Tuples, vectors and symbols are numbered from 1 in the order in which they are met.
//
// Nothing is recursive: values within values stand on a stack of their own, of bounded depth.

#include "tfs_tree.h"

#include <stddef.h>

#include "memory.h"

enum { TYPE_BUFFER = 0, TYPE_TUPLE = 1, TYPE_VECTOR = 2, TYPE_INTEGER = 3, TYPE_STRING = 4 };

// What the dictionary holds.
enum { ENTRY_SYMBOL, ENTRY_TUPLE, ENTRY_VECTOR };

struct tree_entry {
    uint32_t kind;
    uint32_t value; // a symbol's name; a tuple's first attribute + 1
};

struct tree_attribute {
    uint32_t name, next, kind;
    uint64_t number;
};

enum { VALUE_DELETED, VALUE_TUPLE, VALUE_INTEGER, VALUE_FLAG, VALUE_OTHER };

// Names of attributes, as far as they matter. A name that is a decimal number below 2^31 is NAME_NUMBER + the number.
enum { NAME_NONE, NAME_CHILDREN, NAME_EXTENTS, NAME_FILELENGTH, NAME_OFFSET, NAME_LENGTH, NAME_UNINITED, NAME_SOUGHT };
#define NAME_NUMBER 0x80000000u
#define NAME_BYTES 64 // longer names are of no interest

#define ROOT 1u

static bool decimal(const uint8_t *text, size_t length, uint64_t *number) {
    if (length == 0 || length > 19) return false;
    *number = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        *number = *number * 10 + (uint64_t)(text[i] - '0');
    }
    return true;
}

static bool is_text(const uint8_t *bytes, size_t length, const char *text) {
    for (size_t i = 0; i < length; i++) {
        if (text[i] == 0 || bytes[i] != (uint8_t)text[i]) return false;
    }
    return text[length] == 0;
}

static uint32_t classify(const struct tfs_tree *tree, const uint8_t *text, size_t length) {
    static const struct {
        const char *text;
        uint32_t name;
    } known[] = {
        {"children", NAME_CHILDREN}, {"extents", NAME_EXTENTS}, {"filelength", NAME_FILELENGTH},
        {"offset", NAME_OFFSET},     {"length", NAME_LENGTH},   {"uninited", NAME_UNINITED},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (is_text(text, length, known[i].text)) return known[i].name;
    }
    uint64_t number;
    if (decimal(text, length, &number) && number < NAME_NUMBER && (text[0] != '0' || length == 1)) {
        return NAME_NUMBER + (uint32_t)number;
    }
    return is_text(text, length, tree->sought) ? NAME_SOUGHT : NAME_NONE;
}

// Whether the arena has room for `bytes` more.
static bool has_room(const struct tfs_tree *tree, size_t bytes) {
    const uint8_t *low = (const uint8_t *)(tree->entries + tree->entry_count);
    const uint8_t *high = (const uint8_t *)(tree->attributes_end - tree->attribute_count);
    return (size_t)(high - low) >= bytes;
}

static fault_t add_entry(struct tfs_tree *tree, uint32_t kind, uint32_t value, uint32_t *number) {
    if (!has_room(tree, sizeof(struct tree_entry))) return "the boot file system holds too many files";
    tree->entries[tree->entry_count] = (struct tree_entry){.kind = kind, .value = value};
    *number = ++tree->entry_count;
    return NULL;
}

static struct tree_entry *entry_of(const struct tfs_tree *tree, uint64_t number, uint32_t kind) {
    if (number == 0 || number > tree->entry_count) return NULL;
    struct tree_entry *entry = &tree->entries[number - 1];
    return entry->kind == kind ? entry : NULL;
}

static struct tree_attribute *attribute_at(const struct tfs_tree *tree, uint32_t index) {
    return tree->attributes_end - index;
}

static struct tree_attribute *lookup(const struct tfs_tree *tree, uint64_t tuple, uint32_t name) {
    const struct tree_entry *entry = entry_of(tree, tuple, ENTRY_TUPLE);
    for (uint32_t index = entry ? entry->value : 0; index != 0; index = attribute_at(tree, index)->next) {
        if (attribute_at(tree, index)->name == name) return attribute_at(tree, index);
    }
    return NULL;
}

static fault_t set(struct tfs_tree *tree, uint32_t tuple, uint32_t name, struct tree_value value) {
    struct tree_entry *entry = entry_of(tree, tuple, ENTRY_TUPLE);
    if (entry == NULL || name == NAME_NONE) return NULL; // an element of a vector, or of no interest
    struct tree_attribute *old = lookup(tree, tuple, name);
    if (old == NULL) {
        if (value.kind == VALUE_DELETED) return NULL;
        if (!has_room(tree, sizeof *old)) return "the boot file system holds too many files";
        old = attribute_at(tree, ++tree->attribute_count);
        *old = (struct tree_attribute){.name = name, .next = entry->value};
        entry->value = tree->attribute_count;
    }
    old->kind = value.kind; // a deleted one keeps its place
    old->number = value.number;
    return NULL;
}

struct header {
    bool immediate;
    uint32_t type;
    uint64_t number;
};

static fault_t read_header(struct tfs_log *log, struct header *header) {
    uint8_t byte;
    fault_t fault = log_byte(log, &byte);
    if (fault) return fault;
    header->immediate = byte & 0x80;
    header->type = byte >> 4 & 7;
    header->number = byte & 7;
    for (bool more = byte & 8; more; more = byte & 0x80) {
        if (header->number >> 57) return "the log of the boot file system holds a number of more than 64 bits";
        if ((fault = log_byte(log, &byte))) return fault;
        header->number = header->number << 7 | (byte & 0x7f);
    }
    return NULL;
}

// Reads `length` bytes and keeps the first `cap` of them.
static fault_t read_bytes(struct tfs_log *log, uint64_t length, uint8_t *to, size_t cap) {
    for (uint64_t i = 0; i < length; i++) {
        uint8_t byte;
        fault_t fault = log_byte(log, &byte);
        if (fault) return fault;
        if (i < cap) to[i] = byte;
    }
    return NULL;
}

static fault_t read_name(struct tfs_tree *tree, uint32_t *name) {
    struct header header;
    fault_t fault = read_header(&tree->log, &header);
    if (fault) return fault;
    if (header.type != TYPE_BUFFER) return "the log of the boot file system holds an attribute without a name";
    if (!header.immediate) {
        const struct tree_entry *entry = entry_of(tree, header.number, ENTRY_SYMBOL);
        if (entry == NULL) return "the log of the boot file system refers to a name that it does not hold";
        *name = entry->value;
        return NULL;
    }
    uint8_t text[NAME_BYTES];
    if ((fault = read_bytes(&tree->log, header.number, text, sizeof text))) return fault;
    *name = header.number <= sizeof text ? classify(tree, text, (size_t)header.number) : NAME_NONE;
    uint32_t number;
    return add_entry(tree, ENTRY_SYMBOL, *name, &number);
}

// A value that holds no others.
static fault_t read_plain(struct tfs_tree *tree, const struct header *header, struct tree_value *value) {
    *value = (struct tree_value){.kind = VALUE_OTHER};
    fault_t fault;
    switch (header->type) {
    case TYPE_INTEGER:
        if (!header->immediate) break;
        // A negative number is never an extent's or a length's.
        value->kind = header->number == 0 ? VALUE_INTEGER : VALUE_OTHER;
        return log_varint(&tree->log, &value->number);
    case TYPE_STRING:
    case TYPE_BUFFER: {
        if (!header->immediate) return NULL; // the text of a symbol: never a number, as writers don't do this
        uint8_t text[20];
        if ((fault = read_bytes(&tree->log, header->number, text, sizeof text))) return fault;
        if (header->type == TYPE_STRING) {
            if (header->number <= sizeof text && decimal(text, (size_t)header->number, &value->number)) {
                value->kind = VALUE_INTEGER;
            }
        } else if (header->number == 0) {
            value->kind = VALUE_DELETED;
        } else if (header->number == 1 && text[0] == 0) {
            value->kind = VALUE_FLAG;
        }
        return NULL;
    }
    }
    return "the log of the boot file system holds a value of unknown type";
}

// Begins a tuple or vector: what follows belongs to it until its attributes are all there.
static fault_t push(struct tfs_tree *tree, const struct header *header, uint32_t name) {
    bool is_vector = header->type == TYPE_VECTOR;
    uint32_t kind = is_vector ? ENTRY_VECTOR : ENTRY_TUPLE;
    uint32_t owner;
    fault_t fault;
    if (header->immediate) {
        if ((fault = add_entry(tree, kind, 0, &owner))) return fault;
    } else {
        uint64_t number;
        if ((fault = log_varint(&tree->log, &number))) return fault;
        if (entry_of(tree, number, kind) == NULL) {
            return "the log of the boot file system refers to a tuple that it does not hold";
        }
        owner = (uint32_t)number;
    }
    if (tree->depth == TREE_DEPTH) return "the boot file system is nested too deep";
    tree->frames[tree->depth++] = (struct tree_frame){
        .owner = owner, .is_vector = is_vector, .name = name, .remaining = header->number};
    return NULL;
}

static fault_t read_record(struct tfs_tree *tree) {
    struct header header;
    fault_t fault = read_header(&tree->log, &header);
    if (fault) return fault;
    if (header.type != TYPE_TUPLE) return "the log of the boot file system holds a record that is no tuple";
    if ((fault = push(tree, &header, NAME_NONE))) return fault;
    while (tree->depth > 0) {
        struct tree_frame *frame = &tree->frames[tree->depth - 1];
        if (frame->remaining == 0) {
            tree->depth--;
            if (tree->depth == 0) break;
            struct tree_value value = {.kind = frame->is_vector ? VALUE_OTHER : VALUE_TUPLE, .number = frame->owner};
            if ((fault = set(tree, tree->frames[tree->depth - 1].owner, frame->name, value))) return fault;
            continue;
        }
        frame->remaining--;
        uint32_t name = NAME_NONE;
        if (!frame->is_vector && (fault = read_name(tree, &name))) return fault;
        if ((fault = read_header(&tree->log, &header))) return fault;
        if (header.type == TYPE_TUPLE || header.type == TYPE_VECTOR) {
            if ((fault = push(tree, &header, name))) return fault;
        } else {
            struct tree_value value;
            if ((fault = read_plain(tree, &header, &value))) return fault;
            if ((fault = set(tree, frame->owner, name, value))) return fault;
        }
    }
    return NULL;
}

fault_t tree_replay(struct tfs_tree *tree, struct volume *volume, const char *sought, void *arena, size_t arena_bytes) {
    tree->sought = sought;
    tree->entries = arena;
    tree->entry_count = 0;
    tree->attributes_end = (struct tree_attribute *)arena + arena_bytes / sizeof(struct tree_attribute);
    tree->attribute_count = 0;
    tree->depth = 0;
    fault_t fault = log_open(&tree->log, volume);
    while (!fault) {
        bool found;
        if ((fault = log_next_record(&tree->log, &found)) || !found) break;
        fault = read_record(tree);
    }
    return fault;
}

// The tuple that is attribute `name` of `tuple`, 0 if there is none.
static uint32_t member(const struct tfs_tree *tree, uint64_t tuple, uint32_t name) {
    const struct tree_attribute *attribute = lookup(tree, tuple, name);
    return attribute && attribute->kind == VALUE_TUPLE ? (uint32_t)attribute->number : 0;
}

static bool integer(const struct tfs_tree *tree, uint64_t tuple, uint32_t name, uint64_t *number) {
    const struct tree_attribute *attribute = lookup(tree, tuple, name);
    if (attribute == NULL || attribute->kind != VALUE_INTEGER) return false;
    *number = attribute->number;
    return true;
}

static fault_t add_extent(const struct tfs_tree *tree, const struct tree_attribute *from, struct tfs_file *file) {
    struct tfs_extent extent = {.first = from->name - NAME_NUMBER};
    const struct tree_attribute *uninited = lookup(tree, from->number, NAME_UNINITED);
    extent.is_zero = uninited && uninited->kind != VALUE_DELETED;
    if (from->kind != VALUE_TUPLE || !integer(tree, from->number, NAME_OFFSET, &extent.sector) ||
        !integer(tree, from->number, NAME_LENGTH, &extent.count)) {
        return "the kernel in the boot file system has an incomplete extent";
    }
    return tfs_file_add(file, extent);
}

fault_t tree_find(const struct tfs_tree *tree, struct tfs_file *file) {
    size_t length = 0;
    while (tree->sought[length] != 0) length++;
    uint32_t name = classify(tree, (const uint8_t *)tree->sought, length);
    uint32_t node = member(tree, member(tree, ROOT, NAME_CHILDREN), name);
    if (node == 0) return "no kernel in the boot file system";
    uint32_t extents = member(tree, node, NAME_EXTENTS);
    if (extents == 0) return "the kernel in the boot file system is not a regular file";

    tfs_file_open(file, tree->log.volume);
    integer(tree, node, NAME_FILELENGTH, &file->length);
    for (uint32_t index = entry_of(tree, extents, ENTRY_TUPLE)->value; index != 0;) {
        const struct tree_attribute *attribute = attribute_at(tree, index);
        if (attribute->name >= NAME_NUMBER && attribute->kind != VALUE_DELETED) {
            fault_t fault = add_extent(tree, attribute, file);
            if (fault) return fault;
        }
        index = attribute->next;
    }
    return NULL;
}
