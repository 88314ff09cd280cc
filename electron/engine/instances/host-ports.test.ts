import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { MAX_PORTS, type PortForward } from "../../../shared/contract/instances.ts";
import { chooseHostPorts, portConflict } from "./host-ports.ts";

const forward = (host: number, protocol: "tcp" | "udp" = "tcp"): PortForward => ({
  hostAddress: "127.0.0.1",
  host,
  guest: 80,
  protocol,
});
const nobody = () => false;

test.each([8470, 8475, 8479])("no guest is published at %i: that is the origin of our own page", async (port) => {
  await expect(chooseHostPorts([forward(port)])).rejects.toMatchObject({ code: "port.invalid" });
  const conflict = await portConflict(forward(port), nobody);

  expect(conflict?.problem).toMatchObject({ code: "port.invalid", message: expect.stringContaining("reserved") });
  expect(conflict?.free).toBeGreaterThan(8479);
});

test("datagrams are no origin", async () => {
  const conflict = await portConflict(forward(8470, "udp"), nobody);

  expect(conflict?.problem.code).not.toBe("port.invalid");
});

test("as many free ports as an instance may have are all different, and one more is refused", async () => {
  const any = Array.from({ length: MAX_PORTS }, () => forward(0));
  const chosen = await chooseHostPorts(any);

  expect(new Set(chosen.map(({ host }) => host)).size).toBe(MAX_PORTS);
  await expect(chooseHostPorts([...any, forward(0)])).rejects.toMatchObject({
    code: "port.invalid",
    message: `${MAX_PORTS + 1} published ports are too many for one instance`,
  });
});

test("where every port that follows is taken too, none is proposed, and the reason is still told", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const asked: number[] = [];

  const conflict = await portConflict(forward(typeof address === "object" && address ? address.port : 0), (other) => {
    asked.push(other.host);
    return true;
  });
  server.close();

  expect(conflict).toMatchObject({ problem: { code: "port.busy" }, free: undefined });
  expect(asked.length).toBeLessThanOrEqual(50);
});
