// The folders and files of an ordinary system, which no image has: what is in them, and what stays of what is made
// there.
#include "checks.h"
#include <dirent.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <sys/stat.h>

static void list(const char *path) {
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort);
    printf("%s:", path);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') printf(" %s", entries[i]->d_name);
        free(entries[i]);
    }
    printf("\n");
}

int main(void) {
    static const char *const folders[] = {"/run",     "/run/lock", "/var",       "/var/run", "/var/log",
                                          "/var/tmp", "/var/lib",  "/var/cache", "/root",    "/home",
                                          "/etc",     "/dev/shm",  "/tmp"};
    struct stat s;
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        int result = stat(folders[i], &s);
        printf("%s: %s %o\n", folders[i], result == 0 && S_ISDIR(s.st_mode) ? "folder" : "missing", s.st_mode & 07777);
    }
    char kept[64] = "";
    int fd = open("/var/lib/app/state", O_RDONLY);
    if (fd >= 0) CHECK(read(fd, kept, sizeof kept - 1));
    printf("kept: %s\n", kept);
    struct passwd *p = getpwnam("www-data");
    printf("www-data: %d\n", p ? (int)p->pw_uid : -1);
    p = getpwuid(65534);
    printf("65534: %s\n", p ? p->pw_name : "-");
    p = getpwuid(0);
    printf("0: %s %s\n", p ? p->pw_name : "-", p ? p->pw_dir : "-");
    static const char *const daemons[] = {"memcache", "redis", "mysql", "postgres", "unbound", "_chrony", "dnsmasq"};
    for (size_t i = 0; i < sizeof daemons / sizeof *daemons; i++) {
        p = getpwnam(daemons[i]);
        struct group *its = p ? getgrgid(p->pw_gid) : NULL;
        printf("%s: %s\n", daemons[i], its && !strcmp(its->gr_name, daemons[i]) ? "user and group" : "missing");
    }
    struct group *g = getgrnam("nogroup");
    printf("nogroup: %d\n", g ? (int)g->gr_gid : -1);
    list("/var");
    list("/run");
    CHECK(mkdir("/var/lib", 0700));
    CHECK(rmdir("/var"));
    CHECK(mkdir("/var/lib/app", 0700) == 0 || errno == EEXIST);
    fd = open("/var/lib/app/state", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(write(fd, "what was written", 16));
    list("/var");
    list("/var/lib");
    fd = open("/var/run/pid", O_WRONLY | O_CREAT | O_EXCL, 0600);
    CHECK(write(fd, "1\n", 2));
    list("/run");
    fd = open("/etc/group.new", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(write(fd, "mine:x:7:\n", 10));
    CHECK(rename("/etc/group.new", "/etc/group"));
    g = getgrgid(7);
    printf("7: %s\n", g ? g->gr_name : "-");
    CHECK(unlink("/etc/services"));
    CHECK(access("/etc/services", F_OK));
    CHECK(rename("/etc/protocols", "/etc/elsewhere"));
    tzset();
    printf("%s\n", tzname[0]);
    return 0;
}
