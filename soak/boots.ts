/** The sample, booted by QEMU alone from its disk, again and again; the first boot that does not reach its last line ends the trial. */

import { bootManyTimes, buildFile } from "../e2e/support/bare-boot.ts";
import { program } from "../e2e/support/programs.ts";
import type { World } from "../e2e/support/world.ts";

export async function bootsTrial(world: World, boots: number): Promise<void> {
  await bootManyTimes(await buildFile(world, program("hello.c")), "hello, world", boots);
}
