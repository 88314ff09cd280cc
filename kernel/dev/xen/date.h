// The date, by Xen's word.
#pragma once

/// Sets the date to Xen's.
void xen_date_take(void);
