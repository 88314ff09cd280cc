// The real-time clock of the PC (MC146818): whole seconds.
#include "arch/clock.h"
#include "arch/x86_64/calendar.h"
#include "arch/x86_64/insn.h"
#include <stdbool.h>

enum { RTC_INDEX = 0x70, RTC_DATA = 0x71 };
enum {
    SECONDS = 0,
    MINUTES = 2,
    HOURS = 4,
    DAY = 7,
    MONTH = 8,
    YEAR = 9,
    STATUS_A = 10,
    STATUS_B = 11,
    CENTURY = 0x32
};
enum { UPDATE_IN_PROGRESS = 0x80, TRIES = 1000 };

static uint8_t read(uint8_t reg) {
    outb(RTC_INDEX, reg | 0x80);
    return inb(RTC_DATA);
}

static struct rtc_reading read_all(void) {
    return (struct rtc_reading){.seconds = read(SECONDS),
                                .minutes = read(MINUTES),
                                .hours = read(HOURS),
                                .day = read(DAY),
                                .month = read(MONTH),
                                .year = read(YEAR),
                                .century = read(CENTURY),
                                .status_b = read(STATUS_B)};
}

static bool is_same(const struct rtc_reading *a, const struct rtc_reading *b) {
    return a->seconds == b->seconds && a->minutes == b->minutes && a->hours == b->hours && a->day == b->day &&
           a->month == b->month && a->year == b->year;
}

// Two equal readings in a row are not from the middle of an update.
uint64_t rtc_read_seconds(void) {
    for (int i = 0; i < TRIES; i++) {
        if ((read(STATUS_A) & UPDATE_IN_PROGRESS) != 0) {
            continue;
        }
        struct rtc_reading first = read_all();
        struct rtc_reading second = read_all();
        uint64_t seconds;
        if (is_same(&first, &second)) {
            return calendar_seconds(&first, &seconds) ? seconds : 0;
        }
    }
    return 0;
}
