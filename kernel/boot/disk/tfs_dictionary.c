// The arena's two halves, and the names.

#include "tfs_dictionary.h"

void dictionary_open(struct tfs_dictionary *dictionary, const char *sought, void *arena, size_t arena_bytes) {
    *dictionary = (struct tfs_dictionary){
        .sought = sought,
        .entries = arena,
        .attributes_end = (struct tfs_attribute *)arena + arena_bytes / sizeof(struct tfs_attribute),
    };
}

bool dictionary_decimal(const uint8_t *text, size_t length, uint64_t *number) {
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

uint32_t dictionary_name(const struct tfs_dictionary *dictionary, const uint8_t *text, size_t length) {
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
    if (dictionary_decimal(text, length, &number) && number < NAME_NUMBER && (text[0] != '0' || length == 1)) {
        return NAME_NUMBER + (uint32_t)number;
    }
    return is_text(text, length, dictionary->sought) ? NAME_SOUGHT : NAME_NONE;
}

// Whether the arena has room for `bytes` more.
static bool has_room(const struct tfs_dictionary *dictionary, size_t bytes) {
    const uint8_t *low = (const uint8_t *)(dictionary->entries + dictionary->entry_count);
    const uint8_t *high = (const uint8_t *)(dictionary->attributes_end - dictionary->attribute_count);
    return (size_t)(high - low) >= bytes;
}

fault_t dictionary_add(struct tfs_dictionary *dictionary, uint32_t kind, uint32_t value, uint32_t *number) {
    if (!has_room(dictionary, sizeof(struct tfs_entry))) return "the boot file system holds too many files";
    dictionary->entries[dictionary->entry_count] = (struct tfs_entry){.kind = kind, .value = value};
    *number = ++dictionary->entry_count;
    return NULL;
}

struct tfs_entry *dictionary_entry(const struct tfs_dictionary *dictionary, uint64_t number, uint32_t kind) {
    if (number == 0 || number > dictionary->entry_count) return NULL;
    struct tfs_entry *entry = &dictionary->entries[number - 1];
    return entry->kind == kind ? entry : NULL;
}

struct tfs_attribute *dictionary_attribute(const struct tfs_dictionary *dictionary, uint32_t index) {
    return dictionary->attributes_end - index;
}

static struct tfs_attribute *lookup(const struct tfs_dictionary *dictionary, uint64_t tuple, uint32_t name) {
    const struct tfs_entry *entry = dictionary_entry(dictionary, tuple, ENTRY_TUPLE);
    for (uint32_t index = entry ? entry->value : 0; index != 0; index = dictionary_attribute(dictionary, index)->next) {
        if (dictionary_attribute(dictionary, index)->name == name) return dictionary_attribute(dictionary, index);
    }
    return NULL;
}

const struct tfs_attribute *dictionary_get(const struct tfs_dictionary *dictionary, uint64_t tuple, uint32_t name) {
    return lookup(dictionary, tuple, name);
}

fault_t dictionary_set(struct tfs_dictionary *dictionary, uint32_t tuple, uint32_t name, struct tfs_value value) {
    struct tfs_entry *entry = dictionary_entry(dictionary, tuple, ENTRY_TUPLE);
    if (entry == NULL || name == NAME_NONE) return NULL; // an element of a vector, or of no interest
    struct tfs_attribute *old = lookup(dictionary, tuple, name);
    if (old == NULL) {
        if (value.kind == VALUE_DELETED) return NULL;
        if (!has_room(dictionary, sizeof *old)) return "the boot file system holds too many files";
        old = dictionary_attribute(dictionary, ++dictionary->attribute_count);
        *old = (struct tfs_attribute){.name = name, .next = entry->value};
        entry->value = dictionary->attribute_count;
    }
    old->value = value; // a deleted one keeps its place
    return NULL;
}
