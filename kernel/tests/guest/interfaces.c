// The interfaces, as getifaddrs and /proc/net tell them; and that a listener and a datagram socket are in the lists
// there.
#define _GNU_SOURCE
#include "inet.h"
#include <ifaddrs.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <sys/stat.h>

/// The lines of a file that have `wanted` in them (null: all), without what is behind `most` words.
static void show(const char *path, const char *wanted, int most) {
    char line[512];
    FILE *f = fopen(path, "r");
    if (!f) printf("%s: %s\n", path, strerror(errno));
    while (f && fgets(line, sizeof line, f)) {
        if (wanted && !strstr(line, wanted)) continue;
        printf("%s:", path);
        int n = 0;
        for (char *word = strtok(line, " \t\n"); word && n < most; word = strtok(NULL, " \t\n"), n++)
            printf(" %s", word);
        printf("\n");
    }
    if (f) fclose(f);
}

/// Whether the list has a socket with its port, state and inode.
static int is_listed(const char *path, int s, const char *state) {
    char line[512], place[64];
    struct stat facts;
    int found = 0;
    fstat(s, &facts);
    snprintf(place, sizeof place, "0100007F:%04X", ntohs(name_of(s).sin_port));
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) {
        char local[64] = "", remote[64], now[8] = "";
        unsigned long inode = 0;
        sscanf(line, "%*s %63s %63s %7s %*s %*s %*s %*s %*s %lu", local, remote, now, &inode);
        found += strcmp(local, place) == 0 && strcmp(now, state) == 0 && inode == facts.st_ino;
    }
    if (f) fclose(f);
    return found;
}

int main(void) {
    struct ifaddrs *all;
    char text[INET_ADDRSTRLEN];
    if (getifaddrs(&all) != 0) perror("getifaddrs");
    for (struct ifaddrs *i = all; i; i = i->ifa_next) {
        if (i->ifa_addr && i->ifa_addr->sa_family == AF_PACKET) {
            const struct sockaddr_ll *hardware = (const struct sockaddr_ll *)i->ifa_addr;
            printf("%s: index %d, kind %d, of %d bytes, flags %x\n", i->ifa_name, hardware->sll_ifindex,
                   hardware->sll_hatype, hardware->sll_halen,
                   i->ifa_flags & (IFF_UP | IFF_RUNNING | IFF_LOOPBACK | IFF_BROADCAST | IFF_MULTICAST));
        }
        if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET) continue;
        printf("%s: %s", i->ifa_name, inet_ntoa(((struct sockaddr_in *)i->ifa_addr)->sin_addr));
        printf(", mask %s", inet_ntop(AF_INET, &((struct sockaddr_in *)i->ifa_netmask)->sin_addr, text, sizeof text));
        if (i->ifa_flags & IFF_BROADCAST)
            printf(", broadcast %s", inet_ntoa(((struct sockaddr_in *)i->ifa_broadaddr)->sin_addr));
        struct ifreq r = {.ifr_name = ""};
        int s = socket(AF_INET, SOCK_DGRAM, 0);
        strcpy(r.ifr_name, i->ifa_name);
        ioctl(s, SIOCGIFMTU, &r);
        printf(", MTU %d\n", r.ifr_mtu);
        close(s);
    }
    freeifaddrs(all);
    show("/proc/net/dev", ":", 1);
    show("/proc/net/route", "\t", 8);
    show("/proc/net/if_inet6", NULL, 10);
    show("/proc/net/tcp6", NULL, 2);
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0),
        datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bind(listener, (struct sockaddr *)&a, sizeof a);
    bind(datagrams, (struct sockaddr *)&a, sizeof a);
    listen(listener, 1);
    printf("a listener: %d, datagrams: %d", is_listed("/proc/net/tcp", listener, "0A"),
           is_listed("/proc/self/net/udp", datagrams, "07"));
    a = name_of(listener);
    connect(client, (struct sockaddr *)&a, sizeof a);
    printf(", a connection: %d\n", is_listed("/proc/net/tcp", client, "01"));
    return 0;
}
