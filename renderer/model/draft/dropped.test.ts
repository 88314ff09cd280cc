// @vitest-environment jsdom
import { describe, expect, test } from "vitest";
import { type ElfOptions, makeElf } from "../../../electron/engine/formats/elf/make-elf.ts";
import { FakeEngine } from "../../test/fake-engine.ts";
import { handOver, handOverExtras } from "../hand-over.ts";
import { type DroppedFile, findConfiguration, findProgram, findProject } from "./dropped.ts";

const aFile = (relativePath: string, content: BlobPart = "text"): DroppedFile => ({
  file: new File([content], relativePath.split("/").at(-1) ?? ""),
  relativePath,
});

const anElf = (relativePath: string, options: ElfOptions = {}) =>
  aFile(relativePath, Uint8Array.from(makeElf(options)));
const dynamicProgram: ElfOptions = { type: 3, interpreter: "/lib64/ld-linux-x86-64.so.2", needed: ["libc.so.6"] };
const library: ElfOptions = { type: 3, soname: "libfoo.so.1" };

describe("the program among what was dropped", () => {
  test("is the executable, wherever it stands", async () => {
    const files = [aFile("README"), anElf("lib/libfoo.so.1", library), anElf("bin/server"), anElf("plugin", library)];

    expect((await findProgram(files))?.relativePath).toBe("bin/server");
  });

  test("is a position-independent one rather than a library", async () => {
    const files = [anElf("addon.node", library), anElf("libfoo.so.1.2", library), anElf("hello", dynamicProgram)];

    expect((await findProgram(files))?.relativePath).toBe("hello");
  });

  test("is not a library, whatever its name", async () => {
    expect(await findProgram([anElf("addon.node", library), anElf("code.o", { type: 1 })])).toBeUndefined();
  });

  test("is a static position-independent one", async () => {
    expect((await findProgram([anElf("a/tool", { type: 3, isPie: true })]))?.relativePath).toBe("a/tool");
  });

  test("is the C library only where there is nothing else", async () => {
    const libc = anElf("libc.so.6", dynamicProgram);

    expect((await findProgram([libc, anElf("bin/deep/hello", dynamicProgram)]))?.relativePath).toBe("bin/deep/hello");
    expect(await findProgram([libc])).toBe(libc);
  });

  test("is a damaged one where there is no other", async () => {
    const cut = aFile("hello", Uint8Array.from(makeElf().subarray(0, 60)));

    expect(await findProgram([aFile("a"), cut])).toBe(cut);
    expect((await findProgram([cut, anElf("b/other")]))?.relativePath).toBe("b/other");
  });

  test("is the one that stands highest among equals", async () => {
    expect((await findProgram([anElf("a/b/old"), anElf("new")]))?.relativePath).toBe("new");
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
      const files = [aFile("site/a.js"), aFile(`site/${mark}`), anElf("site/node_modules/esbuild/bin/esbuild")];

      expect(await findProject({ files, folders: [folder] })).toBe(folder.file);
      // Something beside it, or a folder without a path: not that alone.
      expect(await findProject({ files: [...files, aFile("notes")], folders: [folder] })).toBeUndefined();
      expect(await findProject({ files, folders: [{ name: "site", file: undefined }] })).toBeUndefined();
    },
  );

  test("is none where a program stands at the top, or no mark", async () => {
    const mark = aFile("site/package.json");

    expect(await findProject({ files: [mark, anElf("site/server")], folders: [folder] })).toBeUndefined();
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
