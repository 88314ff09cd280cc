/**
 * zod, whose schemas are built when they are first used. The bundler puts it in the place of zod in programs of which each run
 * uses few of them (electron.vite.config.ts): to build all schemas of the contract takes as long as most commands.
 *
 * `z.string().min(1)` gives a stand-in that notes what was called. Whatever is done to it besides noting more calls builds the
 * schema, and is done to that.
 */

import { z as zod } from "zod/v4";

type Build = () => object;
type Call = (...args: unknown[]) => unknown;

/** What makes a schema of nothing or of others. */
const makers: ReadonlySet<string> = new Set([
  ...[
    "string",
    "number",
    "boolean",
    "unknown",
    "literal",
    "enum",
    "custom",
    "stringbool",
    "base64",
    "ipv4",
    "ipv6",
    "url",
  ],
  ...["object", "looseObject", "array", "record", "tuple", "union", "discriminatedUnion", "lazy"],
]);
/** What makes a schema of a schema. */
const refinements: ReadonlySet<string> = new Set([
  ...[
    "optional",
    "nullable",
    "default",
    "prefault",
    "catch",
    "or",
    "and",
    "array",
    "pipe",
    "transform",
    "refine",
    "superRefine",
  ],
  ...[
    "min",
    "max",
    "length",
    "int",
    "positive",
    "nonnegative",
    "regex",
    "trim",
    "startsWith",
    "endsWith",
    "describe",
    "meta",
  ],
  ...["extend", "pick", "omit", "partial", "strict", "loose", "unwrap"],
]);

/** How what a stand-in stands for is built. */
const builds = new WeakMap<object, Build>();

function standIn(make: Build): object {
  let built: object | undefined;
  const build: Build = () => {
    built ??= make();
    return built;
  };
  const itself: object = new Proxy(
    {},
    {
      get: (_, name): unknown => {
        if (name === "shape" && !built) return shapeOf(build);
        if (typeof name === "string" && refinements.has(name) && !built)
          return (...args: unknown[]) => standIn(() => objectOf(callOf(build(), name)(...args.map(settled))));
        const value: unknown = Reflect.get(build(), name);
        return isCall(value) ? value.bind(build()) : value;
      },
      has: (_, name) => Reflect.has(build(), name),
      getPrototypeOf: () => Reflect.getPrototypeOf(build()),
    },
  );
  builds.set(itself, build);
  return itself;
}

/** The members of an object's schema, none of which is built for being named. */
function shapeOf(build: Build): object {
  const shape = () => memberOf(build(), "shape");
  return new Proxy(
    {},
    {
      get: (_, name) => standIn(() => memberOf(shape(), name)),
      has: (_, name) => Reflect.has(shape(), name),
      ownKeys: () => Reflect.ownKeys(shape()),
      getOwnPropertyDescriptor: (_, name) => ({
        ...{ enumerable: true, configurable: true },
        value: Reflect.get(shape(), name),
      }),
    },
  );
}

/** What was handed to a call, with schemas in the place of their stand-ins: itself, or in it, as in a shape or a list. */
function settled(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const build = builds.get(value);
  if (build) return build();
  if (Array.isArray(value)) return value.map(settled);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, settled(member)]));
}

function callOf(owner: object, name: string): Call {
  const call: unknown = Reflect.get(owner, name);
  if (!isCall(call)) throw new TypeError(`a schema has no ${name}`);
  return call.bind(owner);
}

function memberOf(owner: object, name: PropertyKey): object {
  const member: unknown = Reflect.get(owner, name);
  if (typeof member !== "object" || member === null) throw new TypeError(`a schema has no ${String(name)}`);
  return member;
}

const isCall = (value: unknown): value is Call => typeof value === "function";

/** A part of zod with calls that make schemas: zod itself, `z.iso`, `z.coerce`. */
function lazily(part: object, isMaker: (name: string) => boolean): object {
  return new Proxy(part, {
    get: (_, name) => {
      const value: unknown = Reflect.get(part, name);
      // A class stays what it is, for `instanceof`.
      if (typeof name !== "string" || !isCall(value) || /^[A-Z]/.test(name)) return value;
      if (!isMaker(name)) return (...args: unknown[]) => value(...args.map(settled));
      const given = name === "lazy" ? settledLater : settled;
      return (...args: unknown[]) => standIn(() => objectOf(value(...args.map(given))));
    },
  });
}

/** The getter of a schema that refers to itself. */
const settledLater = (get: unknown) => (isCall(get) ? () => settled(get()) : get);

function objectOf(value: unknown): object {
  if (typeof value !== "object" || value === null) throw new TypeError("not a schema");
  return value;
}

const everyCall = () => true;
const parts: Readonly<Record<string, object>> = {
  iso: lazily(zod.iso, everyCall),
  coerce: lazily(zod.coerce, everyCall),
};
const top = lazily(zod, (name) => makers.has(name));

export const z: unknown = new Proxy(zod, {
  get: (_, name) => (typeof name === "string" ? parts[name] : undefined) ?? Reflect.get(top, name),
});
