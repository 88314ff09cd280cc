// Front-ends of devices, as xenstore has them.
#include "dev/xen/device.h"

#include "arch/clock.h"
#include "dev/xen/store_reader.h"
#include "lib/format.h"
#include "lib/string.h"

enum { NUMBER_CAP = 24, LIST_CAP = 1024 };
#define PATIENCE_NS 20000000000ull

/// False where it does not fit, which only a xenstore out of its mind can bring about.
static bool make_path(char path[STORE_PATH_MOST], const char *folder, const char *name) {
    int length = format_text(path, STORE_PATH_MOST, "%s/%s", folder, name);
    return length > 0 && length < STORE_PATH_MOST;
}

static bool read_number(const char *folder, const char *name, uint64_t *number) {
    char path[STORE_PATH_MOST], text[NUMBER_CAP];
    return make_path(path, folder, name) && store_read(path, text, sizeof(text)) > 0 && store_number(text, number);
}

static bool find_number(const char *kind, uint64_t from, uint64_t *number) {
    char folder[STORE_PATH_MOST], list[LIST_CAP];
    format_text(folder, sizeof(folder), "device/%s", kind);
    long length = store_list(folder, list, sizeof(list));
    *number = UINT64_MAX;
    for (const char *name = list; length > 0 && name < list + length; name += strlen(name) + 1) {
        uint64_t n;
        if (store_number(name, &n) && n >= from && n <= UINT32_MAX && n < *number) {
            *number = n;
        }
    }
    return *number != UINT64_MAX;
}

bool xen_device_next(const char *kind, uint64_t from, struct xen_device *dev) {
    uint64_t number, peer;
    char path[STORE_PATH_MOST];
    if (!find_number(kind, from, &number)) {
        return false;
    }
    *dev = (struct xen_device){.number = (uint32_t)number};
    format_text(dev->front, sizeof(dev->front), "device/%s/%u", kind, dev->number);
    if (!make_path(path, dev->front, "backend") || store_read(path, dev->back, sizeof(dev->back)) <= 0 ||
        !read_number(dev->front, "backend-id", &peer) || peer > UINT16_MAX) {
        return false;
    }
    dev->peer = (uint16_t)peer;
    return make_path(path, dev->back, "state") && store_watch(&dev->watch, path, NULL) == 0;
}

bool xen_device_wait(struct xen_device *dev, enum xen_state state) {
    uint64_t deadline = clock_ns() + PATIENCE_NS;
    for (;;) {
        uint64_t now = xen_device_number(dev, "state", 0);
        if (now == state) {
            return true;
        }
        if (now > XEN_CONNECTED || clock_ns() >= deadline) {
            return false;
        }
        store_wait(&dev->watch, deadline);
    }
}

bool xen_device_state(struct xen_device *dev, enum xen_state state) { return xen_device_write(dev, "state", state); }

void xen_device_fail(struct xen_device *dev) { (void)xen_device_state(dev, XEN_CLOSED); }

static void state_changed(struct store_watch *watch) {
    struct xen_device *dev = container_of(watch, struct xen_device, watch);
    uint64_t state = xen_device_number(dev, "state", XEN_CLOSED);
    if (state >= XEN_CLOSING && dev->gone != NULL) {
        dev->gone(dev);
        dev->gone = NULL;
        (void)xen_device_state(dev, XEN_CLOSED);
    }
}

void xen_device_follow(struct xen_device *dev, void (*gone)(struct xen_device *dev)) {
    dev->gone = gone;
    dev->watch.changed = state_changed;
}

uint64_t xen_device_number(const struct xen_device *dev, const char *name, uint64_t otherwise) {
    uint64_t number;
    return read_number(dev->back, name, &number) ? number : otherwise;
}

long xen_device_text(const struct xen_device *dev, const char *name, char *to, size_t cap) {
    char path[STORE_PATH_MOST];
    return make_path(path, dev->front, name) ? store_read(path, to, cap) : -1;
}

bool xen_device_write_text(const struct xen_device *dev, const char *name, const char *text) {
    char path[STORE_PATH_MOST];
    return make_path(path, dev->front, name) && store_write(path, text) == 0;
}

bool xen_device_write(const struct xen_device *dev, const char *name, uint32_t number) {
    char text[NUMBER_CAP];
    format_text(text, sizeof(text), "%u", number);
    return xen_device_write_text(dev, name, text);
}
