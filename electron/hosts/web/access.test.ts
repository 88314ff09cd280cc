import { describe, expect, test } from "vitest";
import { Access } from "./access.ts";
import { checkAccess, checkHost, checkOrigin, readCookie } from "./guard.ts";

const coded = (code: string) => expect.objectContaining({ code });

describe("a token", () => {
  test("is long, and another each time", () => {
    expect(Buffer.from(new Access().token, "base64url")).toHaveLength(32);
    expect(new Access().token).not.toBe(new Access().token);
  });

  test("gets a session that is not the token; a wrong one gets none", () => {
    const access = new Access();

    const session = access.openSession(access.token);

    expect(access.isSession(session)).toBe(true);
    expect(session).not.toBe(access.token);
    expect(access.isSession(access.token)).toBe(false);
    for (const wrong of ["", "x", access.token.slice(1), `${access.token}x`])
      expect(() => access.openSession(wrong)).toThrow(coded("web.unauthorized"));
  });

  test("that is wrong too often within a minute is told so; the right one still opens", () => {
    let now = 0;
    const access = new Access(() => now);
    for (let i = 0; i < 20; i++) expect(() => access.checkToken("x")).toThrow(coded("web.unauthorized"));

    expect(() => access.checkToken("x")).toThrow(coded("web.too-many-tries"));
    expect(() => access.checkToken(access.token)).not.toThrow();
    now = 60_000;
    expect(() => access.checkToken("x")).toThrow(coded("web.unauthorized"));
  });

  test("keeps a bounded number of sessions: the oldest end", () => {
    const access = new Access();
    const first = access.openSession(access.token);

    const later = Array.from({ length: 64 }, () => access.openSession(access.token));

    expect(access.isSession(first)).toBe(false);
    expect(later.every((session) => access.isSession(session))).toBe(true);
  });
});

describe("a host name", () => {
  test.each(["127.0.0.1:8470", "localhost:8470", "localhost", "LOCALHOST:1", "[::1]:8470"])("%s is ours", (host) => {
    expect(() => checkHost({ method: "GET", headers: { host } })).not.toThrow();
  });

  test.each([
    undefined,
    "",
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example:8470",
    "evil.example:8470",
    "0.0.0.0:8470",
    "127.0.0.1:8470@evil.example",
    "localhost:8470, evil.example",
    "192.168.1.2",
  ])("%j is not", (host) => {
    expect(() => checkHost({ method: "GET", headers: { host } })).toThrow(coded("web.refused"));
  });
});

describe("an origin", () => {
  const host = "127.0.0.1:8470";

  test("of the page itself, or none at all, is let in", () => {
    for (const headers of [{ host }, { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" }])
      expect(() => checkOrigin({ method: "POST", headers })).not.toThrow();
  });

  test.each([
    "null",
    "http://evil.example",
    "http://127.0.0.1:8471",
    "https://127.0.0.1:8470",
    "http://localhost:8470",
  ])("of %s is refused", (origin) => {
    expect(() => checkOrigin({ method: "GET", headers: { host, origin } })).toThrow(coded("web.refused"));
  });

  test.each(["cross-site", "same-site"])("that a browser calls %s is refused, even where it is not named", (site) => {
    expect(() => checkOrigin({ method: "GET", headers: { host, "sec-fetch-site": site } })).toThrow(
      coded("web.refused"),
    );
  });
});

describe("access", () => {
  const access = new Access();
  const session = access.openSession(access.token);
  const check = (method: string, headers: Record<string, string>) => () =>
    checkAccess({ method, headers }, access, "unideck-1");

  test("is given to the token and to a session of this port", () => {
    const cookie = `other=1; unideck-1=${session}`;

    expect(check("POST", { authorization: `Bearer ${access.token}` })).not.toThrow();
    expect(check("GET", { cookie })).not.toThrow();
    expect(check("POST", { cookie, origin: "http://localhost:1" })).not.toThrow();
  });

  test("is not given to a session that comes without an Origin and could change something", () => {
    expect(check("POST", { cookie: `unideck-1=${session}` })).toThrow(coded("web.refused"));
  });

  test.each([
    [{}],
    [{ cookie: "unideck-1=" }],
    [{ cookie: "unideck-1=x" }],
    [{ cookie: `unideck-2=${session}` }],
    [{ cookie: `unideck-1=${access.token}` }],
    [{ authorization: "Bearer x" }],
    [{ authorization: `Basic ${access.token}` }],
    [{ authorization: `Bearer ${session}` }],
  ])("is not given to %j", (headers) => {
    expect(check("GET", headers)).toThrow(coded("web.unauthorized"));
  });

  test("a wrong token is not made good by a cookie", () => {
    expect(check("GET", { authorization: "Bearer x", cookie: `unideck-1=${session}` })).toThrow(
      coded("web.unauthorized"),
    );
  });
});

test("a cookie is found by its whole name", () => {
  expect(readCookie("a=1; ab=2;b=3", "b")).toBe("3");
  expect(readCookie("ab=2", "b")).toBeUndefined();
  expect(readCookie(undefined, "b")).toBeUndefined();
});
