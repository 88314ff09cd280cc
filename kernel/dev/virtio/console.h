// The virtio console: the console itself, and named ports beside it.
#pragma once

/// Takes the virtio console, if there is one, and makes its first console port the console.
void virtio_console_find(void);
