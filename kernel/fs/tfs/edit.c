// Changes: first the tree, then the record of it.

#include "fs/tfs/edit.h"
#include "fs/tfs/tree.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

static bool holds_node(const struct tfs_value *v) { return v && (v->kind == TFS_TUPLE || v->kind == TFS_VECTOR); }

/// The log does not know the node any more: changes of it and of what it holds are not written.
static void forget(struct tfs_node *node, unsigned depth) {
    node->number = 0;
    // A file holds its extents, those their numbers; nothing that goes deeper is ever changed.
    for (uint32_t i = 0; depth > 0 && i < node->used; i++) {
        const struct tfs_entry *e = &node->entries[i];
        if ((node->kind == TFS_VECTOR || e->name) && holds_node(&e->value) && e->value.node->refs == 1) {
            forget(e->value.node, depth - 1);
        }
    }
}

static void drop(struct tfs *t, struct tfs_node *node) {
    if (--node->refs > 0) return;
    if (node->attached) forget(node, 2);
    else tfs_node_free(t, node);
}

static int put(struct tfs *t, struct tfs_node *tuple, const char *name, size_t length, struct tfs_value value) {
    int result = tfs_writer_begin(t);
    if (result != 0) return result;
    struct tfs_symbol *symbol = tfs_symbol_make(t, name, (uint32_t)length);
    if (!symbol) return -ENOMEM;
    const struct tfs_value *there = tfs_get(t, tuple, name, length);
    struct tfs_node *old = holds_node(there) ? there->node : NULL;
    if (!there && value.kind == TFS_NONE) return 0;
    result = tfs_set(tuple, symbol, value);
    if (result != 0) return result;
    if (holds_node(&value)) value.node->refs++;
    tfs_record(t, tuple, symbol, &value);
    if (old) drop(t, old);
    return 0;
}

int tfs_put_number(struct tfs *t, struct tfs_node *tuple, const char *name, uint64_t number) {
    return put(t, tuple, name, strlen(name), (struct tfs_value){.kind = TFS_INTEGER, .magnitude = number});
}

int tfs_put_true(struct tfs *t, struct tfs_node *tuple, const char *name) {
    return put(t, tuple, name, strlen(name), (struct tfs_value){.kind = TFS_TRUE});
}

int tfs_delete(struct tfs *t, struct tfs_node *tuple, const char *name, size_t length) {
    return put(t, tuple, name, length, (struct tfs_value){.kind = TFS_NONE});
}

int tfs_put_node(struct tfs *t, struct tfs_node *tuple, const char *name, size_t length, struct tfs_node *node) {
    return put(t, tuple, name, length, (struct tfs_value){.kind = TFS_TUPLE, .node = node});
}

int tfs_put_string(struct tfs *t, struct tfs_node *tuple, const char *name, const void *bytes, size_t length) {
    struct tfs_string *s = kmalloc(sizeof *s + length + 1);
    if (!s) return -ENOMEM;
    memcpy(s->bytes, bytes, length);
    s->bytes[length] = '\0';
    s->length = (uint32_t)length;
    int result = put(t, tuple, name, strlen(name), (struct tfs_value){.kind = TFS_STRING, .string = s});
    if (result != 0) kfree(s);
    return result;
}

int tfs_put_empty_tuple(struct tfs *t, struct tfs_node *tuple, const char *name) {
    struct tfs_node *node = tfs_node_make(t, TFS_TUPLE);
    if (!node) return -ENOMEM;
    int result = tfs_put_node(t, tuple, name, strlen(name), node);
    if (result != 0) tfs_node_free(t, node);
    return result;
}

int tfs_make(struct tfs *t, enum tfs_type type, const char *target, uint64_t time, struct tfs_node **made) {
    int result = tfs_writer_begin(t);
    if (result != 0) return result;
    struct tfs_node *node = tfs_node_make(t, TFS_TUPLE);
    if (!node) return -ENOMEM;
    if (type == TFS_DIRECTORY) {
        result = tfs_put_empty_tuple(t, node, "children");
    } else if (type == TFS_LINK) {
        result = tfs_put_string(t, node, "linktarget", target, strlen(target));
    } else if (type == TFS_SOCKET) {
        result = tfs_put_true(t, node, "socket");
    } else {
        result = tfs_put_empty_tuple(t, node, "extents");
        if (result == 0) result = tfs_put_number(t, node, "filelength", 0);
    }
    if (result == 0) result = tfs_put_number(t, node, "mtime", time);
    if (result == 0) result = tfs_put_number(t, node, "atime", time);
    if (result == 0) *made = node;
    else tfs_node_free(t, node);
    return result;
}

