/**
 * Tests of the window, in each of its hosts. Where `UNIDECK_TEST_HOST` is `electron`, `page` is the window of the real
 * application; else a browser's, which has not gone anywhere yet (`openWindow` of window.ts takes it there).
 */

import { readFile } from "node:fs/promises";
import { test as base, type ElectronApplication } from "@playwright/test";
import { launchDesktop } from "./desktop.ts";
import { World } from "./world.ts";

interface Worlds {
  world: World;
  /** What the window saves to a file while `act` runs: the file's text, and the title of the dialog where there is one. */
  saved: (act: () => Promise<void>) => Promise<Saved>;
}

interface Saved {
  text: string;
  title?: string | undefined;
}

export interface Desktop {
  desktop: ElectronApplication;
}

const inAWorld = base.extend<Worlds>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs off its first parameter.
  world: async ({}, use) => {
    await using world = await World.create();
    await use(world);
  },
  saved: async ({ page }, use) => {
    await use(async (act) => {
      const saving = page.waitForEvent("download");
      await act();
      return { text: await readFile(await (await saving).path(), "utf8") };
    });
  },
});

/** Tests of the desktop application alone. */
export const desktopTest = inAWorld.extend<Desktop>({
  desktop: async ({ world }, use) => {
    const desktop = await launchDesktop(world);
    await use(desktop);
    await desktop.close();
  },
  saved: async ({ desktop, world }, use) => {
    await use(async (act) => {
      const path = world.path("saved");
      // Nobody is there to answer the dialog: what it would have said is kept.
      const saving = desktop.evaluate(
        ({ session }, path) =>
          new Promise<string | undefined>((resolve) =>
            session.defaultSession.once("will-download", (_, item) => {
              const { title } = item.getSaveDialogOptions();
              item.setSavePath(path);
              item.once("done", () => resolve(title));
            }),
          ),
        path,
      );
      await act();
      return { title: await saving, text: await readFile(path, "utf8") };
    });
  },
  context: async ({ desktop }, use) => {
    await use(desktop.context());
  },
  page: async ({ desktop }, use) => {
    await use(await desktop.firstWindow());
  },
});

export const isDesktop = process.env.UNIDECK_TEST_HOST === "electron";
export const test: typeof inAWorld = isDesktop ? desktopTest : inAWorld;
