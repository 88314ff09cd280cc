// What monitoring agents read: files of counters and settings, and what a link message has. Whether it is there, not
// what it says.
#include "checks.h"
#include <dirent.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timex.h>

static const char *const files[] = {"/proc/self/io",
                                    "/proc/vmstat",
                                    "/proc/diskstats",
                                    "/proc/partitions",
                                    "/proc/swaps",
                                    "/proc/cgroups",
                                    "/proc/devices",
                                    "/proc/stat",
                                    "/proc/softirqs",
                                    "/proc/interrupts",
                                    "/proc/net/dev",
                                    "/proc/net/netstat",
                                    "/proc/net/snmp",
                                    "/proc/net/softnet_stat",
                                    "/proc/net/sockstat",
                                    "/proc/net/sockstat6",
                                    "/proc/net/raw6",
                                    "/proc/net/icmp",
                                    "/proc/net/icmp6",
                                    "/proc/net/udplite",
                                    "/proc/net/udplite6",
                                    "/proc/net/dev_mcast",
                                    "/proc/net/igmp",
                                    "/proc/net/packet",
                                    "/proc/sys/net/core/somaxconn",
                                    "/proc/sys/net/core/rmem_max",
                                    "/proc/sys/net/core/wmem_default",
                                    "/proc/sys/net/ipv4/tcp_keepalive_time",
                                    "/proc/sys/net/ipv4/tcp_keepalive_intvl",
                                    "/proc/sys/net/ipv4/ip_local_port_range",
                                    "/proc/sys/net/ipv4/tcp_rmem",
                                    "/proc/sys/net/ipv4/tcp_fin_timeout",
                                    "/proc/sys/net/ipv4/tcp_congestion_control",
                                    "/proc/sys/vm/overcommit_memory",
                                    "/proc/sys/vm/dirty_ratio",
                                    "/proc/sys/vm/min_free_kbytes",
                                    "/proc/sys/kernel/random/boot_id",
                                    "/proc/sys/kernel/version",
                                    "/proc/sys/kernel/core_pattern",
                                    "/proc/sys/fs/file-nr",
                                    "/sys/class/net/lo/address",
                                    "/sys/class/net/lo/mtu",
                                    "/sys/class/net/lo/operstate",
                                    "/sys/class/net/lo/statistics/rx_bytes",
                                    "/sys/class/net/lo/statistics/tx_errors",
                                    "/sys/class/net/lo/flags"};

/// Lines that programs look for, with what they begin with.
static const struct {
    const char *path, *begins;
} lines[] = {{"/proc/self/io", "rchar: "},
             {"/proc/self/io", "write_bytes: "},
             {"/proc/vmstat", "pgpgin "},
             {"/proc/vmstat", "pswpout "},
             {"/proc/vmstat", "pgfault "},
             {"/proc/stat", "ctxt "},
             {"/proc/stat", "intr "},
             {"/proc/stat", "softirq "},
             {"/proc/net/snmp", "Ip: "},
             {"/proc/net/snmp", "Tcp: "},
             {"/proc/net/snmp", "Udp: "},
             {"/proc/net/netstat", "TcpExt: "},
             {"/proc/net/netstat", "IpExt: "},
             {"/proc/self/status", "voluntary_ctxt_switches:"},
             {"/proc/self/status", "nonvoluntary_ctxt_switches:"},
             {"/proc/self/status", "CapEff:"}};

static int has_line(const char *path, const char *begins) {
    char line[8192];
    int found = 0;
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) found |= !strncmp(line, begins, strlen(begins));
    if (f) fclose(f);
    return found;
}

/// Whether each heading of such a file has as many words as its values.
static int is_paired(const char *path) {
    char head[8192], values[8192];
    int right = 1;
    FILE *f = fopen(path, "r");
    while (f && fgets(head, sizeof head, f) && fgets(values, sizeof values, f)) {
        int a = 0, b = 0;
        for (char *w = strtok(head, " \n"); w; w = strtok(NULL, " \n")) a++;
        for (char *w = strtok(values, " \n"); w; w = strtok(NULL, " \n")) b++;
        right &= a == b;
    }
    if (f) fclose(f);
    return right;
}

