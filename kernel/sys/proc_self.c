// /proc/self: the program's own files, arguments, state.

#include "sys/proc_self.h"
#include "sys/proc_net.h"
#include "arch/cpu.h"
#include "arch/paging.h"
#include "fs/virtual.h"
#include "fs/walk.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "vm/space.h"
#include "sys/proc_mappings.h"
#include "sys/proc_task.h"
#include "proc/process.h"
#include "sched/thread.h"

enum { KIB_A_PAGE = PAGE_SIZE / 1024 };

static const struct inode_operations descriptor_link;

static void write_strings(struct text *t, const char *const *list) {
    for (; *list; list++) text_add_bytes(t, *list, strlen(*list) + 1);
}

static void write_cmdline(struct text *t) { write_strings(t, process.settings.arguments); }
static void write_environ(struct text *t) { write_strings(t, process.settings.environment); }

static uint64_t mapped_pages(void) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < space.areas.count; i++) {
        const struct area *area = &space.areas.items[i];
        if (!(area->flags & AREA_GUARD)) bytes += area->end - area->start;
    }
    return bytes / PAGE_SIZE;
}

/// The signals for which `wanted` says so, as a mask.
static uint64_t signals_that(bool (*wanted)(const struct signal_action *action)) {
    uint64_t mask = 0;
    for (int n = 1; n <= SIGNAL_LAST; n++) {
        if (wanted(&process.actions[n])) mask |= signal_bit(n);
    }
    return mask;
}

static bool is_ignored(const struct signal_action *a) { return a->handler == SIGNAL_IGNORE; }
static bool is_caught(const struct signal_action *a) {
    return a->handler != SIGNAL_DEFAULT && a->handler != SIGNAL_IGNORE;
}

static void write_signals(struct text *t, uint32_t id) {
    bool on = interrupts_disable();
    const struct task *task = task_find(id);
    uint64_t own = task ? task->pending.pending : 0, blocked = task ? task->blocked : 0,
             shared = process.pending.pending;
    interrupts_restore(on);
    text_add(t, "SigPnd:\t%016llx\nShdPnd:\t%016llx\nSigBlk:\t%016llx\n", (unsigned long long)own,
             (unsigned long long)shared, (unsigned long long)blocked);
    text_add(t, "SigIgn:\t%016llx\nSigCgt:\t%016llx\n", (unsigned long long)signals_that(is_ignored),
             (unsigned long long)signals_that(is_caught));
}

/// Whose a thread is, with a reference to its groups.
static struct credentials credentials_at(uint32_t id) {
    bool on = interrupts_disable();
    const struct task *task = task_find(id);
    struct credentials of = task ? credentials_copy(&task->credentials) : credentials_of(0, 0);
    interrupts_restore(on);
    return of;
}

/// What a thread does now; one that has just ended has slept.
static struct thread_activity activity_of(uint32_t id) {
    bool on = interrupts_disable();
    const struct task *task = task_find(id);
    struct thread_activity activity =
        task && task->thread ? thread_activity(task->thread) : (struct thread_activity){.sleeps = true};
    interrupts_restore(on);
    return activity;
}

