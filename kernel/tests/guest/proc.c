// What /proc and /sys say of the program and the machine, as far as it is the same everywhere.
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static char text[1 << 16];

/// The whole file; its length.
static size_t read_file(const char *path) {
    size_t n = 0;
    ssize_t here;
    int fd = open(path, O_RDONLY);
    text[0] = '\0';
    if (fd < 0) {
        printf("%s: %s\n", path, strerror(errno));
        return 0;
    }
    while (n < sizeof text - 1 && (here = read(fd, text + n, sizeof text - 1 - n)) > 0) n += (size_t)here;
    close(fd);
    text[n] = '\0';
    return n;
}

/// The value behind a name at the beginning of a line; "-" if there is none.
static const char *field(const char *name) {
    static char value[256];
    for (const char *line = text; line; line = strchr(line, '\n')) {
        while (*line == '\n') line++;
        size_t length = strlen(name);
        if (strncmp(line, name, length) != 0) continue;
        line += length;
        while (*line == ' ' || *line == '\t' || *line == ':') line++;
        snprintf(value, sizeof value, "%.*s", (int)strcspn(line, "\n"), line);
        return value;
    }
    return "-";
}

static unsigned count(char c) {
    unsigned n = 0;
    for (const char *s = text; *s; s++) n += *s == c;
    return n;
}

static pthread_barrier_t barrier;
static pid_t other;

static void *wait_there(void *unused) {
    (void)unused;
    other = (pid_t)syscall(SYS_gettid);
    prctl(PR_SET_NAME, "the other one");
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return NULL;
}

static void threads(void) {
    pthread_t thread;
    char path[64];
    unsigned entries = 0, mine = 0;
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, wait_there, NULL);
    pthread_barrier_wait(&barrier);
    read_file("/proc/self/status");
    printf("threads %s\n", field("Threads"));
    DIR *d = opendir("/proc/self/task");
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.') continue;
        entries++;
        mine += atoi(e->d_name) == getpid() || atoi(e->d_name) == other;
    }
    closedir(d);
    printf("entries %u, mine %u\n", entries, mine);
    snprintf(path, sizeof path, "/proc/self/task/%d/comm", other);
    read_file(path);
    printf("its name: %s", text);
    int fd = open(path, O_WRONLY);
    printf("written %d\n", (int)write(fd, "renamed", 7));
    close(fd);
    read_file(path);
    printf("its name: %s", text);
    snprintf(path, sizeof path, "/proc/self/task/%d/status", other);
    read_file(path);
    printf("%s, it is %d, of %d\n", field("Name"), atoi(field("Pid")) == other, atoi(field("Tgid")) == getpid());
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);
    printf("gone: %d\n", access("/proc/self/task/0/comm", F_OK));
}

static void handle(int number) { (void)number; }

static void status(void) {
    sigset_t set;
    signal(SIGUSR1, handle);
    signal(SIGUSR2, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGHUP);
    read_file("/proc/self/status");
    printf("%s %s %d %d\n", field("Name"), field("State"), atoi(field("Pid")) == getpid(),
           atoi(field("PPid")) == getppid());
    printf("blocked %d, ignored %d, caught %d, pending %d\n", (int)(strtoull(field("SigBlk"), NULL, 16) & 1),
           (int)(strtoull(field("SigIgn"), NULL, 16) >> (SIGUSR2 - 1) & 1),
           (int)(strtoull(field("SigCgt"), NULL, 16) >> (SIGUSR1 - 1) & 1),
           (int)(strtoull(field("SigPnd"), NULL, 16) & 1));
    printf("size %d, resident %d\n", atoi(field("VmSize")) >= atoi(field("VmRSS")), atoi(field("VmRSS")) > 100);
    read_file("/proc/self/stat");
    printf("stat: %d fields, mine %d\n", count(' ') + 1, atoi(text) == getpid());
    read_file("/proc/self/statm");
    printf("statm: %d fields\n", count(' ') + 1);
    read_file("/proc/self/comm");
    printf("%s", text);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    read_file("/proc/self/limits");
    printf("files %d\n", strtoull(field("Max open files"), NULL, 10) == limit.rlim_cur);
}

