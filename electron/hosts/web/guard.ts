/** What a request must say about where it comes from, before anything else about it is looked at. Pure. */

import type { IncomingHttpHeaders } from "node:http";
import { Problem } from "../../../shared/problem.ts";
import { type Access, unauthorized } from "./access.ts";

export interface Asked {
  method: string;
  headers: IncomingHttpHeaders;
}

/**
 * The names by which this machine calls itself. A page of a name that an attacker has bound to 127.0.0.1 sends that
 * name. The port is left open: behind an SSH tunnel it is another one.
 */
const loopbackHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/** Throws web.refused for a name that is not this machine's own. */
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
    throw new Problem("web.refused", "Another page may not use Unideck", { hint: "Use the page that Unideck serves." });
}

/**
 * Lets in who has the token or a session. A session alone must come with an Origin where it could change something: a
 * browser sends the cookie along on its own, and on loopback to every port.
 * Throws web.unauthorized, web.too-many-tries, web.refused.
 */
export function checkAccess(asked: Asked, access: Access, cookieName: string): void {
  const { authorization, origin, cookie } = asked.headers;
  const [, token] = /^Bearer (\S+)$/i.exec(authorization ?? "") ?? [];
  if (token !== undefined) {
    access.checkToken(token);
    return;
  }
  const session = readCookie(cookie, cookieName);
  if (session === undefined || !access.isSession(session)) throw unauthorized("A token is needed here");
  if (asked.method !== "GET" && asked.method !== "HEAD" && origin === undefined)
    throw new Problem("web.refused", "A request with a cookie needs an Origin", {
      hint: "Programs send the token as “Authorization: Bearer TOKEN”.",
    });
}

export function readCookie(header: string | undefined, name: string): string | undefined {
  const cookies = (header ?? "").split(";").map((pair) => pair.trim());
  return cookies.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
