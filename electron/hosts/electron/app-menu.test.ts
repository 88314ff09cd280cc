import type { MenuItemConstructorOptions } from "electron";
import { describe, expect, test } from "vitest";
import type { WindowAction } from "../../../shared/window-action.ts";
import { appMenu, contextMenu } from "./app-menu.ts";

function menuOn(platform: NodeJS.Platform, isDevelopment = false, recent: string[] = []) {
  const acts: WindowAction[] = [];
  const opened: string[] = [];
  const nothing = () => undefined;
  const menu = appMenu({
    platform,
    isDevelopment,
    act: (action) => acts.push(action),
    chooseFile: nothing,
    recent,
    openRecent: (path) => opened.push(path),
    clearRecent: () => opened.push("clear"),
    about: nothing,
    installCommandLine: nothing,
  });
  const all = (items: MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
    items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? all(item.submenu) : [])]);
  return { menu, acts, opened, items: all(menu) };
}

describe("the application's menu", () => {
  test("opens what was opened lately, by its whole name, and forgets it", () => {
    const { items, opened } = menuOn("linux", false, ["/a/web & db.json", "/b/disk.img"]);
    const click = (label: string) =>
      Reflect.apply(items.find((item) => item.label === label)?.click ?? (() => undefined), undefined, []);

    click("/a/web && db.json");
    click("/b/disk.img");
    click("Clear Recent");

    expect(opened).toEqual(["/a/web & db.json", "/b/disk.img", "clear"]);
    expect(menuOn("linux").items.find(({ label }) => label === "Clear Recent")?.enabled).toBe(false);
    expect(menuOn("darwin").items.map(({ role }) => role)).toContain("recentDocuments");
  });

  test("reloads nothing, and has no developers' tools in a release", () => {
    for (const platform of ["linux", "darwin"] as const) {
      const roles = menuOn(platform).items.map(({ role }) => role);

      for (const role of ["reload", "forceReload", "toggleDevTools", "viewMenu", "editMenu"] as const)
        expect(roles).not.toContain(role);
    }
    expect(menuOn("linux", true).items.map(({ role }) => role)).toContain("toggleDevTools");
  });

  test("has the application's own menu on a Mac, and settings under File elsewhere", () => {
    expect(menuOn("darwin").menu.map(({ label }) => label)[0]).toBe("Unideck");
    const file = menuOn("linux").menu[0]?.submenu;
    expect(Array.isArray(file) && file.map(({ label }) => label)).toContain("Settings…");
  });

  test("leaves keys that a console wants to the page", () => {
    const { items } = menuOn("linux");

    for (const { role, label, registerAccelerator } of items)
      if (role === "copy" || role === "paste" || label === "New…") expect(registerAccelerator).toBe(false);
  });

  test("an entry does what its key does", () => {
    const { items, acts } = menuOn("linux");
    const images = items.find(({ label }) => label === "Images");

    if (images?.click) Reflect.apply(images.click, undefined, []);

    expect(acts).toEqual([{ do: "shortcut", id: "images" }]);
  });
});

describe("a context menu", () => {
  const editFlags = { canCut: true, canCopy: true, canPaste: false, canSelectAll: true };
  const roles = (params: { isEditable: boolean; selectionText: string }) =>
    contextMenu({ ...params, linkURL: "", editFlags }, () => undefined).flatMap(({ role }) => role ?? []);

  test("offers what can be done with what is under the pointer", () => {
    expect(roles({ isEditable: true, selectionText: "" })).toEqual(["cut", "copy", "paste", "selectAll"]);
    expect(roles({ isEditable: false, selectionText: "words" })).toEqual(["copy", "selectAll"]);
    expect(roles({ isEditable: false, selectionText: "" })).toEqual([]);
  });

  test("copies the address of a link, with or without a selection", () => {
    const copied: string[] = [];
    const on = (selectionText: string) =>
      contextMenu({ isEditable: false, selectionText, linkURL: "https://a.example/", editFlags }, (url) =>
        copied.push(url),
      );

    expect(on("").map(({ label, role }) => label ?? role)).toEqual(["Copy Link"]);
    expect(on("words").map(({ label, role }) => label ?? role)).toEqual(["Copy Link", "copy", undefined, "selectAll"]);
    Reflect.apply(on("")[0]?.click ?? (() => undefined), undefined, []);
    expect(copied).toEqual(["https://a.example/"]);
  });
});
