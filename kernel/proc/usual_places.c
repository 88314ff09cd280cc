// What is in an ordinary system and not in an image: folders for run-time files and state, names of users and services.
//
// A folder costs nothing until something is made in it: then it is made on the disk, and what is in it survives
// (dentry_make_real). Files are in memory; one that the program puts in their place is the program's.

#include "proc/usual_places.h"
#include "arch/clock.h"
#include "dev/random.h"
#include "fs/file.h"
#include "fs/memory.h"
#include "fs/walk.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "proc/process.h"

enum { RUN_DEVICE = 0x0021, USUAL_DEVICE = 0x0022, TEXT_MOST = 4096 };

struct usual {
    const char *parent, *name;
    uint32_t mode;
    const char *text; // of a file, or where a link leads
};

/// Users that packages of servers make when they are installed, and that their programs become: with such a program in
/// an image, its user is there. The numbers are of the range for them; which one has which differs from host to host.
#define DAEMONS(line)                                                                                                  \
    line("messagebus", "201", "/nonexistent") line("sshd", "202", "/run/sshd")                                         \
        line("postgres", "203", "/var/lib/postgresql") line("redis", "204", "/var/lib/redis")                          \
            line("valkey", "205", "/var/lib/valkey") line("mysql", "206", "/nonexistent")                              \
                line("memcache", "207", "/nonexistent") line("mongodb", "208", "/var/lib/mongodb")                     \
                    line("nginx", "209", "/var/cache/nginx") line("haproxy", "210", "/var/lib/haproxy")                \
                        line("varnish", "211", "/nonexistent") line("unbound", "212", "/var/lib/unbound")              \
                            line("bind", "213", "/var/cache/bind") line("dnsmasq", "214", "/var/lib/misc")             \
                                line("_chrony", "215", "/var/lib/chrony") line("ntp", "216", "/nonexistent") line(     \
                                    "ntpsec", "217", "/nonexistent") line("mosquitto", "218", "/var/lib/mosquitto")    \
                                    line("rabbitmq", "219", "/var/lib/rabbitmq")                                       \
                                        line("prometheus", "220", "/var/lib/prometheus")                               \
                                            line("grafana", "221", "/usr/share/grafana")                               \
                                                line("influxdb", "222", "/var/lib/influxdb")                           \
                                                    line("etcd", "223", "/var/lib/etcd")                               \
                                                        line("openldap", "224", "/var/lib/ldap")                       \
                                                            line("postfix", "225", "/var/spool/postfix")               \
                                                                line("dovecot", "226", "/usr/lib/dovecot")             \
                                                                    line("statd", "227", "/var/lib/nfs")               \
                                                                        line("tomcat", "228", "/var/lib/tomcat")       \
                                                                            line("git", "229", "/home/git")            \
                                                                                line("ftp", "230", "/srv/ftp")
#define USER_LINE(name, id, home) name ":x:" id ":" id "::" home ":/usr/sbin/nologin\n"
#define GROUP_LINE(name, id, home) name ":x:" id ":\n"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
                             "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
                             "bin:x:2:2:bin:/bin:/usr/sbin/nologin\n"
                             "sys:x:3:3:sys:/dev:/usr/sbin/nologin\n"
                             "mail:x:8:8:mail:/var/mail:/usr/sbin/nologin\n"
                             "proxy:x:13:13:proxy:/bin:/usr/sbin/nologin\n"
                             "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n"
                             "backup:x:34:34:backup:/var/backups:/usr/sbin/nologin\n"
                             "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n" DAEMONS(USER_LINE);
static const char group[] =
    "root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nadm:x:4:\ntty:x:5:\ndisk:x:6:\nmail:x:8:\nwww-data:x:33:\n"
    "backup:x:34:\nproxy:x:13:\nstaff:x:50:\nusers:x:100:\nnogroup:x:65534:\n" DAEMONS(GROUP_LINE);
