// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { PortForward } from "../../shared/contract/instances.ts";
import { NetworkPane } from "../features/instance-network/network-pane.tsx";
import { useInstances } from "../model/instances.ts";
import { aRunning } from "../test/samples.ts";
import { open } from "../test/window.tsx";
import { PortOffers } from "./port-offers.tsx";

function Pane() {
  const instance = useInstances(({ byKey }) => byKey.i1);
  return instance ? <PortOffers instance={instance} /> : null;
}

const tcp = (port: number, loopback?: boolean) => ({ protocol: "tcp" as const, port, ...(loopback && { loopback }) });
const offer = () => screen.findByRole("region", { name: "Ports that are not published" });
const conflict = (forward: PortForward, free: number) => ({
  forward,
  free,
  problem: { code: "port.busy" as const, message: `Port ${forward.host} is in use` },
});

test("a server on a port that nobody forwarded is offered, and one click publishes it", async () => {
  const { engine, user } = await open(<Pane />, { instances: [aRunning({ ports: [], listening: [tcp(9090)] })] });

  expect((await offer()).textContent).toContain("Listening on 9090");
  await user.click(await screen.findByRole("button", { name: "Forward to localhost:9090" }));

  const forward = { hostAddress: "127.0.0.1", host: 9090, guest: 9090, protocol: "tcp" };
  expect(engine.inputsOf("instances.addPort")).toEqual([{ id: "i1", forward }]);
  await waitFor(() => expect(screen.queryByRole("region")).toBeNull());
});

test("where the same port of the host is in use, the next free one is offered", async () => {
  const conflicts = (ports: readonly PortForward[]) => ports.map((one) => conflict(one, 9091));
  await open(<Pane />, { instances: [aRunning({ ports: [], listening: [tcp(9090)] })], conflicts });

  expect(await screen.findByRole("button", { name: "Forward to localhost:9091" })).toBeDefined();
});

test("several are forwarded at once, one below 1024 to a host port that needs no rights", async () => {
  const { engine, user } = await open(<Pane />, {
    instances: [aRunning({ ports: [], listening: [tcp(80), tcp(9090)] })],
  });

  await user.click(await screen.findByRole("button", { name: "Forward all" }));

  await waitFor(() => expect(engine.inputsOf("instances.addPort")).toHaveLength(2));
  expect(engine.inputsOf("instances.addPort")).toMatchObject([
    { forward: { host: 8080, guest: 80 } },
    { forward: { host: 9090, guest: 9090 } },
  ]);
});

test("an offer that was dismissed stays away; another port is offered", async () => {
  const { engine, user } = await open(<Pane />, { instances: [aRunning({ ports: [], listening: [tcp(9191)] })] });

  await user.click(within(await offer()).getByRole("button", { name: "Dismiss" }));

  await waitFor(() => expect(screen.queryByRole("region")).toBeNull());
  engine.become("i1", () => ({ listening: [tcp(9191), tcp(9292)] }));
  expect((await offer()).textContent).toContain("Listening on 9292");
});

test("a server on the guest's loopback interface is not offered; where a port is forwarded to it, that is said", async () => {
  await open(
    <>
      <Pane />
      <NetworkPane instance={aRunning({ listening: [tcp(8080, true), tcp(9090, true)] })} />
    </>,
    { instances: [aRunning({ listening: [tcp(8080, true), tcp(9090, true)] })] },
  );

  expect(screen.queryByRole("region", { name: "Ports that are not published" })).toBeNull();
  expect(screen.getByRole("note").textContent).toContain("127.0.0.1:8080 inside the guest only");
  expect(screen.getByText("listens on 127.0.0.1 only")).toBeDefined();
  expect(screen.getByText(/Not published: 9090\/tcp \(127.0.0.1 only\)/)).toBeDefined();
});
