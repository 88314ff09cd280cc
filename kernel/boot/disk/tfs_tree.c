// Replaying the records of a TFS log. A record is one value; its encoding: a header byte (reference or immediate, type,
// number) and what follows. Tuples, vectors and symbols are numbered from 1 in the order in which they are met.
//
// Nothing is recursive: values within values stand on a stack of their own, of bounded depth.

#include "tfs_tree.h"

#include <stddef.h>

enum { TYPE_BUFFER = 0, TYPE_TUPLE = 1, TYPE_VECTOR = 2, TYPE_INTEGER = 3, TYPE_STRING = 4 };

// The root tuple is the first thing in the log.
#define ROOT 1u

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
        const struct tfs_entry *entry = dictionary_entry(&tree->dictionary, header.number, ENTRY_SYMBOL);
        if (entry == NULL) return "the log of the boot file system refers to a name that it does not hold";
        *name = entry->value;
        return NULL;
    }
    uint8_t text[NAME_BYTES];
    if ((fault = read_bytes(&tree->log, header.number, text, sizeof text))) return fault;
    *name = header.number <= sizeof text ? dictionary_name(&tree->dictionary, text, (size_t)header.number) : NAME_NONE;
    uint32_t number;
    return dictionary_add(&tree->dictionary, ENTRY_SYMBOL, *name, &number);
}

// A value that holds no others.
static fault_t read_plain(struct tfs_tree *tree, const struct header *header, struct tfs_value *value) {
    *value = (struct tfs_value){.kind = VALUE_OTHER};
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
            if (header->number <= sizeof text && dictionary_decimal(text, (size_t)header->number, &value->number)) {
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
        if ((fault = dictionary_add(&tree->dictionary, kind, 0, &owner))) return fault;
    } else {
        uint64_t number;
        if ((fault = log_varint(&tree->log, &number))) return fault;
        if (dictionary_entry(&tree->dictionary, number, kind) == NULL) {
            return "the log of the boot file system refers to a tuple that it does not hold";
        }
        owner = (uint32_t)number;
    }
    if (tree->depth == TREE_DEPTH) return "the boot file system is nested too deep";
    tree->frames[tree->depth++] =
        (struct tree_frame){.owner = owner, .is_vector = is_vector, .name = name, .remaining = header->number};
    return NULL;
}

// Ends the innermost tuple or vector: it becomes an attribute of the one around it.
static fault_t pop(struct tfs_tree *tree) {
    const struct tree_frame *frame = &tree->frames[--tree->depth];
    if (tree->depth == 0) return NULL;
    struct tfs_value value = {.kind = frame->is_vector ? VALUE_OTHER : VALUE_TUPLE, .number = frame->owner};
    return dictionary_set(&tree->dictionary, frame[-1].owner, frame->name, value);
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
            if ((fault = pop(tree))) return fault;
            continue;
        }
        frame->remaining--;
        uint32_t name = NAME_NONE;
        if (!frame->is_vector && (fault = read_name(tree, &name))) return fault;
        if ((fault = read_header(&tree->log, &header))) return fault;
        if (header.type == TYPE_TUPLE || header.type == TYPE_VECTOR) {
            if ((fault = push(tree, &header, name))) return fault;
        } else {
            struct tfs_value value;
            if ((fault = read_plain(tree, &header, &value))) return fault;
            if ((fault = dictionary_set(&tree->dictionary, frame->owner, name, value))) return fault;
        }
    }
    return NULL;
}

fault_t tree_replay(struct tfs_tree *tree, struct volume *volume, const char *sought, void *arena, size_t arena_bytes) {
    dictionary_open(&tree->dictionary, sought, arena, arena_bytes);
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
    const struct tfs_attribute *attribute = dictionary_get(&tree->dictionary, tuple, name);
    return attribute && attribute->value.kind == VALUE_TUPLE ? (uint32_t)attribute->value.number : 0;
}

static bool integer(const struct tfs_tree *tree, uint64_t tuple, uint32_t name, uint64_t *number) {
    const struct tfs_attribute *attribute = dictionary_get(&tree->dictionary, tuple, name);
    if (attribute == NULL || attribute->value.kind != VALUE_INTEGER) return false;
    *number = attribute->value.number;
    return true;
}

static fault_t add_extent(const struct tfs_tree *tree, const struct tfs_attribute *from, struct tfs_file *file) {
    struct tfs_extent extent = {.first = from->name - NAME_NUMBER};
    const struct tfs_attribute *uninited = dictionary_get(&tree->dictionary, from->value.number, NAME_UNINITED);
    extent.is_zero = uninited && uninited->value.kind != VALUE_DELETED;
    if (from->value.kind != VALUE_TUPLE || !integer(tree, from->value.number, NAME_OFFSET, &extent.sector) ||
        !integer(tree, from->value.number, NAME_LENGTH, &extent.count)) {
        return "the kernel in the boot file system has an incomplete extent";
    }
    return tfs_file_add(file, extent);
}

fault_t tree_find(const struct tfs_tree *tree, struct tfs_file *file) {
    size_t length = 0;
    while (tree->dictionary.sought[length] != 0) length++;
    uint32_t name = dictionary_name(&tree->dictionary, (const uint8_t *)tree->dictionary.sought, length);
    uint32_t node = member(tree, member(tree, ROOT, NAME_CHILDREN), name);
    if (node == 0) return "no kernel in the boot file system";
    uint32_t extents = member(tree, node, NAME_EXTENTS);
    if (extents == 0) return "the kernel in the boot file system is not a regular file";

    tfs_file_open(file, tree->log.volume);
    integer(tree, node, NAME_FILELENGTH, &file->length);
    for (uint32_t index = dictionary_entry(&tree->dictionary, extents, ENTRY_TUPLE)->value; index != 0;) {
        const struct tfs_attribute *attribute = dictionary_attribute(&tree->dictionary, index);
        if (attribute->name >= NAME_NUMBER && attribute->value.kind != VALUE_DELETED) {
            fault_t fault = add_extent(tree, attribute, file);
            if (fault) return fault;
        }
        index = attribute->next;
    }
    return NULL;
}
