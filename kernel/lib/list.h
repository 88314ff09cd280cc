// Doubly linked lists whose links live inside the things they link.
//
// An empty list is a head that points at itself; an unlinked node points at itself too.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

static inline void list_init(struct list *l) { l->next = l->prev = l; }

static inline bool list_is_empty(const struct list *l) { return l->next == l; }

static inline void list_insert_between(struct list *node, struct list *prev, struct list *next) {
    node->prev = prev;
    node->next = next;
    prev->next = node;
    next->prev = node;
}

static inline void list_push_front(struct list *head, struct list *node) {
    list_insert_between(node, head, head->next);
}

static inline void list_push_back(struct list *head, struct list *node) { list_insert_between(node, head->prev, head); }

static inline void list_remove(struct list *node) {
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/// Puts all that `from` links behind what `to` links already; `from` is empty then.
static inline void list_move_all(struct list *from, struct list *to) {
    if (list_is_empty(from)) {
        return;
    }
    to->prev->next = from->next;
    from->next->prev = to->prev;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

/// The structure of type `type` whose member `member` is `*ptr`.
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
