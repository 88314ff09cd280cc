// Answers to rtnetlink's questions.
#pragma once

#include "net/stack/stack.h"

enum { NETLINK_HEADER = 16, NETLINK_ANSWER_MOST = 12288 };

/// Answers one message, which is `length` bytes long, header included; `port` is the asking socket's. Null without
/// memory.
struct packet *route_answer(struct net_stack *stack, const uint8_t *request, uint32_t length, uint32_t port);
