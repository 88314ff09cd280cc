// Looks names up, by the C library's resolver: each argument's address; and where it looks.
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(int count, char **arguments) {
    char line[300];
    FILE *f = fopen("/etc/resolv.conf", "r");
    while (f && fgets(line, sizeof line, f)) printf("resolv.conf: %s", line);
    if (f) fclose(f);
    for (int i = 1; i < count; i++) {
        struct addrinfo *found, wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
        char address[INET_ADDRSTRLEN];
        int result = getaddrinfo(arguments[i], NULL, &wanted, &found);
        if (result != 0) {
            printf("%s: %s\n", arguments[i], gai_strerror(result));
            continue;
        }
        inet_ntop(AF_INET, &((struct sockaddr_in *)found->ai_addr)->sin_addr, address, sizeof address);
        printf("%s: %s\n", arguments[i], address);
        freeaddrinfo(found);
    }
    return 0;
}
