// Dates of a PC's clock against the C library's.

#include "arch/x86_64/calendar.h"
#include "random.h"
#include "tap.h"
#include <stdlib.h>
#include <time.h>

enum { HOURS_24 = 2, BINARY = 4, AFTERNOON = 0x80 };

static uint8_t coded(int n, uint8_t status) { return (uint8_t)(status & BINARY ? n : n / 10 * 16 + n % 10); }

static struct rtc_reading reading_of(const struct tm *t, uint8_t status) {
    int hour = t->tm_hour;
    uint8_t hours = coded(hour, status);
    if (!(status & HOURS_24)) {
        hours = coded(hour % 12 ? hour % 12 : 12, status);
        if (hour >= 12) hours |= AFTERNOON;
    }
    int year = t->tm_year + 1900;
    return (struct rtc_reading){.seconds = coded(t->tm_sec, status),
                                .minutes = coded(t->tm_min, status),
                                .hours = hours,
                                .day = coded(t->tm_mday, status),
                                .month = coded(t->tm_mon + 1, status),
                                .year = coded(year % 100, status),
                                .century = coded(year / 100, status),
                                .status_b = status};
}

static bool same(time_t moment, uint8_t status) {
    struct tm t;
    uint64_t seconds;
    gmtime_r(&moment, &t);
    struct rtc_reading r = reading_of(&t, status);
    return calendar_seconds(&r, &seconds) && seconds == (uint64_t)moment;
}

int main(void) {
    static const char *const forms[] = {"BCD and 12 hours", "BCD and 24 hours", "binary and 12 hours",
                                        "binary and 24 hours"};
    for (unsigned form = 0; form < 4; form++) {
        bool right = true;
        for (int i = 0; i < 20000; i++) right &= same((time_t)random_below(20000000000u), (uint8_t)(form * HOURS_24));
        ok(right, forms[form]);
    }
    ok(same(951782399, 6) && same(951782400, 6) && same(4107542399, 6), "leap days, also of 2000 and 2100");

    struct rtc_reading r = {
        .seconds = 1, .minutes = 2, .hours = 3, .day = 4, .month = 5, .year = 26, .century = 0xff, .status_b = 6};
    uint64_t seconds;
    ok(calendar_seconds(&r, &seconds) && seconds == 1777863721, "a clock without a century is in this one");
    r = (struct rtc_reading){255, 255, 255, 255, 255, 255, 255, 255};
    ok(!calendar_seconds(&r, &seconds), "a clock that is not there has no date");
    bool refused = true;
    for (int i = 0; i < 6; i++) {
        uint8_t fields[] = {1, 2, 3, 4, 5, 26, 20, 6};
        static const uint8_t wrong[] = {61, 60, 24, 32, 13, 0};
        if (i == 5) fields[4] = 0;
        else fields[i] = wrong[i];
        r = (struct rtc_reading){fields[0], fields[1], fields[2], fields[3],
                                 fields[4], fields[5], fields[6], fields[7]};
        refused &= !calendar_seconds(&r, &seconds);
    }
    ok(refused, "a field out of its range makes no date");
    return done();
}
