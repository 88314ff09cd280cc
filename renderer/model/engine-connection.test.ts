import { RPCLink } from "@orpc/client/message-port";
import { RPCHandler } from "@orpc/server/message-port";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { defaultSettings } from "../../shared/contract/settings.ts";
import { Problem } from "../../shared/problem.ts";
import { slices } from "../app/screens.tsx";
import type { Carrier } from "../platform/host.ts";
import { FakeEngine } from "../test/fake-engine.ts";
import { anInstance } from "../test/samples.ts";
import { useConnection } from "./connection.ts";
import { type Connection, startConnection } from "./engine-connection.ts";
import { useInstances } from "./instances.ts";

/** Ways to a fake engine over real message ports, which a test can cut. */
class Ways {
  readonly #engine: FakeEngine;
  #lose: ((problem?: Problem) => void) | undefined;
  opened = 0;
  refusal: Error | undefined;

  constructor(engine: FakeEngine) {
    this.#engine = engine;
  }

  connect = async (): Promise<Carrier> => {
    if (this.refusal) throw this.refusal;
    const { port1, port2 } = new MessageChannel();
    new RPCHandler(this.#engine.router).upgrade(port1);
    port1.start();
    port2.start();
    const closed = Promise.withResolvers<Problem | undefined>();
    this.#lose = (problem) => closed.resolve(problem);
    this.opened++;
    return { link: new RPCLink({ port: port2 }), closed: closed.promise, close: () => port1.close() };
  };

  cut(problem?: Problem): void {
    this.#lose?.(problem);
  }
}

const state = () => useConnection.getState().state;
let connection: Connection | undefined;
beforeEach(() => {
  useConnection.setState(useConnection.getInitialState(), true);
  useInstances.setState(useInstances.getInitialState(), true);
});
afterEach(() => connection?.stop());

describe("the connection to the engine", () => {
  test("fills the mirror with the snapshot, and keeps it true", async () => {
    const engine = new FakeEngine({ instances: [anInstance()] });
    connection = startConnection(new Ways(engine), slices);
    await expect.poll(state).toBe("connected");

    engine.put(anInstance({ id: "i2", name: "second" }));

    await expect.poll(() => useInstances.getState().all.length).toBe(2);
  });

  test("that breaks is made again, and the mirror is that of the engine then", async () => {
    const engine = new FakeEngine({ instances: [anInstance()] });
    const ways = new Ways(engine);
    connection = startConnection(ways, slices);
    await expect.poll(state).toBe("connected");

    engine.world.instances = [anInstance({ id: "other", name: "other" })];
    ways.cut();

    await expect.poll(() => useInstances.getState().all.map(({ id }) => id)).toEqual(["other"]);
    expect(state()).toBe("connected");
    expect(ways.opened).toBe(2);
  });

  test("lets a call wait for the next way", async () => {
    const ways = new Ways(new FakeEngine());
    ways.refusal = new Error("not yet");
    connection = startConnection(ways, slices);
    const asked = connection.client.settings.get();

    ways.refusal = undefined;

    expect(await asked).toEqual(defaultSettings);
  });

  test("is not tried again where that is no use, and says why", async () => {
    const ways = new Ways(new FakeEngine());
    ways.refusal = new Problem("web.unauthorized", "This page has no key");

    connection = startConnection(ways, slices);

    await expect.poll(state).toBe("refused");
    expect(useConnection.getState().problem?.message).toBe("This page has no key");
  });
});
