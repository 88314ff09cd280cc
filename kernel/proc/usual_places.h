// Folders and files that programs expect of any system, provided in memory where the image has none.
#pragma once

/// Puts them up. What the image has, and what is mounted, stays as it is.
void usual_places_mount(void);