static const char services[] =
    "echo\t7/tcp\necho\t7/udp\ndiscard\t9/tcp\ndiscard\t9/udp\nftp-data\t20/tcp\nftp\t21/tcp\nssh\t22/tcp\ntelnet\t23/"
    "tcp\nsmtp\t25/tcp\tmail\n"
    "time\t37/tcp\ndomain\t53/tcp\ndomain\t53/udp\nbootps\t67/udp\nbootpc\t68/udp\ntftp\t69/udp\nhttp\t80/"
    "tcp\twww\nkerberos\t88/tcp\npop3\t110/tcp\n"
    "sunrpc\t111/tcp\nsunrpc\t111/udp\nntp\t123/udp\nimap2\t143/tcp\timap\nsnmp\t161/udp\nldap\t389/tcp\nhttps\t443/"
    "tcp\nhttps\t443/udp\n"
    "submission\t587/tcp\nldaps\t636/tcp\ndomain-s\t853/tcp\nimaps\t993/tcp\npop3s\t995/tcp\nmysql\t3306/"
    "tcp\npostgresql\t5432/tcp\n"
    "amqp\t5672/tcp\nredis\t6379/tcp\nhttp-alt\t8080/tcp\nmemcached\t11211/tcp\nmongodb\t27017/tcp\n";
static const char protocols[] = "ip\t0\tIP\nicmp\t1\tICMP\nigmp\t2\tIGMP\ntcp\t6\tTCP\nudp\t17\tUDP\nipv6\t41\tIPv6\nip"
                                "v6-icmp\t58\tIPv6-ICMP\nsctp\t132\tSCTP\n";
static const char name_services[] = "passwd:\tfiles\ngroup:\tfiles\nshadow:\tfiles\nhosts:\tfiles "
                                    "dns\nnetworks:\tfiles\nprotocols:\tfiles\nservices:\tfiles\n";

/// Parents come before what is in them.
static const struct usual places[] = {
    {"/", "etc", MODE_DIRECTORY | 0755, NULL},
    {"/", "var", MODE_DIRECTORY | 0755, NULL},
    {"/", "root", MODE_DIRECTORY | 0700, NULL},
    {"/", "home", MODE_DIRECTORY | 0755, NULL},
    {"/", "usr", MODE_DIRECTORY | 0755, NULL},
    {"/usr", "bin", MODE_DIRECTORY | 0755, NULL},
    {"/var", "log", MODE_DIRECTORY | 0755, NULL},
    {"/var", "tmp", MODE_DIRECTORY | 01777, NULL},
    {"/var", "lib", MODE_DIRECTORY | 0755, NULL},
    {"/var", "cache", MODE_DIRECTORY | 0755, NULL},
    {"/var", "run", MODE_LINK | 0777, "/run"},
    {"/var", "lock", MODE_LINK | 0777, "/run/lock"},
    {"/etc", "passwd", MODE_FILE | 0644, passwd},
    {"/etc", "group", MODE_FILE | 0644, group},
    {"/etc", "nsswitch.conf", MODE_FILE | 0644, name_services},
    {"/etc", "services", MODE_FILE | 0644, services},
    {"/etc", "protocols", MODE_FILE | 0644, protocols},
    {"/etc", "machine-id", MODE_FILE | 0444, ""},
    {"/etc", "localtime", MODE_FILE | 0644, ""},
};

