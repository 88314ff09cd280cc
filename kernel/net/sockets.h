// What the network tells the sockets (net/inet).
#pragma once

struct tcp_connection;
struct udp_endpoint;

void sockets_tcp_changed(struct tcp_connection *c, unsigned what);
void sockets_tcp_arrived(void *listener_owner);
void sockets_udp_changed(struct udp_endpoint *e);
