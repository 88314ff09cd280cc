// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { useBuild } from "../../model/draft/session.ts";
import { aBridge, aNetwork, anInspection } from "../../test/samples.ts";
import { chooseFrom, open } from "../../test/window.tsx";
import { reachWords } from "./network-field.tsx";
import { BuildSheet } from "./sheet.tsx";

async function openSheet(world: Parameters<typeof open>[1] = {}) {
  const opened = await open(<BuildSheet />, world);
  void useBuild.getState().takePath(opened.engine.client, "/home/me/hello");
  const card = await screen.findByRole("combobox", { name: "Network" });
  return { ...opened, card };
}

test("a new instance is in no private network, and has a card where something needs one", async () => {
  const { engine, user, card } = await openSheet();
  expect(screen.queryByRole("group", { name: "Networks" })).toBeNull();

  await user.click(screen.getByRole("button", { name: /Build & run/ }));

  expect(card.textContent).toBe("automatic");
  await waitFor(() => expect(engine.inputsOf("instances.buildAndRun")).toHaveLength(1));
  expect(engine.inputsOf("instances.buildAndRun")).toMatchObject([{ spec: { network: "auto", networks: [] } }]);
});

test.each([
  ["auto", [], "", "Outbound access through the host (NAT)"],
  ["auto", ["shop"], "", "Reaches only its networks."],
  ["auto", ["shop"], "8080", "An extra network card for published ports."],
  ["user", ["shop"], "", "An extra network card for published ports."],
  ["restricted", ["shop"], "8080", "Reaches only its networks; published ports are forwarded to it."],
  ["restricted", [], "8080", "No outbound access; published ports are forwarded to it."],
  ["none", ["shop"], "", "Reaches only its networks."],
  ["none", [], "", "No network access."],
] as const)("network %s, member of %j, ports “%s”: %s", (network, networks, ports, words) => {
  expect(reachWords({ network, networks, bridges: [], ports })).toBe(words);
});

test("it is a member of the networks that are ticked, in the order in which they were", async () => {
  const { engine, user, card } = await openSheet({ networks: [aNetwork(), aNetwork({ name: "lab", members: [] })] });
  const networks = within(screen.getByRole("group", { name: "Networks" }));

  await user.click(networks.getByRole("checkbox", { name: "shop" }));
  await user.click(networks.getByRole("checkbox", { name: "lab" }));
  await chooseFrom(user, card, "NAT through the host");
  await user.click(screen.getByRole("button", { name: /Build & run/ }));

  await waitFor(() => expect(engine.inputsOf("instances.buildAndRun")).toHaveLength(1));
  expect(engine.inputsOf("instances.buildAndRun")).toMatchObject([
    { spec: { network: "user", networks: ["shop", "lab"] } },
  ]);
});

test("it is plugged into the bridges that are ticked, and no longer into one that was named by a configuration", async () => {
  const { engine, user } = await openSheet({ bridges: [aBridge()] });
  useBuild.getState().edit({ bridges: [{ kind: "bridge", bridge: "br7" }] });

  await user.click(await screen.findByRole("checkbox", { name: "br7 (bridge)" }));
  await user.click(screen.getByRole("checkbox", { name: "br0 (bridge)" }));
  await user.click(screen.getByRole("button", { name: /Build & run/ }));

  await waitFor(() => expect(engine.inputsOf("instances.buildAndRun")).toHaveLength(1));
  expect(engine.inputsOf("instances.buildAndRun")).toMatchObject([
    { spec: { network: "auto", bridges: [{ kind: "bridge", bridge: "br0" }] } },
  ]);
});

test("ports without a card are told, not built", async () => {
  const inspect = () =>
    anInspection({ suggested: { name: "hello", programPath: "/hello", memoryBytes: 2 ** 28, ports: [8080] } });
  const { engine, user, card } = await openSheet({ inspect });

  await chooseFrom(user, card, "none");
  await user.click(screen.getByRole("button", { name: /Build & run/ }));

  expect(screen.getByText(/Ports need this network card/)).toBeDefined();
  expect(engine.inputsOf("instances.buildAndRun")).toEqual([]);
});
