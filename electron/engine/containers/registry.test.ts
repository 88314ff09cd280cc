/** Against a registry of the test, which asks for a token, redirects, is busy and lies. Real ones are in e2e/containers.spec.ts. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { digestOf } from "../formats/oci/documents.ts";
import { makeTar } from "../formats/tar/make-tar.testing.ts";
import { temporaryFolder } from "../images/testing.ts";
import { ContainerStore } from "./store.ts";

const layer = await makeTar([{ name: "bin/app", content: "\x7fELF", mode: 0o755 }]);
const stored = gzipSync(layer);
const config = Buffer.from(
  JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: { Entrypoint: ["/bin/app"] },
    rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
  }),
);
const descriptorOf = (bytes: Buffer, mediaType = "") => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
const manifest = Buffer.from(
  JSON.stringify({ schemaVersion: 2, config: descriptorOf(config), layers: [descriptorOf(stored)] }),
);
const index = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    manifests: [
      { ...descriptorOf(manifest), platform: { os: "unknown", architecture: "unknown" } },
      { ...descriptorOf(Buffer.from("another")), platform: { os: "linux", architecture: "arm64", variant: "v8" } },
      { ...descriptorOf(manifest), platform: { os: "linux", architecture: "amd64" } },
    ],
  }),
);

type Answer = (request: IncomingMessage, response: ServerResponse) => boolean | undefined;

/** A registry with the image `me/app:1`; `before` answers in its place where it returns true. */
async function serveRegistry(before: Answer = () => false) {
  const parts = new Map<string, Buffer>([
    ["/v2/me/app/manifests/1", index],
    [`/v2/me/app/manifests/${digestOf(manifest)}`, manifest],
    [`/v2/me/app/blobs/${digestOf(config)}`, config],
    [`/v2/me/app/blobs/${digestOf(stored)}`, stored],
  ]);
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    if (before(request, response)) return;
    const bytes = parts.get(request.url ?? "");
    if (!bytes) response.writeHead(404).end("{}");
    else response.writeHead(200, { "content-length": bytes.length }).end(request.method === "HEAD" ? "" : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ parts, requests, port, reference: `127.0.0.1:${port}/me/app:1` },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pullInto(folder: string, reference: string, architecture = "amd64") {
  const notes: string[] = [];
  const control = {
    ...{ id: "t", signal: new AbortController().signal },
    ...{ phase: () => {}, advance: () => {}, note: (line: string) => notes.push(line) },
  };
  const pulled = new ContainerStore(folder).pull({ reference, architecture }, control);
  return Object.assign(pulled, { notes });
}

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A home with these credentials, and none of the person who runs the tests. */
function useHome(folder: string, auths: object) {
  mkdirSync(join(folder, ".docker"), { recursive: true });
  writeFileSync(join(folder, ".docker/config.json"), JSON.stringify({ auths }));
  for (const name of ["REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "DOCKER_CONFIG"])
    vi.stubEnv(name, "");
  vi.stubEnv("HOME", folder);
}

describe("an image in a registry", () => {
  it("is pulled for the platform, unpacked, and not pulled again", async () => {
    using base = temporaryFolder();
    await using registry = await serveRegistry();
    const id = await pullInto(base.path, registry.reference);
    const store = new ContainerStore(base.path);
    expect(id).toBe(digestOf(config));
    expect(readFileSync(join(store.rootOf(id), "bin/app"), "latin1")).toBe("\x7fELF");
    expect(await store.list()).toMatchObject([
      { id, name: "app", reference: registry.reference, architecture: "amd64" },
    ]);

    registry.requests.length = 0;
    expect(await pullInto(base.path, registry.reference)).toBe(id);
    expect(registry.requests.filter(({ url }) => url?.includes(digestOf(stored)))).toEqual([]);

    await store.remove(id);
    expect(await store.list()).toEqual([]);
  });

  it("says which platforms there are where there is none that fits", async () => {
    using base = temporaryFolder();
    await using registry = await serveRegistry();
    await expect(pullInto(base.path, registry.reference, "riscv64")).rejects.toMatchObject({
      code: "container.platform",
      hint: "It has images for linux/arm64/v8, linux/amd64.",
    });
  });

  it("is asked for with the token that the registry's token server gives for a login", async () => {
    using base = temporaryFolder();
    const asked: (string | undefined)[] = [];
    await using tokens = await serveRegistry((request, response) => {
      asked.push(request.url, request.headers.authorization);
      response.end(JSON.stringify({ token: "a.token" }));
      return true;
    });
    await using registry = await serveRegistry((request, response) => {
      if (request.headers.authorization === "Bearer a.token") return false;
      const realm = `http://127.0.0.1:${tokens.port}/token`;
      const scope = "repository:me/app:pull";
      response.writeHead(401, {
        "www-authenticate": `Bearer realm="${realm}",service="the registry",scope="${scope}"`,
      });
      response.end();
      return true;
    });
    useHome(base.path, { [`127.0.0.1:${registry.port}`]: { auth: Buffer.from("me:pass:word").toString("base64") } });
    await pullInto(join(base.path, "c"), registry.reference);
    expect(asked).toEqual([
      "/token?service=the+registry&scope=repository%3Ame%2Fapp%3Apull",
      `Basic ${Buffer.from("me:pass:word").toString("base64")}`,
    ]);
  });

  it("does not send a password to a token server elsewhere without TLS", async () => {
    using base = temporaryFolder();
    await using registry = await serveRegistry((_, response) => {
      response.writeHead(401, { "www-authenticate": 'Bearer realm="http://tokens.example/t"' }).end();
      return true;
    });
    useHome(base.path, { [`127.0.0.1:${registry.port}`]: { auth: Buffer.from("me:x").toString("base64") } });
    await expect(pullInto(join(base.path, "c"), registry.reference)).rejects.toMatchObject({
      code: "registry.unauthorized",
    });
  });

  it("does not send the login to another host that a layer is at", async () => {
    using base = temporaryFolder();
    const seen: (string | undefined)[] = [];
    await using store = await serveRegistry((request, response) => {
      seen.push(request.headers.authorization);
      response.end(request.method === "HEAD" ? "" : stored);
      return true;
    });
    await using registry = await serveRegistry((request, response) => {
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { "www-authenticate": "Basic realm=x" }).end();
        return true;
      }
      if (!request.url?.endsWith(digestOf(stored))) return false;
      response.writeHead(307, { location: `http://localhost:${store.port}/layer` }).end();
      return true;
    });
    useHome(base.path, { [`127.0.0.1:${registry.port}`]: { auth: Buffer.from("me:x").toString("base64") } });
    await pullInto(join(base.path, "c"), registry.reference);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.filter(Boolean)).toEqual([]);
  });

  it("is fetched after a registry that was busy or not well", async () => {
    using base = temporaryFolder();
    let answers = 0;
    await using registry = await serveRegistry((_, response) => {
      answers++;
      if (answers > 2) return false;
      response.writeHead(answers === 1 ? 429 : 503, { "retry-after": "0" }).end();
      return true;
    });
    const pulling = pullInto(base.path, registry.reference);
    await pulling;
    expect(pulling.notes).toEqual([
      `127.0.0.1:${registry.port} answered 429; trying again`,
      `127.0.0.1:${registry.port} answered 503; trying again`,
    ]);
  });

  it.each<[string, Answer, string]>([
    [
      "a registry that wants longer than a minute",
      (_, response) => {
        response.writeHead(429, { "retry-after": "3600" }).end();
        return true;
      },
      "download.failed",
    ],
    [
      "a page in the place of a manifest",
      ({ url }, response) => {
        if (!url?.includes("manifests")) return false;
        response.end("<html>Welcome</html>");
        return true;
      },
      "container.damaged",
    ],
    [
      "an image of schema 1",
      ({ url }, response) => {
        if (!url?.includes("manifests")) return false;
        response.end('{"schemaVersion":1,"fsLayers":[]}');
        return true;
      },
      "container.unsupported",
    ],
    [
      "a manifest that never ends",
      ({ url }, response) => {
        if (!url?.includes("manifests")) return false;
        const more = () => void (response.destroyed || response.write(Buffer.alloc(1 << 20), more));
        more();
        return true;
      },
      "download.too-large",
    ],
    [
      "a layer with other contents",
      ({ url, method }, response) => {
        if (!url?.endsWith(digestOf(stored)) || method === "HEAD") return false;
        response.end(Buffer.alloc(stored.length, 1));
        return true;
      },
      "container.damaged",
    ],
    [
      "an image that is not there",
      (_, response) => {
        response.writeHead(404).end();
        return true;
      },
      "container.not-found",
    ],
    [
      "a login that it does not know",
      (_, response) => {
        response.writeHead(401, { "www-authenticate": "Negotiate" }).end();
        return true;
      },
      "registry.unauthorized",
    ],
  ])("leaves nothing half-done after %s", async (_, before, code) => {
    using base = temporaryFolder();
    await using registry = await serveRegistry(before);
    await expect(pullInto(base.path, registry.reference)).rejects.toMatchObject({ code });
    expect(await new ContainerStore(base.path).list()).toEqual([]);
  });
});
