import { expect, test } from "vitest";
import { isMachineOf, parsePsLine } from "./process-table.ts";

test("a machine is known by its pid file, also with spaces in its path", () => {
  const line =
    "  412 /opt/qemu/qemu-system-x86_64 -name web -pidfile /Users/me/My Decks/i/ab12/qemu.pid -msg timestamp=on";

  const [machine] = parsePsLine(line);

  expect(machine).toMatchObject({ handle: { pid: 412 }, folder: "/Users/me/My Decks/i/ab12" });
  expect(machine?.handle.commandLine.slice(0, 3)).toEqual(["/opt/qemu/qemu-system-x86_64", "-name", "web"]);
});

test.each([
  "  413 grep qemu-system-x86_64 -pidfile /i/ab12/qemu.pid",
  "  414 sh -c qemu-system-x86_64 -pidfile /i/ab12/qemu.pid",
  "  415 qemu-system-x86_64 -name other",
  "  416 (qemu-system-x86)",
  "",
])("“%s” is none of ours", (line) => {
  expect(parsePsLine(line)).toEqual([]);
});

test("a process that is something else is not taken for a machine", async () => {
  expect(await isMachineOf(process.pid, "/i/ab12")).toBe(false);
  expect(await isMachineOf(2 ** 30, "/i/ab12")).toBe(false);
});
