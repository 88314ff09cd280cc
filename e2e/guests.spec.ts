/**
 * The same binary on Linux and on Pith: what it prints and the code it ends with are the same, however it was linked.
 *
 * A program is a file in kernel/tests/guest and a line in `trials`. What only a unikernel does is in guest-start.spec.ts,
 * guest-console.spec.ts and guest-ends.spec.ts.
 */

import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, test } from "@playwright/test";
import { type GuestOptions, inPairs, onLinux, onPith } from "./support/guest.ts";
import { buildAllPrograms, type Linkage, linkages, program } from "./support/programs.ts";
import { root, World } from "./support/world.ts";

interface Trial {
  source: string;
  /** What the title says besides the source's name. */
  how?: string;
  arguments?: readonly string[];
  environment?: Readonly<Record<string, string>>;
  input?: string;
  /** All ways to link it, unless it is said otherwise. */
  linkages?: readonly Linkage[];
  /** Lines that are in Pith's report of its crash. */
  report?: readonly (string | RegExp)[];
  /** What it needs where it runs: with the same meaning, but not at the same place. */
  places?: (folder: string) => { linux: GuestOptions; pith: GuestOptions };
}

/** Crashes, and what Pith's report says of them besides. */
const crashes: Readonly<Record<string, Trial["report"]>> = {
  abort: ["signal: SIGABRT (6)", "cause: it aborted"],
  divide: ["signal: SIGFPE (8)", "cause: a division by zero, or one whose result does not fit"],
  illegal: ["signal: SIGILL (4)", "cause: an instruction that this processor does not have"],
  trap: ["signal: SIGTRAP (5)", "cause: a breakpoint"],
  privileged: ["signal: SIGSEGV (11)", "cause: an address or an instruction that is not allowed"],
  stack: ["cause: the stack has overflowed", /^mapping: the gap below the stack/],
  execute: ["access: execute", "cause: the memory there does not allow it", "mapping: anonymous memory rw-"],
  readonly: ["access: write", "cause: the memory there does not allow it", /^mapping: \/.*\/crash_kinds r--$/],
};

/** What a signal does that the program has nothing to say to: it ends the program, or nothing. */
const endings = [
  { number: 1, how: "SIGHUP" },
  { number: 9, how: "SIGKILL" },
  { number: 14, how: "SIGALRM" },
  { number: 17, how: "SIGCHLD, which does nothing," },
  { number: 13, how: "SIGPIPE" },
];

