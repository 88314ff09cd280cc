import { expect, test } from "vitest";
import { machineEnd, type ProcessEnd } from "../hypervisors/qemu/end.ts";
import { classifyExit, type ExitEvidence } from "./exit.ts";

/** As QEMU tells of it. */
const end = (seen: Partial<ProcessEnd> = {}) => machineEnd({ hadStarted: true, said: "", ...seen });
const nothing: ExitEvidence = {
  kernel: "pith",
  guestExit: undefined,
  crashLog: undefined,
  machine: end({ status: 1 }),
  hypervisor: "QEMU",
  guestLived: true,
  asked: undefined,
};

test("what the guest says of its end goes before everything else", () => {
  const guestExit = { code: 139, signal: "SIGSEGV", reason: "read of address 0x8" };

  const ending = classifyExit({ ...nothing, guestExit, asked: "kill", machine: end({ signal: "SIGKILL" }) });

  expect(ending).toEqual({ state: "exited", exit: guestExit });
});

test.each([
  [{ code: 143, signal: "SIGTERM", reason: "the power button" }],
  [{ code: 143, signal: "SIGTERM", reason: "it sent itself SIGTERM" }],
  [{ code: 143, reason: "exited" }],
])("a program that follows a stop was stopped, however it ended: %j", (guestExit) => {
  expect(classifyExit({ ...nothing, guestExit, asked: "stop" }).exit).toMatchObject({ code: 143, reason: "stopped" });
  expect(classifyExit({ ...nothing, guestExit }).exit).toMatchObject({ code: 143, reason: guestExit.reason });
});

test("where the events are lost, Pith's record on the disk counts", () => {
  const crashLog = { code: 3, text: '{"code":3,"signal":null,"reason":"exited","t":12}\n' };

  const ending = classifyExit({ ...nothing, machine: undefined, crashLog });

  expect(ending.exit).toEqual({ code: 3, signal: undefined, reason: "exited" });
});

test("a guest's words can't paint the screen", () => {
  const ending = classifyExit({ ...nothing, guestExit: { code: 1, reason: "\u001b[31mred\u202e\n" } });

  expect(ending.exit?.reason).toBe("[31mred");
});

test("killed is killed", () => {
  const ending = classifyExit({ ...nothing, asked: "kill", machine: end({ signal: "SIGKILL" }) });

  expect(ending).toEqual({ state: "exited", exit: { code: undefined, signal: undefined, reason: "killed" } });
});

test("a QEMU that somebody else has killed is a failure that says so", () => {
  const ending = classifyExit({ ...nothing, machine: end({ signal: "SIGKILL" }) });

  expect(ending.state).toBe("failed");
  expect(ending.exit?.reason).toBe("QEMU ended unexpectedly");
});

test("a QEMU that never came to life fails with its own words", () => {
  const machine = end({ status: 1, hadStarted: false, said: "qemu-system-x86_64: -M x: unsupported machine type" });

  const ending = classifyExit({ ...nothing, guestLived: false, machine });

  expect(ending).toMatchObject({ state: "failed", problem: { code: "hypervisor.failed" } });
});

test.each([
  ["nanos", 7, 3],
  ["unknown", 85, 42],
  // With isa-debug-exit 0, too, QEMU's status is 1.
  ["unknown", 1, 0],
  ["nanos", 0, 0],
] as const)("of a %s kernel, status %i means code %i", (kernel, status, code) => {
  expect(classifyExit({ ...nothing, kernel, machine: end({ status }) }).exit?.code).toBe(code);
});

test("Nanos's crash log has the code that a power-off loses", () => {
  const crashLog = { code: 2, text: "panic" };

  const ending = classifyExit({ ...nothing, kernel: "nanos", machine: end({ status: 0 }), crashLog });

  expect(ending.exit?.code).toBe(2);
});

test("an end that nobody saw is said to be unknown", () => {
  const ending = classifyExit({ ...nothing, machine: undefined });

  expect(ending.state).toBe("exited");
  expect(ending.exit?.code).toBeUndefined();
  expect(ending.exit?.reason).toContain("not known");
});

test("a machine that was adopted and has ended without a word has no code either", () => {
  const ending = classifyExit({ ...nothing, kernel: "unknown", machine: end() });

  expect([ending.state, ending.exit?.code]).toEqual(["exited", undefined]);
});
