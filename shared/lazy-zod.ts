/**
 * zod, whose schemas are built when they are first used. The bundler puts it in the place of zod in programs of which each run
 * uses few of them (electron.vite.config.ts): to build all schemas of the contract takes as long as most commands.
 *
 * `z.string().min(1)` gives a stand-in that notes what was called. Whatever is done to it besides noting more calls builds the
 * schema, and is done to that.
 */

import * as zod from "zod/v4";

type Build = () => object;
type Call = (...args: unknown[]) => unknown;

/**
 * What makes a schema of nothing or of others. Named one by one, and so is all else that is used of zod: what a bundler can't
 * see to be unused, such as fifty languages, would be loaded by every command.
 */
const makers: Readonly<Record<string, Call>> = callsOf({
  ...{ string: zod.string, number: zod.number, boolean: zod.boolean, unknown: zod.unknown, literal: zod.literal },
  ...{ enum: zod.enum, custom: zod.custom, stringbool: zod.stringbool },
  ...{ base64: zod.base64, ipv4: zod.ipv4, ipv6: zod.ipv6, url: zod.url },
  ...{ object: zod.object, looseObject: zod.looseObject, array: zod.array, record: zod.record, tuple: zod.tuple },
  ...{ union: zod.union, discriminatedUnion: zod.discriminatedUnion, lazy: zod.lazy },
});
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

const parsers: ReadonlySet<string> = new Set(["parse", "safeParse", "parseAsync", "safeParseAsync"]);

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
        // What shall be parsed is often read where the call is made, and may turn out not to be there.
        if (typeof name === "string" && parsers.has(name))
          return (...args: unknown[]) => callOf(build(), name)(...args);
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

function isCall(value: unknown): value is Call {
  return typeof value === "function";
}

/** The getter of a schema that refers to itself. */
function settledLater(get: unknown): unknown {
  return isCall(get) ? () => settled(get()) : get;
}

/** Calls that make schemas, as calls that make stand-ins. */
function lazily(calls: Readonly<Record<string, Call>>): Record<string, Call> {
  const stood = Object.entries(calls).map(([name, make]): [string, Call] => {
    const given = name === "lazy" ? settledLater : settled;
    return [name, (...args) => standIn(() => objectOf(make(...args.map(given))))];
  });
  return Object.fromEntries(stood);
}

function objectOf(value: unknown): object {
  if (typeof value !== "object" || value === null) throw new TypeError("not a schema");
  return value;
}

/** As calls of anything: who calls them here hands on what it was given. */
function callsOf(functions: Readonly<Record<string, unknown>>): Record<string, Call> {
  return Object.fromEntries(Object.entries(functions).filter((entry): entry is [string, Call] => isCall(entry[1])));
}

/** What is used of zod. */
export const z: unknown = {
  ...lazily(makers),
  iso: lazily(callsOf({ date: zod.iso.date, datetime: zod.iso.datetime, time: zod.iso.time })),
  coerce: lazily(callsOf({ number: zod.coerce.number, string: zod.coerce.string, boolean: zod.coerce.boolean })),
  // A class stays what it is, for `instanceof`.
  ...{ ZodError: zod.ZodError, ZodType: zod.ZodType },
  prettifyError: zod.prettifyError,
  config: zod.config,
};
