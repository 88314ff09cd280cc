/** Every screen is looked at by axe: names for screen readers, roles, contrast in light and dark. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { expect, type Page } from "@playwright/test";
import { drop } from "../support/drop.ts";
import { program } from "../support/programs.ts";
import { dropAndRun, openEmpty, state } from "../support/window.ts";
import { test } from "../support/window-test.ts";

const source = () => readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong, a line each. */
async function findingsOn(page: Page): Promise<string[]> {
  await page.evaluate(await source());
  // Colours on their way from one theme to the other have neither's contrast.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
  return page.evaluate(async () => {
    const { violations } = await Reflect.get(window, "axe").run(
      // Its library puts these at the ends of lists that open, so that Tab leaves them.
      { exclude: [["[data-base-ui-focus-guard]"]] },
      {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
        // The window is an application: it has no page regions of a document, and no heading order of an article.
        rules: {
          region: { enabled: false },
          "page-has-heading-one": { enabled: false },
          // Names join the lines of a button with commas, which the rule takes for other words.
          "label-content-name-mismatch": { enabled: false },
        },
      },
    );
    return violations.flatMap((rule: { id: string; nodes: { html: string; failureSummary: string }[] }) =>
      rule.nodes.map(({ html, failureSummary }) => `${rule.id}: ${html.slice(0, 160)} ${failureSummary}`),
    );
  });
}

test("every screen has names, roles and contrast for everybody", async ({ page, world }) => {
  await openEmpty(page, world);
  const look = async (what: string) => expect(await findingsOn(page), what).toEqual([]);
  const show = (name: string) =>
    page
      .getByRole("navigation", { name: "Sections" })
      .getByRole("button", { name: new RegExp(`^${name}`) })
      .click();
  await look("first steps");
  await drop(page, program("endless.c"));
  await expect(page.getByRole("button", { name: /Build & run/ })).toBeEnabled();
  await look("build sheet");
  await page.keyboard.press("Escape");
  await dropAndRun(page, program("endless.c"));
  await expect(state(page)).toContainText("running");
  await world.unideck(["network", "create", "lan"]);

  for (const theme of ["Light", "Dark"]) {
    await show("Settings");
    await page.getByRole("combobox", { name: "Theme" }).click();
    await page.getByRole("option", { name: theme }).click();
    await look(`settings, ${theme}`);
    for (const screen of ["Instances", "Consoles", "Images", "Networks", "Tasks", "Doctor"]) {
      await show(screen);
      const first = page.getByRole("option").first();
      if (["Images", "Networks"].includes(screen)) await first.click();
      await expect(page.getByRole("main")).toBeVisible();
      await look(`${screen}, ${theme}`);
    }
    await show("Instances");
    await page.getByRole("option").first().click();
    for (const tab of ["Overview", "Files", "Network", "Trace", "Log"]) {
      await page.getByRole("tab", { name: tab }).click();
      await look(`tab ${tab}, ${theme}`);
    }
  }
});