void proc_self_status(struct text *t, const char *name, uint32_t id) {
    struct thread_activity activity = activity_of(id);
    unsigned long long size = mapped_pages() * KIB_A_PAGE, resident = space.resident * KIB_A_PAGE;
    text_add(t, "Name:\t%s\nUmask:\t0%u%u%u\nState:\t%s\n", name, process.umask >> 6 & 7, process.umask >> 3 & 7,
             process.umask & 7, activity.sleeps ? "S (sleeping)" : "R (running)");
    text_add(t, "Tgid:\t%d\nNgid:\t0\nPid:\t%u\nPPid:\t0\nTracerPid:\t0\n", PROCESS_ID, id);
    struct credentials of = credentials_at(id);
    text_add(t, "Uid:\t%u\t%u\t%u\t%u\n", of.user[ID_REAL], of.user[ID_EFFECTIVE], of.user[ID_SAVED],
             of.user[ID_FILES]);
    text_add(t, "Gid:\t%u\t%u\t%u\t%u\n", of.group[ID_REAL], of.group[ID_EFFECTIVE], of.group[ID_SAVED],
             of.group[ID_FILES]);
    text_add(t, "FDSize:\t%u\nGroups:\t", process.files.capacity);
    for (unsigned i = 0; of.groups && i < of.groups->count; i++) text_add(t, i ? " %u" : "%u", of.groups->ids[i]);
    text_add(t, " \n");
    text_add(t, "VmPeak:\t%8llu kB\nVmSize:\t%8llu kB\nVmLck:\t%8u kB\nVmHWM:\t%8llu kB\nVmRSS:\t%8llu kB\n", size,
             size, 0u, resident, resident);
    text_add(t, "VmPTE:\t%8llu kB\nVmSwap:\t%8u kB\nThreads:\t%u\n",
             (unsigned long long)paging_user_tables() * KIB_A_PAGE, 0u, process.task_count);
    write_signals(t, id);
    text_add(t, "CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\nCapBnd:\t%016llx\nCapAmb:\t%016llx\n",
             (unsigned long long)of.inheritable, (unsigned long long)of.permitted, (unsigned long long)of.effective,
             (unsigned long long)of.bounding, (unsigned long long)of.ambient);
    credentials_free(&of);
    text_add(t, "NoNewPrivs:\t%d\nSeccomp:\t0\nCpus_allowed:\t1\nCpus_allowed_list:\t0\nMems_allowed_list:\t0\n",
             of.no_new_privileges);
    text_add(t, "voluntary_ctxt_switches:\t%llu\nnonvoluntary_ctxt_switches:\t%llu\n",
             (unsigned long long)activity.slept, (unsigned long long)activity.preempted);
}

static void write_status(struct text *t) { proc_self_status(t, process.name, PROCESS_ID); }

static void write_auxv(struct text *t) {
    text_add_bytes(t, process.auxiliary, process.auxiliary_count * sizeof process.auxiliary[0]);
}

static void write_limits(struct text *t) {
    static const char *const unlimited[] = {"Max cpu time              %-20s %-20s seconds   \n",
                                            "Max file size             %-20s %-20s bytes     \n",
                                            "Max data size             %-20s %-20s bytes     \n"};
    text_add(t, "Limit                     Soft Limit           Hard Limit           Units     \n");
    for (unsigned i = 0; i < 3; i++) text_add(t, unlimited[i], "unlimited", "unlimited");
    text_add(t, "Max stack size            %-20lu %-20lu bytes     \n", (unsigned long)STACK_SIZE,
             (unsigned long)STACK_SIZE);
    text_add(t, "Max core file size        %-20u %-20u bytes     \n", 0u, 0u);
    text_add(t, "Max open files            %-20u %-20u files     \n", process.files.limit, (unsigned)DESCRIPTORS_MOST);
    text_add(t, "Max address space         %-20s %-20s bytes     \n", "unlimited", "unlimited");
}

static void write_statm(struct text *t) {
    text_add(t, "%llu %llu 0 0 0 0 0\n", (unsigned long long)mapped_pages(), (unsigned long long)space.resident);
}

void proc_self_stat(struct text *t, const char *name, uint32_t id) {
    unsigned long long ticks = process_run_ns() / 10000000, size = mapped_pages() * PAGE_SIZE;
    text_add(t, "%u (%s) %c 0 %d %d 0 -1 0 0 0 0 0 %llu 0 0 0 20 0 %u 0 %llu %llu %llu", id, name,
             activity_of(id).sleeps ? 'S' : 'R', PROCESS_ID, PROCESS_ID, ticks, process.task_count,
             (unsigned long long)(process.started_ns / 10000000), size, (unsigned long long)space.resident);
    text_add(t, " 18446744073709551615 %llu %llu %llu 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
             (unsigned long long)process.image_low, (unsigned long long)process.image_high,
             (unsigned long long)space.stack_top);
}

static void write_stat(struct text *t) { proc_self_stat(t, process.name, PROCESS_ID); }