const trials: readonly Trial[] = [
  { source: "hello.c" },
  ...[0, 3, 77, 255].map((code) => ({
    source: "exit_code.c",
    how: `with ${code}`,
    arguments: [String(code)],
    ...(code !== 3 && { linkages: ["gcc-static"] as const }),
  })),
  {
    source: "exit_code.c",
    how: "by two threads that leave at once",
    arguments: ["200", "both"],
    linkages: ["gcc-static"],
  },
  {
    source: "arguments.c",
    arguments: ["one", "two words", "", "ünïcödé", `"quoted" \\ $HOME *`, "x".repeat(10_000)],
    environment: { TEST_B: "first", TEST_A: "second = third", TEST_EMPTY: "" },
  },
  { source: "compute.c", linkages: ["gcc-static", "musl-static"] },
  { source: "memory.c" },
  { source: "clock.c" },
  { source: "self.c" },
  { source: "output.c", arguments: ["3000"] },
  { source: "ticker.c", arguments: ["20", "100"] },
  { source: "cat.c", input: "a line\n\nthe third, with a tab\tin it\nno end" },
  {
    source: "temporary.c",
    places: (folder) => ({
      linux: { arguments: [join(folder, "trial")] },
      pith: { arguments: ["/tmp/trial"] },
    }),
  },
  {
    source: "files.c",
    places: (folder) => {
      makeTree(folder);
      return { linux: { arguments: [folder] }, pith: { arguments: ["/data"], run: ["--dir", `${folder}:/data`] } };
    },
  },
  {
    source: "disk.c",
    linkages: ["gcc-static", "musl-static"],
    places: (folder) => ({
      linux: { arguments: [join(folder, "work")] },
      pith: { arguments: ["/work"], run: ["--size", "96M"] },
    }),
  },
  {
    source: "notices.c",
    linkages: ["gcc-static", "musl-static"],
    places: (folder) => ({
      linux: { arguments: [join(folder, "work")] },
      pith: { arguments: ["/work"], run: ["--size", "96M"] },
    }),
  },
  { source: "jumps.c" },
  {
    source: "mappings.c",
    linkages: ["gcc-static"],
    places: (folder) => ({
      linux: { arguments: [join(folder, "work")] },
      pith: { arguments: ["/work"], run: ["--size", "96M"] },
    }),
  },
  ...["checks_files.c", "checks_memory.c", "checks_sockets.c", "file_locks.c"].map((source) => ({
    source,
    linkages: ["gcc-static", "musl-static"] as const,
    places: (folder: string) => ({
      linux: { arguments: [join(folder, "work")] },
      pith: { arguments: ["/work"], run: ["--size", "96M"] },
    }),
  })),
  { source: "checks_time.c", linkages: ["gcc-static", "musl-static"] },
  { source: "checks_futex.c", linkages: ["gcc-static", "musl-static"] },
  { source: "monitors.c", linkages: ["gcc-static", "musl-static"] },
  { source: "credentials.c", linkages: ["gcc-static", "gcc-dynamic", "musl-static"] },
  { source: "locks.c", linkages: ["gcc-static", "gcc-dynamic", "musl-static"] },
  {
    source: "large.c",
    linkages: ["gcc-static"],
    places: (folder) => ({
      linux: { arguments: [join(folder, "work")] },
      pith: { arguments: ["/work"], run: ["--size", "96M"] },
    }),
  },
  {
    source: "large.c",
    how: "in memory",
    linkages: ["gcc-static"],
    places: (folder) => ({ linux: { arguments: [join(folder, "work")] }, pith: { arguments: ["/tmp/work"] } }),
  },
  {
    source: "special.c",
    linkages: ["gcc-static"],
    // Where both are in memory on Linux: what a machine's disk can do, nobody knows.
    places: (folder) => ({
      linux: { arguments: ["a", "b"].map((name) => join("/dev/shm", `${basename(dirname(folder))}-${name}`)) },
      pith: { arguments: ["/work", "/tmp/work"], run: ["--size", "96M"] },
    }),
  },
  { source: "proc.c", arguments: ["one", "two words"], linkages: ["gcc-static", "musl-dynamic"] },
  { source: "events.c", linkages: ["gcc-static", "musl-static"] },
  {
    source: "sockets.c",
    linkages: ["gcc-static", "musl-static"],
    places: (folder) => ({ linux: { arguments: [join(folder, "s")] }, pith: { arguments: ["/tmp/s"] } }),
  },
  ...["inet_sockets.c", "inet_datagrams.c", "inet_options.c"].map((source) => ({
    source,
    linkages: ["gcc-static"] as const,
  })),
  { source: "crash_null.c" },
  ...Object.entries(crashes).map(([how, report = []]) => ({
    source: "crash_kinds.c",
    how: `by ${how}`,
    arguments: [how],
    report,
    linkages: ["gcc-static"] as const,
  })),
  // glibc's loader wants libgcc_s.so.1 for cancelling, of which the program's own headers say nothing.
  { source: "threads.c", linkages: linkages.c.filter((linkage) => linkage !== "gcc-dynamic") },
  { source: "thousand.c", linkages: ["gcc-static", "musl-static"] },
  { source: "signals.c" },
  ...endings.map(({ number, how }) => ({
    source: "signals.c",
    how: `ending by ${how}`,
    arguments: [String(number)],
    linkages: ["gcc-static"] as const,
  })),
  { source: "faults.c" },
  ...["null", "stack"].map((how) => ({
    source: "faults.c",
    how: `in a thread, by ${how},`,
    arguments: [how],
    linkages: ["gcc-static"] as const,
  })),
  {
    source: "faults.c",
    how: "with more signals than its alternate stack holds,",
    arguments: ["alternate"],
    linkages: ["gcc-static"],
  },
  { source: "timers.c" },
  { source: "exceptions.cpp" },
  { source: "uncaught.cpp" },
];

