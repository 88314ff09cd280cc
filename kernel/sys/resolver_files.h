// What C libraries and runtimes read to look names up: /etc/resolv.conf and /etc/hosts.
#pragma once

/// Where the image has no /etc/resolv.conf, or only the one that every build puts in, what DHCP says of name servers
/// lies over it; where it has no /etc/hosts, one with the machine's own names. A file that somebody chose stays as it
/// is.
void resolver_files_mount(void);
