// Front-ends of devices, as xenstore has them: a folder of ours and one of the back-end, a state in each.
#pragma once

#include "dev/xen/store.h"

enum xen_state { XEN_INITIALISING = 1, XEN_INIT_WAIT, XEN_INITIALISED, XEN_CONNECTED, XEN_CLOSING, XEN_CLOSED };

struct xen_device {
    char front[STORE_PATH_MOST], back[STORE_PATH_MOST];
    uint32_t number;
    uint16_t peer; // the domain of the back-end
    struct store_watch watch; // of the back-end's state
    void (*gone)(struct xen_device *dev); // the back-end has closed
};

/// The next device of a kind (`vbd`, `vif`) with a number of at least `from`, in the order of their numbers. False if
/// there is none, or xenstore says nothing of use about it.
bool xen_device_next(const char *kind, uint64_t from, struct xen_device *dev);
/// Waits until the back-end is in a state. False if it goes past it or takes too long.
bool xen_device_wait(struct xen_device *dev, enum xen_state state);
bool xen_device_state(struct xen_device *dev, enum xen_state state);
/// Closes what could not be connected.
void xen_device_fail(struct xen_device *dev);
/// Calls `gone` from a thread when the back-end closes.
void xen_device_follow(struct xen_device *dev, void (*gone)(struct xen_device *dev));

/// What the back-end says under a name; `otherwise` where that is no number.
uint64_t xen_device_number(const struct xen_device *dev, const char *name, uint64_t otherwise);
/// Text of our own folder. Its length or a negative errno.
long xen_device_text(const struct xen_device *dev, const char *name, char *to, size_t cap);
bool xen_device_write(const struct xen_device *dev, const char *name, uint32_t number);
bool xen_device_write_text(const struct xen_device *dev, const char *name, const char *text);
