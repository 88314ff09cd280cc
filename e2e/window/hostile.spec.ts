/** Output of a guest that means harm: what it reaches for, what is no text, and a line that does not end. */

import { once } from "node:events";
import { createServer } from "node:http";
import { expect, type Page } from "@playwright/test";
import { drop } from "../support/drop.ts";
import { program } from "../support/programs.ts";
import { dropAndRun, openConsole, openEmpty, state, terminal } from "../support/window.ts";
import { test } from "../support/window-test.ts";

// A trace copies the page at every change of the terminal, which takes far longer than the output itself.
test.use({ trace: "off" });

test("output that means harm is drawn, and does nothing else", async ({ page, world }) => {
  await openEmpty(page, world);
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await drop(page, program("probing.c"));
  await page.getByRole("textbox", { name: "Arguments" }).fill("10");
  await page.getByRole("button", { name: "Build & run" }).click();

  await expect(terminal(page)).toContainText("still here", { timeout: 30_000 });
  await page.keyboard.type("me\n");

  // After the echo. Had the terminal answered a question about itself, more would have been heard before it.
  await expect(terminal(page)).toContainText(/heard:me\s*6d 65\./);
  await expect(page).toHaveTitle("Unideck");
  await expect(state(page)).toContainText("exited 0");
  await page.getByRole("searchbox", { name: "Find in console" }).fill("still here");
  await expect(page.getByRole("status", { name: "Matches" })).toHaveText("1 of 1");
  await page.getByRole("searchbox", { name: "Find in console" }).fill("no text");
  await expect(page.getByRole("status", { name: "Matches" })).toHaveText("none");
  expect(dialogs).toEqual([]);
});

/** Clicks the beginning of the row of the terminal that says this. */
async function clickRow(page: Page, text: string): Promise<void> {
  const rows = await terminal(page).getByRole("listitem").allTextContents();
  const at = rows.findIndex((row) => row.trim() === text);
  const box = await page.locator(".xterm-screen").boundingBox();
  if (at < 0 || !box) throw new Error(`no row “${text}” in: ${rows.join("\n")}`);
  const y = box.y + ((at + 0.5) * box.height) / rows.length;
  // A link is found as the pointer comes over it.
  await page.mouse.move(box.x + box.width / 2, y);
  await page.mouse.move(box.x + 12, y, { steps: 4 });
  await page.mouse.click(box.x + 12, y);
}

// The desktop has the system's browser open them: hosts/electron/window.test.ts.
test("of a guest's links only those to the web open; clipboard and page stay as they are", {
  tag: "@web",
}, async ({ page, context, world }) => {
  const server = createServer((_, response) => response.end("a server's page")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const link = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/`;
  try {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await openEmpty(page, world);
    await page.evaluate(() => navigator.clipboard.writeText("the user's own"));
    // The browser itself refuses some of these addresses: what counts is what our page asks it for.
    const asked: string[] = [];
    await page.exposeFunction("noteAsked", (wanted: string) => asked.push(wanted));
    await page.evaluate(() => {
      const open = window.open.bind(window);
      window.open = (wanted, ...how) => {
        Reflect.get(window, "noteAsked")(String(wanted));
        return open(wanted, ...how);
      };
    });
    const dialogs: string[] = [];
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    world.spawn(["run", program("probing.c"), "--name", "probing", "--arg=0", `--arg=${link}`]).stdin.write("");
    await openConsole(page, /probing/);
    await expect(terminal(page)).toContainText("still here", { timeout: 30_000 });
    const here = page.url();

    for (const text of ["a script", "a file", "a page", "our page"]) await clickRow(page, text);
    const [web] = await Promise.all([context.waitForEvent("page"), clickRow(page, "a server")]);

    await expect(web).toHaveURL(link);
    expect(await web.evaluate(() => [window.opener, document.referrer])).toEqual([null, ""]);
    await web.close();
    expect(asked).toEqual([link]);
    expect(page.url()).toBe(here);
    await expect(page).toHaveTitle("Unideck");
    expect(await page.locator("img[src=x]").count()).toBe(0);
    expect(dialogs).toEqual([]);
    await page.bringToFront();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("the user's own");
  } finally {
    server.close();
  }
});

for (const [what, source, says] of [
  ["writes without end", "flood.c", /\d{15}/],
  ["asks the terminal without end and never reads", "asking.c", "asking"],
] as const)
  test(`a guest that ${what} does not hold up the window`, async ({ page, world }) => {
    await openEmpty(page, world);
    await dropAndRun(page, program(source));
    await expect(terminal(page)).toContainText(says, { timeout: 30_000 });

    // A few times, so that what piles up is seen.
    for (let round = 0; round < 5; round++)
      for (const name of ["Log", "Network", "Console"]) {
        await page.getByRole("tab", { name }).click({ timeout: 10_000 });
        await expect(page.getByRole("tab", { name })).toHaveAttribute("aria-selected", "true", { timeout: 10_000 });
      }
    await expect(state(page)).toContainText("running");
    await page.getByRole("button", { name: "Stop", exact: true }).click({ timeout: 10_000 });
    await expect(state(page)).toContainText(/stopped|exited/, { timeout: 20_000 });
  });
