// Talking to the host: the console, kernel messages, and named ports.
//
// The console is the serial port until a virtio console is ready, from then on the virtio console alone.
#pragma once

#include "sched/wait.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Queues bytes for the host; sleeps when the ring is full. Bytes arrive in order, unchanged.
void console_write(const void *bytes, size_t n);
/// Takes what the host has sent, at most `cap` bytes; 0 when there is nothing.
size_t console_read(void *to, size_t cap);
/// Woken when console_read has something.
extern struct wait_queue console_input;
/// Waits until the host has all output.
void console_drain(void);

/// A remark of the kernel itself. It goes to the host's port `events`, so that the console has nothing but the
/// program's output; where the host has no such port, to the console. The same remark is made once.
void klog(const char *format, ...) __attribute__((format(printf, 1, 2)));
/// A line of the kernel on the console, whatever ports there are: why the program ends or cannot start, and what was
/// asked for ("pith: ..." and a newline are added).
void console_report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/// A named port of the virtio console (`events`, `trace`, `stats`); null if the host does not offer it.
struct host_port;
struct host_port *host_port_find(const char *name);
void host_port_write(struct host_port *port, const void *bytes, size_t n);
void host_port_drain(struct host_port *port);
enum { HOST_PORT_LINES = 4, HOST_PORT_STREAM = 16 };
/// Gives the device room for what the host sends, `buffers` of half a KiB; `readable` is woken when something came, and
/// when the host's end was closed.
void host_port_listen(struct host_port *port, struct wait_queue *readable, unsigned buffers);
/// Whether somebody at the host had the other end open and has closed it.
bool host_port_is_left(const struct host_port *port);
/// Takes what the host has sent to a port; 0 when there is nothing.
size_t host_port_read(struct host_port *port, void *to, size_t cap);

/// A milestone of the program's or the kernel's, to a host that takes them in another way than by a port: its kind, and
/// all of it as JSON. Sleeps. Nothing where the host does not.
void host_note(const char *kind, const char *json);
