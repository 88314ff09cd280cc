/**
 * Requests to a registry (OCI distribution specification 1.1), with the login that it asks for: HTTP basic, or a token of
 * the server that it names (CNCF distribution, "Token Authentication Specification").
 */

import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { Problem } from "../../../shared/problem.ts";
import { honourProxyOnce } from "../downloads/proxy.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";
import type { Credentials } from "./credentials.ts";

export interface RegistryOptions {
  /** `HOST[:PORT]` as it stands in names of images. */
  registry: string;
  repository: string;
  /** Asked once, when the registry wants to know who asks. */
  findCredentials: () => Promise<Credentials | undefined>;
  signal: AbortSignal;
  note: (line: string) => void;
}

/** Docker Hub's registry is at another address than its name. */
const HUB_HOST = "registry-1.docker.io";
/** A registry that sends nothing for so long is gone. */
const REQUEST_MS = 30_000;
const ATTEMPTS = 4;
/** Longer than this nobody waits for a registry that counts requests. */
const MAX_WAIT_MS = 60_000;
const MAX_TOKEN_BYTES = 1 << 20;

const TokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional() });

export class RegistryClient {
  readonly #options: RegistryOptions;
  readonly #base: string;
  #authorization: string | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    const host = options.registry === "docker.io" ? HUB_HOST : options.registry;
    this.#base = `${isLoopback(host) ? "http" : "https"}://${host}/v2/${options.repository}`;
  }

  /** The address of a blob, and the header that it is asked for with. */
  async blob(digest: string): Promise<{ url: string; headers: Record<string, string> }> {
    const url = `${this.#base}/blobs/${digest}`;
    // A token may have run out since: the cheap request renews it.
    const response = await this.#request(url, { method: "HEAD" });
    await response.body?.cancel();
    return { url, headers: this.#headers() };
  }

  /** A manifest or index by tag or digest. Throws container.not-found, registry.*, download.*. */
  async manifest(reference: string, accept: readonly string[], maxBytes: number): Promise<Buffer> {
    const response = await this.#request(`${this.#base}/manifests/${reference}`, {
      headers: { accept: accept.join(", ") },
    });
    return await readBounded(response, maxBytes, this.#name);
  }

  get #name(): string {
    return `${this.#options.registry}/${this.#options.repository}`;
  }

  #headers(): Record<string, string> {
    return this.#authorization === undefined ? {} : { authorization: this.#authorization };
  }

  async #request(url: string, init: { method?: string; headers?: Record<string, string> }): Promise<Response> {
    let response = await this.#send(url, init);
    if (response.status === 401) {
      const challenge = response.headers.get("www-authenticate") ?? "";
      await response.body?.cancel();
      await this.#logIn(challenge);
      response = await this.#send(url, init);
    }
    if (response.ok) return response;
    await response.body?.cancel();
    throw this.#refused(response, url);
  }

  /** Tries again where the registry is busy or not well. */
  async #send(url: string, init: { method?: string; headers?: Record<string, string> }): Promise<Response> {
    const { signal, note } = this.#options;
    honourProxyOnce();
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(url, {
        ...init,
        headers: { ...this.#headers(), ...init.headers },
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
      }).catch((error: unknown) => {
        signal.throwIfAborted();
        if (attempt >= ATTEMPTS || !isPassing(error)) throw unreachable(url, error);
        return undefined;
      });
      if (response && response.status !== 429 && response.status < 500) return response;
      await response?.body?.cancel();
      const waitMs = waitOf(response, attempt);
      if (response && (attempt >= ATTEMPTS || waitMs > MAX_WAIT_MS)) throw this.#refused(response, url);
      note(`${new URL(url).host} ${response ? `answered ${response.status}` : "broke off"}; trying again`);
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    }
  }

  async #logIn(challenge: string): Promise<void> {
    const [, scheme = "", rest = ""] = /^\s*(\S+)\s*(.*)$/s.exec(challenge) ?? [];
    const credentials = await this.#options.findCredentials();
    if (scheme.toLowerCase() === "basic") {
      if (!credentials) throw this.#unauthorized();
      this.#authorization = basic(credentials);
      return;
    }
    const { realm, service, scope } = parametersOf(rest);
    const address = URL.parse(realm ?? "");
    if (scheme.toLowerCase() !== "bearer" || !address || !this.#mayAsk(address)) throw this.#unauthorized();
    this.#authorization = `Bearer ${await this.#askToken(address, { service, scope, credentials })}`;
  }

  /** A password is sent over TLS only, but to this machine. */
  #mayAsk({ protocol, host }: URL): boolean {
    return protocol === "https:" || (protocol === "http:" && isLoopback(host));
  }

  async #askToken(
    address: URL,
    {
      service,
      scope,
      credentials,
    }: { service?: string | undefined; scope?: string | undefined; credentials: Credentials | undefined },
  ): Promise<string> {
    const wanted = {
      ...(service !== undefined && { service }),
      scope: scope ?? `repository:${this.#options.repository}:pull`,
    };
    this.#authorization = credentials && !credentials.isToken ? basic(credentials) : undefined;
    let response: Response;
    if (credentials?.isToken) {
      const form = { grant_type: "refresh_token", refresh_token: credentials.secret, client_id: "unideck", ...wanted };
      response = await this.#post(address.href, form);
    } else {
      for (const [key, value] of Object.entries(wanted)) address.searchParams.set(key, value);
      response = await this.#send(address.href, {});
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw this.#unauthorized();
    }
    const bytes = await readBounded(response, MAX_TOKEN_BYTES, address.host);
    const { token, access_token } = TokenAnswer.catch({}).parse(parseOrNothing(bytes));
    const given = token ?? access_token;
    if (!given || !/^[\x21-\x7e]+$/.test(given)) throw this.#unauthorized();
    return given;
  }

  async #post(url: string, form: Record<string, string>): Promise<Response> {
    const { signal } = this.#options;
    return await fetch(url, {
      method: "POST",
      body: new URLSearchParams(form),
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw unreachable(url, error);
    });
  }

  #refused({ status, headers }: Response, url: string): Problem {
    if (status === 401 || status === 403) return this.#unauthorized();
    if (status === 404)
      return new Problem("container.not-found", `There is no ${this.#name} with this tag or digest`, {
        hint: "Check the name and the tag. Registries also answer so for private images.",
        details: url,
      });
    const isBusy = status === 429;
    return new Problem(
      "download.failed",
      `${new URL(url).host} ${isBusy ? "refuses more requests for now" : `answered ${status}`}`,
      {
        hint: isBusy
          ? `Try again later${headers.has("retry-after") ? ` (it says: ${headers.get("retry-after")} s)` : ""}, or log in with docker login.`
          : "Try again later.",
        details: url,
      },
    );
  }

  #unauthorized(): Problem {
    const { registry } = this.#options;
    return new Problem("registry.unauthorized", `${registry} does not give ${this.#name} without a login`, {
      hint: `Log in with docker login ${registry} or podman login ${registry}, and check the name.`,
    });
  }
}

