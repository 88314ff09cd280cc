import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { capabilitiesOf } from "./capabilities.ts";

it("what is said to be absent on Pith stands in its table of system calls without a function", () => {
  const table = readFileSync(join(import.meta.dirname, "../../../kernel/sys/table.c"), "utf8");

  for (const call of capabilitiesOf("pith").absentCalls)
    expect(table, call).toMatch(new RegExp(`\\{"${call}"(, \\.\\w+ = \\w+)*\\}`));
});

it("the manifest's keys that Pith uses are those that its sources know", () => {
  const sources = ["manifest.c", "manifest_network.c"].map((name) =>
    readFileSync(join(import.meta.dirname, "../../../kernel/proc", name), "utf8"),
  );
  const lists = sources.flatMap((text) => /known\[\] = \{(.*?)\};/s.exec(text)?.[1] ?? []).join("\n");
  const names = [...lists.matchAll(/"([a-z]\w*)"/g)]
    .map(([, name]) => name)
    .filter((name) => !/^([am]time|mode|xattrs)$/.test(name ?? ""));

  expect([...(capabilitiesOf("pith").manifestKeys ?? [])].sort()).toEqual([...names, "en1"].sort());
});
