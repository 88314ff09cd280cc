/** For tests: machines that lack something. Real processes, with a PATH of chosen programs and with stand-ins for installers. */

import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

export class Sandbox implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "unideck-setup-"));
  readonly #bin = join(this.folder, "bin");

  constructor() {
    mkdirSync(this.#bin);
    // Setup finds the repository by where it lies itself: in a copy, all that it reads and writes is ours.
    cpSync(join(import.meta.dirname, ".."), this.path("scripts"), { recursive: true });
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
    chmodSync(this.path(path), mode);
  }

  /** Makes programs of the machine visible in here. */
  link(...programs: string[]): void {
    for (const program of programs) symlinkSync(whereIs(program), join(this.#bin, program));
  }

  /** A shell script as a program. */
  script(name: string, body: string): void {
    this.write(join("bin", name), `#!/bin/sh\n${body}\n`, 0o755);
  }

  /** Runs a piece of JavaScript beside a module of setup, as `setup`, with this PATH alone. */
  run(module: string, code: string, input = ""): SpawnSyncReturns<string> {
    const source = `const setup = await import(${JSON.stringify(this.path("scripts/setup", module))}); ${code}`;
    return spawnSync(process.execPath, ["--input-type=module", "-e", source], {
      input,
      encoding: "utf8",
      env: { PATH: this.#bin, HOME: this.folder },
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function whereIs(program: string): string {
  const { stdout } = spawnSync("/bin/sh", ["-c", `command -v ${program}`], {
    encoding: "utf8",
    env: { PATH: ["/usr/local/bin", "/usr/bin", "/bin"].join(delimiter) },
  });
  return stdout.trim();
}
