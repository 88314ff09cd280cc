// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { chooseFrom, open } from "../../test/window.tsx";
import { SettingsScreen } from "./screen.tsx";

const field = (name: string) => screen.getByRole<HTMLInputElement>("textbox", { name });

describe("settings", () => {
  test("a theme is saved when it is chosen", async () => {
    const { engine, user } = await open(<SettingsScreen />);

    await chooseFrom(user, screen.getByRole("combobox", { name: "Theme" }), "Dark");

    await waitFor(() => expect(engine.inputsOf("settings.change")).toEqual([{ appearance: { theme: "dark" } }]));
  });

  test("images are shared with other accounts where that is chosen", async () => {
    const { engine, user } = await open(<SettingsScreen />);
    const box = () => screen.getByRole<HTMLInputElement>("checkbox", { name: /^Other accounts .* may read images/ });

    await user.click(box());

    await waitFor(() => expect(engine.inputsOf("settings.change")).toEqual([{ images: { shared: true } }]));
    await waitFor(() => expect(box().checked).toBe(true));
  });

  test("a size is saved when its field is left", async () => {
    const { engine, user } = await open(<SettingsScreen />);

    await user.clear(field("Memory"));
    await user.type(field("Memory"), "1.5 GB");
    await user.tab();

    await waitFor(() =>
      expect(engine.inputsOf("settings.change")).toEqual([{ newInstances: { memoryBytes: 1.5 * 2 ** 30 } }]),
    );
    await waitFor(() => expect(field("Memory").value).toBe("1.5 GB"));
  });

  test.each([
    ["Font size", "99", "From 8 to 32."],
    ["Scrollback", "lots", "From 1000 to 1 000 000."],
    ["Memory", "1 KB", "At least 8 MB."],
    ["CPUs", "0", "From 1 to 64."],
    ["Console log", "1 KB", "At least 1 MB."],
    ["OPS home", "ops", "Absolute path. Empty: the default location."],
  ])("%s refuses %s, says why and saves nothing", async (name, value, words) => {
    const { engine, user } = await open(<SettingsScreen />);

    await user.clear(field(name));
    await user.type(field(name), `${value}{Enter}`);

    expect(screen.getByText(words)).toBeDefined();
    expect(field(name).getAttribute("aria-invalid")).toBe("true");
    expect(engine.inputsOf("settings.change")).toEqual([]);
  });

  test("a field that is emptied of its mistake takes what is right", async () => {
    const { engine, user } = await open(<SettingsScreen />);
    await user.clear(field("CPUs"));
    await user.type(field("CPUs"), "0{Enter}");

    await user.clear(field("CPUs"));
    await user.type(field("CPUs"), "2{Enter}");

    await waitFor(() => expect(engine.inputsOf("settings.change")).toEqual([{ newInstances: { cpus: 2 } }]));
    expect(screen.queryByText("From 1 to 64.")).toBeNull();
  });

  test("another home of OPS holds at the next start, which is said", async () => {
    const { engine, user } = await open(<SettingsScreen />);
    await user.clear(field("OPS home"));
    await user.type(field("OPS home"), "/srv/ops{Enter}");

    expect(await screen.findByText(/at the next start; until then \/home\/me\/\.ops is used/)).toBeDefined();
    expect(engine.inputsOf("settings.change")).toEqual([{ homes: { ops: "/srv/ops" } }]);
  });

  test("say where things are on the host", async () => {
    await open(<SettingsScreen />);

    const about = screen.getByRole("region", { name: "About" });
    expect(about.textContent).toContain("/home/me/.unideck");
    expect(about.textContent).toContain("/home/me/.ops");
  });
});
