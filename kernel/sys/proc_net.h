// /proc/net: interfaces, routes and sockets, as ss, netstat and runtimes read them.
#pragma once

struct inode;

/// Adds what belongs into /proc/net (which is a link to /proc/self/net).
void proc_net_add(struct inode *net);
