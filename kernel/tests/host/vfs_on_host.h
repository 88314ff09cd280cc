// Of the program's memory on the host.
#pragma once

/// Called before memory of the program is read, if it is set: as where that has to be waited for.
extern void (*user_memory_is_away)(void);
