// /proc/net. There is no IPv6: its lists are there, and empty.

#include "sys/proc_net.h"
#include "fs/virtual.h"
#include "lib/string.h"
#include "net/inet/inet.h"
#include "net/network.h"
#include "net/stack/tcp.h"
#include "net/unix.h"

enum { ROUTE_UP = 1, ROUTE_GATEWAY = 2, ARP_COMPLETE = 2, STATE_ESTABLISHED = 1, STATE_CLOSED = 7 };

/// An address as these lists have it: its bytes in the processor's order.
static uint32_t shown(uint32_t address) { return __builtin_bswap32(address); }

static void write_dev(struct text *t) {
    const struct net_stack *s = network_begin();
    text_add(t, "Inter-|   Receive                                                |  Transmit\n"
                " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo "
                "colls carrier compressed\n");
    for (unsigned n = 0; n < s->interface_count; n++) {
        const struct interface *i = &s->interfaces[n];
        text_add(t, "%6s: %7llu %7llu    0    0    0     0          0         0 ", i->name,
                 (unsigned long long)i->received_bytes, (unsigned long long)i->received_packets);
        text_add(t, "%8llu %7llu    0 %4llu    0     0       0          0\n", (unsigned long long)i->sent_bytes,
                 (unsigned long long)i->sent_packets, (unsigned long long)i->dropped);
    }
}

static void add_route(struct text *t, const struct interface *i, uint32_t to, uint32_t gateway, uint32_t mask) {
    text_add(t, "%s\t%08X\t%08X\t%04X\t0\t0\t0\t%08X\t0\t0\t0\n", i->name, shown(to), shown(gateway),
             ROUTE_UP | (gateway ? ROUTE_GATEWAY : 0), shown(mask));
}

static void write_route(struct text *t) {
    const struct net_stack *s = network_begin();
    text_add(t, "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n");
    for (unsigned n = 1; n < s->interface_count; n++) {
        const struct interface *i = &s->interfaces[n];
        if (i->address && i->gateway) add_route(t, i, 0, i->gateway, 0);
        if (i->address) add_route(t, i, i->address & i->mask, 0, i->mask);
    }
}

static void write_arp(struct text *t) {
    const struct net_stack *s = network_begin();
    text_add(t, "IP address       HW type     Flags       HW address            Mask     Device\n");
    for (unsigned n = 1; n < s->interface_count; n++) {
        const struct interface *i = &s->interfaces[n];
        for (unsigned k = 0; k < ARP_ENTRIES; k++) {
            const struct arp_entry *e = &i->arp.entries[k];
            char address[16];
            uint32_t a = e->address;
            if (!a) continue;
            inet_address_text(address, sizeof address, a);
            text_add(t, "%-16s 0x%-10x0x%-10x%02x:%02x:%02x:%02x:%02x:%02x     *        %s\n", address, 1u,
                     e->is_known ? ARP_COMPLETE : 0u, e->mac[0], e->mac[1], e->mac[2], e->mac[3], e->mac[4], e->mac[5],
                     i->name);
        }
    }
}

/// A list of sockets that is being written.
struct list_of_sockets {
    struct text *text;
    unsigned count;
};

static void add_socket(struct list_of_sockets *l, const struct tcp_ends *e, unsigned state, uint32_t unsent,
                       uint32_t unread, unsigned again, const void *owner) {
    text_add(l->text, "%4u: %08X:%04X %08X:%04X %02X %08X:%08X 00:00000000 %08X     0        0 %llu 1 0000000000000000",
             l->count++, shown(e->local), e->port, shown(e->remote), e->remote_port, state, unsent, unread, again,
             (unsigned long long)inet_inode_number(owner));
}

static void add_tcp(void *list, const struct tcp_row *row) {
    add_socket(list, &row->ends, row->state, row->unsent, row->unread, row->retransmits, row->owner);
    text_add(((struct list_of_sockets *)list)->text, " 20 4 0 10 -1\n");
}

static void add_udp(void *list, const struct udp_endpoint *u) {
    const struct tcp_ends ends = {u->local, u->remote, u->port, u->remote_port};
    add_socket(list, &ends, u->remote_port ? STATE_ESTABLISHED : STATE_CLOSED, 0, u->bytes, 0, u->owner);
    text_add(((struct list_of_sockets *)list)->text, " 0\n");
}

#define HEADING "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
#define HEADING_IPV6                                                                                                   \
    "  sl  local_address                         remote_address                        st tx_queue rx_queue tr "       \
    "tm->when retrnsmt   uid  timeout inode"

static void write_tcp(struct text *t) {
    struct list_of_sockets l = {.text = t};
    text_add(t, "%s\n", HEADING);
    tcp_list(network_begin(), add_tcp, &l);
}

static void write_udp(struct text *t) {
    struct list_of_sockets l = {.text = t};
    text_add(t, "%s ref pointer drops\n", HEADING);
    udp_list(network_begin(), add_udp, &l);
}

static void write_raw(struct text *t) { text_add(t, "%s ref pointer drops\n", HEADING); }
static void write_tcp6(struct text *t) { text_add(t, "%s\n", HEADING_IPV6); }
static void write_udp6(struct text *t) { text_add(t, "%s ref pointer drops\n", HEADING_IPV6); }
static void write_nothing(struct text *t) { (void)t; }

