// Grants: pages that another domain may use (grant tables of version 1). A grant is the number by which it does.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Lets domain `peer` use the page at `pa`. Its number; 0 where there are no more.
uint32_t grant_give(uint16_t peer, uint64_t pa, bool readonly);
/// Takes it back. False where the other domain still uses the page: then the grant stays, and so must the page.
bool grant_take_back(uint32_t grant);
/// How many are given.
unsigned grants_given(void);
