// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import { Toaster, toast } from "sonner";
import { afterEach, describe, expect, test } from "vitest";
import { anEnded, anInstance, aRunning, EVENING } from "../../test/samples.ts";
import { open, openUnconnected, pageOf } from "../../test/window.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";

const Instances = pageOf("instances");

// What is shown to one test is not to be found by the next.
afterEach(() => void toast.dismiss());

const rows = () => screen.getAllByRole("option");
const rowOf = (name: RegExp) => screen.getByRole("option", { name });

describe("the list of instances", () => {
  test("says that it is loading until the engine has answered", () => {
    openUnconnected(<Instances />);

    expect(screen.getByText("Loading…")).toBeDefined();
    expect(screen.queryByRole("listbox")).toBeNull();
  });

  test("is a place to drop a program while there is none", async () => {
    await open(<Instances />);

    expect(await screen.findByRole("heading", { name: "Drop a Linux program here" })).toBeDefined();
    expect(screen.getByRole("button", { name: "Try the sample" }).hasAttribute("disabled")).toBe(false);
  });

  test("says what stands in the way of a start, if something does", async () => {
    const { engine } = await open(<Instances />);
    const check = { id: "qemu", title: "QEMU", state: "failed", found: "not installed", hint: "Install it." } as const;
    engine.world.doctor = { checkedAt: new Date(EVENING).toISOString(), checks: [check] };
    const { checkMachine } = await import("../../model/check-machine.ts");

    await checkMachine(engine.client, false);

    expect(await screen.findByText("QEMU: not installed")).toBeDefined();
    expect(screen.getByText("Install it.")).toBeDefined();
  });

  test("tells of each its name, image, kernel, port and state", async () => {
    await open(<Instances />, { instances: [aRunning()] });

    const row = await screen.findByRole("option", { name: /web-1/ });

    expect(row.textContent).toContain("go-web · Pith 0.1");
    expect(row.textContent).toContain(":8080");
    expect(row.textContent).toMatch(/running/);
  });

  test("opens a port by a click on it, and copies its address by a right click; the row stays as it is", async () => {
    const ports = [
      { hostAddress: "127.0.0.1", host: 8080, guest: 80, protocol: "tcp" as const },
      { hostAddress: "10.0.0.7", host: 5353, guest: 53, protocol: "udp" as const },
    ];
    const { user } = await open(
      <>
        <Instances />
        <Toaster />
      </>,
      { instances: [aRunning({ ports }), aRunning({ id: "i2", name: "other", ports: [] })] },
    );
    const link = await screen.findByText(":8080");
    const opened: string[] = [];
    link.addEventListener("click", (event) => {
      event.preventDefault();
      opened.push(link.getAttribute("href") ?? "");
    });

    await user.click(link);
    await user.pointer({ keys: "[MouseRight]", target: screen.getByText(":5353") });

    expect(opened).toEqual(["http://localhost:8080"]);
    expect(await navigator.clipboard.readText()).toBe("10.0.0.7:5353");
    expect(await screen.findByText("Copied 10.0.0.7:5353")).toBeDefined();
    expect(rowOf(/web-1/).getAttribute("aria-selected")).toBe("false");
  });

  test("tells how each ended", async () => {
    const ended = [
      anEnded({ code: 0, reason: "exited" }, { id: "a", name: "batch" }),
      anEnded({ code: 139, signal: "SIGSEGV", reason: "crashed" }, { id: "b", name: "importer" }),
      anInstance({ id: "c", name: "broken", state: "failed" }),
    ];

    await open(<Instances />, { instances: ended });

    expect(await screen.findByRole("option", { name: /batch.*exited 0/ })).toBeDefined();
    expect(rowOf(/importer.*SIGSEGV.*crashed/)).toBeDefined();
    expect(rowOf(/broken.*failed/)).toBeDefined();
  });

  test("of a thousand has only those in the page that can be seen", async () => {
    const thousand = Array.from({ length: 1000 }, (_, n) => anInstance({ id: `i${n}`, name: `web-${n}` }));

    await open(<Instances />, { instances: thousand });

    await screen.findByRole("listbox", { name: "Instances" });
    expect(rows().length).toBeLessThan(50);
    expect(rows()[0]?.getAttribute("aria-setsize")).toBe("1000");
  });

  test("is narrowed by what is typed, and says when nothing is left", async () => {
    const { user } = await open(<Instances />, {
      instances: [aRunning(), anInstance({ id: "i2", name: "redis" })],
    });
    await screen.findByRole("option", { name: /web-1/ });

    await user.click(screen.getByRole("button", { name: "Find in instances" }));
    await user.keyboard("red");

    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(rowOf(/redis/)).toBeDefined();
    await user.keyboard("zzz");
    expect(await screen.findByText("Nothing matches “redzzz”.")).toBeDefined();
  });
});

