// /proc/cpuinfo.
#pragma once

struct text;

void proc_cpu_write(struct text *t);
