// The end of a machine on Xen. The host asks for one through xenstore: `control/shutdown` becomes `poweroff`, `halt`,
// `reboot` or `suspend`. It is emptied before it is obeyed. A machine of ours does not come back from a suspension (its
// rings would have to be made anew), so that wish stays where it is, and the toolstack takes it back after a while.
#include "dev/xen/power.h"

#include "dev/console.h"
#include "dev/power.h"
#include "dev/xen/hypercall.h"
#include "dev/xen/store.h"
#include "lib/string.h"
#include <stdbool.h>
#include <stddef.h>

enum { WISH_CAP = 16 };

static const char wish_path[] = "control/shutdown";
static void (*press)(void);
static bool wants_reset;

static _Noreturn void end(enum power_end how) {
    xen_end(how == POWER_CRASH ? XEN_CRASH : how == POWER_RESET || wants_reset ? XEN_REBOOT : XEN_POWER_OFF);
}

static void wish_changed(struct store_watch *unused) {
    (void)unused;
    char wish[WISH_CAP];
    if (store_read(wish_path, wish, sizeof(wish)) <= 0) {
        return;
    }
    bool is_reset = strcmp(wish, "reboot") == 0;
    if (is_reset || strcmp(wish, "poweroff") == 0 || strcmp(wish, "halt") == 0) {
        (void)store_write(wish_path, "");
        wants_reset = is_reset;
        press();
    } else {
        klog("the host asks for \"%s\", which Pith does not do", wish);
    }
}

static void listen(void (*pressed)(void)) {
    static struct store_watch watch;
    press = pressed;
    (void)store_write("control/feature-poweroff", "1");
    (void)store_write("control/feature-reboot", "1");
    if (store_watch(&watch, wish_path, wish_changed) != 0) {
        klog("xenstore does not tell when the host asks for the end");
    }
    store_start_watching();
}

void xen_power_start(void) {
    static const struct power_machine machine = {end, listen};
    power_use(&machine);
}
