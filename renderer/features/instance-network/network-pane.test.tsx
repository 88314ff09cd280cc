// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { useInstances } from "../../model/instances.ts";
import { useView } from "../../model/view.ts";
import { aNetwork, anInstance, aRunning } from "../../test/samples.ts";
import { open } from "../../test/window.tsx";
import { NetworkPane } from "./network-pane.tsx";

function Pane() {
  const instance = useInstances(({ byKey }) => byKey.i1);
  return instance ? <NetworkPane instance={instance} /> : null;
}

const rows = () => within(screen.getByRole("list", { name: "Published ports" })).queryAllByRole("listitem");

test("a port that somebody listens on is ready, and a click opens it", async () => {
  await open(<Pane />, { instances: [aRunning({ listening: [{ protocol: "tcp", port: 8080 }] })] });

  const [row] = rows();
  expect(row?.textContent).toContain("ready");
  expect(screen.getByRole("link").getAttribute("href")).toBe("http://localhost:8080");
});

test("a port that nobody listens on yet says so, and what else the guest listens on is told", async () => {
  await open(<Pane />, { instances: [aRunning({ listening: [{ protocol: "tcp", port: 9090 }] })] });

  expect(rows()[0]?.textContent).toContain("nobody listens yet");
  expect(screen.getByText(/Not published: 9090\/tcp/)).toBeDefined();
});

const interfaces = () =>
  within(screen.getByRole("list", { name: "Interfaces" }))
    .queryAllByRole("listitem")
    .map(({ textContent }) => textContent);

test("the guest's interfaces are told with their addresses and networks, and what goes through", async () => {
  const counts = (bytes: number) => ({ receivedBytes: bytes, receivedFrames: 1, sentBytes: 2 * bytes, sentFrames: 1 });
  const report = (at: number, bytes: number) => ({
    at,
    networks: [],
    machines: [
      {
        instance: "i1",
        interfaces: [
          { name: "en1", ...counts(bytes) },
          { name: "en2", ...counts(0) },
        ],
      },
    ],
  });
  const addresses = [{ interface: "en1", address: "10.77.1.2" }];
  const { engine } = await open(<Pane />, {
    instances: [aRunning({ addresses, networks: ["shop"] })],
    networks: [aNetwork()],
    traffic: [report(1000, 1024), report(2000, 4096)],
  });

  await waitFor(() =>
    expect(interfaces()).toEqual([
      "en110.77.1.2shop↑6 KB/s ↓3 KB/s8 KB sent, 4 KB received",
      "en2no addressThrough the hostno traffic0 B sent, 0 B received",
    ]),
  );
  expect(engine.inputsOf("networks.traffic")).toEqual([{ instance: "i1" }]);
});

test("an interface on a bridge says which, and leads there", async () => {
  const addresses = [{ interface: "en1", address: "192.168.7.9" }];
  const instance = aRunning({ addresses, bridges: [{ kind: "bridge", bridge: "br0" }] });
  const { user } = await open(<Pane />, { instances: [instance] });

  expect(interfaces()).toEqual(["en1192.168.7.9br0"]);
  await user.click(screen.getByRole("button", { name: "br0" }));

  expect(useView.getState()).toMatchObject({ section: "networks", network: "bridge:br0" });
});

test("of an instance at rest nobody is asked what goes through", async () => {
  const { engine } = await open(<Pane />, { instances: [anInstance()] });

  expect(screen.getByText("Not running: no addresses")).toBeDefined();
  expect(engine.inputsOf("networks.traffic")).toEqual([]);
});

test("a port is added with what was typed, and taken away again", async () => {
  const { engine, user } = await open(<Pane />, { instances: [anInstance()] });

  await user.type(screen.getByRole("textbox", { name: "Guest port" }), "6379");
  await user.click(screen.getByRole("button", { name: "Add" }));
  const remove = await screen.findByRole("button", { name: "Remove port 6379" });
  await user.click(remove);

  expect(engine.asked).toContainEqual({
    call: "instances.addPort",
    input: { id: "i1", forward: { hostAddress: "127.0.0.1", host: 0, guest: 6379, protocol: "tcp" } },
  });
  expect(await screen.findByText("No published ports.")).toBeDefined();
});

test("a port that can't be is not offered to be added", async () => {
  const { user } = await open(<Pane />, { instances: [anInstance()] });

  await user.type(screen.getByRole("textbox", { name: "Guest port" }), "70000");

  expect(screen.getByRole("button", { name: "Add" }).hasAttribute("disabled")).toBe(true);
});

const packets = () => within(screen.getByRole("region", { name: "Packets" }));
const captured = () =>
  packets()
    .queryAllByRole("listitem")
    .map(({ textContent }) => textContent);

test("packets are captured by a switch, and what was captured is offered with its size", async () => {
  const saved: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(this.download);
  });
  vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => undefined }));
  const { engine, user } = await open(<Pane />, { instances: [aRunning()] });

  await user.click(screen.getByRole("checkbox", { name: /Capture packets/ }));
  await waitFor(() => expect(captured()).toEqual(["Through the host24 BCopy pathSave"]));
  await user.click(screen.getByRole("button", { name: "Save" }));

  await waitFor(() => expect(saved).toEqual(["web-1-net0.pcap"]));
  expect(engine.inputsOf("captures.set")).toEqual([{ id: "i1", on: true }]);
});

test("in Electron, what was captured is shown in its folder", async () => {
  vi.stubGlobal("unideckHost", {});
  const opened = vi.spyOn(window, "open").mockReturnValue(null);
  const files = [{ card: "private-shop", path: "/c/private-shop.pcap", sizeBytes: 7000 }];
  const { user } = await open(<Pane />, { instances: [aRunning({ capture: { on: true, isFull: false, files } })] });

  await user.click(packets().getByRole("button", { name: "Show in folder" }));

  expect(opened).toHaveBeenCalledWith("/?capture=i1&card=private-shop");
});

test("a capture that stopped at its size limit says so, and which files there are of each network", async () => {
  const files = [
    { card: "net0", path: "/c/net0.pcap", sizeBytes: 256 * 2 ** 20 },
    { card: "private-shop", path: "/c/private-shop.pcap", sizeBytes: 7000 },
  ];
  await open(<Pane />, { instances: [aRunning({ capture: { on: false, isFull: true, files } })] });

  expect(packets().getByRole("note").textContent).toContain("size limit of 256 MB and was stopped");
  expect(captured()).toEqual([expect.stringContaining("256 MB"), expect.stringMatching(/^Network shop6.8 KB/)]);
});

test.each([
  ["a machine without a card", aRunning({ capture: { on: true, isFull: false, files: [] } }), /has no network card/],
  ["an instance at rest", anInstance({ capture: { on: true, isFull: false, files: [] } }), /next run is captured/],
])("of %s it is told what a capture means", async (_, instance, words) => {
  await open(<Pane />, { instances: [instance] });

  expect(packets().getByText(words)).toBeDefined();
});
