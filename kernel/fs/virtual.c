// Nodes of virtual file systems. They are few and stay for ever: a directory is a list.

#include "fs/virtual.h"
#include "arch/clock.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mem/heap.h"

struct node {
    struct node *next, *children, **last_child;
    struct inode *inode;
    const char *name;
    union {
        void (*write)(struct text *t);
        const char *fixed; // text, or a link's target
    };
};

static const struct inode_operations directory_operations, text_operations, fixed_operations, link_operations;

void text_add_bytes(struct text *t, const void *bytes, size_t n) {
    if (t->failed) return;
    if (t->length + n + 1 > t->capacity) {
        size_t capacity = (t->length + n + 1) * 2;
        char *larger = krealloc(t->bytes, capacity);
        if (!larger) {
            t->failed = true;
            return;
        }
        t->bytes = larger;
        t->capacity = capacity;
    }
    memcpy(t->bytes + t->length, bytes, n);
    t->length += n;
    t->bytes[t->length] = '\0';
}

void text_add(struct text *t, const char *format, ...) {
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int n = format_text_v(line, sizeof line, format, arguments);
    va_end(arguments);
    if (n > 0) text_add_bytes(t, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

static struct node *add(struct filesystem *fs, struct inode *parent, const char *name, uint32_t mode,
                        const struct inode_operations *operations) {
    struct node *node = kzalloc(sizeof *node);
    struct inode *inode = inode_make(operations, fs, mode);
    if (!node || !inode) {
        kfree(node);
        inode_drop(inode);
        return NULL;
    }
    node->inode = inode;
    node->name = name;
    node->last_child = &node->children;
    inode->number = inode_next_number();
    inode->accessed_ns = inode->modified_ns = inode->changed_ns = clock_realtime_ns();
    inode->data = node;
    if (parent) {
        struct node *above = parent->data;
        *above->last_child = node;
        above->last_child = &node->next;
    }
    return node;
}

struct inode *virtual_filesystem(const char *name, uint32_t device, uint32_t magic) {
    struct filesystem *fs = kzalloc(sizeof *fs);
    if (!fs) return NULL;
    *fs = (struct filesystem){.name = name, .device = device, .magic = magic, .block_size = 4096};
    struct node *root = add(fs, NULL, "", MODE_DIRECTORY | 0555, &directory_operations);
    return root ? root->inode : NULL;
}

struct inode *virtual_directory(struct inode *parent, const char *name) {
    struct node *node =
        parent ? add(parent->filesystem, parent, name, MODE_DIRECTORY | 0555, &directory_operations) : NULL;
    return node ? node->inode : NULL;
}

struct inode *virtual_text(struct inode *parent, const char *name, void (*write)(struct text *t)) {
    struct node *node = parent ? add(parent->filesystem, parent, name, MODE_FILE | 0444, &text_operations) : NULL;
    if (node) node->write = write;
    return node ? node->inode : NULL;
}

struct inode *virtual_fixed(struct inode *parent, const char *name, const char *text) {
    struct node *node = parent ? add(parent->filesystem, parent, name, MODE_FILE | 0444, &fixed_operations) : NULL;
    if (node) node->fixed = text;
    return node ? node->inode : NULL;
}

struct inode *virtual_link(struct inode *parent, const char *name, const char *target) {
    struct node *node = parent ? add(parent->filesystem, parent, name, MODE_LINK | 0777, &link_operations) : NULL;
    if (node) node->fixed = target;
    return node ? node->inode : NULL;
}

struct inode *virtual_node(struct inode *parent, const char *name, uint32_t mode, uint32_t device,
                           const struct inode_operations *operations) {
    struct node *node = parent ? add(parent->filesystem, parent, name, mode, operations) : NULL;
    if (node) node->inode->device = device;
    return node ? node->inode : NULL;
}

static int lookup(struct inode *directory, const char *name, size_t length, struct inode **found) {
    const struct node *node = directory->data;
    for (const struct node *child = node->children; child; child = child->next) {
        if (strlen(child->name) != length || memcmp(child->name, name, length) != 0) continue;
        inode_take(child->inode);
        *found = child->inode;
        return 0;
    }
    return -ENOENT;
}

static int list(struct inode *directory, uint64_t *position, struct directory_entry *entry) {
    const struct node *child = ((const struct node *)directory->data)->children;
    for (uint64_t i = 0; child && i < *position; i++) child = child->next;
    if (!child) return 0;
    ++*position;
    *entry = (struct directory_entry){.name = child->name,
                                      .length = strlen(child->name),
                                      .inode_number = child->inode->number,
                                      .mode = child->inode->mode};
    return 1;
}

static long read_link(struct inode *link, char *to, size_t cap) {
    const char *target = ((const struct node *)link->data)->fixed;
    size_t length = strlen(target);
    if (length > cap) return -ENAMETOOLONG;
    memcpy(to, target, length);
    return (long)length;
}

/// An open text: what was written when it was opened.
static long read_text(struct file *file, struct io *io, uint64_t position) {
    const struct text *t = file->data;
    if (position >= t->length) return 0;
    uint64_t before = io->left;
    long result = io_put(io, t->bytes + position, t->length - position);
    return before > io->left ? (long)(before - io->left) : result;
}

static unsigned poll_text(struct file *file, struct poll_queues *queues) {
    (void)file;
    (void)queues;
    return POLL_IN | POLL_OUT;
}

static void close_text(struct file *file) {
    struct text *t = file->data;
    if (t) kfree(t->bytes);
    kfree(t);
}

static const struct file_operations text_file = {
    .kind = "text", .seekable = true, .read = read_text, .poll = poll_text, .close = close_text};

/// Gives the file an empty text, `*text`.
static int begin_text(struct file *file, struct text **text) {
    *text = kzalloc(sizeof **text);
    if (!*text) return -ENOMEM;
    file->operations = &text_file;
    file->data = *text;
    return (file->flags & OPEN_ACCESS) == OPEN_READ ? 0 : -EACCES;
}

static int open_text(struct inode *inode, struct file *file) {
    struct text *t;
    int result = begin_text(file, &t);
    if (result != 0) return result;
    ((const struct node *)inode->data)->write(t);
    return t->failed ? -ENOMEM : 0;
}

static int open_fixed(struct inode *inode, struct file *file) {
    const char *fixed = ((const struct node *)inode->data)->fixed;
    struct text *t;
    int result = begin_text(file, &t);
    if (result != 0) return result;
    text_add_bytes(t, fixed, strlen(fixed));
    return t->failed ? -ENOMEM : 0;
}

/// A text that the program may change as well.
struct changeable {
    struct text text; // first, so that a text file's operations do
    long (*change)(struct file *file, struct io *io, uint64_t position);
};

static long write_text(struct file *file, struct io *io, uint64_t position) {
    const struct changeable *c = file->data;
    return c->change ? c->change(file, io, position) : -EINVAL;
}

static const struct file_operations changeable_file = {
    .kind = "text", .seekable = true, .read = read_text, .write = write_text, .poll = poll_text, .close = close_text};

int virtual_open_text(struct file *file, void (*write)(struct text *t, uint32_t argument), uint32_t argument,
                      long (*change)(struct file *file, struct io *io, uint64_t position)) {
    struct changeable *c = kzalloc(sizeof *c);
    if (!c) return -ENOMEM;
    file->operations = &changeable_file;
    file->data = c;
    c->change = change;
    if ((file->flags & OPEN_ACCESS) != OPEN_READ && !change) return -EACCES;
    write(&c->text, argument);
    return c->text.failed ? -ENOMEM : 0;
}

static const struct inode_operations directory_operations = {.lookup = lookup, .list = list};
static const struct inode_operations text_operations = {.open = open_text};
static const struct inode_operations fixed_operations = {.open = open_fixed};
static const struct inode_operations link_operations = {.read_link = read_link};
