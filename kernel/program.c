// From devices that work to the first instruction of the program: root, manifest, mounts, standard streams, ELF.

#include "program.h"
#include "arch/cpu.h"
#include "boot/boot.h"
#include "arch/clock.h"
#include "dev/console.h"
#include "dev/power.h"
#include "fs/devices.h"
#include "fs/file.h"
#include "fs/host_input.h"
#include "fs/memory.h"
#include "fs/root.h"
#include "fs/tfs/mount.h"
#include "fs/tty.h"
#include "proc/usual_places.h"
#include "fs/volumes.h"
#include "fs/walk.h"
#include "lib/format.h"
#include "lib/json_escape.h"
#include "lib/string.h"
#include "vm/space.h"
#include "net/network.h"
#include "lib/panic.h"
#include "sys/host_clock.h"
#include "sys/proc.h"
#include "sys/report.h"
#include "sys/resolver_files.h"
#include "sys/stats.h"
#include "sys/syscall.h"
#include "sys/sysfs.h"
#include "sys/syscall.h"
#include "proc/crash.h"
#include "proc/events.h"
#include "proc/exec.h"
#include "proc/manifest.h"
#include "proc/outcome.h"
#include "proc/process.h"
#include "proc/vdso.h"

enum { TMP_DEVICE = 0x0010, SHM_DEVICE = 0x0011, USUAL_UMASK = 022, HOST_NAME_MOST = 64 };

static struct manifest manifest;
static struct manifest_network network_settings;

static void name_first_write(void) { event("first-write", ""); }

static void button_pressed(void) {
    if (outcome_is_idle()) outcome_end_idle();
    signal_send(SIGNAL_TERM);
}

static const struct program_hooks hooks = {.syscall = syscall_dispatch_program,
                                           .page_fault = crash_page_fault,
                                           .exception = crash_exception,
                                           .before_user = signal_before_user};

static struct block_device *root_disk;

static const struct tfs *mount_root(void) {
    struct root_place place;
    struct tfs_mount *mount;
    struct dentry *root;
    const char *why = root_find(&place);
    if (why) outcome_cannot_start("anything: %s", why);
    if (place.crash_log_sector) outcome_set_disk(place.disk, place.crash_log_sector);
    event("disk", "");
    root_disk = place.disk;
    if (tfs_mount(place.disk, place.first_sector, place.sectors, &mount, &root, &why) != 0) {
        outcome_cannot_start("anything: the root file system cannot be mounted: %s", why);
    }
    walk_set_root(root);
    dentry_take(root);
    process.directory = root;
    return &mount->tfs;
}

/// Mounts a file system of the kernel's own. Its failure is one of memory.
static void mount_at(struct dentry *parent, const char *name, struct inode *root) {
    struct dentry *place = root ? dentry_root(root) : NULL;
    if (!place || dentry_mount(parent, name, place) != 0) outcome_cannot_start("anything: there is not enough memory");
}

static void mount_others(void) {
    struct dentry *dev, *there;
    mount_at(walk_root(), "dev", devices_filesystem());
    mount_at(walk_root(), "proc", proc_filesystem());
    mount_at(walk_root(), "sys", sysfs_filesystem());
    // An image that has a folder of that name wants it on the disk.
    if (walk_path(NULL, "/tmp", WALK_DIRECTORY, &there) == 0) dentry_drop(there);
    else mount_at(walk_root(), "tmp", memory_filesystem(TMP_DEVICE));
    if (walk_path(NULL, "/dev", 0, &dev) == 0) mount_at(dev, "shm", memory_filesystem(SHM_DEVICE));
    usual_places_mount();
    for (size_t i = 0; i < manifest.mount_count; i++) {
        const struct manifest_mount *m = &manifest.mounts[i];
        const char *why = volume_mount(root_disk, m->volume, m->place, m->readonly);
        if (why) klog("the volume %s is not mounted at %s: %s", m->volume, m->place, why);
    }
}

static bool option_is(const char *name, const char *wanted) {
    char value[32] = "";
    return boot_option(name, value, sizeof value) && strcmp(value, wanted) == 0;
}

/// The three standard streams are the console; to the program they are pipes where they are none at the host. (An input
/// that is a pipe needs a port of its own: a console has no end, and bytes on it have meanings.)
static void open_streams(void) {
    struct file *console, *streams[3];
    int result = file_open(NULL, "/dev/console", OPEN_READ_WRITE, 0, &console);
    for (int i = 0; i < 3 && result >= 0; i++) streams[i] = console;
    struct file *input = result >= 0 && option_is("stdin", "pipe") ? host_input_open() : NULL;
    struct file *output = result >= 0 && option_is("stdout", "pipe") ? tty_open_output() : NULL;
    if (input) streams[0] = input;
    if (output) streams[1] = streams[2] = output;
    for (int i = 0; i < 3 && result >= 0; i++) {
        file_take(streams[i]);
        result = (int)descriptors_add(&process.files, streams[i], 0, false);
    }
    if (result < 0) outcome_cannot_start("anything: there is not enough memory");
    file_drop(console);
    file_drop(input);
    file_drop(output);
}

/// A number of `*text`, which moves on: false where there is none, or where it is no id.
static bool read_id(const char **text, uint32_t *id) {
    uint64_t n = 0;
    const char *at = *text;
    while (*at >= '0' && *at <= '9' && n < UINT32_MAX) n = n * 10 + (uint64_t)(*at++ - '0');
    bool right = at != *text && n < UINT32_MAX;
    *text = at;
    *id = (uint32_t)n;
    return right;
}