/// Folders that an installed server has for itself: its own state and logs, and in /run what the host makes at its
/// start.
static const struct {
    const char *program, *parent, *name;
} servers[] = {
    {"mariadbd", "/run", "mysqld"},
    {"mariadbd", "/var/lib", "mysql"},
    {"mariadbd", "/var/log", "mysql"},
    {"mysqld", "/run", "mysqld"},
    {"mysqld", "/var/lib", "mysql"},
    {"mysqld", "/var/log", "mysql"},
    {"redis-server", "/run", "redis"},
    {"redis-server", "/var/lib", "redis"},
    {"redis-server", "/var/log", "redis"},
    {"valkey-server", "/run", "valkey"},
    {"valkey-server", "/var/lib", "valkey"},
    {"valkey-server", "/var/log", "valkey"},
    {"postgres", "/run", "postgresql"},
    {"postgres", "/var/log", "postgresql"},
    {"mongod", "/var/lib", "mongodb"},
    {"mongod", "/var/log", "mongodb"},
    {"memcached", "/run", "memcached"},
    {"nginx", "/var/lib", "nginx"},
    {"nginx", "/var/log", "nginx"},
    {"nginx", "/var/cache", "nginx"},
    {"apache2", "/run", "apache2"},
    {"apache2", "/var/log", "apache2"},
    {"lighttpd", "/run", "lighttpd"},
    {"lighttpd", "/var/log", "lighttpd"},
    {"lighttpd", "/var/cache", "lighttpd"},
    {"haproxy", "/run", "haproxy"},
    {"haproxy", "/var/lib", "haproxy"},
    {"unbound", "/var/lib", "unbound"},
    {"named", "/run", "named"},
    {"named", "/var/cache", "bind"},
    {"named", "/var/lib", "bind"},
    {"dnsmasq", "/run", "dnsmasq"},
    {"dnsmasq", "/var/lib", "misc"},
    {"chronyd", "/run", "chrony"},
    {"chronyd", "/var/lib", "chrony"},
    {"chronyd", "/var/log", "chrony"},
    {"mosquitto", "/run", "mosquitto"},
    {"mosquitto", "/var/lib", "mosquitto"},
    {"mosquitto", "/var/log", "mosquitto"},
};

static int no_name(struct inode *directory, const char *name, size_t length, struct inode **found) {
    (void)directory;
    (void)name;
    (void)length;
    (void)found;
    return -ENOENT;
}

/// A folder that is nowhere yet.
static const struct inode_operations folder = {.lookup = no_name};

/// Whether a list of users or groups has an id: between the second and the third colon of a line.
static bool has_id(const char *list, uint32_t id) {
    char number[16];
    size_t length = (size_t)format_text(number, sizeof number, ":x:%u:", id), total = strlen(list);
    for (size_t i = 0; i + length <= total; i++) {
        if (memcmp(list + i, number, length) == 0) return true;
    }
    return false;
}

/// The file for UTC, as the compiler of time zones (zic) makes it: one type and no changes, twice, and the rule behind
/// them.
static size_t write_utc(char *to) {
    static const char counts[] = "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4",
                      type[] = "\0\0\0\0\0\0UTC", rule[] = "\nUTC0\n";
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        memcpy(to + n, counts, 44);
        memcpy(to + n + 44, type, 10);
        n += 54;
    }
    memcpy(to + n, rule, 6);
    return n + 6;
}

/// What is in a file: its text, and where the program is of a user or group that no list has, that one too.
static size_t text_of(const struct usual *u, char *to) {
    size_t n = strlen(u->text);
    memcpy(to, u->text, n);
    uint32_t user = process.settings.user, its_group = process.settings.group;
    if (u->text == passwd && !has_id(passwd, user))
        n += (size_t)format_text(to + n, TEXT_MOST - n, "user:x:%u:%u::/home:/bin/sh\n", user, its_group);
    if (u->text == group && !has_id(group, its_group))
        n += (size_t)format_text(to + n, TEXT_MOST - n, "user:x:%u:\n", its_group);
    if (n == 0 && u->mode == (MODE_FILE | 0644)) return write_utc(to);
    if (n == 0) {
        uint64_t id[2];
        random_fill(id, sizeof id);
        n = (size_t)format_text(to, TEXT_MOST, "%016llx%016llx\n", (unsigned long long)id[0],
                                (unsigned long long)id[1]);
    }
    return n;
}

