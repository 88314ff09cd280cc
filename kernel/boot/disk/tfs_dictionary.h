// What is kept of a TFS log while it is replayed: the dictionary, and of each tuple the attributes of interest.
//
// Both live in one arena: the dictionary grows up from its start, the attributes grow down from its end.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "volume.h"

/// Names of attributes, as far as they matter. A name that is a decimal number below 2^31 (an extent's place in its
/// file) is NAME_NUMBER + the number.
enum { NAME_NONE, NAME_CHILDREN, NAME_EXTENTS, NAME_FILELENGTH, NAME_OFFSET, NAME_LENGTH, NAME_UNINITED, NAME_SOUGHT };
#define NAME_NUMBER 0x80000000u

/// Longer names than these are of no interest.
#define NAME_BYTES 64

enum { VALUE_DELETED, VALUE_TUPLE, VALUE_INTEGER, VALUE_FLAG, VALUE_OTHER };

struct tfs_value {
    uint32_t kind;
    uint64_t number; // the integer, or the number of the tuple in the dictionary
};

enum { ENTRY_SYMBOL, ENTRY_TUPLE, ENTRY_VECTOR };

struct tfs_entry {
    uint32_t kind;
    uint32_t value; // a symbol's name; the index of a tuple's first attribute, 0 for none
};

struct tfs_attribute {
    uint32_t name;
    uint32_t next; // index of the same tuple's next attribute, 0 for none
    struct tfs_value value;
};

struct tfs_dictionary {
    const char *sought; // the name that is NAME_SOUGHT
    struct tfs_entry *entries;
    uint32_t entry_count;
    struct tfs_attribute *attributes_end;
    uint32_t attribute_count;
};

/// Empty, in the given arena (aligned to 8 bytes).
void dictionary_open(struct tfs_dictionary *dictionary, const char *sought, void *arena, size_t arena_bytes);

/// The decimal number that `text` is, if it is one of at most 19 digits.
bool dictionary_decimal(const uint8_t *text, size_t length, uint64_t *number);

/// What name `text` is.
uint32_t dictionary_name(const struct tfs_dictionary *dictionary, const uint8_t *text, size_t length);

/// Gives a symbol, tuple or vector the next number, from 1 on.
fault_t dictionary_add(struct tfs_dictionary *dictionary, uint32_t kind, uint32_t value, uint32_t *number);

/// The entry with this number, if there is one and it is of this kind.
struct tfs_entry *dictionary_entry(const struct tfs_dictionary *dictionary, uint64_t number, uint32_t kind);

/// Sets, replaces or deletes an attribute of a tuple. Attributes of no interest, and elements of vectors, are not kept.
fault_t dictionary_set(struct tfs_dictionary *dictionary, uint32_t tuple, uint32_t name, struct tfs_value value);

/// The attribute `name` of a tuple, which may be a deleted one; NULL if it was never set.
const struct tfs_attribute *dictionary_get(const struct tfs_dictionary *dictionary, uint64_t tuple, uint32_t name);

/// The attribute with this index (of tfs_entry.value, tfs_attribute.next).
struct tfs_attribute *dictionary_attribute(const struct tfs_dictionary *dictionary, uint32_t index);
