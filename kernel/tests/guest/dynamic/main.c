// A program that lives from its loader: a library by $ORIGIN, one opened while it runs, symbols in all directions, and
// what the loader was told by the kernel.
#define _GNU_SOURCE
#include "shared.h"
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

const char *program_answer(void) { return "the program"; }

static int list_object(struct dl_phdr_info *object, size_t size, void *unused) {
    (void)size;
    (void)unused;
    const char *name = strrchr(object->dlpi_name, '/');
    // Without a path: the program to glibc, and Linux's own library in memory.
    if (name) printf("object: %s, segments: %d\n", name + 1, object->dlpi_phnum > 2);
    return 0;
}

static void open_plugin(const char *path) {
    void *plugin = dlopen(path, RTLD_NOW);
    const char *(*speak)(double) = NULL;
    if (plugin) *(void **)&speak = dlsym(plugin, "plugin_speak");
    printf("plugin: %s\n", speak ? speak(2) : dlerror());
    if (plugin) printf("closed: %d\n", dlclose(plugin));
    printf("absent: %d\n", dlopen("/nowhere/at-all.so", RTLD_NOW) == NULL);
}

int main(int argc, char **argv) {
    printf("loader: %d, entry: %d\n", getauxval(AT_BASE) != 0, getauxval(AT_ENTRY) > getauxval(AT_PHDR));
    printf("count: %d\n", shared_add(2));
    printf("count here: %d\n", shared_count);
    printf("of the thread: %d\n", shared_of_thread);
    printf("%s %s\n", shared_words[0], shared_words[1]);
    printf("asked: %s\n", shared_asks_program());
    Dl_info where;
    printf("own name: %s\n", dladdr((void *)program_answer, &where) ? where.dli_sname : "unknown");
    dl_iterate_phdr(list_object, NULL);
    if (argc > 1) open_plugin(argv[1]);
    return 42;
}
