// Opens as many connections to ADDRESS PORT, and sends as many datagrams from sockets of their own, as COUNT says;
// keeps them, whatever becomes of each, until its standard input has a line.
//
//   exhausting ADDRESS PORT COUNT
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

int main(int count, char **arguments) {
    if (count != 4) return 2;
    int wanted = atoi(arguments[3]), connections = 0, datagrams = 0;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(arguments[2]))};
    struct rlimit limit = {8192, 8192};
    setrlimit(RLIMIT_NOFILE, &limit);
    inet_pton(AF_INET, arguments[1], &to.sin_addr);
    for (int i = 0; i < wanted; i++) {
        int connection = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), sender = socket(AF_INET, SOCK_DGRAM, 0);
        if (connection < 0 || sender < 0) break;
        connect(connection, (struct sockaddr *)&to, sizeof to);
        connections++;
        datagrams += sendto(sender, "x", 1, 0, (struct sockaddr *)&to, sizeof to) == 1;
    }
    printf("tried %d connections, %d datagrams\n", connections, datagrams);
    fflush(stdout);
    int heard = getchar();
    printf("still here: %c\n", heard);
    return 0;
}