/// As whom the program starts: UID or UID:GID. Without a group it is that of the user's number.
static void become(const char *user) {
    uint32_t id, group;
    const char *at = user;
    bool right = read_id(&at, &id);
    group = id;
    if (right && *at == ':') {
        at++;
        right = read_id(&at, &group);
    }
    if (!right || *at) outcome_cannot_start("%s: its user %s is not UID or UID:GID", manifest.program, user);
    process.settings.user = id;
    process.settings.group = group;
}

static void say_unknown(const char *name) { klog("the manifest's %s is not honoured yet", name); }

/// The system's name for the program: `/etc/hostname` of the image, else ours.
static const char *host_name(void) {
    static char name[HOST_NAME_MOST + 1];
    struct file *file;
    struct io io;
    if (file_open(NULL, "/etc/hostname", OPEN_READ, 0, &file) == 0) {
        io_kernel(&io, name, HOST_NAME_MOST);
        long n = file_read(file, &io, NULL);
        file_drop(file);
        for (long i = 0; i < n; i++) {
            if (name[i] == '\n') n = i;
        }
        name[n > 0 ? n : 0] = '\0';
    }
    return name[0] ? name : "pith";
}

static void read_settings(const struct tfs *t) {
    static char directory[PATH_LONGEST];
    if (manifest_read(t, &manifest) != 0) outcome_cannot_start("anything: there is not enough memory");
    manifest_unknown(t, say_unknown);
    manifest_read_network(t, &network_settings);
    if (network_settings.is_wrong)
        klog("the manifest's ipaddr, netmask or gateway is not an IPv4 address: DHCP is used");
    if (!manifest.program) outcome_cannot_start("anything: the manifest names no program");
    process.settings = (struct process_settings){
        .program = manifest.program,
        .arguments = manifest.arguments,
        .environment = manifest.environment,
        .system_name = manifest.system_name ? manifest.system_name : "Pith",
        .release = manifest.release ? manifest.release : "6.1.0-pith-" PITH_VERSION,
        .host_name = host_name(),
        .fixed_addresses = manifest.fixed_addresses,
        .trace = manifest.trace || boot_has_option("trace"),
    };
    inode_made = inode_belongs;
    if (manifest.user) become(manifest.user);
    if (manifest.readonly_root) walk_root()->inode->filesystem->readonly = true;
    outcome_set_rules(&(struct outcome_rules){
        .expected = manifest.expected_codes, .reboot = manifest.reboot_codes, .idle = manifest.idle_codes});
    report_begin(manifest.summary, manifest.missing_files);
    syscall_trace_choose(manifest.traced, manifest.untraced);
    if (!manifest.directory) return;
    struct dentry *place;
    format_text(directory, sizeof directory, "%s", manifest.directory);
    if (walk_path(NULL, directory, WALK_DIRECTORY, &place) != 0) {
        outcome_cannot_start("%s: its working directory %s is not in the image", manifest.program, directory);
    }
    dentry_drop(process.directory);
    process.directory = place;
}

static void set_name(const char *path) {
    const char *name = path;
    for (const char *c = path; *c; c++) {
        if (*c == '/') name = c + 1;
    }
    struct task *task = task_current();
    memcpy(task->name, name, strnlen(name, TASK_NAME - 1));
    memcpy(process.name, task->name, TASK_NAME);
}

static _Noreturn void start(const char *path) {
    struct loaded_program loaded = {0};
    const struct process_settings *s = &process.settings;
    const char *why = exec_load(path, !s->fixed_addresses, &loaded, &process.executable);
    if (why) outcome_cannot_start("%s: %s", path, why);
    process.executable->inode->running = true;
    loaded.vdso = vdso_map();
    process.image_low = loaded.program.low;
    process.image_high = loaded.program.high;
    set_name(path);
    uint64_t stack = exec_build_stack(&loaded, path, s->arguments, s->environment);
    if (stack == 0) outcome_cannot_start("%s: its arguments and environment do not fit on its stack", path);
    char more[128], quoted[96];
    json_escape(quoted, sizeof quoted, path);
    format_text(more, sizeof more, ",\"path\":\"%s\"", quoted);
    event("exec", more);
    process.started_ns = clock_ns();
    arch_enter_user(loaded.start, stack);
}

static bool has_word(const char *list, const char *word) {
    size_t length = strlen(word);
    for (const char *at = list; *at; at++) {
        if (strncmp(at, word, length) == 0 && (at[length] == '\0' || at[length] == ',')) return true;
        while (*at && *at != ',') at++;
        if (!*at) return false;
    }
    return false;
}

static void wait_for_network(void) {
    if (network_wait_for_address(clock_ns() + network_settings.wait_s * 1000000000ull)) return;
    klog("there is no network address after %u seconds: the program starts without", network_settings.wait_s);
}

static void modes_changed(bool raw) { event("terminal", raw ? ",\"raw\":true" : ",\"raw\":false"); }

_Noreturn void program_main(void *unused) {
    (void)unused;
    char console[32] = "";
    event("kernel", ",\"version\":\"" PITH_VERSION "\"");
    panic_set_record(outcome_record_panic);
    arch_set_program_hooks(&hooks);
    mutex_init(&name_lock);
    descriptors_prepare(&process.files);
    process.umask = USUAL_UMASK;
    read_settings(mount_root());
    mount_others();
    bool silent = boot_option("console", console, sizeof console) && has_word(console, "noecho");
    tty_on_first_write(name_first_write);
    tty_on_signal(signal_send);
    tty_on_modes(modes_changed);
    if (tty_start(!silent) != 0 || task_attach_first() != 0 || space_init(!process.settings.fixed_addresses) != 0) {
        outcome_cannot_start("%s: there is not enough memory", process.settings.program);
    }
    open_streams();
    network_start(&network_settings);
    resolver_files_mount();
    stats_start();
    host_clock_start();
    if (network_settings.wait_s > 0) wait_for_network();
    power_on_button(button_pressed);
    start(process.settings.program);
}