static int to_place(struct dentry *place, struct dentry **to) {
    if (!place) return -ENOENT;
    dentry_take(place);
    *to = place;
    return 0;
}

static int jump_to_executable(struct inode *link, struct dentry **to) {
    (void)link;
    return to_place(process.executable, to);
}

static int jump_to_directory(struct inode *link, struct dentry **to) {
    (void)link;
    return to_place(process.directory, to);
}

static int jump_to_root(struct inode *link, struct dentry **to) {
    (void)link;
    return to_place(walk_root(), to);
}

/// /proc/self/fd: a link for each open descriptor, made when it is looked at. Its number is the inode's `device`.
static int find_descriptor(struct inode *directory, const char *name, size_t length, struct inode **found) {
    uint64_t n = 0;
    for (size_t i = 0; i < length; i++) {
        if (name[i] < '0' || name[i] > '9' || n > DESCRIPTORS_MOST) return -ENOENT;
        n = n * 10 + (uint64_t)(name[i] - '0');
    }
    struct file *file = descriptors_get(&process.files, n);
    if (!file) return -ENOENT;
    file_drop(file);
    struct inode *inode = inode_make(&descriptor_link, directory->filesystem, MODE_LINK | 0700);
    if (!inode) return -ENOMEM;
    inode->number = inode_next_number();
    inode->device = (uint32_t)n;
    *found = inode;
    return 0;
}

static int list_descriptors(struct inode *directory, uint64_t *position, struct directory_entry *entry) {
    static char name[12]; // under the name lock, as every listing
    long fd = *position < DESCRIPTORS_MOST ? descriptors_next(&process.files, (unsigned)*position) : -1;
    if (fd < 0) return 0;
    *position = (uint64_t)fd + 1;
    int length = format_text(name, sizeof name, "%ld", fd);
    *entry = (struct directory_entry){
        .name = name, .length = (size_t)length, .inode_number = directory->number, .mode = MODE_LINK};
    return 1;
}

static int jump_to_file(struct inode *link, struct dentry **to) {
    struct file *file = descriptors_get(&process.files, link->device);
    int result = to_place(file ? file->place : NULL, to);
    file_drop(file);
    return result;
}

/// What the link says: the path of the file, or for one without a name its kind and number.
static long read_descriptor(struct inode *link, char *to, size_t cap) {
    struct file *file = descriptors_get(&process.files, link->device);
    if (!file) return -ENOENT;
    long length = file->place ? dentry_path(file->place, to, cap)
                              : format_text(to, cap, "%s:[%llu]", file->operations->kind,
                                            (unsigned long long)file->inode->number);
    file_drop(file);
    return length;
}

static const struct inode_operations executable_link = {.jump = jump_to_executable};
static const struct inode_operations directory_link = {.jump = jump_to_directory};
static const struct inode_operations root_link = {.jump = jump_to_root};
static const struct inode_operations descriptor_link = {.jump = jump_to_file, .read_link = read_descriptor};
static const struct inode_operations descriptor_directory = {.lookup = find_descriptor, .list = list_descriptors};

void proc_self_add(struct inode *self) {
    proc_net_add(virtual_directory(self, "net"));
    const uint32_t link = MODE_LINK | 0777;
    virtual_node(self, "exe", link, 0, &executable_link);
    virtual_node(self, "cwd", link, 0, &directory_link);
    virtual_node(self, "root", link, 0, &root_link);
    virtual_node(self, "fd", MODE_DIRECTORY | 0500, 0, &descriptor_directory);
    proc_mappings_add(self);
    virtual_text(self, "cmdline", write_cmdline);
    virtual_text(self, "environ", write_environ);
    virtual_text(self, "auxv", write_auxv);
    virtual_text(self, "limits", write_limits);
    virtual_fixed(self, "oom_score", "0\n");
    virtual_fixed(self, "oom_score_adj", "0\n");
    proc_task_add(self);
    virtual_fixed(self, "cgroup", "0::/\n");
    virtual_text(self, "status", write_status);
    virtual_text(self, "statm", write_statm);
    virtual_text(self, "stat", write_stat);
}
