/** A folder of very many empty files goes into an image: built, checked and listed, each of them there. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { root, type World } from "../e2e/support/world.ts";

/** Half of them in one folder, the others a thousand a folder. */
export async function manyFilesTrial(world: World, files: number): Promise<{ buildMs: number; lookMs: number }> {
  const folder = world.path("many");
  for (let at = 0; at < files; at++) {
    const inside = join(folder, at < files / 2 ? "all" : `${Math.floor(at / 1000)}`);
    if (at === 0 || (at >= files / 2 && at % 1000 === 0)) await mkdir(inside, { recursive: true });
    await writeFile(join(inside, `file-${at}`), "");
  }
  const sample = join(root, "resources/samples/build/hello");
  const unideck = async (...args: string[]) => {
    const { code, stdout, stderr } = await world.unideck(args, { timeoutMs: 600_000 });
    if (code !== 0) throw new Error(`unideck ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  };
  const start = performance.now();
  await unideck("build", sample, "--name", "many", "--dir", `${folder}:/many`);
  const built = performance.now();
  const found = await unideck("images", "check", "many");
  if (!found.startsWith("Nothing is wrong")) throw new Error(`the check says: ${found}`);
  const details = z.object({ root: z.object({ files: z.number() }) });
  const shown = details.parse(JSON.parse(await unideck("images", "show", "many", "--no-digest", "--json")));
  if (shown.root.files < files) throw new Error(`there are only ${shown.root.files} files`);
  return { buildMs: Math.round(built - start), lookMs: Math.round(performance.now() - built) };
}
