// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { Problem } from "../../../shared/problem.ts";
import { declaredPorts, useRun } from "../../model/draft/run-session.ts";
import { useView } from "../../model/view.ts";
import { aBuild, anImage, aRunning } from "../../test/samples.ts";
import { open } from "../../test/window.tsx";
import { RunSheet } from "./run-sheet.tsx";

const field = (name: string) => screen.getByRole<HTMLInputElement>("textbox", { name });
const image = anImage({ environment: { OPS_PORT: "8080,90" } });

async function openSheet(world: Parameters<typeof open>[1] = {}, one = image) {
  const opened = await open(<RunSheet />, world);
  useRun.getState().ask(one);
  const sheet = await screen.findByRole("dialog", { name: /^Run go-web/ });
  return { ...opened, sheet };
}

describe("the sheet that runs an image", () => {
  test("forwards the ports that the image declares, and runs as it is by the keyboard", async () => {
    const { engine, sheet } = await openSheet({ create: () => aRunning() });
    expect(field("Ports").value).toBe("8080 8090:90");

    fireEvent.keyDown(sheet, { key: "Enter", ctrlKey: true });

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(engine.inputsOf("instances.create")).toMatchObject([
      {
        image: "go-web",
        spec: {
          ports: [
            { host: 8080, guest: 8080 },
            { host: 8090, guest: 90 },
          ],
        },
      },
    ]);
    expect(useView.getState()).toMatchObject({ section: "instances", instance: "i1", instanceTab: "console" });
  });

  test("has the values of the last run when it is opened again", async () => {
    const { user } = await openSheet({ create: () => aRunning() });
    await user.clear(field("Ports"));
    await user.type(field("Ports"), "9000:8080, 9001:90");
    await user.clear(field("Memory"));
    await user.type(field("Memory"), "1 GB");
    await user.click(screen.getByRole("button", { name: /^Run/ }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());

    useRun.getState().ask(image);

    await screen.findByRole("dialog");
    expect(field("Ports").value).toBe("9000:8080, 9001:90");
    expect(field("Memory").value).toBe("1 GB");
    expect(screen.getByText("As it was run last")).toBeDefined();
  });

  test("stays with the reason where the instance does not start", async () => {
    const create = () => {
      throw new Problem("hypervisor.missing", "QEMU is not installed");
    };
    const { user } = await openSheet({ create });

    await user.click(screen.getByRole("button", { name: /^Run/ }));

    expect((await screen.findByRole("alert")).textContent).toContain("QEMU is not installed");
    expect(screen.getByRole("button", { name: /^Run/ }).hasAttribute("disabled")).toBe(false);
  });

  test("explains what is wrong with a field, and runs nothing", async () => {
    const { engine, user } = await openSheet();
    fireEvent.change(field("CPUs"), { target: { value: "0" } });

    await user.click(screen.getByRole("button", { name: /^Run/ }));

    expect(screen.getByText("CPUs: from 1 to 64.")).toBeDefined();
    expect(engine.inputsOf("instances.create")).toEqual([]);
  });
});

test("an image declares the ports of its build and of its environment, each once", () => {
  const build = aBuild({ program: "/p", ports: [80, 443] });

  expect(declaredPorts({ environment: {}, build })).toEqual([80, 443]);
  expect(declaredPorts({ environment: { OPS_PORT: "80, 8080,70000,x,5-6" }, build })).toEqual([80, 8080, 443]);
});
