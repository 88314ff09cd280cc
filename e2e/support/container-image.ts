/** Container images and a registry for tests: made by umoci, moved by skopeo, served by Debian's docker-registry. */

import { execFileSync } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { freePort } from "./free-port.ts";
import type { World } from "./world.ts";

export interface ImageParts {
  /** Files by their path in the image. */
  files?: Record<string, string>;
  /** Programs of this computer by their path in the image; their libraries come along. */
  programs?: Record<string, string>;
  /** Options of `umoci config`. */
  config: string[];
}

/** Makes an OCI layout with one image, tagged `1`; the folder's path. */
export async function makeLayout(world: World, name: string, { files, programs, config }: ImageParts): Promise<string> {
  const layout = world.path(name);
  const image = `${layout}:1`;
  const bundle = world.path(`${name}-bundle`);
  const umoci = (...words: string[]) => execFileSync("umoci", words, { stdio: ["ignore", "ignore", "inherit"] });
  umoci("init", "--layout", layout);
  umoci("new", "--image", image);
  umoci("unpack", "--rootless", "--image", image, bundle);
  const placed = (path: string) => join(bundle, "rootfs", path);
  for (const [path, text] of Object.entries(files ?? {})) {
    await mkdir(dirname(placed(path)), { recursive: true });
    await writeFile(placed(path), text, { mode: path.includes("bin/") ? 0o755 : 0o644 });
  }
  for (const [path, program] of Object.entries(programs ?? {}))
    for (const [from, to] of [[program, path] as const, ...librariesOf(program).map((one) => [one, one] as const)]) {
      await mkdir(dirname(placed(to)), { recursive: true });
      await copyFile(from, placed(to));
    }
  umoci("repack", "--image", image, bundle);
  umoci("config", "--image", image, "--os", "linux", "--architecture", "amd64", ...config);
  return layout;
}

/** Digests of an image's layers, as hexadecimal digits. */
export function layersOf(image: string): string[] {
  const text = execFileSync("skopeo", ["inspect", "--raw", image], { encoding: "utf8" });
  const { layers }: { layers: { digest: string }[] } = JSON.parse(text);
  return layers.map(({ digest }) => digest.replace("sha256:", ""));
}

/** What the loader would load, and the loader. */
function librariesOf(program: string): string[] {
  const text = execFileSync("ldd", [program], { encoding: "utf8" });
  return [...text.matchAll(/(\/\S+) \(0x/g)].map(([, path = ""]) => path);
}

/** Copies an image as skopeo does, such as from `oci:FOLDER:1` to `docker://127.0.0.1:PORT/me/app:1`. */
export function copyImage(from: string, to: string, login?: string): void {
  const options = to.startsWith("docker://")
    ? ["--dest-tls-verify=false", ...(login ? ["--dest-creds", login] : [])]
    : [];
  execFileSync("skopeo", ["--insecure-policy", "copy", "-q", ...options, from, to], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** A registry at a port of loopback, which ends with the world; with a file of htpasswd where a login is wanted. */
export async function startRegistry(world: World, name: string, htpasswd?: string): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`;
  const configuration = {
    version: "0.1",
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: world.path(name) } },
    http: { addr: address },
    ...(htpasswd !== undefined && { auth: { htpasswd: { realm: "tests", path: world.path(`${name}.htpasswd`) } } }),
  };
  if (htpasswd !== undefined) await writeFile(world.path(`${name}.htpasswd`), htpasswd);
  // JSON is YAML, too.
  await writeFile(world.path(`${name}.yml`), JSON.stringify(configuration));
  const child = world.spawnFile("docker-registry", ["serve", world.path(`${name}.yml`)]);
  let errors = "";
  child.stderr.on("data", (piece) => {
    errors += piece;
  });
  child.stdout.resume();
  const ended = new Promise<never>((_, reject) =>
    child.once("exit", (code) => reject(new Error(`docker-registry ended with ${code}: ${errors}`))),
  );
  await Promise.race([ended, answers(`http://${address}/v2/`)]);
  ended.catch(() => {});
  return address;
}

async function answers(url: string): Promise<void> {
  const until = Date.now() + 20_000;
  for (;;) {
    if (await fetch(url).catch(() => undefined)) return;
    if (Date.now() > until) throw new Error(`nothing answers at ${url}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
