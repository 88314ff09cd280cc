// Runs in a treap: a search tree by start that is a heap by a random priority, so that its depth is logarithmic
// whatever the order of changes.

#include "mem/runs.h"
#include "lib/errno.h"
#include "mem/heap.h"

struct run {
    struct run *left, *right;
    uint64_t start, count, longest;
    uint32_t priority;
};

static uint64_t longest_of(const struct run *n) { return n ? n->longest : 0; }

static struct run *update(struct run *n) {
    uint64_t left = longest_of(n->left), right = longest_of(n->right);
    n->longest = n->count;
    if (left > n->longest) n->longest = left;
    if (right > n->longest) n->longest = right;
    return n;
}

/// Splits by start: what lies below `key` goes to `*low`, the rest to `*high`.
static void split(struct run *n, uint64_t key, struct run **low, struct run **high) {
    if (!n) {
        *low = *high = NULL;
    } else if (n->start < key) {
        split(n->right, key, &n->right, high);
        *low = update(n);
    } else {
        split(n->left, key, low, &n->left);
        *high = update(n);
    }
}

static struct run *merge(struct run *low, struct run *high) {
    if (!low) return high;
    if (!high) return low;
    if (low->priority > high->priority) {
        low->right = merge(low->right, high);
        return update(low);
    }
    high->left = merge(low, high->left);
    return update(high);
}

/// Takes the highest (or lowest) node off a tree.
static struct run *take_end(struct run **tree, bool highest) {
    struct run *n = *tree, **next = highest ? &n->right : &n->left;
    if (*next) {
        struct run *end = take_end(next, highest);
        update(n);
        return end;
    }
    *tree = highest ? n->left : n->right;
    n->left = n->right = NULL;
    return n;
}

static struct run *end_of(struct run *n, bool highest) {
    while (n && (highest ? n->right : n->left)) n = highest ? n->right : n->left;
    return n;
}

static struct run *make(struct runs *r, uint64_t start, uint64_t count) {
    struct run *n = kzalloc(sizeof *n);
    if (!n) return NULL;
    r->seed = r->seed * 1664525u + 1013904223u;
    *n = (struct run){.start = start, .count = count, .longest = count, .priority = r->seed};
    return n;
}

int runs_add(struct runs *r, uint64_t start, uint64_t count) {
    struct run *low, *high;
    if (count == 0) return 0;
    split(r->root, start, &low, &high);
    const struct run *before = end_of(low, true), *behind = end_of(high, false);
    int result = 0;
    if ((before && before->start + before->count > start) || (behind && start + count > behind->start)) {
        result = -EEXIST;
    } else {
        bool joins_low = before && before->start + before->count == start;
        bool joins_high = behind && start + count == behind->start;
        struct run *n = joins_low ? take_end(&low, true) : joins_high ? take_end(&high, false) : make(r, start, count);
        if (!n) {
            result = -ENOMEM;
        } else {
            if (joins_low) n->count += count;
            else if (joins_high) *n = (struct run){.start = start, .count = n->count + count, .priority = n->priority};
            if (joins_low && joins_high) {
                struct run *other = take_end(&high, false);
                n->count += other->count;
                kfree(other);
            }
            low = merge(low, update(n));
            r->total += count;
        }
    }
    r->root = merge(low, high);
    return result;
}

int runs_remove(struct runs *r, uint64_t start, uint64_t count) {
    struct run *low, *high;
    if (count == 0) return 0;
    split(r->root, start + 1, &low, &high);
    const struct run *there = end_of(low, true);
    int result = 0;
    if (!there || there->start + there->count < start + count) {
        result = -ENOENT;
    } else {
        uint64_t end = there->start + there->count;
        struct run *rest = end > start + count ? make(r, start + count, end - start - count) : NULL;
        if (end > start + count && !rest) {
            result = -ENOMEM;
        } else {
            struct run *n = take_end(&low, true);
            n->count = start - n->start;
            if (n->count > 0) low = merge(low, update(n));
            else kfree(n);
            low = merge(low, rest);
            r->total -= count;
        }
    }
    r->root = merge(low, high);
    return result;
}

bool runs_find(const struct runs *r, uint64_t least, uint64_t *start, uint64_t *count) {
    const struct run *n = r->root;
    if (longest_of(n) < least || !n) return false;
    for (;;) {
        if (n->left && n->left->longest >= least) n = n->left;
        else if (n->count >= least) break;
        else n = n->right;
    }
    *start = n->start;
    *count = n->count;
    return true;
}

uint64_t runs_longest(const struct runs *r) { return longest_of(r->root); }

uint64_t runs_at(const struct runs *r, uint64_t start) {
    const struct run *n = r->root;
    while (n && !(n->start <= start && start < n->start + n->count)) n = start < n->start ? n->left : n->right;
    return n ? n->start + n->count - start : 0;
}

bool runs_from(const struct runs *r, uint64_t from, uint64_t *start, uint64_t *count) {
    const struct run *found = NULL;
    for (const struct run *n = r->root; n;) {
        bool is_it = n->start + n->count > from;
        if (is_it) found = n;
        n = is_it ? n->left : n->right;
    }
    if (!found) return false;
    *start = found->start > from ? found->start : from;
    *count = found->start + found->count - *start;
    return true;
}

bool runs_pop(struct runs *r, uint64_t *start, uint64_t *count) {
    if (!r->root) return false;
    struct run *n = take_end(&r->root, false);
    *start = n->start;
    *count = n->count;
    r->total -= n->count;
    kfree(n);
    return true;
}

void runs_clear(struct runs *r) {
    uint64_t start, count;
    while (runs_pop(r, &start, &count)) {
    }
}
