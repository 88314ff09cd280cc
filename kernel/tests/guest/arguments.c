// Prints what it was started with: arguments, environment in its order, and what the auxiliary vector promises.
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

int main(int argc, char **argv, char **envp) {
    for (int i = 1; i < argc; i++) printf("argument %d: [%s]\n", i, argv[i]);
    for (char **e = envp; *e; e++) {
        if (strncmp(*e, "TEST_", 5) == 0) printf("environment: %s\n", *e);
    }
    printf("argv ends with null: %s\n", argv[argc] == NULL ? "yes" : "no");
    printf("page size: %lu\n", getauxval(AT_PAGESZ));
    printf("phdr entries of %lu bytes: %s\n", getauxval(AT_PHENT), getauxval(AT_PHNUM) > 0 ? "yes" : "no");
    const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
    int sum = 0;
    for (int i = 0; random && i < 16; i++) sum += random[i];
    printf("random bytes: %s\n", sum > 0 ? "yes" : "no");
    printf("platform: %s\n", (const char *)getauxval(AT_PLATFORM));
    printf("clock ticks: %lu, secure: %lu, uid: %lu\n", getauxval(AT_CLKTCK), getauxval(AT_SECURE), getauxval(AT_UID));
    return 0;
}
