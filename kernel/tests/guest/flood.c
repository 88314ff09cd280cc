// Writes as fast as it can, without end: numbered lines of 16 bytes to its standard output, so that a reader of some
// of them sees whether one is missing, and between them a socket that begins to listen, which is an event.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE_BYTES 16
#define LINES_AT_ONCE 1024

static void write_all(const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, length);
        if (written < 0) _exit(1);
        bytes += written;
        length -= (size_t)written;
    }
}

static void listen_once(unsigned long round) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0) return;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)(1024 + round % 60000))};
    if (bind(s, (struct sockaddr *)&address, sizeof address) == 0) listen(s, 1);
    close(s);
}

int main(void) {
    static char lines[LINES_AT_ONCE * LINE_BYTES + 1];
    unsigned long number = 0;
    for (unsigned long round = 0;; round++) {
        for (size_t i = 0; i < LINES_AT_ONCE; i++) {
            number++;
            snprintf(lines + i * LINE_BYTES, LINE_BYTES + 1, "%015lu\n", number);
        }
        write_all(lines, LINES_AT_ONCE * LINE_BYTES);
        for (int i = 0; i < 16; i++) listen_once(round * 16 + (unsigned long)i);
    }
}
