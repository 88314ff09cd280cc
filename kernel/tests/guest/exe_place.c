// Finds a file beside its own program, as relocatable programs do: by /proc/self/exe.
#include <libgen.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
    char exe[4096] = {0}, beside[4200];
    if (argc < 1 || readlink("/proc/self/exe", exe, sizeof exe - 1) < 0) return 1;
    printf("argv0 %s: %s\n", argv[0], access(argv[0], X_OK) == 0 ? "found" : "missing");
    printf("exe %s\n", exe);
    snprintf(beside, sizeof beside, "%s/../lib/x", dirname(exe));
    printf("beside %s\n", access(beside, R_OK) == 0 ? "found" : "missing");
    return 0;
}
