/** What the programs of an image may do, by the kernel in it: what an inspection warns about. */

export interface Capabilities {
  /** fork, exec and all that starts another program. */
  processes: boolean;
  /** Functions of C libraries whose system calls it does not have at all. */
  absentCalls: readonly string[];
  /** Keys of the manifest that it uses; undefined for all. `en1` stands for every interface. */
  manifestKeys: readonly string[] | undefined;
  /** It runs all threads on one processor, whatever the machine has. */
  oneProcessor: boolean;
}

/** Calls that kernel/sys/table.c names without having them; a test looks there. */
const absentOnPith = [
  ...["shmget", "semget", "msgget", "ptrace", "chroot", "mount", "unshare"],
  ...["fanotify_init", "perf_event_open", "io_setup", "io_uring_setup"],
];

/** As kernel/proc/manifest.c and manifest_network.c have them; a test looks there. */
const manifestKeysOfPith = [
  ...[
    "program",
    "arguments",
    "environment",
    "children",
    "cwd",
    "uname",
    "user",
    "noaslr",
    "debugsyscalls",
    "tracelist",
    "notrace",
  ],
  ...[
    "syscall_summary",
    "missing_files",
    "expected_exit_code",
    "reboot_on_exit",
    "idle_on_exit",
    "readonly_rootfs",
    "mounts",
  ],
  ...["ingest_program_symbols", "program_overwrite", "klibs", "debug_exit"],
  ...["ipaddr", "netmask", "gateway", "mtu", "exec_wait_for_ip4_secs", "en1"],
];

const capabilities = {
  pith: { processes: false, absentCalls: absentOnPith, manifestKeys: manifestKeysOfPith, oneProcessor: true },
  nanos: { processes: false, absentCalls: [], manifestKeys: undefined, oneProcessor: false },
  unknown: { processes: false, absentCalls: [], manifestKeys: undefined, oneProcessor: false },
} as const satisfies Record<string, Capabilities>;

export function capabilitiesOf(kind: keyof typeof capabilities): Capabilities {
  return capabilities[kind];
}

/** Every call that some kernel does not have. */
export const absentCallNames = Object.values(capabilities).flatMap(({ absentCalls }) => absentCalls);
