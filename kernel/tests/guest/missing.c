// Calls that a unikernel kernel may not have: each must fail with ENOSYS, and the program goes on.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void call(const char *name, long number) {
    long result = syscall(number, 0, 0, 0, 0, 0, 0);
    printf("%s: %s\n", name, result == -1 ? strerror(errno) : "done");
}

/// What C libraries and runtimes ask for and do without.
static void probes(void) {
    call("pkey_alloc", SYS_pkey_alloc);
    call("rseq", SYS_rseq);
    call("io_uring_setup", SYS_io_uring_setup);
    call("perf_event_open", SYS_perf_event_open);
    call("userfaultfd", SYS_userfaultfd);
    call("landlock_create_ruleset", 444);
    call("get_mempolicy", SYS_get_mempolicy);
    call("keyctl", SYS_keyctl);
    call("mseal", 462);
    call("file_getattr", 468);
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "probes") == 0) {
        probes();
        return 0;
    }
    call("number 1000", 1000);
    call("number 1000 again", 1000);
    call("kexec_load", SYS_kexec_load);
    call("kexec_load again", SYS_kexec_load);
    return 0;
}
