// Unpacking is left to the system's gzip.

#include "golden.h"

#include <assert.h>
#include <stdlib.h>

uint8_t *golden_read_all(FILE *from, size_t *bytes) {
    size_t room = 1 << 20;
    uint8_t *to = malloc(room);
    assert(from != NULL && to != NULL);
    for (*bytes = 0;;) {
        size_t got = fread(to + *bytes, 1, room - *bytes - 1, from);
        if (got == 0) break;
        *bytes += got;
        if (*bytes + 1 == room) to = realloc(to, room *= 2);
        assert(to != NULL);
    }
    to[*bytes] = 0;
    return to;
}

uint8_t *golden_unpack(const char *folder, const char *name, size_t *bytes) {
    char command[1024];
    snprintf(command, sizeof command, "gzip -dc '%s/%s.img.gz'", folder, name);
    FILE *pipe = popen(command, "r");
    uint8_t *image = golden_read_all(pipe, bytes);
    return pclose(pipe) == 0 && *bytes > 0 ? image : (free(image), NULL);
}
