// Computes with integers and floating point, in memory that it allocates, frees and moves; prints sums to compare.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t state = 1;

static uint32_t next(void) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void primes(void) {
    enum { LIMIT = 100000 };
    char *composite = calloc(LIMIT, 1);
    int count = 0;
    for (int i = 2; i < LIMIT; i++) {
        if (composite[i]) continue;
        count++;
        for (int k = 2 * i; k < LIMIT; k += i) composite[k] = 1;
    }
    printf("primes below %d: %d\n", LIMIT, count);
    free(composite);
}

static void sorting(void) {
    enum { COUNT = 20000 };
    uint32_t *numbers = malloc(COUNT * sizeof *numbers), sum = 0;
    for (int i = 0; i < COUNT; i++) numbers[i] = next();
    qsort(numbers, COUNT, sizeof *numbers, by_value);
    for (int i = 0; i < COUNT; i++) sum = sum * 31 + numbers[i];
    printf("sorted: %08x\n", sum);
    free(numbers);
}

static void floating(void) {
    double sum = 0;
    for (int i = 1; i < 20000; i++) sum += sin(i) * sqrt(i) / i;
    printf("sum: %.12f\n", sum);
}

static void blocks(void) {
    enum { COUNT = 200 };
    char *block[COUNT] = {0};
    size_t size[COUNT] = {0};
    uint32_t sum = 0;
    for (int i = 0; i < 4000; i++) {
        int k = (int)(next() % COUNT);
        size_t wanted = next() % 3 == 0 ? next() % 300000 : next() % 500;
        block[k] = realloc(block[k], wanted + 1);
        if (wanted > size[k]) memset(block[k] + size[k], i & 0xff, wanted - size[k]);
        size[k] = wanted;
        sum = sum * 33 + (wanted > 0 ? (unsigned char)block[k][wanted / 2] : 0u);
    }
    for (int k = 0; k < COUNT; k++) free(block[k]);
    printf("blocks: %08x\n", sum);
}

int main(void) {
    primes();
    sorting();
    floating();
    blocks();
    return 0;
}
