import { describe, expect, test } from "vitest";
import { Access } from "./access.ts";
import { checkAccess, checkHost, checkOrigin } from "./guard.ts";

const coded = (code: string) => expect.objectContaining({ code });

const keyFor = (access: Access) => access.redeem(access.createCode(), true);

describe("a token", () => {
  test("is long, and another each time; a given one is used", () => {
    expect(Buffer.from(new Access().token, "base64url")).toHaveLength(32);
    expect(new Access().token).not.toBe(new Access().token);
    expect(new Access({ token: "given" }).identify("given")).toBe("token");
  });

  test("that is wrong too often within a minute is told so; the right one and pages' keys are still let in", () => {
    let now = 0;
    const access = new Access({ now: () => now });
    const key = keyFor(access);
    for (let i = 0; i < 20; i++) expect(() => access.identify("x")).toThrow(coded("web.unauthorized"));

    expect(() => access.identify("x")).toThrow(coded("web.too-many-tries"));
    expect(access.identify(access.token)).toBe("token");
    expect(() => access.identify(key)).not.toThrow();
    expect(() => keyFor(access)).not.toThrow();
    now = 60_000;
    expect(() => access.identify("x")).toThrow(coded("web.unauthorized"));
  });
});

describe("a code", () => {
  test("gives a key of its own, which is neither the code nor the token", () => {
    const access = new Access();
    const code = access.createCode();

    const key = access.redeem(code, true);

    expect(access.identify(key)).not.toContain(key);
    expect(new Set([key, code, access.token]).size).toBe(3);
    for (const wrong of ["", "x", code, key.slice(1), `${key}x`, access.identify(key)])
      expect(() => access.identify(wrong)).toThrow(coded("web.unauthorized"));
    for (const wrong of ["", "x", access.token, key])
      expect(() => access.redeem(wrong, true)).toThrow(coded("web.unauthorized"));
  });

  test("that is used twice ends the key that it gave, and warns", () => {
    const ended: string[] = [];
    const warnings: string[] = [];
    const access = new Access({ onEnded: (one) => ended.push(one), onWarning: (sentence) => warnings.push(sentence) });
    const code = access.createCode();
    const key = access.redeem(code, true);
    const name = access.identify(key);

    expect(() => access.redeem(code, true)).toThrow(coded("web.unauthorized"));

    expect(() => access.identify(key)).toThrow(coded("web.unauthorized"));
    expect(ended).toEqual([name]);
    expect(warnings).toEqual([expect.stringContaining("used twice")]);
  });

  test("is good for ten minutes", () => {
    let now = 0;
    const access = new Access({ now: () => now });
    const [early, late] = [access.createCode(), access.createCode()];

    now = 10 * 60_000 - 1;
    expect(() => access.redeem(early, true)).not.toThrow();
    now = 10 * 60_000;
    expect(() => access.redeem(late, true)).toThrow(coded("web.unauthorized"));
  });

  test("for a browser of this user is refused to others, who are not in its way", () => {
    const warnings: string[] = [];
    let spent = 0;
    const access = new Access({ onWarning: (sentence) => warnings.push(sentence) });
    const code = access.createCode({ ownUserOnly: true, onSpent: () => spent++ });

    expect(() => access.redeem(code, false)).toThrow(coded("web.refused"));

    expect(warnings).toHaveLength(1);
    expect(spent).toBe(0);
    expect(() => access.redeem(code, true)).not.toThrow();
    expect(spent).toBe(1);
  });

  test("is one of a bounded number: the oldest is forgotten", () => {
    const access = new Access();
    const first = access.createCode();
    const others = Array.from({ length: 64 }, () => access.createCode());

    expect(() => access.redeem(first, true)).toThrow(coded("web.unauthorized"));
    for (const code of others) expect(() => access.redeem(code, true)).not.toThrow();
  });
});

describe("a page's key", () => {
  test("is one of a bounded number: the oldest ends", () => {
    const access = new Access();
    const first = keyFor(access);

    const later = Array.from({ length: 64 }, () => keyFor(access));

    expect(() => access.identify(first)).toThrow(coded("web.unauthorized"));
    for (const key of later) expect(() => access.identify(key)).not.toThrow();
  });

  test("can be ended, alone or with all others", () => {
    const access = new Access();
    const [one, two, three] = [keyFor(access), keyFor(access), keyFor(access)];

    access.endSession(access.identify(one));
    expect(() => access.identify(one)).toThrow(coded("web.unauthorized"));
    expect(() => access.identify(two)).not.toThrow();

    access.endSession("token");
    for (const key of [two, three]) expect(() => access.identify(key)).toThrow(coded("web.unauthorized"));
    expect(access.identify(access.token)).toBe("token");
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
  const key = keyFor(access);
  const check = (headers: Record<string, string>) => () => checkAccess({ method: "GET", headers }, access);
  const offers = (...names: string[]) => ({ "sec-websocket-protocol": names.join(", ") });

  test("is given to the token and to a page's key, in a header or as a subprotocol", () => {
    for (const good of [access.token, key]) {
      expect(check({ authorization: `Bearer ${good}` })).not.toThrow();
      expect(check(offers("unideck", `unideck.key.${good}`))).not.toThrow();
    }
  });

  test.each([
    [{}],
    [{ cookie: `unideck=${key}` }],
    [{ authorization: "Bearer x" }],
    [{ authorization: `Basic ${access.token}` }],
    [{ authorization: "" }],
    [offers("unideck")],
    [offers("unideck", "unideck.key.")],
    [offers("unideck", "unideck.key.x", `unideck.key.${key}`)],
    [offers("unideck", key)],
    [{ authorization: "Bearer x", ...offers("unideck", `unideck.key.${key}`) }],
    [{ authorization: "", ...offers("unideck", `unideck.key.${key}`) }],
  ])("is not given to %j", (headers) => {
    expect(check(headers)).toThrow(coded("web.unauthorized"));
  });
});
