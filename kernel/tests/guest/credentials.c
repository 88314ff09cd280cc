// Ids, groups and capabilities: what a program that begins as root may make of itself, and what it can't take back.
#include "checks.h"
#include <grp.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/// Each in a thread of its own, whose ids and capabilities are its own: the calls themselves, which go for one thread.
#define CALL(name, ...) syscall(SYS_##name, __VA_ARGS__)

enum { PR_CAP_AMBIENT_ = 47, PR_GET_SECUREBITS_ = 27, PR_SET_SECUREBITS_ = 28 };

static void show(void) {
    static const char *const wanted[] = {
        "Uid:", "Gid:", "Groups:", "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:"};
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/self/task/%ld/status", syscall(SYS_gettid));
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) {
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
            if (strncmp(line, wanted[i], strlen(wanted[i])) != 0) continue;
            // Containers may lack CAP_SYS_RESOURCE from the start.
            if (!strncmp(line, "Cap", 3))
                printf("    %.8s%016llx\n", line, strtoull(line + 8, NULL, 16) & ~(1ull << 24));
            else printf("    %s", line);
        }
    }
    if (f) fclose(f);
    unsigned r, e, s;
    syscall(SYS_getresuid, &r, &e, &s);
    printf("    users %u %u %u, %ld %ld", r, e, s, syscall(SYS_getuid), syscall(SYS_geteuid));
    syscall(SYS_getresgid, &r, &e, &s);
    printf("; groups %u %u %u, %ld %ld; dumpable %d, keeps %d\n", r, e, s, syscall(SYS_getgid), syscall(SYS_getegid),
           prctl(PR_GET_DUMPABLE), prctl(PR_GET_KEEPCAPS));
}

static void daemon_way(void) {
    CHECK(CALL(setgroups, 3, ((gid_t[]){44, 33, 0})));
    CHECK(CALL(setresgid, 33, 33, 33));
    CHECK(CALL(setresuid, 33, 33, 33));
    show();
    CHECK(CALL(setuid, 0));
    CHECK(CALL(setuid, 34));
    CHECK(CALL(setuid, 33));
    CHECK(CALL(setreuid, 0, -1));
    CHECK(CALL(setreuid, -1, 0));
    CHECK(CALL(setreuid, 33, 33));
    CHECK(CALL(setresuid, -1, 0, -1));
    CHECK(CALL(setresuid, -1, -1, -1));
    CHECK(CALL(setgid, 0));
    CHECK(CALL(setregid, 0, 0));
    CHECK(CALL(setresgid, 0, 0, 0));
    CHECK(CALL(setgroups, 0, NULL));
    gid_t groups[4] = {0};
    CHECK(CALL(getgroups, 0, NULL));
    CHECK(CALL(getgroups, 2, groups));
    CHECK(CALL(getgroups, 4, groups));
    printf("%u %u %u\n", groups[0], groups[1], groups[2]);
    CHECK(CALL(getgroups, -1, groups));
    CHECK(CALL(getgroups, 4, NOWHERE));
    CHECK(CALL(setfsuid, 0));
    CHECK(CALL(setfsuid, -1));
    CHECK(prctl(PR_CAPBSET_DROP, 1, 0, 0, 0));
    CHECK(prctl(PR_SET_SECUREBITS_, 0, 0, 0, 0));
}

static void effective_and_back(void) {
    CHECK(CALL(setresuid, -1, 33, -1));
    show();
    CHECK(CALL(setuid, 44));
    CHECK(CALL(setuid, 0));
    show();
    CHECK(CALL(setreuid, 33, 44));
    show();
    CHECK(CALL(setuid, 33));
    CHECK(CALL(setuid, 44));
    CHECK(CALL(setuid, 0));
}

