// Counts how often it was started, in a file; ends with 3 up to the third time, then with 0.
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    struct stat s;
    int fd = open("/starts", O_CREAT | O_WRONLY | O_APPEND, 0644);
    write(fd, ".", 1);
    fstat(fd, &s);
    printf("start %ld\n", (long)s.st_size);
    return s.st_size < 3 ? 3 : 0;
}
