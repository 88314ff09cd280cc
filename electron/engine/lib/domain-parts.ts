/**
 * What a domain of the engine is made of, and how the engine puts domains together. docs/adding-a-domain.md shows it by an
 * example.
 */

import type { AnySchema, ContractProcedure, InferSchemaInput, InferSchemaOutput } from "@orpc/contract";
import type { Snapshot } from "../../../shared/contract/events.ts";
import type { contract } from "../../../shared/contract/index.ts";

type Contract = typeof contract;

/** What answers a call of the contract: its input was checked before, its output is checked after. */
type Answer<Input extends AnySchema, Output extends AnySchema> = (
  input: InferSchemaOutput<Input>,
  signal: AbortSignal | undefined,
) => InferSchemaInput<Output> | Promise<InferSchemaInput<Output>>;

type AnswersOf<Part> = {
  [Call in keyof Part]: Part[Call] extends ContractProcedure<infer Input, infer Output, infer _Errors, infer _Meta>
    ? Answer<Input, Output>
    : never;
};

/** The answers to all calls of these parts of the contract. */
export type Calls<Parts extends keyof Contract> = { [Part in Parts]: AnswersOf<Contract[Part]> };

/** The contract's parts that stand in a list of domains: all but the stream of events, which the host makes of them. */
export type DomainCalls = Calls<Exclude<keyof Contract, "events">>;

/** What all domains together say of the present: their parts of a snapshot. */
export type Told = Omit<Snapshot, "type" | "engine">;

/** A kind of task: makes the work again of what was asked for, which an earlier engine may have written down. */
export interface TaskKind<Worker> {
  kind: string;
  /** Throws where the input can't be understood. */
  revive(input: unknown): Worker;
}

/** A kind whose input a schema describes. */
export function taskKind<Input, Worker>(
  kind: string,
  schema: { parse(input: unknown): Input },
  work: (input: Input) => Worker,
): TaskKind<Worker> {
  return { kind, revive: (input) => work(schema.parse(input)) };
}

export interface Domain<Provided, OwnCalls, OwnTold, Worker> {
  /** What the domains after this one may use, by name. */
  provides?: Provided;
  calls: OwnCalls;
  /** The domain's part of a snapshot, where clients keep it in step. */
  tell?: () => OwnTold | Promise<OwnTold>;
  tasks?: readonly TaskKind<Worker>[];
  /** Makes the domain ready for calls. Domains before this one are. */
  open?: () => Promise<void>;
  /** Begins what only hosts that stay need. Nobody waits for it. */
  settle?: () => void;
  /** Domains after this one are closed by then. */
  close?: () => void | Promise<void>;
}

type Nothing = Record<never, never>;

/**
 * Domains in the order in which they are opened. Each gets what those before it provide; the types check that they do. `World`,
 * `AllCalls` and `AllTold` grow with every domain.
 */
export class Domains<World extends object, AllCalls extends object, AllTold extends object, Worker> {
  readonly world: World;
  readonly calls: AllCalls;
  /** What all domains say of the present. */
  readonly tell: () => Promise<AllTold>;
  readonly #all: readonly Domain<object, object, object, Worker>[];

  private constructor(
    world: World,
    calls: AllCalls,
    tell: () => Promise<AllTold>,
    all: readonly Domain<object, object, object, Worker>[],
  ) {
    this.world = world;
    this.calls = calls;
    this.tell = tell;
    this.#all = all;
  }

  static in<Worker>() {
    return <World extends object>(world: World) =>
      new Domains<World, Nothing, Nothing, Worker>(world, {}, async () => ({}), []);
  }

  with<Provided extends object = Nothing, OwnCalls extends object = Nothing, OwnTold extends object = Nothing>(
    make: (world: World) => Domain<Provided, OwnCalls, OwnTold, Worker>,
  ): Domains<World & Provided, AllCalls & OwnCalls, AllTold & OwnTold, Worker>;
  with(make: (world: World) => Domain<object, object, object, Worker>): Domains<object, object, object, Worker> {
    const domain = make(this.world);
    return new Domains<object, object, object, Worker>(
      { ...this.world, ...domain.provides },
      { ...this.calls, ...domain.calls },
      async () => ({ ...(await this.tell()), ...(await domain.tell?.()) }),
      [...this.#all, domain],
    );
  }

  kindOf(kind: string): TaskKind<Worker> | undefined {
    return this.#all.flatMap(({ tasks }) => tasks ?? []).find((one) => one.kind === kind);
  }

  async open(): Promise<void> {
    for (const { open } of this.#all) await open?.();
  }

  settle(): void {
    for (const { settle } of this.#all) settle?.();
  }

  async close(): Promise<void> {
    for (const { close } of this.#all.toReversed()) await close?.();
  }
}