static void keeping(void) {
    CHECK(prctl(PR_SET_KEEPCAPS, 2, 0, 0, 0));
    CHECK(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
    CHECK(CALL(setresuid, 33, 33, 33));
    show();
    CHECK(CALL(setuid, 44));
    struct {
        uint32_t version;
        int pid;
    } head = {0x20080522, 0};
    struct {
        uint32_t effective, permitted, inheritable;
    } sets[2] = {{1 << 7 | 1 << 6, 1 << 7 | 1 << 6, 1 << 7}, {0, 0, 0}};
    CHECK(CALL(capset, &head, sets));
    show();
    CHECK(prctl(PR_CAP_AMBIENT_, 2, 7, 0, 0));
    CHECK(prctl(PR_CAP_AMBIENT_, 2, 6, 0, 0));
    CHECK(prctl(PR_CAP_AMBIENT_, 1, 7, 0, 0));
    CHECK(prctl(PR_CAP_AMBIENT_, 1, 99, 0, 0));
    CHECK(prctl(PR_CAP_AMBIENT_, 9, 7, 0, 0));
    CHECK(prctl(PR_CAP_AMBIENT_, 4, 1, 0, 0));
    show();
    CHECK(prctl(PR_CAP_AMBIENT_, 4, 0, 0, 0));
    sets[0].permitted |= 1;
    CHECK(CALL(capset, &head, sets));
    sets[0].permitted = 1 << 7;
    CHECK(CALL(capset, &head, sets));
    CHECK(CALL(setresuid, 44, 44, 44));
    show();
    head.version = 1;
    CHECK(CALL(capget, &head, NULL));
    CHECK(head.version);
    head.version = 1;
    CHECK(CALL(capget, &head, sets));
    CHECK(CALL(capset, &head, sets));
    head.version = 0x19980330;
    CHECK(CALL(capget, &head, sets));
    head.version = 0x20080522, head.pid = -1;
    CHECK(CALL(capget, &head, sets));
    head.pid = 1 << 22;
    CHECK(CALL(capget, &head, sets));
    CHECK(CALL(capset, &head, sets));
    CHECK(CALL(capget, NOWHERE, sets));
}

static void others(void) {
    CHECK(CALL(setuid, -1));
    CHECK(CALL(setgid, -1));
    CHECK(CALL(setgroups, 65537, NULL));
    CHECK(CALL(setgroups, 1, NOWHERE));
    CHECK(CALL(setgroups, 1, ((gid_t[]){-1})));
    CHECK(CALL(setfsuid, 55));
    show();
    CHECK(CALL(setfsuid, 0));
    CHECK(CALL(setfsuid, -1));
    CHECK(CALL(setfsgid, 55));
    CHECK(CALL(setfsgid, -1));
    CHECK(prctl(PR_CAPBSET_READ, 40, 0, 0, 0));
    CHECK(prctl(PR_CAPBSET_READ, 99, 0, 0, 0));
    CHECK(prctl(PR_CAPBSET_DROP, 99, 0, 0, 0));
    CHECK(prctl(PR_CAPBSET_DROP, 10, 0, 0, 0));
    CHECK(prctl(PR_CAPBSET_READ, 10, 0, 0, 0));
    CHECK(prctl(PR_SET_SECUREBITS_, 0x1000, 0, 0, 0));
    CHECK(prctl(PR_SET_SECUREBITS_, 4 | 8, 0, 0, 0));
    CHECK(prctl(PR_SET_SECUREBITS_, 0, 0, 0, 0));
    CHECK(prctl(PR_GET_SECUREBITS_, 0, 0, 0, 0));
    CHECK(CALL(setresuid, 33, 33, 33));
    show();
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    CHECK(prctl(PR_SET_DUMPABLE, 2, 0, 0, 0));
    CHECK(prctl(PR_SET_PDEATHSIG, 99, 0, 0, 0));
    CHECK(prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0));
    int signal = 0;
    CHECK(prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0));
    CHECK(signal);
    CHECK(prctl(99999, 0, 0, 0, 0));
    show();
}

static void peer(const char *what, int fd) {
    struct {
        int pid;
        unsigned uid, gid;
    } of = {-7, 7, 7};
    socklen_t n = sizeof of;
    int result = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &of, &n);
    printf("%s: %d, %s %d %d, %u bytes\n", what, result,
           of.pid == getpid() ? "mine"
           : of.pid == 0      ? "none"
                              : "other",
           (int)of.uid, (int)of.gid, n);
}

static void sockets(void) {
    int pair[2], listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0credentials"};
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    peer("pair", pair[0]);
    peer("alone", client);
    peer("internet", socket(AF_INET, SOCK_STREAM, 0));
    CHECK(bind(listener, (struct sockaddr *)&name, sizeof name));
    CHECK(CALL(setresgid, -1, 44, -1));
    CHECK(CALL(setresuid, -1, 33, -1));
    CHECK(listen(listener, 1));
    peer("listener", listener);
    CHECK(CALL(setresuid, -1, 0, -1));
    CHECK(CALL(setresuid, -1, 55, -1));
    CHECK(connect(client, (struct sockaddr *)&name, sizeof name));
    CHECK(CALL(setresuid, -1, 0, -1));
    peer("client", client);
    peer("accepted", accept(listener, NULL, NULL));
}

static void files(void) {
    struct stat s;
    CHECK(CALL(setresgid, -1, 44, -1));
    CHECK(CALL(setresuid, -1, 33, -1));
    int fd = open("/tmp/credentials-file", O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(fstat(fd, &s));
    printf("made by %u %u\n", s.st_uid, s.st_gid);
    CHECK(CALL(setresuid, -1, 0, -1));
    CHECK(fchown(fd, 55, -1));
    CHECK(stat("/tmp/credentials-file", &s));
    printf("of %u %u\n", s.st_uid, s.st_gid);
    CHECK(chown("/tmp/credentials-file", -1, 66));
    CHECK(stat("/tmp/credentials-file", &s));
    printf("of %u %u\n", s.st_uid, s.st_gid);
    CHECK(unlink("/tmp/credentials-file"));
}

static void *run(void *of) {
    (*(void (**)(void))of)();
    return NULL;
}

int main(void) {
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    printf("%lu %lu %lu %lu %lu\n", getauxval(AT_UID), getauxval(AT_EUID), getauxval(AT_GID), getauxval(AT_EGID),
           getauxval(AT_SECURE));
    setgroups(0, NULL);
    show();
    void (*parts[])(void) = {daemon_way, effective_and_back, keeping, others, sockets, files};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        pthread_t thread;
        printf("part %zu\n", i);
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        pthread_create(&thread, NULL, run, &parts[i]);
        pthread_join(thread, NULL);
    }
    // All threads together, as the C library does it.
    show();
    CHECK(setgid(33));
    CHECK(seteuid(44));
    CHECK(seteuid(0));
    CHECK(setuid(33));
    CHECK(seteuid(0));
    show();
    CHECK(setpriority(PRIO_PROCESS, 0, 5));
    struct rlimit l = {10, 100}, more = {10, 200};
    CHECK(setrlimit(RLIMIT_MSGQUEUE, &l));
    CHECK(setrlimit(RLIMIT_MSGQUEUE, &more));
    return 0;
}
