/** Images booted by QEMU alone, from their disks. */

import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { bootManyTimes, buildFile, interruptControllers, machineOptions } from "./support/bare-boot.ts";
import { program } from "./support/programs.ts";
import { root, World } from "./support/world.ts";

const kernel = join(root, "kernel", "build", "release", "kernel.img");

test("twenty boots by QEMU alone, on q35 and pc with one and two processors, all reach the program", async () => {
  await using world = await World.create();

  await bootManyTimes(await buildFile(world, program("hello.c")), "hello, world", 20);
});

for (const [name, options] of Object.entries(machineOptions("bare.img", kernel)))
  test(`both of the old interrupt controllers are masked: ${name}`, async () => {
    await using world = await World.create();
    const image = await buildFile(world, program("hello.c"));

    const shown = await interruptControllers(
      world,
      options.map((word) => word.replace("bare.img", image)),
    );

    expect(shown).toMatch(/^pic0: .* imr=ff isr=00 .* irq_base=f0/m);
    expect(shown).toMatch(/^pic1: .* imr=ff isr=00 .* irq_base=f8/m);
  });