const basic = ({ user, secret }: Credentials) => `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;

/** Of `key="value",key=value`. */
function parametersOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, key = "", quoted, plain] of text.matchAll(/([A-Za-z]+)=(?:"([^"]*)"|([^\s,"]*))/g))
    found[key.toLowerCase()] = quoted ?? plain ?? "";
  return found;
}

function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, "");
  return name === "localhost" || /^127(\.\d{1,3}){3}$/.test(name) || name === "[::1]";
}

/** Connections that broke or never came to be may do so the next time; names that nobody knows stay unknown. */
function isPassing(error: unknown): boolean {
  const code = systemErrorCode(error instanceof Error ? error.cause : error);
  return code !== undefined && !["ENOTFOUND", "ECONNREFUSED", "CERT_HAS_EXPIRED"].includes(code);
}

function waitOf(response: Response | undefined, attempt: number): number {
  const asked = Number(response?.headers.get("retry-after") ?? "");
  return asked > 0 ? asked * 1000 : 250 * 2 ** attempt;
}

async function readBounded(response: Response, maxBytes: number, name: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > maxBytes)
      throw new Problem("download.too-large", `${name} sent more than ${maxBytes} bytes`, {
        hint: "Check the address.",
      });
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function unreachable(url: string, error: unknown): Problem {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return new Problem("download.unreachable", `${new URL(url).host} can't be reached`, {
    hint: "Check the network and the name of the registry.",
    details: systemErrorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause)),
    cause: error,
  });
}

function parseOrNothing(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
