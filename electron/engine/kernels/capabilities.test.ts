import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { capabilitiesOf } from "./capabilities.ts";

it("what is said to be absent on Pith stands in its table of system calls without a function", () => {
  const table = readFileSync(join(import.meta.dirname, "../../../kernel/sys/table.c"), "utf8");

  for (const call of capabilitiesOf("pith").absentCalls)
    expect(table, call).toMatch(new RegExp(`\\{"${call}"(, \\.\\w+ = \\w+)*\\}`));
});
