/** A web host in a process of its own, and its HTTP API as programs use it. */

import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { z } from "zod";
import type { World } from "../e2e/support/world.ts";
import { toBuffer } from "../electron/engine/lib/to-buffer.ts";
import { Image } from "../shared/contract/images.ts";
import { ConsoleChunk, Instance } from "../shared/contract/instances.ts";
import { Task } from "../shared/contract/tasks.ts";

export class WebClient {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #url: string;
  readonly #token: string;

  private constructor(child: ChildProcessWithoutNullStreams, url: string, token: string) {
    this.#child = child;
    this.#url = url;
    this.#token = token;
  }

  static async serve(world: World): Promise<WebClient> {
    const { process: child, api, token } = await world.startServing(0);
    return new WebClient(child, api, token);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async kill(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }

  async instances(): Promise<Instance[]> {
    return z.array(Instance).parse(await this.get("/instances"));
  }

  async instance(id: string): Promise<Instance> {
    return Instance.parse(await this.get(`/instances/${id}`));
  }

  async tasks(): Promise<Task[]> {
    return z.array(Task).parse(await this.get("/tasks"));
  }

  async images(): Promise<Image[]> {
    return z.array(Image).parse(await this.get("/images"));
  }

  async startMachine(image: string, memoryBytes = 32 << 20): Promise<Instance> {
    return Instance.parse(await this.post("/instances", { image, spec: { memoryBytes, echo: false } }));
  }

  remove(id: string): Promise<unknown> {
    return this.#ask("DELETE", `/instances/${id}`);
  }

  /** The console as it is now. */
  async console(id: string): Promise<string> {
    const response = await this.#fetch("GET", `/instances/${id}/console?from=0&follow=false`);
    const pieces: Buffer[] = [];
    for (const line of (await response.text()).split("\n")) {
      if (!line.startsWith("data: ")) continue;
      const chunk = ConsoleChunk.safeParse(JSON.parse(line.slice("data: ".length)));
      if (chunk.success) pieces.push(toBuffer(chunk.data.bytes));
    }
    return Buffer.concat(pieces).toString("latin1");
  }

  /** A stream, which the caller reads or leaves. */
  open(path: string, signal: AbortSignal): Promise<Response> {
    return this.#fetch("GET", path, undefined, signal);
  }

  get(path: string): Promise<unknown> {
    return this.#ask("GET", path);
  }

  post(path: string, body: unknown): Promise<unknown> {
    return this.#ask("POST", path, body);
  }

  patch(path: string, body: unknown): Promise<unknown> {
    return this.#ask("PATCH", path, body);
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    return (await this.#fetch(method, path, body)).json();
  }

  async #fetch(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }
}