static void start(int argc, char **argv) {
    size_t n = read_file("/proc/self/cmdline"), at = 0;
    int same = 0;
    for (int i = 0; i < argc && at < n; at += strlen(text + at) + 1) same += strcmp(text + at, argv[i++]) == 0;
    printf("arguments %d, all %d\n", same == argc, at == n);
    n = read_file("/proc/self/environ");
    extern char **environ;
    printf("environment %d\n", n > 0 && strcmp(text, environ[0]) == 0);
    n = read_file("/proc/self/auxv");
    const unsigned long *pair = (const void *)text;
    int equal = 0, pairs = 0;
    for (; (size_t)((const char *)pair - text) < n && pair[0]; pair += 2, pairs++) {
        bool is_asked = pair[0] == AT_PHDR || pair[0] == AT_ENTRY || pair[0] == AT_PAGESZ || pair[0] == AT_RANDOM;
        equal += is_asked && getauxval(pair[0]) == pair[1];
    }
    printf("auxiliary vector %d, all there %d, %d bytes a page\n", equal, pairs > 15, (int)getauxval(AT_PAGESZ));
}

static int mapped_at(const void *address, char perm[5], char *name) {
    unsigned long low, high, wanted = (unsigned long)address;
    for (const char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        char path[256] = "";
        if (sscanf(line, "%lx-%lx %4s %*x %*x:%*x %*u %255[^\n]", &low, &high, perm, path) < 3) continue;
        if (wanted < low || wanted >= high) continue;
        strcpy(name, strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
        return 1;
    }
    return 0;
}

static void maps(void) {
    static int data;
    int local;
    char perm[5] = "", name[256] = "";
    void *heap = malloc(10);
    read_file("/proc/self/maps");
    int found = mapped_at((void *)maps, perm, name);
    printf("code %d %s %s\n", found, perm, name);
    found = mapped_at(&data, perm, name);
    printf("data %d %s\n", found, perm);
    found = mapped_at(&local, perm, name);
    printf("stack %d %s %s\n", found, perm, name);
    printf("heap %d\n", mapped_at(heap, perm, name));
    printf("nothing %d\n", mapped_at((void *)16, perm, name));
    free(heap);
}

static void machine(void) {
    struct utsname u;
    double up, idle, before;
    uname(&u);
    read_file("/proc/sys/kernel/osrelease");
    printf("release %d\n", strncmp(text, u.release, strlen(u.release)) == 0);
    read_file("/proc/version");
    printf("version %d\n", strncmp(text, u.sysname, strlen(u.sysname)) == 0 && strstr(text, u.release) != NULL);
    read_file("/proc/meminfo");
    printf("memory %d, free %d\n", atol(field("MemTotal")) * 1024 >= sysconf(_SC_PHYS_PAGES) / 2 * 4096,
           atol(field("MemAvailable")) > 0 && atol(field("MemAvailable")) <= atol(field("MemTotal")));
    read_file("/proc/cpuinfo");
    printf("vendor %d, sse2 %d\n", strlen(field("vendor_id")) == 12,
           strstr(field("flags"), " sse2") || strstr(text, " sse2 "));
    read_file("/proc/stat");
    printf("cpu %d, started %d\n", strncmp(text, "cpu ", 4) == 0, atol(field("btime")) > 1500000000);
    read_file("/proc/uptime");
    sscanf(text, "%lf", &before);
    usleep(30000);
    read_file("/proc/uptime");
    int fields = sscanf(text, "%lf %lf", &up, &idle);
    printf("uptime %d, it passes %d\n", fields, up > before);
    read_file("/proc/loadavg");
    printf("load: %d fields\n", count(' ') + 1);
    read_file("/proc/filesystems");
    printf("file systems %d %d\n", strstr(text, "nodev\tproc\n") != NULL, strstr(text, "nodev\ttmpfs\n") != NULL);
    read_file("/proc/mounts");
    printf("root %d, proc %d\n", strstr(text, " / ") != NULL, strstr(text, "proc /proc proc ") != NULL);
    read_file("/proc/self/mountinfo");
    printf("root %d, proc %d\n", strstr(text, " / / ") != NULL,
           strstr(text, " / /proc ") != NULL && strstr(text, " - proc proc "));
    size_t n = read_file("/proc/self/cgroup");
    printf("cgroup %d\n", n > 3);
}

static void system_values(void) {
    static const char *const numbers[] = {
        "kernel/pid_max",   "kernel/threads-max",          "kernel/ngroups_max", "kernel/cap_last_cap",
        "vm/max_map_count", "vm/overcommit_memory",        "fs/file-max",        "fs/nr_open",
        "fs/pipe-max-size", "fs/inotify/max_user_watches", "net/core/somaxconn", "kernel/random/entropy_avail"};
    char path[128], first[64];
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        snprintf(path, sizeof path, "/proc/sys/%s", numbers[i]);
        size_t n = read_file(path);
        printf("%s: %d\n", numbers[i], n > 1 && isdigit((unsigned char)text[0]) && text[n - 1] == '\n');
    }
    size_t n = read_file("/proc/sys/kernel/random/uuid");
    strcpy(first, text);
    read_file("/proc/sys/kernel/random/uuid");
    printf("uuid %d, another %d, version %c\n", (int)n, strcmp(first, text) != 0, text[14]);
    read_file("/proc/sys/kernel/random/boot_id");
    strcpy(first, text);
    read_file("/proc/sys/kernel/random/boot_id");
    printf("boot %d\n", strcmp(first, text));
    read_file("/sys/devices/system/cpu/online");
    int last = atoi(strchr(text, '-') ? strchr(text, '-') + 1 : text);
    printf("processors %d\n", last + 1 == sysconf(_SC_NPROCESSORS_ONLN));
    DIR *d = opendir("/proc/self/fd");
    printf("descriptors %d\n", d != NULL);
    closedir(d);
}