static void fill_in(struct inode *inode, const struct usual *u) {
    static char text[TEXT_MOST];
    const uint64_t start = 0;
    struct io io;
    struct file *file = file_make(NULL, inode, OPEN_WRITE);
    if (!file) return;
    io_kernel(&io, text, text_of(u, text));
    if (inode->operations->open(inode, file) == 0) file_write(file, &io, &start);
    file_drop(file);
}

static void provide(struct dentry *parent, const struct usual *u, struct inode *memory, bool hides) {
    struct inode *inode = NULL;
    if ((u->mode & MODE_TYPE) == MODE_DIRECTORY) {
        inode = inode_make(&folder, parent->inode->filesystem, u->mode);
        if (inode) inode->number = inode_next_number();
        if (inode) inode->links = 2;
    } else if (memory && memory->operations->make(memory, u->name, strlen(u->name), u->mode, u->text, &inode) == 0 &&
               (u->mode & MODE_TYPE) == MODE_FILE) {
        fill_in(inode, u);
    }
    if (inode) inode->accessed_ns = inode->modified_ns = inode->changed_ns = clock_realtime_ns();
    if (inode && dentry_provide(parent, u->name, inode, hides) != 0) inode_drop(inode);
}

/// Whether the image's list of users is the one that every build puts in, ours and that of OPS: root alone.
static bool has_builders_users(void) {
    static const char usual[] = "root:x:0:0:root:/root:/bin/nobash";
    char text[sizeof usual];
    struct file *file;
    struct io io;
    if (file_open(NULL, "/etc/passwd", OPEN_READ, 0, &file) != 0) return false;
    io_kernel(&io, text, sizeof text);
    long n = file_read(file, &io, NULL);
    file_drop(file);
    return n == sizeof usual - 1 && memcmp(text, usual, sizeof usual - 1) == 0;
}

static void mount_run(void) {
    struct dentry *there;
    struct inode *run, *lock;
    if (walk_path(NULL, "/run", 0, &there) == 0) {
        dentry_drop(there);
        return;
    }
    run = memory_filesystem(RUN_DEVICE);
    if (!run) return;
    run->mode = MODE_DIRECTORY | 0755;
    if (run->operations->make(run, "lock", 4, MODE_DIRECTORY | 01777, NULL, &lock) == 0) inode_drop(lock);
    struct dentry *root = dentry_root(run);
    if (root) dentry_mount(walk_root(), "run", root);
}

static void provide_missing(const struct usual *u, struct inode *memory) {
    struct dentry *parent, *there;
    if (walk_path(NULL, u->parent, WALK_DIRECTORY, &parent) != 0) return;
    mutex_lock(&name_lock);
    int result = dentry_child(parent, u->name, strlen(u->name), &there);
    mutex_unlock(&name_lock);
    bool is_builders = result == 0 && u->text == passwd && has_builders_users();
    if (result == 0) dentry_drop(there);
    if (is_builders || result == -ENOENT) provide(parent, u, memory, is_builders);
    dentry_drop(parent);
}

static const char *last_name(const char *path) {
    const char *name = path;
    for (const char *at = path; *at; at++) name = *at == '/' ? at + 1 : name;
    return name;
}

void usual_places_mount(void) {
    struct inode *memory = memory_filesystem(USUAL_DEVICE);
    const char *const *arguments = process.settings.arguments;
    const char *program = last_name(process.settings.program),
               *called = last_name(arguments && arguments[0] ? arguments[0] : "");
    mount_run();
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) provide_missing(&places[i], memory);
    // One program can be several, each by a link of another name: it is what it is called as.
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        const struct usual own = {servers[i].parent, servers[i].name, MODE_DIRECTORY | 0755, NULL};
        bool is_it = strcmp(program, servers[i].program) == 0 || strcmp(called, servers[i].program) == 0;
        if (is_it) provide_missing(&own, memory);
    }
}
