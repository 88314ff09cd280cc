// Milestones for the host.

#include "proc/events.h"
#include "arch/clock.h"
#include "dev/console.h"
#include "lib/format.h"
#include <stdbool.h>

enum { LONGEST = 1024 };

static struct host_port *events_port(void) {
    static struct host_port *port;
    if (!port) port = host_port_find("events");
    return port;
}

void event(const char *name, const char *more) {
    char line[LONGEST];
    struct host_port *port = events_port();
    int n =
        format_text(line, sizeof line, "{\"event\":\"%s\",\"t\":%llu%s}\n", name, (unsigned long long)clock_ns(), more);
    if (n <= 0 || n >= LONGEST) return;
    if (port) {
        host_port_write(port, line, (size_t)n);
    } else {
        line[n - 1] = '\0';
        host_note(name, line);
    }
}

void events_drain(void) {
    if (events_port()) host_port_drain(events_port());
}
