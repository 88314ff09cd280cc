// A stack of ours, and Linux's own, on a bad wire: a TAP device in a network namespace that the test makes. Here the
// clock is the real one, since Linux goes by it.
#pragma once

#include "bad_wire.h"
#include "net/stack/ipv4.h"
#include "net/stack/tcp.h"

#define MS 1000000ull
#define SECONDS 1000000000ull

/// The ends of the wire.
enum { OURS = 0, LINUX = 1 };

struct linux_link {
    struct net_stack stack;
    struct interface *interface;
    struct bad_wire faults;
    uint64_t now_ns;
    int tap;
    void (*changed)(struct tcp_connection *c, unsigned what);
    void (*arrived)(void *owner);
    /// Looks at each frame (with its Ethernet header) before it sets out. False: it is lost.
    bool (*passes)(unsigned from, const struct packet *p);
};

extern struct linux_link linux_link;

/// Makes the namespace and the device. Null, or why that can't be.
const char *linux_link_open(void);
void linux_link_close(void);
/// Us, and Linux.
static inline uint32_t linux_link_address(unsigned end) { return IPV4(10, 0, 0, 1 + end); }
/// Goes on until `claim` holds or `limit_ns` have passed. Whether it holds.
bool linux_link_run(bool (*claim)(void), uint64_t limit_ns);
/// Lets so much time pass.
void linux_link_pass(uint64_t ns);
/// Around everything that is asked of our stack.
struct net_stack *linux_link_begin(void);
void linux_link_end(void);

/// A socket of Linux's, which waits for nothing. `kind`: SOCK_STREAM or SOCK_DGRAM; bound to `port` unless that is 0.
int linux_socket(int kind, uint16_t port);
/// Begins to connect it to `port` of our stack. 0, or the errno that is not EINPROGRESS.
int linux_connect(int fd, uint16_t port);
/// Whether poll says one of `events` of it.
bool linux_has(int fd, short events);
/// SO_ERROR.
int linux_error(int fd);
/// A byte or word of its TCP_INFO.
uint8_t linux_byte(int fd, unsigned at);
uint32_t linux_word(int fd, unsigned at);
/// Where what is in TCP_INFO: the state (numbered as ours), options, probes; milliseconds.
enum { LINUX_STATE = 0, LINUX_PROBES = 3, LINUX_OPTIONS = 5, LINUX_SEND_MSS = 16, LINUX_TOTAL_AGAIN = 100 };