static void add_unix(void *text, const struct unix_row *row) {
    enum { LISTENS = 0x10000, UNCONNECTED = 1, CONNECTED = 3 };
    text_add(text, "0000000000000000: 00000002 00000000 %08X %04X %02X %llu %s\n", row->is_listening ? LISTENS : 0,
             (unsigned)row->kind, row->is_connected ? CONNECTED : UNCONNECTED, (unsigned long long)row->inode_number,
             row->name);
}

/// Those that have a name.
static void write_unix(struct text *t) {
    text_add(t, "Num       RefCount Protocol Flags    Type St Inode Path\n");
    unix_list(add_unix, t);
}

static void write_snmp(struct text *t) {
    const struct stack_counters *c = &network_begin()->counters;
    text_add(t,
             "Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards "
             "InDelivers OutRequests OutDiscards OutNoRoutes "
             "ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates\nIp: 2 64 %llu %llu 0 0 0 0 "
             "%llu %llu 0 %llu 0 0 0 0 0 0 0\n",
             (unsigned long long)c->ip_in, (unsigned long long)c->ip_bad, (unsigned long long)(c->ip_in - c->ip_bad),
             (unsigned long long)c->ip_out, (unsigned long long)c->ip_no_route);
    text_add(t,
             "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab "
             "InSegs OutSegs RetransSegs InErrs OutRsts "
             "InCsumErrors\nTcp: 1 200 120000 -1 %llu %llu %llu 0 0 %llu %llu %llu %llu %llu 0\n",
             (unsigned long long)c->tcp_active, (unsigned long long)c->tcp_passive, (unsigned long long)c->tcp_fails,
             (unsigned long long)c->tcp_in, (unsigned long long)c->tcp_out, (unsigned long long)c->tcp_again,
             (unsigned long long)c->tcp_bad, (unsigned long long)c->tcp_resets_out);
    text_add(t,
             "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti "
             "MemErrors\nUdp: %llu %llu %llu %llu %llu 0 0 0 0\n",
             (unsigned long long)c->udp_in, (unsigned long long)c->udp_no_port, (unsigned long long)c->udp_bad,
             (unsigned long long)c->udp_out, (unsigned long long)c->udp_full);
}

static void write_softnet(struct text *t) {
    for (unsigned n = 0; n < 15; n++) text_add(t, n ? " %08x" : "%08x", 0u);
    text_add(t, "\n");
}

static void write_netstat(struct text *t) {
    const struct stack_counters *c = &network_begin()->counters;
    text_add(t,
             "TcpExt: SyncookiesSent SyncookiesRecv SyncookiesFailed TW ListenOverflows ListenDrops TCPLostRetransmit "
             "TCPFastRetrans TCPSlowStartRetrans TCPTimeouts "
             "TCPRcvQDrop TCPOFOQueue TCPSynRetrans TCPOrigDataSent\nTcpExt: 0 0 0 0 0 0 0 0 0 %llu 0 0 0 %llu\n",
             (unsigned long long)c->tcp_again, (unsigned long long)c->tcp_out);
    text_add(t, "IpExt: InOctets OutOctets InBcastPkts OutBcastPkts InNoRoutes\nIpExt: 0 0 0 0 %llu\n",
             (unsigned long long)c->ip_no_route);
}

static void count_tcp(void *count, const struct tcp_row *row) {
    (void)row;
    ++*(unsigned *)count;
}

static void count_udp(void *count, const struct udp_endpoint *u) {
    (void)u;
    ++*(unsigned *)count;
}

static void write_sockstat(struct text *t) {
    unsigned tcp = 0, udp = 0;
    tcp_list(network_begin(), count_tcp, &tcp);
    udp_list(network_begin(), count_udp, &udp);
    text_add(t,
             "sockets: used %u\nTCP: inuse %u orphan 0 tw 0 alloc %u mem 0\nUDP: inuse %u mem 0\nUDPLITE: inuse "
             "0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n",
             tcp + udp, tcp, tcp, udp);
}

void proc_net_add(struct inode *net) {
    virtual_text(net, "softnet_stat", write_softnet);
    virtual_text(net, "netstat", write_netstat);
    virtual_text(net, "sockstat", write_sockstat);
    virtual_fixed(net, "dev_mcast", "");
    virtual_fixed(net, "igmp", "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n");
    virtual_fixed(net, "packet", "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n");
    virtual_fixed(net, "netlink",
                  "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n");
    virtual_text(net, "dev", write_dev);
    virtual_text(net, "route", write_route);
    virtual_text(net, "arp", write_arp);
    virtual_text(net, "tcp", write_tcp);
    virtual_text(net, "udp", write_udp);
    virtual_text(net, "raw", write_raw);
    virtual_text(net, "tcp6", write_tcp6);
    virtual_text(net, "udp6", write_udp6);
    // Of kinds of sockets that there are none of: what lists all kinds stops at one that is missing.
    virtual_text(net, "raw6", write_udp6);
    virtual_text(net, "icmp", write_raw);
    virtual_text(net, "icmp6", write_udp6);
    virtual_text(net, "udplite", write_raw);
    virtual_text(net, "udplite6", write_udp6);
    virtual_fixed(net, "sockstat6",
                  "TCP6: inuse 0\nUDP6: inuse 0\nUDPLITE6: inuse 0\nRAW6: inuse 0\nFRAG6: inuse 0 memory 0\n");
    virtual_text(net, "unix", write_unix);
    virtual_text(net, "snmp", write_snmp);
    virtual_text(net, "if_inet6", write_nothing);
    virtual_text(net, "ipv6_route", write_nothing);
}
