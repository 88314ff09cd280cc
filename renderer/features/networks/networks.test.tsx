// @vitest-environment jsdom
import { fireEvent, screen, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { useView } from "../../model/view.ts";
import { aNetwork, anInstance, aRunning } from "../../test/samples.ts";
import { chooseFrom, open, openUnconnected } from "../../test/window.tsx";
import NetworksScreen from "./screen.tsx";

describe("the list of networks", () => {
  test("says that it is loading, then that there is none", async () => {
    openUnconnected(<NetworksScreen />);
    expect(screen.getByText("Loading…")).toBeDefined();
  });

  test("says what a network is for while there is none", async () => {
    await open(<NetworksScreen />);

    expect(await screen.findByText(/instances find each other by name/)).toBeDefined();
  });

  test("holds a thousand", async () => {
    const networks = Array.from({ length: 1000 }, (_, i) => aNetwork({ name: `n${i}`, members: [] }));

    await open(<NetworksScreen />, { networks });

    expect(await screen.findByRole("option", { name: /n0/ })).toBeDefined();
    expect(screen.getAllByRole("option").length).toBeLessThan(100);
  });

  test("makes one, and shows it", async () => {
    const { engine, user } = await open(<NetworksScreen />);

    await user.click(screen.getByRole("button", { name: "New network" }));
    await user.type(await screen.findByRole("textbox", { name: "Name" }), "shop");
    await user.click(screen.getByRole("button", { name: "Create" }));

    expect(await screen.findByRole("region", { name: "Network shop" })).toBeDefined();
    expect(engine.asked).toContainEqual({ call: "networks.create", input: { name: "shop", wayOut: true } });
  });

  test("does not take a name that is no domain", async () => {
    const { user } = await open(<NetworksScreen />);

    await user.click(screen.getByRole("button", { name: "New network" }));
    await user.type(await screen.findByRole("textbox", { name: "Name" }), "My shop");

    expect(screen.getByRole("button", { name: "Create" }).hasAttribute("disabled")).toBe(true);
  });
});

describe("a network", () => {
  const world = {
    networks: [aNetwork()],
    instances: [aRunning({ networks: ["shop"] }), anInstance({ id: "i2", name: "db" })],
  };

  test("shows its members, and opens one", async () => {
    const { user } = await open(<NetworksScreen />, world);
    useView.getState().openNetwork("shop");

    const members = within(await screen.findByRole("list", { name: "Members" }));
    expect(members.getByRole("listitem").textContent).toContain("web-110.77.1.2");
    await user.click(members.getByRole("button", { name: "web-1" }));

    expect(useView.getState()).toMatchObject({ section: "instances", instance: "i1", instanceTab: "network" });
  });

  test("gets and loses members", async () => {
    const { engine, user } = await open(<NetworksScreen />, world);
    useView.getState().openNetwork("shop");

    await chooseFrom(user, await screen.findByRole("combobox", { name: "Add a member to shop" }), "db");
    await user.click(screen.getByRole("button", { name: "Remove web-1 from shop" }));

    const asked = engine.asked.filter(({ call }) => call === "instances.setNetworks").map(({ input }) => input);
    expect(asked).toEqual([
      { id: "i2", networks: ["shop"] },
      { id: "i1", networks: [] },
    ]);
  });

  test("offers on a right click on a member what can be done with it", async () => {
    const { engine, user } = await open(<NetworksScreen />, world);
    useView.getState().openNetwork("shop");

    fireEvent.contextMenu(await screen.findByRole("button", { name: "web-1" }));
    const menu = await screen.findByRole("menu", { name: "Actions for web-1" });
    await user.click(within(menu).getByRole("menuitem", { name: "Remove from shop" }));

    expect(engine.inputsOf("instances.setNetworks")).toEqual([{ id: "i1", networks: [] }]);
  });

  test("is deleted only after a question that says what is lost", async () => {
    const { engine, user } = await open(<NetworksScreen />, world);
    useView.getState().openNetwork("shop");

    await user.click(await screen.findByRole("button", { name: "Delete shop" }));
    expect(engine.world.networks).toHaveLength(1);
    await user.click(await screen.findByRole("button", { name: "Delete" }));

    expect(await screen.findByText(/No networks/)).toBeDefined();
  });
});
