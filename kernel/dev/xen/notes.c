// Milestones in xenstore. A domain has a bounded number of names there: so of each kind only the first ones are told.
#include "dev/xen/notes.h"

#include "arch/cpu.h"
#include "dev/console_backend.h"
#include "dev/xen/store.h"
#include "lib/format.h"
#include "lib/string.h"

enum { KINDS_MOST = 16, EACH_MOST = 8 };

static struct {
    const char *kind;
    unsigned count;
} kinds[KINDS_MOST];

/// Which one of its kind it is; EACH_MOST where it is one too many.
static unsigned number_of(const char *kind) {
    bool on = interrupts_disable();
    unsigned i = 0, number = EACH_MOST;
    while (i < KINDS_MOST && kinds[i].kind != NULL && strcmp(kinds[i].kind, kind) != 0) {
        i++;
    }
    if (i < KINDS_MOST) {
        kinds[i].kind = kind;
        number = kinds[i].count < EACH_MOST ? kinds[i].count++ : EACH_MOST;
    }
    interrupts_restore(on);
    return number;
}

static void note(const char *kind, const char *json) {
    char path[STORE_PATH_MOST];
    unsigned number = number_of(kind);
    if (number < EACH_MOST) {
        format_text(path, sizeof(path), "data/unideck/%s/%u", kind, number);
        (void)store_write(path, json);
    }
}

void xen_notes_start(void) { host_notes_use(note); }