/// How much of a mapping that begins at `start` is in memory.
static void usage(const char *what, const char *start) {
    unsigned long at;
    read_file("/proc/self/smaps");
    for (char *line = text; line; line = strchr(line, '\n')) {
        while (*line == '\n') line++;
        if (sscanf(line, "%lx-", &at) != 1 || at != (unsigned long)start) continue;
        memmove(text, line, strlen(line) + 1);
        printf("%s: size %s", what, field("Size"));
        printf(", resident %s", field("Rss"));
        printf(", dirty %s", field("Private_Dirty"));
        printf(", anonymous %s\n", field("Anonymous"));
        return;
    }
    printf("%s: not there\n", what);
}

static void usages(void) {
    enum { PAGE = 4096, PAGES = 100 };
    char *guarded = mmap(NULL, (PAGES + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
         *area = guarded + PAGE;
    mprotect(area, PAGES * PAGE, PROT_READ | PROT_WRITE);
    usage("untouched", area);
    for (int i = 0; i < 40; i++) area[i * PAGE] = 1;
    usage("touched", area);
    madvise(area, 10 * PAGE, MADV_DONTNEED);
    usage("given back", area);
    munmap(guarded, (PAGES + 2) * PAGE);
    usage("unmapped", area);
    read_file("/proc/self/smaps_rollup");
    printf("all of it: %d\n", strstr(text, "[rollup]") != NULL && atoi(field("Rss")) > 0);
}

int main(int argc, char **argv) {
    start(argc, argv);
    status();
    threads();
    maps();
    usages();
    machine();
    system_values();
    return 0;
}