describe("keys in the list", () => {
  const two = [
    anInstance({ id: "i1", name: "first", times: { created: EVENING + 2 } }),
    anInstance({ id: "i2", name: "second", times: { created: EVENING + 1 } }),
  ];
  const openTwo = async () => {
    const opened = await open(
      <>
        <Instances />
        <DeleteDialog />
        <Toaster />
      </>,
      { instances: [...two] },
    );
    (await screen.findByRole("listbox", { name: "Instances" })).focus();
    return opened;
  };

  test("arrows choose, and stop at the ends", async () => {
    const { user } = await openTwo();

    await user.keyboard("{ArrowDown}{ArrowDown}{ArrowDown}");

    expect(rowOf(/second/).getAttribute("aria-selected")).toBe("true");
    await user.keyboard("{Home}");
    expect(rowOf(/first/).getAttribute("aria-selected")).toBe("true");
  });

  test("Enter opens what is chosen", async () => {
    const { user } = await openTwo();

    await user.keyboard("{ArrowDown}{Enter}");

    expect(await screen.findByRole("region", { name: "Instance first" })).toBeDefined();
  });

  test("Space starts what does not run", async () => {
    const { engine, user } = await openTwo();

    await user.keyboard("{ArrowDown} ");

    await waitFor(() => expect(engine.inputsOf("instances.start")).toEqual([{ id: "i1" }]));
  });

  test("Space stops what runs", async () => {
    const { engine, user } = await openTwo();
    engine.put(aRunning({ id: "i1", name: "first", times: { created: EVENING + 2 } }));
    await screen.findByRole("option", { name: /first.*running/ });

    await user.keyboard("{ArrowDown} ");

    await waitFor(() => expect(engine.inputsOf("instances.stop")).toEqual([{ id: "i1" }]));
  });

  test("Delete asks first, names what is lost, and has the safe answer ready", async () => {
    const { engine, user } = await openTwo();

    await user.keyboard("{ArrowDown}{Delete}");

    const question = await screen.findByRole("alertdialog", { name: "Delete first?" });
    expect(question.textContent).toMatch(/disk.*console.*log are lost/);
    await waitFor(() => expect(document.activeElement).toBe(within(question).getByRole("button", { name: "Cancel" })));
    await user.keyboard("{Escape}");
    expect(engine.inputsOf("instances.remove")).toEqual([]);
  });

  test("what is deleted leaves its neighbour chosen", async () => {
    const { engine, user } = await openTwo();
    await user.keyboard("{ArrowDown}{Delete}");

    await user.click(await screen.findByRole("button", { name: "Delete" }));

    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(engine.inputsOf("instances.remove")).toEqual([{ id: "i1", force: false, undo: true }]);
    await waitFor(() => expect(rowOf(/second/).getAttribute("aria-selected")).toBe("true"));
  });

  test("what is deleted can be brought back", async () => {
    const { user } = await openTwo();
    await user.keyboard("{ArrowDown}{Delete}");
    await user.click(await screen.findByRole("button", { name: "Delete" }));
    await waitFor(() => expect(rows()).toHaveLength(1));

    await user.click(await screen.findByRole("button", { name: "Undo" }));

    await waitFor(() => expect(rows()).toHaveLength(2));
  });
});
