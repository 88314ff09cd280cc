import { describe, expect, test } from "vitest";
import { firstSentence, parseQemuLine, qemuFailure, refusedPort } from "./failure.ts";

const stamped = (text: string) => `2026-11-24T02:40:01.791156Z qemu-system-x86_64: ${text}\n`;

test("the first message that is no warning is what happened", () => {
  const said =
    stamped("warning: TCG doesn't support requested feature") + stamped("-M nothing: unsupported machine type");

  expect(firstSentence(said)).toBe("-M nothing: unsupported machine type");
});

test("nothing said is no sentence", () => {
  expect(firstSentence("\n\n")).toBeUndefined();
  expect(qemuFailure("", "ended by SIGKILL").message).toBe("QEMU ended unexpectedly (ended by SIGKILL)");
});

test("a line's time is taken off its text", () => {
  const { at, text } = parseQemuLine(stamped("hello").trim());

  expect(at).toBe(Date.parse("2026-11-24T02:40:01.791Z"));
  expect(text).toBe("qemu-system-x86_64: hello");
});

describe("a forward that QEMU can't have", () => {
  const netdev = "-netdev user,id=net0,hostfwd=tcp:127.0.0.1:8080-:80";
  const refused = (rule: string, why = "") =>
    stamped(`${netdev}: Could not set up host forwarding rule '${rule}'${why}`);

  test("names the port, and who has it where that is known", () => {
    const said = refused("tcp:127.0.0.1:8080-:80");

    const problems = [qemuFailure(said, "status 1"), qemuFailure(said, "status 1", "nginx (process 812)")];

    expect(problems.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      "port.busy: Port 8080 of the host is in use",
      "port.busy: Port 8080 of the host is in use by nginx (process 812)",
    ]);
  });

  test("is read from QEMU's words", () => {
    expect(refusedPort(refused("tcp:127.0.0.1:8080-:80"))).toEqual({
      protocol: "tcp",
      hostAddress: "127.0.0.1",
      host: 8080,
    });
    expect(refusedPort(refused("udp:0.0.0.0:53-192.168.5.10:53", ": Address already in use"))).toEqual({
      protocol: "udp",
      hostAddress: "0.0.0.0",
      host: 53,
    });
  });

  test.each(["tcp:127.0.0.1:99999-:80", "tcp:nowhere:80-:80", "sctp:127.0.0.1:80-:80", ""])(
    "“%s” is none, and stays a sentence of QEMU's",
    (rule) => {
      expect(refusedPort(refused(rule))).toBeUndefined();
      expect(qemuFailure(refused(rule), "status 1").code).toBe("hypervisor.failed");
    },
  );
});

test.each([
  ["cannot set up guest memory 'microvm.ram': Cannot allocate memory", "hypervisor.failed", /memory/],
  ['-device virtio-blk-device: Failed to get "write" lock', "hypervisor.failed", /Another QEMU/],
  ["Could not access KVM kernel module: Permission denied", "hypervisor.failed", /accelerator/],
  ["error: failed to set MSR 0x10a to 0x69\nkvm.c:3183: Assertion failed", "hypervisor.failed", /accelerator/],
  ["write failed: No space left on device", "disk.full", /disk is full/],
  ["-device nothing: 'nothing' is not a valid device model name", "hypervisor.failed", /nothing/],
])("“%s” is %s", (said, code, message) => {
  const problem = qemuFailure(stamped(said), "status 1");

  expect(problem.code).toBe(code);
  expect(problem.message).toMatch(message);
  expect(problem.details).toContain(said.slice(0, 20));
});
