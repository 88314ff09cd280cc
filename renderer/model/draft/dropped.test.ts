// @vitest-environment jsdom
import { describe, expect, test } from "vitest";
import { FakeEngine } from "../../test/fake-engine.ts";
import { handOver, handOverExtras } from "../hand-over.ts";
import { type DroppedFile, findConfiguration, findProgram, findProject } from "./dropped.ts";

const aFile = (relativePath: string, content: BlobPart = "text"): DroppedFile => ({
  file: new File([content], relativePath.split("/").at(-1) ?? ""),
  relativePath,
});

/** An ELF header as far as it is looked at: `type` 2 is an executable, 3 a position-independent one or a library. */
const anElf = (relativePath: string, type: 2 | 3) =>
  aFile(relativePath, Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, ...Array(12).fill(0), type, 0]));

describe("the program among what was dropped", () => {
  test("is the executable, wherever it stands", async () => {
    const files = [aFile("README"), anElf("lib/libfoo.so.1", 3), anElf("bin/server", 2), anElf("plugin", 3)];

    expect((await findProgram(files))?.relativePath).toBe("bin/server");
  });

  test("is a position-independent one rather than a library", async () => {
    expect((await findProgram([anElf("libfoo.so.1.2", 3), anElf("hello", 3)]))?.relativePath).toBe("hello");
  });

  test("is the one that stands highest among equals", async () => {
    expect((await findProgram([anElf("a/b/old", 2), anElf("new", 2)]))?.relativePath).toBe("new");
  });

  test("is none where there is no ELF", async () => {
    expect(await findProgram([aFile("a"), aFile("empty", "")])).toBeUndefined();
  });
});

describe("the configuration among what was dropped", () => {
  const folder = { name: "site", file: new File([], "site") };

  test("is a file of that kind alone", () => {
    expect(findConfiguration({ files: [aFile("mine.json")], folders: [] })).toMatchObject({ isFolder: false });
    expect(findConfiguration({ files: [aFile("package.manifest")], folders: [] })).toMatchObject({ isFolder: false });
    expect(findConfiguration({ files: [aFile("mine.json"), aFile("b.json")], folders: [] })).toBeUndefined();
    expect(findConfiguration({ files: [aFile("hello")], folders: [] })).toBeUndefined();
  });

  test("is a folder that has one at its top", () => {
    const files = [aFile("site/hello"), aFile("site/config.json")];

    expect(findConfiguration({ files, folders: [folder] })).toMatchObject({
      isFolder: true,
      host: { file: folder.file },
    });
    expect(findConfiguration({ files: [aFile("site/deep/config.json")], folders: [folder] })).toBeUndefined();
    expect(findConfiguration({ files, folders: [{ name: "site", file: undefined }] })).toBeUndefined();
  });
});

describe("the project among what was dropped", () => {
  const folder = { name: "site", file: new File([], "site") };

  test.each(["package.json", "requirements.txt", "venv/pyvenv.cfg", "bin/java"])(
    "is a folder with %s",
    async (mark) => {
      const files = [aFile("site/a.js"), aFile(`site/${mark}`), anElf("site/node_modules/esbuild/bin/esbuild", 2)];

      expect(await findProject({ files, folders: [folder] })).toBe(folder.file);
      // Something beside it, or a folder without a path: not that alone.
      expect(await findProject({ files: [...files, aFile("notes")], folders: [folder] })).toBeUndefined();
      expect(await findProject({ files, folders: [{ name: "site", file: undefined }] })).toBeUndefined();
    },
  );

  test("is none where a program stands at the top, or no mark", async () => {
    const mark = aFile("site/package.json");

    expect(await findProject({ files: [mark, anElf("site/server", 2)], folders: [folder] })).toBeUndefined();
    expect(await findProject({ files: [aFile("site/deep/package.json")], folders: [folder] })).toBeUndefined();
  });
});

describe("handing files to the engine", () => {
  const options = (engine: FakeEngine, signal = new AbortController().signal) => {
    const told: number[] = [];
    return {
      told,
      options: { client: engine.client, signal, onProgress: ({ doneBytes = 0 }) => void told.push(doneBytes) },
    };
  };

  test("a file without a path goes byte by byte, in order, and becomes a path", async () => {
    const engine = new FakeEngine();
    const content = Uint8Array.from({ length: 3_000_000 }, (_, at) => at % 251);

    const path = await handOver(aFile("hello", content), options(engine).options);

    expect(path).toBe("/staging/s1/hello");
    expect(Buffer.concat(engine.world.staged.s1?.bytes ?? []).equals(content)).toBe(true);
  });

  test("files keep their place below the folder that was dropped, and progress is that of all together", async () => {
    const engine = new FakeEngine();
    const { told, options: given } = options(engine);

    const added = await handOverExtras(
      { files: [aFile("site/a.txt", "12345"), aFile("site/b.txt", "678")], folders: [] },
      given,
    );

    expect(added.map(({ guest, sizeBytes }) => [guest, sizeBytes])).toEqual([
      ["/site/a.txt", 5],
      ["/site/b.txt", 3],
    ]);
    expect(told).toEqual([5, 8]);
  });

  test("a hand-over that is given up leaves nothing with the engine", async () => {
    const engine = new FakeEngine();
    const giveUp = new AbortController();
    const given = { client: engine.client, signal: giveUp.signal, onProgress: () => giveUp.abort() };

    await expect(handOver(aFile("hello", new Uint8Array(3_000_000)), given)).rejects.toThrow();

    await expect.poll(() => Object.keys(engine.world.staged)).toEqual([]);
  });
});
