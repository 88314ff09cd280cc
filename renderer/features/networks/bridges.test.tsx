// @vitest-environment jsdom
import { act, screen, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { bridgeKey } from "../../model/bridge-words.ts";
import { useEngine } from "../../model/engine.ts";
import { useView } from "../../model/view.ts";
import { aBridge, aBridgeHost, aNetwork, anInstance, aRunning } from "../../test/samples.ts";
import { chooseFrom, type Opened, open } from "../../test/window.tsx";
import NetworksScreen from "./screen.tsx";

const see = (name: string) => useView.getState().openNetwork(bridgeKey(name));

/** The sheet, with a plan for this uplink. */
async function planned({ user }: Opened, uplink: string) {
  await user.click(screen.getByRole("button", { name: "New network" }));
  await user.click(await screen.findByRole("button", { name: "Bridge to the LAN…" }));
  const sheet = within(await screen.findByRole("dialog", { name: "New bridge br0" }));
  await chooseFrom(user, await sheet.findByRole("combobox", { name: "Uplink" }), new RegExp(`^${uplink}`));
  await user.click(sheet.getByRole("button", { name: "Show the plan" }));
  await sheet.findByRole("list", { name: "Commands" });
  return sheet;
}

describe("a new bridge", () => {
  test("is shown as a plan first: each command, what it changes, what undoes it", async () => {
    const opened = await open(<NetworksScreen />);

    const sheet = await planned(opened, "eno2");

    const [first] = within(sheet.getByRole("list", { name: "Commands" })).getAllByRole("listitem");
    expect(first?.textContent).toBe(
      "ip link add name br0 type bridgeMakes br0, a software switch on the hostUndone by ip link del dev br0",
    );
    expect(opened.engine.inputsOf("bridges.apply")).toEqual([]);
  });

  test("is carried out as it was shown, counts down, and stays when it is confirmed", async () => {
    const opened = await open(<NetworksScreen />);
    const sheet = await planned(opened, "eno2");

    await opened.user.click(sheet.getByRole("button", { name: "Apply" }));
    const bridge = within(await screen.findByRole("region", { name: "Bridge br0" }));
    expect(bridge.getByText(/Undone in \d+ s unless you keep it/)).toBeDefined();
    await opened.user.click(bridge.getByRole("button", { name: "Keep it" }));

    expect(await bridge.findByText("ready")).toBeDefined();
    expect(bridge.queryByText(/unless you keep it/)).toBeNull();
    expect(opened.engine.inputsOf("bridges.apply")).toMatchObject([
      { digest: "digest of br0", wish: { name: "br0", uplink: "eno2", seats: 4 } },
    ]);
  });

  test("on the interface with the default route waits for that to be consented to by its name", async () => {
    const opened = await open(<NetworksScreen />);
    const sheet = await planned(opened, "eno1");
    const carryOut = () => sheet.getByRole("button", { name: "Apply" });

    // Beside the uplink, and where it is agreed to.
    expect(sheet.getAllByText(/default route goes through it\.$/)).toHaveLength(2);
    expect(sheet.getByRole("status").textContent).toBe("Below the plan, agree that it is eno1.");
    expect(carryOut().hasAttribute("disabled")).toBe(true);
    await opened.user.type(sheet.getByRole("textbox", { name: "Type eno1 to agree:" }), "eno");
    expect(carryOut().hasAttribute("disabled")).toBe(true);
    await opened.user.type(sheet.getByRole("textbox", { name: "Type eno1 to agree:" }), "1");
    expect(sheet.getByRole("status").textContent).toContain("Undone after");
    await opened.user.click(carryOut());

    expect(await screen.findByRole("region", { name: "Bridge br0" })).toBeDefined();
    expect(opened.engine.inputsOf("bridges.apply")).toMatchObject([{ consent: "eno1" }]);
  });

  test("has another plan when the wish is another one, and asks for the consent anew", async () => {
    const opened = await open(<NetworksScreen />);
    const sheet = await planned(opened, "eno1");
    await opened.user.type(sheet.getByRole("textbox", { name: "Type eno1 to agree:" }), "eno1");

    await chooseFrom(opened.user, sheet.getByRole("combobox", { name: "Uplink" }), /^None/);

    expect(sheet.queryByRole("list", { name: "Commands" })).toBeNull();
    await opened.user.click(sheet.getByRole("button", { name: "Show the plan" }));
    expect(await sheet.findByText(/Without an uplink there is no DHCP server/)).toBeDefined();
  });

  test("is none of macOS's: there it is told how vmnet is had", async () => {
    const { user } = await open(<NetworksScreen />);
    const { engine } = useEngine.getState();
    if (engine) act(() => useEngine.setState({ engine: { ...engine, platform: "darwin" } }));

    await user.click(screen.getByRole("button", { name: "New network" }));

    const dialog = within(await screen.findByRole("dialog", { name: "New private network" }));
    expect(dialog.getByText(/only root use vmnet/).textContent).toContain("--network vmnet-bridged:en0");
    expect(dialog.queryByRole("button", { name: "Bridge to the LAN…" })).toBeNull();
  });

  test("can't have an uplink that is none", async () => {
    const opened = await open(<NetworksScreen />);

    const sheet = await planned(opened, "eno2");

    await opened.user.click(sheet.getByRole("combobox", { name: "Uplink" }));
    const wireless = await screen.findByRole("option", { name: /wlan0.*wireless/ });
    expect(wireless.getAttribute("aria-disabled")).toBe("true");
  });

  test("is left to a terminal where root's rights can't be had from here", async () => {
    const opened = await open(<NetworksScreen />, { bridgeHost: aBridgeHost({ way: "terminal" }) });
    const sheet = await planned(opened, "eno1");

    expect(sheet.getByText("unideck network apply br0 --uplink eno1 --seats 4 --consent eno1")).toBeDefined();
    await opened.user.type(sheet.getByRole("textbox", { name: "Type eno1 to agree:" }), "eno1");
    expect(sheet.getByRole("button", { name: "Apply" }).hasAttribute("disabled")).toBe(true);
  });

  test("says how the helper is installed where it is not", async () => {
    const install = ["sudo", "install", "helper", "/usr/local/libexec/helper"];
    const opened = await open(<NetworksScreen />, { bridgeHost: aBridgeHost({ install }) });

    const sheet = await planned(opened, "eno2");

    expect(sheet.getByText("sudo install helper /usr/local/libexec/helper")).toBeDefined();
  });
});

describe("a bridge", () => {
  const member = aRunning({
    name: "web",
    bridges: [{ kind: "bridge", bridge: "br0" }],
    networks: ["shop"],
    addresses: [
      { interface: "en1", address: "10.77.1.2" },
      { interface: "en2", address: "192.168.7.20" },
    ],
  });
  const world = {
    bridges: [aBridge()],
    networks: [aNetwork()],
    instances: [member, anInstance({ id: "i2", name: "db" })],
  };

  test("stands in the list beside private networks, with its uplink and its members", async () => {
    await open(<NetworksScreen />, world);

    const row = await screen.findByRole("option", { name: /br0/ });
    expect(row.textContent).toContain("Bridge with uplink eno2");
    expect(row.textContent).toContain("1 member");
    expect(screen.getByRole("option", { name: /shop/ })).toBeDefined();
  });

  test("gets and loses members", async () => {
    const { engine, user } = await open(<NetworksScreen />, world);
    see("br0");

    expect((await screen.findByRole("list", { name: "Members" })).textContent).toContain("web192.168.7.20");
    await chooseFrom(user, screen.getByRole("combobox", { name: "Add a member to br0" }), "db");
    await user.click(screen.getByRole("button", { name: "Remove web from br0" }));

    expect(engine.inputsOf("instances.setBridges")).toEqual([
      { id: "i2", bridges: [{ kind: "bridge", bridge: "br0" }] },
      { id: "i1", bridges: [] },
    ]);
  });

  test("is undone only after a question that says what is lost", async () => {
    const { engine, user } = await open(<NetworksScreen />, world);
    see("br0");

    await user.click(await screen.findByRole("button", { name: "Undo br0" }));
    expect(await screen.findByText(/return to eno2/)).toBeDefined();
    expect(engine.world.bridges).toHaveLength(1);
    await user.click(screen.getByRole("button", { name: "Undo it" }));

    expect(screen.queryByRole("region", { name: "Bridge br0" })).toBeNull();
    expect(engine.world.bridges).toEqual([]);
  });

  test("that is gone since the machine was started is set up again by the same wish, or forgotten", async () => {
    const { user } = await open(<NetworksScreen />, { bridges: [aBridge({ state: "absent", taps: [] })] });
    see("br0");

    await user.click(await screen.findByRole("button", { name: "Set it up…" }));

    const sheet = within(await screen.findByRole("dialog", { name: "New bridge br0" }));
    expect(await sheet.findByDisplayValue(/^eno2/)).toBeDefined();
    await user.click(sheet.getByRole("button", { name: "Close" }));
    await user.click(screen.getByRole("button", { name: "Forget br0" }));
    expect(await screen.findByText(/No networks/)).toBeDefined();
  });

  test("that could not be undone wholly says what is left", async () => {
    await open(<NetworksScreen />, { bridges: [aBridge({ state: "failed", said: "RTNETLINK answers: busy" })] });
    see("br0");

    expect(await screen.findByText("RTNETLINK answers: busy")).toBeDefined();
  });

  test("of somebody else's can be joined, not undone", async () => {
    await open(<NetworksScreen />, { bridges: [aBridge({ name: "virbr0", state: "foreign", wish: undefined })] });
    see("virbr0");

    expect(await screen.findByRole("region", { name: "Bridge virbr0" })).toBeDefined();
    expect(screen.queryByRole("button", { name: /Undo/ })).toBeNull();
  });
});
