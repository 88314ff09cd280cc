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

int main(void) {
    call("number 1000", 1000);
    call("number 1000 again", 1000);
    call("kexec_load", SYS_kexec_load);
    call("kexec_load again", SYS_kexec_load);
    return 0;
}
