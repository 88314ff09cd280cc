// The system calls that are there, one function each (syscall.h says how they are found).
#pragma once

#include "sys/syscall.h"

// attributes.c
syscall_function sys_truncate;
syscall_function sys_ftruncate;
syscall_function sys_fallocate;
syscall_function sys_chmod;
syscall_function sys_fchmod;
syscall_function sys_fchmodat;
syscall_function sys_chown;
syscall_function sys_lchown;
syscall_function sys_fchown;
syscall_function sys_fchownat;
syscall_function sys_utimensat;
syscall_function sys_no_attributes;

// descriptors.c
syscall_function sys_open;
syscall_function sys_openat;
syscall_function sys_creat;
syscall_function sys_close;
syscall_function sys_close_range;
syscall_function sys_dup;
syscall_function sys_dup2;
syscall_function sys_dup3;
syscall_function sys_pipe;
syscall_function sys_pipe2;
syscall_function sys_memfd_create;
syscall_function sys_fcntl;
syscall_function sys_flock;
syscall_function sys_fadvise64;

// directory.c
syscall_function sys_getdents64;

// end.c
syscall_function sys_exit_group;
syscall_function sys_fork;
syscall_function sys_vfork;
syscall_function sys_execve;

// event_files.c
syscall_function sys_eventfd;
syscall_function sys_eventfd2;
syscall_function sys_signalfd;
syscall_function sys_signalfd4;
syscall_function sys_timerfd_create;
syscall_function sys_timerfd_settime;
syscall_function sys_timerfd_gettime;
syscall_function sys_epoll_create;
syscall_function sys_epoll_create1;
syscall_function sys_epoll_ctl;
syscall_function sys_epoll_wait;
syscall_function sys_epoll_pwait;
syscall_function sys_epoll_pwait2;

// futex.c
syscall_function sys_futex;

// identity.c
syscall_function sys_getpid;
syscall_function sys_gettid;
syscall_function sys_getppid;
syscall_function sys_root;
syscall_function sys_become;
syscall_function sys_getresuid;
syscall_function sys_getpgid;
syscall_function sys_getpgrp;
syscall_function sys_setsid;
syscall_function sys_uname;
syscall_function sys_sysinfo;
syscall_function sys_prlimit64;
syscall_function sys_getrlimit;
syscall_function sys_setrlimit;
syscall_function sys_getrusage;
syscall_function sys_sched_yield;
syscall_function sys_sched_getaffinity;
syscall_function sys_getcpu;
syscall_function sys_sched_getparam;
syscall_function sys_getpriority;
syscall_function sys_granted;
syscall_function sys_arch_prctl;
syscall_function sys_prctl;
syscall_function sys_getrandom;

// inotify.c
syscall_function sys_inotify_init;
syscall_function sys_inotify_init1;
syscall_function sys_inotify_add_watch;
syscall_function sys_inotify_rm_watch;

// io.c
syscall_function sys_read;
syscall_function sys_write;
syscall_function sys_readv;
syscall_function sys_writev;
syscall_function sys_pread64;
syscall_function sys_pwrite64;
syscall_function sys_preadv;
syscall_function sys_pwritev;
syscall_function sys_preadv2;
syscall_function sys_pwritev2;
syscall_function sys_lseek;
syscall_function sys_fsync;
syscall_function sys_sync;
syscall_function sys_syncfs;
syscall_function sys_ioctl;

// memory.c
syscall_function sys_mmap;
syscall_function sys_munmap;
syscall_function sys_msync;
syscall_function sys_mprotect;
syscall_function sys_madvise;
syscall_function sys_brk;
syscall_function sys_mremap;
syscall_function sys_memory_stays;
syscall_function sys_mincore;

// names.c
syscall_function sys_readlink;
syscall_function sys_readlinkat;
syscall_function sys_getcwd;
syscall_function sys_chdir;
syscall_function sys_fchdir;
syscall_function sys_umask;
syscall_function sys_mkdir;
syscall_function sys_mkdirat;
syscall_function sys_mknod;
syscall_function sys_mknodat;
syscall_function sys_symlink;
syscall_function sys_symlinkat;
syscall_function sys_unlink;
syscall_function sys_rmdir;
syscall_function sys_unlinkat;
syscall_function sys_link;
syscall_function sys_linkat;
syscall_function sys_rename;
syscall_function sys_renameat;
syscall_function sys_renameat2;

// signals.c
syscall_function sys_rt_sigaction;
syscall_function sys_rt_sigprocmask;
syscall_function sys_rt_sigpending;
syscall_function sys_sigaltstack;
syscall_function sys_rt_sigreturn;
syscall_function sys_pause;
syscall_function sys_rt_sigsuspend;
syscall_function sys_rt_sigtimedwait;

// signals_send.c
syscall_function sys_kill;
syscall_function sys_tkill;
syscall_function sys_tgkill;
syscall_function sys_rt_sigqueueinfo;
syscall_function sys_rt_tgsigqueueinfo;
syscall_function sys_wait4;

// sockets.c
syscall_function sys_socket;
syscall_function sys_socketpair;
syscall_function sys_bind;
syscall_function sys_connect;
syscall_function sys_listen;
syscall_function sys_accept;
syscall_function sys_accept4;
syscall_function sys_shutdown;
syscall_function sys_getsockname;
syscall_function sys_getpeername;
syscall_function sys_setsockopt;
syscall_function sys_getsockopt;

// socket_messages.c
syscall_function sys_sendmsg;
syscall_function sys_recvmsg;
syscall_function sys_sendmmsg;
syscall_function sys_recvmmsg;
syscall_function sys_sendto;
syscall_function sys_recvfrom;

// stat.c
syscall_function sys_stat;
syscall_function sys_lstat;
syscall_function sys_fstat;
syscall_function sys_newfstatat;
syscall_function sys_statx;
syscall_function sys_statfs;
syscall_function sys_fstatfs;
syscall_function sys_access;
syscall_function sys_faccessat;
syscall_function sys_faccessat2;

// threads.c
syscall_function sys_clone;
syscall_function sys_clone3;
syscall_function sys_exit;
syscall_function sys_set_tid_address;
syscall_function sys_set_robust_list;
syscall_function sys_get_robust_list;
syscall_function sys_membarrier;

// time.c
syscall_function sys_clock_gettime;
syscall_function sys_clock_getres;
syscall_function sys_gettimeofday;
syscall_function sys_time;
syscall_function sys_nanosleep;
syscall_function sys_clock_nanosleep;
syscall_function sys_times;

// timers.c
syscall_function sys_getitimer;
syscall_function sys_setitimer;
syscall_function sys_alarm;
syscall_function sys_timer_create;
syscall_function sys_timer_settime;
syscall_function sys_timer_gettime;
syscall_function sys_timer_getoverrun;
syscall_function sys_timer_delete;

// transfers.c
syscall_function sys_sendfile;
syscall_function sys_copy_file_range;
syscall_function sys_splice;

// wait_files.c
syscall_function sys_poll;
syscall_function sys_ppoll;
syscall_function sys_select;
syscall_function sys_pselect6;
