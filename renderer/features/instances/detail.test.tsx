// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import { Toaster } from "sonner";
import { describe, expect, test } from "vitest";
import type { Instance } from "../../../shared/contract/instances.ts";
import { instancePanes } from "../../app/screens.tsx";
import { useView } from "../../model/view.ts";
import type { FakeWorld } from "../../test/fake-world.ts";
import { anEnded, anImage, anInstance, aRunning, EVENING } from "../../test/samples.ts";
import { open } from "../../test/window.tsx";
import { formatMoment } from "../../ui/format.ts";
import { InstanceDetail } from "./detail.tsx";

async function show(
  instance: Instance,
  tab: "overview" | "log" | "files" = "overview",
  world: Partial<FakeWorld> = {},
) {
  const opened = await open(
    <>
      <InstanceDetail panes={instancePanes} />
      <Toaster />
    </>,
    { instances: [instance], ...world },
  );
  useView.getState().openInstance(instance.id, tab);
  await screen.findByRole("region", { name: `Instance ${instance.name}` });
  return opened;
}

const fact = (name: string) => screen.getByText(name, { selector: "dt" }).nextElementSibling?.textContent;

describe("an instance's overview", () => {
  test("says where the time of its start went", async () => {
    await show(aRunning());

    const start = screen.getByRole("region", { name: "Start" });
    expect(start.textContent).toContain("From start to first output: 90 ms");
    expect(
      within(start)
        .getAllByRole("listitem")
        .map(({ textContent }) => textContent),
    ).toEqual(["QEMU 18 ms", "kernel 21 ms", "network 9.0 ms", "program 42 ms"]);
  });

  test("says that the first output is the console's where the kernel does not tell", async () => {
    await show(aRunning({ milestones: [], firstOutputSource: "console" }));

    expect(screen.getByRole("region", { name: "Start" }).textContent).toContain("(first byte on the console)");
  });

  test("says what it is made of, and that it is slow without acceleration", async () => {
    const image = anImage({ createdAt: new Date(EVENING).toISOString() });

    await show(aRunning({ addresses: [{ interface: "en1", address: "10.0.2.15" }] }), "overview", { images: [image] });

    expect(fact("Address")).toBe("10.0.2.15 en1");
    expect(fact("Kernel")).toBe("Pith 0.1");
    expect(fact("Machine")).toMatch(/microvm, 1 CPU, 64 MB, TCG.*slow/);
    expect(screen.getByRole("link", { name: "http://localhost:8080" }).getAttribute("rel")).toContain("noopener");
    expect(screen.getByRole("button", { name: "go-web" })).toBeDefined();
  });

  test("shows the command that runs it as a shell takes it", async () => {
    await show(aRunning({ commandLine: ["qemu", "-append", "it's here"] }));

    expect(screen.getAllByText(/qemu -append 'it'\\''s here'/).length).toBeGreaterThan(0);
  });

  test("explains an exit", async () => {
    await show(anEnded({ code: 3, reason: "exited" }));

    expect(fact("Exit")).toMatch(/exited 3.*usually means an error/);
    expect(screen.getByRole("status", { name: "State" }).textContent).toContain("exited 3");
  });

  test("says why it failed, with what to do", async () => {
    const problem = { code: "port.busy", message: "Port 8080 is taken", hint: "Choose another." } as const;

    await show(anInstance({ state: "failed", problem }));

    expect(screen.getByRole("alert").textContent).toMatch(/Port 8080 is taken.*Choose another\..*port\.busy/);
  });
});

test("a damaged instance says why, and where it is, and can only be deleted", async () => {
  const folder = "/home/me/.unideck/instances/1f0c";
  const damage = { folder, reason: "instance.json is not valid JSON" };
  const { user } = await show(anInstance({ state: "damaged", damage }));

  expect(screen.getByRole("status", { name: "State" }).textContent).toContain("damaged");
  expect([fact("Reason"), fact("Folder")]).toEqual([damage.reason, folder]);
  expect(screen.queryByRole("tab")).toBeNull();
  expect(screen.queryByRole("button", { name: /Start/ })).toBeNull();
  await user.click(screen.getByRole("button", { name: /More actions/ }));
  expect((await screen.findAllByRole("menuitem")).map((item) => item.textContent)).toEqual([
    expect.stringContaining("Delete"),
  ]);
});

describe("an instance's actions", () => {
  const buttons = () =>
    screen
      .getAllByRole("button")
      .map((button) => button.getAttribute("aria-label") ?? button.textContent)
      .filter((name) => ["Start", "Start again", "Stop", "Kill", "Restart"].includes(name ?? ""));

  test.each([
    [anInstance(), ["Start"]],
    [anEnded({ code: 0, reason: "exited" }), ["Start again"]],
    [aRunning(), ["Restart", "Stop"]],
    [aRunning({ state: "stopping" }), ["Kill"]],
  ])("%# are those that make sense in its state", async (instance, names) => {
    await show(instance);

    expect(buttons()).toEqual(names);
  });

  test("that fail say why", async () => {
    const { engine, user } = await show(aRunning());
    engine.world.instances = [];

    await user.click(screen.getByRole("button", { name: "Stop" }));

    expect(await screen.findByText("There is no instance i1")).toBeDefined();
  });
});

describe("an instance's log", () => {
  test("says that there is nothing in it", async () => {
    await show(aRunning(), "log");

    expect(await screen.findByText(/No log messages yet/)).toBeDefined();
  });

  test("shows who said what, and what is said after its state has changed", async () => {
    const logs: FakeWorld["logs"] = { i1: [{ at: EVENING, source: "engine", text: "QEMU is process 7" }] };
    const { engine } = await show(aRunning(), "log", { logs });
    expect((await screen.findByRole("list", { name: "Log" })).textContent).toMatch(/engine.*QEMU is process 7/);

    logs.i1?.push({ at: EVENING + 1, source: "hypervisor", text: "terminating on signal 15" });
    engine.put(anEnded({ code: 0, reason: "exited" }));

    await waitFor(() => expect(screen.getByRole("list", { name: "Log" }).textContent).toContain("signal 15"));
  });

  test("says why it can't be read", async () => {
    const { engine } = await show(aRunning(), "overview");
    engine.world.logs = { i1: [{ at: -1, source: "engine", text: "no moment" }] };

    useView.getState().setInstanceTab("log");

    expect((await screen.findByRole("alert")).textContent).toContain("Copy report");
  });
});

describe("an instance's files", () => {
  const files: FakeWorld["files"] = () => [{ path: "/hello", type: "file", sizeBytes: 12 }];

  test("say that they are those of the last flush, and are read anew when there is a newer one", async () => {
    const { engine, user } = await show(aRunning(), "files", { files, flushedAt: EVENING });

    expect((await screen.findByRole("note")).textContent).toContain("Read-only: the disk as of its last flush");
    expect(await screen.findByRole("tree", { name: `Files of ${aRunning().name}` })).toBeDefined();
    await waitFor(() => expect(screen.getByRole("note").textContent).toContain(formatMoment(EVENING)));
    const reads = engine.inputsOf("imageContents.files").length;

    engine.world.flushedAt = EVENING + 5000;
    await user.click(await screen.findByRole("button", { name: "Show the current state" }, { timeout: 8000 }));

    expect(screen.getByRole("note").textContent).toContain(formatMoment(EVENING + 5000));
    await waitFor(() => expect(engine.inputsOf("imageContents.files").length).toBeGreaterThan(reads));
    expect(engine.inputsOf("imageContents.files")[0]).toMatchObject({ image: `instance:${aRunning().id}`, path: "/" });
  });
});
