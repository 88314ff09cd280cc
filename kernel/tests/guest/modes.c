// Makes files and folders with permissions, or says those that are there: two runs of one disk show what was kept.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const paths[] = {"/host.key", "/key", "/priv", "/open", "/usual", "/changed", "/reset"};

static void make(const char *path, mode_t mode) {
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, mode);
    if (fd >= 0) close(fd);
    else perror(path);
}

int main(void) {
    umask(022);
    struct stat st;
    if (stat("/key", &st) != 0) {
        make("/key", 0600);
        mkdir("/priv", 0700);
        make("/open", 0600);
        make("/usual", 0644);
        make("/changed", 0644);
        make("/reset", 0600);
        sync();
        chmod("/open", 0755);
        chmod("/changed", 0440);
        chmod("/reset", 04711);
        puts("made");
    }
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (stat(paths[i], &st) == 0) printf("%s %04o\n", paths[i], st.st_mode & 07777u);
        else perror(paths[i]);
    }
    return 0;
}
