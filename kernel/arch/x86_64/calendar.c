// From the registers of a PC's real-time clock to seconds.
#include "arch/x86_64/calendar.h"

enum { HOURS_24 = 2, BINARY = 4, AFTERNOON = 0x80 };

static unsigned decode(uint8_t value, uint8_t status_b) {
    return (status_b & BINARY) != 0 ? value : (unsigned)(value >> 4) * 10 + (value & 15);
}

/// Days from 1970-01-01 to a date, counting years from March so that the leap day comes last.
static uint64_t days_since_1970(unsigned year, unsigned month, unsigned day) {
    unsigned y = month <= 2 ? year - 1 : year, m = month <= 2 ? month + 9 : month - 3;
    return 365ull * y + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

bool calendar_seconds(const struct rtc_reading *r, uint64_t *seconds) {
    bool afternoon = (r->status_b & HOURS_24) == 0 && (r->hours & AFTERNOON) != 0;
    unsigned hours = decode((r->status_b & HOURS_24) == 0 ? r->hours & 0x7f : r->hours, r->status_b);
    if ((r->status_b & HOURS_24) == 0) {
        hours = hours % 12 + (afternoon ? 12 : 0);
    }
    unsigned century = decode(r->century, r->status_b);
    unsigned year = decode(r->year, r->status_b) + (century >= 19 && century <= 29 ? century * 100 : 2000);
    unsigned month = decode(r->month, r->status_b), day = decode(r->day, r->status_b);
    unsigned minutes = decode(r->minutes, r->status_b), second = decode(r->seconds, r->status_b);
    if (month < 1 || month > 12 || day < 1 || day > 31 || hours > 23 || minutes > 59 || second > 60 || year < 1970) {
        return false;
    }
    *seconds = ((days_since_1970(year, month, day) * 24 + hours) * 60 + minutes) * 60 + second;
    return true;
}
