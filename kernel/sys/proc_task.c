// /proc/self/task: a directory for each thread, made when it is looked at. A node's `device` is the thread's id.

#include "sys/proc_task.h"
#include "arch/cpu.h"
#include "fs/virtual.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "sys/proc_self.h"
#include "proc/process.h"
#include "sched/thread.h"

static const struct inode_operations thread_directory;

/// One file of each thread's directory.
struct entry {
    const char *name;
    uint32_t mode;
    const struct inode_operations *operations;
};

static int make_node(struct inode *near, const struct entry *entry, uint32_t id, struct inode **found) {
    struct inode *inode = inode_make(entry->operations, near->filesystem, entry->mode);
    if (!inode) return -ENOMEM;
    inode->number = inode_next_number();
    inode->device = id;
    *found = inode;
    return 0;
}

static int find_thread(struct inode *directory, const char *name, size_t length, struct inode **found) {
    static const struct entry entry = {NULL, MODE_DIRECTORY | 0555, &thread_directory};
    uint64_t id = 0;
    for (size_t i = 0; i < length; i++) {
        if (name[i] < '0' || name[i] > '9' || id > UINT32_MAX) return -ENOENT;
        id = id * 10 + (uint64_t)(name[i] - '0');
    }
    bool on = interrupts_disable();
    bool lives = task_find((uint32_t)id) != NULL;
    interrupts_restore(on);
    return lives ? make_node(directory, &entry, (uint32_t)id, found) : -ENOENT;
}

/// The smallest id from `least` on, or 0.
static uint32_t next_id(uint64_t least) {
    uint32_t next = 0;
    bool on = interrupts_disable();
    for (struct list *node = process.tasks.next; node != &process.tasks; node = node->next) {
        uint32_t id = container_of(node, struct task, node)->id;
        if (id >= least && (next == 0 || id < next)) next = id;
    }
    interrupts_restore(on);
    return next;
}

static int list_threads(struct inode *directory, uint64_t *position, struct directory_entry *entry) {
    static char name[12]; // under the name lock, as every listing
    uint32_t id = next_id(*position);
    if (id == 0) return 0;
    *position = (uint64_t)id + 1;
    int length = format_text(name, sizeof name, "%u", id);
    *entry = (struct directory_entry){
        .name = name, .length = (size_t)length, .inode_number = directory->number, .mode = MODE_DIRECTORY};
    return 1;
}

/// Copies a thread's name. False if it has ended.
static bool name_of(uint32_t id, char name[TASK_NAME]) {
    bool on = interrupts_disable();
    const struct task *task = task_find(id);
    if (task) memcpy(name, task->name, TASK_NAME);
    interrupts_restore(on);
    return task != NULL;
}

static void write_comm(struct text *t, uint32_t id) {
    char name[TASK_NAME];
    if (name_of(id, name)) text_add(t, "%s\n", name);
}

static void write_status(struct text *t, uint32_t id) {
    char name[TASK_NAME];
    if (name_of(id, name)) proc_self_status(t, name, id);
}

static void write_stat(struct text *t, uint32_t id) {
    char name[TASK_NAME];
    if (name_of(id, name)) proc_self_stat(t, name, id);
}

static long change_comm(struct file *file, struct io *io, uint64_t position) {
    char name[TASK_NAME] = "";
    uint64_t length = io->left, kept = length < sizeof name - 1 ? length : sizeof name - 1;
    (void)position;
    long result = io_take(io, name, kept);
    if (result != 0) return result;
    if (kept > 0 && name[kept - 1] == '\n') name[kept - 1] = '\0';
    bool on = interrupts_disable();
    struct task *task = task_find(file->inode->device);
    if (task) memcpy(task->name, name, sizeof name);
    if (task && task->id == PROCESS_ID) memcpy(process.name, name, sizeof name);
    interrupts_restore(on);
    io->left = 0;
    return task ? (long)length : -ESRCH;
}

static int open_comm(struct inode *inode, struct file *file) {
    return virtual_open_text(file, write_comm, inode->device, change_comm);
}
static int open_status(struct inode *inode, struct file *file) {
    return virtual_open_text(file, write_status, inode->device, NULL);
}
static int open_stat(struct inode *inode, struct file *file) {
    return virtual_open_text(file, write_stat, inode->device, NULL);
}

static const struct inode_operations comm_file = {.open = open_comm};
static const struct inode_operations status_file = {.open = open_status};
static const struct inode_operations stat_file = {.open = open_stat};

static const struct entry entries[] = {
    {"comm", MODE_FILE | 0644, &comm_file},
    {"stat", MODE_FILE | 0444, &stat_file},
    {"status", MODE_FILE | 0444, &status_file},
};

enum { ENTRIES = sizeof entries / sizeof *entries };

static int find_entry(struct inode *directory, const char *name, size_t length, struct inode **found) {
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (strlen(entries[i].name) != length || memcmp(entries[i].name, name, length) != 0) continue;
        return make_node(directory, &entries[i], directory->device, found);
    }
    return -ENOENT;
}

static int list_entries(struct inode *directory, uint64_t *position, struct directory_entry *entry) {
    if (*position >= ENTRIES) return 0;
    const struct entry *e = &entries[(*position)++];
    *entry = (struct directory_entry){
        .name = e->name, .length = strlen(e->name), .inode_number = directory->number, .mode = e->mode};
    return 1;
}

static const struct inode_operations thread_directory = {.lookup = find_entry, .list = list_entries};
static const struct inode_operations threads_directory = {.lookup = find_thread, .list = list_threads};

void proc_task_add(struct inode *self) {
    virtual_node(self, "task", MODE_DIRECTORY | 0555, 0, &threads_directory);
    virtual_node(self, "comm", MODE_FILE | 0644, PROCESS_ID, &comm_file);
}