/// The attributes of the loopback's link message: those that every Linux sends, and how long the counters are.
static void link_message(void) {
    static const unsigned char wanted[] = {1,  2,  3,  4,  6,  7,  13, 14, 16, 17, 23, 26, 27,
                                           30, 31, 32, 33, 35, 39, 40, 41, 43, 47, 48, 50, 51};
    static union {
        struct {
            uint32_t length;
            uint16_t type, flags;
            uint32_t sequence, port;
        } head;
        char bytes[32768];
    } answer;
    struct {
        uint32_t length;
        uint16_t type, flags;
        uint32_t sequence, port;
        char body[16];
    } ask = {32, 18, 0x301, 1, 0, {0}};
    int s = socket(16, SOCK_RAW, 0);
    unsigned lengths[256] = {0};
    CHECK(send(s, &ask, sizeof ask, 0));
    ssize_t n = recv(s, &answer, sizeof answer, 0);
    if (n < 32 || answer.head.type != 16) printf("no answer\n");
    for (char *at = answer.bytes + 32, *end = answer.bytes + answer.head.length; n >= 32 && at + 4 <= end;) {
        const uint16_t *a = (const uint16_t *)at;
        lengths[a[1] & 255] = a[0];
        at += (a[0] + 3) & ~3;
        if (a[0] < 4) break;
    }
    for (size_t i = 0; i < sizeof wanted; i++)
        printf("attribute %d: %s\n", wanted[i], lengths[wanted[i]] ? "there" : "missing");
    printf("counters: %s, %s\n", lengths[23] >= 4 + 24 * 8 ? "whole" : "cut",
           lengths[7] >= 4 + 23 * 4 ? "whole" : "cut");
    close(s);
}

/// Whether what can be listed through rtnetlink is, and not refused: neighbours, rules, queues with their classes and
/// filters.
static void lists(void) {
    static const uint16_t kinds[] = {30, 34, 38, 42, 46};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct {
            uint32_t length;
            uint16_t type, flags;
            uint32_t sequence, port;
            char body[20];
        } ask = {36, kinds[i], 0x301, 1, 0, {0}};
        // Classes and filters are those of an interface: the loopback.
        ask.body[4] = 1;
        char answer[32768] = {0};
        uint16_t type = 0;
        int s = socket(16, SOCK_RAW, 0);
        CHECK(send(s, &ask, sizeof ask, 0));
        if (recv(s, answer, sizeof answer, 0) >= 20) memcpy(&type, answer + 4, sizeof type);
        printf("list %d: %s\n", kinds[i], type == 2 ? "refused" : "there");
        close(s);
    }
}

int main(void) {
    char text[4096];
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        int fd = open(files[i], O_RDONLY);
        if (fd < 0 || read(fd, text, sizeof text) < 0) printf("%s: %s\n", files[i], strerror(errno));
        if (fd >= 0) close(fd);
    }
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        printf("%s %s %d\n", lines[i].path, lines[i].begins, has_line(lines[i].path, lines[i].begins));
    printf("%d %d\n", is_paired("/proc/net/snmp"), is_paired("/proc/net/netstat"));
    CHECK(access("/sys/block", F_OK));
    CHECK(access("/sys/class/net", F_OK));
    CHECK(access("/sys/fs/cgroup", F_OK));
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq r = {.ifr_name = "lo"};
    r.ifr_data = text;
    memset(text, 0, 64);
    text[0] = 1;
    CHECK(ioctl(s, 0x8946, &r));
    strcpy(r.ifr_name, "none");
    CHECK(ioctl(s, 0x8946, &r));
    link_message();
    lists();
    memset(text, 0, sizeof text);
    CHECK(readlink("/proc/self", text, sizeof text) > 0);
    printf("/proc/self is this process: %d\n", atoi(text) == getpid());
    return 0;
}