/** What these do depends on the machine or the kernel: the other specs have them. */
const triedElsewhere = [
  "again.c",
  "asking.c",
  "client.c",
  "date.c",
  "endless.c",
  "exe_place.c",
  "exhausting.c",
  "flood.c",
  "fork.c",
  "full.c",
  "greedy.c",
  "holes.c",
  "hostile.c",
  "interfaces.c",
  "kept.c",
  "lookup.c",
  "missing.c",
  "mixed_load.c",
  "modes.c",
  "piped.c",
  "polite.c",
  "power_cut.c",
  "probing.c",
  "random_calls.c",
  "raw_terminal.c",
  "server.c",
  "speed.c",
  "thief.c",
  "trim.c",
  "usual_places.c",
  "volumes.c",
];

/** The folder that files.c reads: a file of 300 KB, links, a loop of links, folders in folders. */
function makeTree(folder: string): void {
  writeFileSync(
    join(folder, "big"),
    Uint8Array.from({ length: 300_007 }, (_, at) => (at * 7 + (at >> 8)) & 0xff),
  );
  writeFileSync(join(folder, "small"), "a small file\n");
  mkdirSync(join(folder, "deep", "er"), { recursive: true });
  writeFileSync(join(folder, "deep", "er", "leaf"), "leaf\n");
  symlinkSync("small", join(folder, "link"));
  symlinkSync("loop", join(folder, "loop"));
}

let world: World;
test.beforeAll(async () => {
  test.setTimeout(180_000);
  buildAllPrograms();
  world = await World.create();
  // One engine for all, so that each run is as short as it can be.
  await world.serve();
});
test.afterAll(() => world[Symbol.asyncDispose]());

test("every guest program is tried", () => {
  const sources = readdirSync(join(root, "kernel/tests/guest")).filter((name) => /\.(c|cpp)$/.test(name));

  expect([...new Set([...trials.map(({ source }) => source), ...triedElsewhere])].sort()).toEqual(sources.sort());
});

for (const { source, how, places, linkages: some, report = [], ...options } of trials)
  test(`${source} ${how ? `${how} ` : ""}behaves as on Linux`, async () => {
    const all = source.endsWith(".cpp") ? linkages.cpp : linkages.c;

    await inPairs(some ?? all, async (linkage) => {
      const path = program(source, linkage);
      const folder = world.path(`${source}-${linkage}`);
      mkdirSync(folder, { recursive: true });
      const { linux, pith } = places?.(folder) ?? { linux: options, pith: options };

      const wanted = onLinux(path, linux);
      const { code, said, crash } = await onPith(world, path, pith);

      expect({ linkage, code, said }).toEqual({ linkage, ...wanted });
      for (const line of report)
        expect(crash).toContainEqual(typeof line === "string" ? line : expect.stringMatching(line));
    });
  });

for (const { source, linkage, options } of [
  { source: "hello.c", linkage: "musl-static", options: {} },
  { source: "exceptions.cpp", linkage: "g++-static-pie", options: {} },
  { source: "exit_code.c", linkage: "gcc-static-pie", options: { arguments: ["200"] } },
  { source: "crash_kinds.c", linkage: "gcc-static", options: { arguments: ["divide"] } },
] as const)
  test(`${source} behaves as on Linux when a PC boots it from the disk`, async () => {
    const path = program(source, linkage);

    const { code, said } = await onPith(world, path, { ...options, run: ["--machine", "q35"] });

    expect({ code, said }).toEqual(onLinux(path, options));
  });
