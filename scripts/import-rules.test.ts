import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { allowed, findCycles, findForbiddenImports, importsOf, readImports } from "./import-rules.ts";

const graph = readImports(join(import.meta.dirname, ".."), ["electron", "renderer", "shared"]);
const planted = (file: string, ...imports: string[]) => new Map([...graph, [file, imports]]);

describe("imports", () => {
  test("keep to the table", () => {
    expect(graph.size).toBeGreaterThan(400);
    expect(findForbiddenImports(graph)).toEqual([]);
  });

  test("make no circle, neither of files nor of folders", () => {
    expect(findCycles(graph)).toEqual([]);
  });

  test("every folder of the table has files", () => {
    const files = [...graph.keys()];

    const empty = Object.keys(allowed).filter((folder) => !files.some((file) => file.startsWith(folder)));

    expect(empty).toEqual([]);
  });

  test.each([
    ["electron/engine/formats/elf/planted.ts", "electron/engine/images/build.ts"],
    ["electron/engine/hypervisors/planted.ts", "electron/engine/instances/supervisor.ts"],
    ["electron/engine/instances/planted.ts", "electron/engine/hypervisors/qemu/qmp.ts"],
    ["electron/engine/networks/planted.ts", "electron/engine/hypervisors/qemu/binary.ts"],
    ["electron/planted.ts", "electron/engine/hypervisors/qemu/binary.ts"],
    ["electron/engine/lib/planted.ts", "electron/engine/engine.ts"],
    ["electron/engine/images/planted.ts", "electron/hosts/connect.ts"],
    ["electron/hosts/planted.ts", "electron/cli/program.ts"],
    ["renderer/ui/planted.tsx", "renderer/model/instances.ts"],
    ["renderer/features/images/planted.tsx", "renderer/features/files/files-pane.tsx"],
    ["renderer/model/planted.ts", "renderer/app/shell.tsx"],
    ["shared/planted.ts", "electron/engine/engine.ts"],
    ["renderer/features/images/planted.tsx", "renderer/test/samples.ts"],
  ])("a planted import is found: %s imports %s", (file, other) => {
    expect(findForbiddenImports(planted(file, other))).toEqual([`${file} imports ${other}`]);
  });

  test("a file in a new folder is found", () => {
    expect(findForbiddenImports(planted("renderer/helpers/planted.ts"))).toEqual([
      "renderer/helpers/planted.ts is in no folder of the table",
    ]);
  });

  test("a planted circle of files is found", () => {
    const circle = new Map([
      ...graph,
      ["electron/engine/lib/a.ts", ["electron/engine/lib/b.ts"]],
      ["electron/engine/lib/b.ts", ["electron/engine/lib/a.ts"]],
    ]);

    expect(findCycles(circle)).toEqual([["electron/engine/lib/a.ts", "electron/engine/lib/b.ts"]]);
  });

  test("a planted circle of folders is found, though no file is in one", () => {
    const circle = planted("electron/engine/formats/planted.ts", "electron/engine/images/name.ts");

    expect(findCycles(circle).some((one) => one.includes("electron/engine/formats"))).toBe(true);
  });

  test("are read from every way to write them", () => {
    const text = `import type { A } from "./a.ts";
      import "../b.css";
      export { C } from "./c.tsx";
      const D = lazy(() => import("./deep/d.tsx"));
      import { e } from "e";`;

    expect(importsOf("renderer/x/y.ts", text)).toEqual([
      "renderer/x/a.ts",
      "renderer/b.css",
      "renderer/x/c.tsx",
      "renderer/x/deep/d.tsx",
    ]);
  });
});