uint32_t tfs_names(const struct tfs *t, const struct tfs_node *node) {
    uint64_t names;
    // The count is kept by the functions that change names; a node that nothing holds has none.
    if (node->refs == 0) return 0;
    return tfs_number(tfs_get(t, node, "nlink", 5), &names) && names > 0 && names < UINT32_MAX ? (uint32_t)names : 1;
}

/// Writes how many names a node has; one is not written.
static int set_names(struct tfs *t, struct tfs_node *node, uint32_t names) {
    return names > 1 ? tfs_put_number(t, node, "nlink", names) : tfs_delete(t, node, "nlink", 5);
}

/// The names of a directory and the node behind one of them. -ENOTDIR; `*node` is null where there is none.
static int find(struct tfs *t, struct tfs_node *directory, const char *name, size_t length, struct tfs_node **children,
                struct tfs_node **node) {
    int result = tfs_writer_begin(t);
    if (result != 0) return result;
    *children = tfs_get_tuple(t, directory, "children", 8);
    if (!*children) return -ENOTDIR;
    *node = tfs_get_tuple(t, *children, name, length);
    return 0;
}

/// A node is about to lose a name: if it keeps others, their count is written.
static int lose_name(struct tfs *t, struct tfs_node *node) {
    uint32_t names = node ? tfs_names(t, node) : 0;
    return names > 1 ? set_names(t, node, names - 1) : 0;
}

int tfs_name(struct tfs *t, struct tfs_node *directory, const char *name, size_t length, struct tfs_node *node) {
    struct tfs_node *children, *old;
    int result = find(t, directory, name, length, &children, &old);
    if (result == 0) result = tfs_log_room(t);
    if (result != 0 || old == node) return result;
    result = lose_name(t, old);
    uint32_t names = tfs_names(t, node);
    if (result == 0 && names > 0) result = set_names(t, node, names + 1);
    return result == 0 ? tfs_put_node(t, children, name, length, node) : result;
}

int tfs_unname(struct tfs *t, struct tfs_node *directory, const char *name, size_t length) {
    struct tfs_node *children, *node;
    int result = find(t, directory, name, length, &children, &node);
    if (result == 0 && !node) result = -ENOENT;
    if (result == 0) result = lose_name(t, node);
    return result == 0 ? tfs_delete(t, children, name, length) : result;
}

int tfs_move(struct tfs *t, struct tfs_node *from, const char *name, size_t length, struct tfs_node *to,
             const char *new_name, size_t new_length) {
    struct tfs_node *a, *b, *node, *old;
    int result = find(t, from, name, length, &a, &node);
    if (result == 0) result = find(t, to, new_name, new_length, &b, &old);
    if (result == 0) result = node ? tfs_log_room(t) : -ENOENT;
    if (result == 0) result = lose_name(t, old);
    if (result == 0) result = tfs_put_node(t, b, new_name, new_length, node);
    return result == 0 ? tfs_delete(t, a, name, length) : result;
}

int tfs_exchange(struct tfs *t, struct tfs_node *a, const char *a_name, size_t a_length, struct tfs_node *b,
                 const char *b_name, size_t b_length) {
    struct tfs_node *a_children, *b_children, *first, *second;
    int result = find(t, a, a_name, a_length, &a_children, &first);
    if (result == 0) result = find(t, b, b_name, b_length, &b_children, &second);
    if (result == 0) result = first && second ? tfs_log_room(t) : -ENOENT;
    if (result != 0) return result;
    // Held while neither name has it.
    first->refs++;
    result = tfs_put_node(t, a_children, a_name, a_length, second);
    if (result == 0) result = tfs_put_node(t, b_children, b_name, b_length, first);
    first->refs--;
    return result;
}
