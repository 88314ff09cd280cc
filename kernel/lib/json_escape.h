// Text as the inside of a JSON string.
#pragma once

/// Puts text into `to`: quotes, backslashes and control characters escaped, cut at `cap`.
void json_escape(char *to, unsigned cap, const char *text);
