/** What a request must say about where it comes from, before anything else about it is looked at. Pure. */

import type { IncomingHttpHeaders } from "node:http";
import { Problem } from "../../../shared/problem.ts";
import { type Access, type Identity, unauthorized } from "./access.ts";

export interface Asked {
  method: string;
  headers: IncomingHttpHeaders;
}

/**
 * The names by which this machine calls itself. A page of a name that an attacker has bound to 127.0.0.1 sends that
 * name. The port is left open: behind an SSH tunnel it is another one.
 */
const loopbackHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/** Throws web.refused for a name that is not the host's own. */
export function checkHost({ headers }: Asked): void {
  if (!headers.host || !loopbackHost.test(headers.host))
    throw new Problem("web.refused", "This is not an address of Unideck", {
      hint: "Use 127.0.0.1 or localhost, through an SSH tunnel from other machines.",
    });
}

/** Throws web.refused for a request that another page made. Programs send neither of these headers, browsers do. */
export function checkOrigin({ headers }: Asked): void {
  const { origin, host } = headers;
  const site = headers["sec-fetch-site"];
  const isForeign = origin !== undefined && origin !== `http://${host}`;
  const isFromElsewhere = site !== undefined && site !== "same-origin" && site !== "none";
  if (isForeign || isFromElsewhere)
    throw new Problem("web.refused", "Other web pages may not use Unideck", {
      hint: "Use the page that Unideck serves.",
    });
}

/** How pages name themselves in a WebSocket's subprotocols: they can't set a header there. */
export const SUBPROTOCOL = "unideck";
const KEY_SUBPROTOCOL = `${SUBPROTOCOL}.key.`;

/** Lets in who has the token or a page's key, and says who that is. Throws web.unauthorized, web.too-many-tries. */
export function checkAccess({ headers }: Asked, access: Access): Identity {
  const key = keyOf(headers);
  if (key === undefined) throw unauthorized("A key is required");
  return access.identify(key);
}

/** What is offered as `Authorization: Bearer KEY`, or as the subprotocol `unideck.key.KEY`; the header counts first. */
function keyOf(headers: IncomingHttpHeaders): string | undefined {
  if (headers.authorization !== undefined) return /^Bearer (\S+)$/i.exec(headers.authorization)?.[1];
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  return offered.find((name) => name.startsWith(KEY_SUBPROTOCOL))?.slice(KEY_SUBPROTOCOL.length);
}
