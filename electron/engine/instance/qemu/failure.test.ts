import { expect, test } from "vitest";
import { firstSentence, parseQemuLine, qemuFailure } from "./failure.ts";

const stamped = (text: string) => `2026-11-24T02:40:01.791156Z qemu-system-x86_64: ${text}\n`;

test("the first message that is no warning is what happened", () => {
  const said =
    stamped("warning: TCG doesn't support requested feature") + stamped("-M nothing: unsupported machine type");

  expect(firstSentence(said)).toBe("-M nothing: unsupported machine type");
});

test("nothing said is no sentence", () => {
  expect(firstSentence("\n\n")).toBeUndefined();
  expect(qemuFailure("", [], "ended by SIGKILL").message).toBe("QEMU ended unexpectedly (ended by SIGKILL)");
});

test("a line's time is taken off its text", () => {
  const { at, text } = parseQemuLine(stamped("hello").trim());

  expect(at).toBe(Date.parse("2026-11-24T02:40:01.791Z"));
  expect(text).toBe("qemu-system-x86_64: hello");
});

test("a forward that can't be had names the port", () => {
  const ports = [{ hostAddress: "127.0.0.1", host: 8080, guest: 80, protocol: "tcp" as const }];
  const said = stamped("-netdev user,id=net0: Could not set up host forwarding rule 'tcp:127.0.0.1:8080-:80'");

  const problem = qemuFailure(said, ports, "status 1");

  expect([problem.code, problem.message]).toEqual(["port.busy", "Port 8080 of this machine is in use"]);
});

test.each([
  ["cannot set up guest memory 'microvm.ram': Cannot allocate memory", "qemu.failed", /memory/],
  ['-device virtio-blk-device: Failed to get "write" lock', "qemu.failed", /Another QEMU/],
  ["Could not access KVM kernel module: Permission denied", "qemu.failed", /accelerator/],
  ["error: failed to set MSR 0x10a to 0x69\nkvm.c:3183: Assertion failed", "qemu.failed", /accelerator/],
  ["write failed: No space left on device", "disk.full", /disk is full/],
  ["-device nothing: 'nothing' is not a valid device model name", "qemu.failed", /nothing/],
])("“%s” is %s", (said, code, message) => {
  const problem = qemuFailure(stamped(said), [], "status 1");

  expect(problem.code).toBe(code);
  expect(problem.message).toMatch(message);
  expect(problem.details).toContain(said.slice(0, 20));
});
