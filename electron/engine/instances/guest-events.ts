/**
 * The guest's events port (docs/formats.md, "What Pith tells its host"): one JSON line a milestone, appended to a file by QEMU.
 * The guest is not trusted: lines, names and their number are bounded, and what is no event is passed over.
 */

import { statSync } from "node:fs";
import { z } from "zod";
import { GuestAddress, Listener } from "../../../shared/contract/instances.ts";
import { visible } from "../../../shared/visible-text.ts";
import { openRegular } from "../lib/open-regular.ts";
import { parseJson } from "../lib/parse-json.ts";

const PIECE_BYTES = 64 << 10;
const MAX_LINE_BYTES = 8 << 10;
const MAX_MILESTONES = 64;
const MAX_LISTENERS = 256;
const MAX_ADDRESSES = 16;
const MAX_REMARKS = 64;
const MAX_REMARK_LENGTH = 500;
/** Of a backlog larger than this only the beginning and the end are read: milestones are there, and the exit here. */
const MAX_BACKLOG_BYTES = 1 << 20;

const Event = z.object({
  event: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  t: z.number().min(0).max(Number.MAX_SAFE_INTEGER),
});

/** `{code, signal, reason, t}`, the same in the crash log. A signal's name is shown: letters and digits only. */
export const GuestExit = z.object({
  code: z.number().int().min(0).max(255),
  signal: z
    .string()
    .regex(/^SIG[A-Z0-9+]{1,12}$/)
    .nullish(),
  reason: z.string().max(500).optional(),
});
export type GuestExit = z.infer<typeof GuestExit>;

/** `{protocol, address, port}`: something in the guest takes connections or datagrams there. */
const ListenEvent = Listener.pick({ protocol: true, port: true }).extend({
  event: z.literal("listen"),
  address: z.ipv4().optional(),
});
/** `{interface, address}`: an interface has got an address, instead of the one that it had. */
const AddressEvent = GuestAddress.extend({
  event: z.literal("address"),
  interface: z.string().regex(/^[a-z][a-z0-9.]{0,14}$/),
});

/** `{text}`: what the kernel has to say beside the program's output. */
const RemarkEvent = z.object({ event: z.literal("remark"), text: z.string().min(1) });

/** `{raw}`: the program edits lines by itself, and so a terminal whose lines it reads must not. */
const TerminalEvent = z.object({ event: z.literal("terminal"), raw: z.boolean() });

export interface Milestone {
  name: string;
  /** Nanoseconds since the kernel's entry. */
  atNs: number;
}

/** Reads the events of one run as they come. */
export class GuestEvents {
  readonly #path: string;
  #position: number;
  #unread = Buffer.alloc(0);
  /** Within a line that is too long. */
  #skipping = false;
  #latest: Promise<boolean> = Promise.resolve(false);
  /** The first of each name, in their order. */
  readonly milestones: Milestone[] = [];
  readonly listening: Listener[] = [];
  readonly addresses: GuestAddress[] = [];
  /** Whether the program wants a raw terminal; told only where the host's terminal echoes. */
  rawTerminal = false;
  /** Each once, safe to show. */
  readonly remarks: string[] = [];
  exit: GuestExit | undefined;
  /** When the kernel was entered, at the latest, in milliseconds since 1970: from the file's time and an event's own. */
  kernelEntry: number | undefined;

  /** `from`: the size of the file before the run. */
  constructor(path: string, from: number) {
    this.#path = path;
    this.#position = from;
  }

  /** Reads what is new; says whether there was an event in it. Calls that overlap wait for each other, whatever became of them. */
  read(): Promise<boolean> {
    const read = this.#latest.then(() => this.#readNew());
    this.#latest = read.catch(() => false);
    return read;
  }

  /** When something happened, in milliseconds since 1970. */
  momentOf(milestone: string): number | undefined {
    const found = this.milestones.find(({ name }) => name === milestone);
    return found && this.kernelEntry !== undefined ? this.kernelEntry + found.atNs / 1e6 : undefined;
  }

  async #readNew(): Promise<boolean> {
    // Asked with every byte on the console: no file is opened where there is nothing new.
    if ((statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0) <= this.#position) return false;
    await using file = await openRegular(this.#path);
    const facts = await file.stat();
    let lastNs: number | undefined;
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, Math.max(0, facts.size - this.#position)));
    while (this.#position < facts.size) {
      const { bytesRead } = await file.read(piece, 0, piece.length, this.#position);
      if (bytesRead === 0) break;
      this.#position += bytesRead;
      lastNs = this.#take(piece.subarray(0, bytesRead)) ?? lastNs;
      if (facts.size - this.#position > MAX_BACKLOG_BYTES) this.#jumpTo(facts.size - PIECE_BYTES);
    }
    // The last event was written when the file was last written to, or somewhat earlier: on a busy machine QEMU is late.
    if (lastNs !== undefined)
      this.kernelEntry = Math.min(facts.mtimeMs - lastNs / 1e6, this.kernelEntry ?? Number.POSITIVE_INFINITY);
    return lastNs !== undefined;
  }

  #jumpTo(position: number): void {
    this.#position = position;
    this.#unread = Buffer.alloc(0);
    this.#skipping = true;
  }

  /** The time of the last event in `bytes`. */
  #take(bytes: Buffer): number | undefined {
    let lastNs: number | undefined;
    let rest = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    for (;;) {
      const end = rest.indexOf(0x0a);
      if (end < 0) break;
      if (!this.#skipping && end <= MAX_LINE_BYTES) lastNs = this.#takeLine(rest.toString("utf8", 0, end)) ?? lastNs;
      this.#skipping = false;
      rest = rest.subarray(end + 1);
    }
    if (rest.length > MAX_LINE_BYTES) this.#skipping = true;
    this.#unread = this.#skipping ? Buffer.alloc(0) : Buffer.from(rest);
    return lastNs;
  }

  #takeLine(line: string): number | undefined {
    const value = parseJson(line);
    const event = Event.safeParse(value).data;
    if (!event) return undefined;
    if (event.event === "remark") {
      this.#takeRemark(RemarkEvent.safeParse(value).data);
      return event.t;
    }
    if (event.event === "terminal") {
      this.rawTerminal = TerminalEvent.safeParse(value).data?.raw ?? this.rawTerminal;
      return event.t;
    }
    const isNew = !this.milestones.some(({ name }) => name === event.event);
    if (isNew && this.milestones.length < MAX_MILESTONES) this.milestones.push({ name: event.event, atNs: event.t });
    this.#takeListener(ListenEvent.safeParse(value).data);
    this.#takeAddress(AddressEvent.safeParse(value).data);
    if (event.event === "exit") this.exit = GuestExit.safeParse(value).data ?? this.exit;
    return event.t;
  }

  #takeListener(found: z.infer<typeof ListenEvent> | undefined): void {
    if (!found) return;
    const { protocol, port, address } = found;
    const loopback = address?.startsWith("127.") ?? false;
    const known = this.listening.find((one) => one.protocol === protocol && one.port === port);
    // A port that is reached from outside stays so, even if something else listens on the loopback interface.
    if (known) known.loopback &&= loopback;
    else if (this.listening.length < MAX_LISTENERS)
      this.listening.push({ protocol, port, ...(loopback && { loopback }) });
  }

  #takeRemark(found: z.infer<typeof RemarkEvent> | undefined): void {
    if (!found || this.remarks.length >= MAX_REMARKS) return;
    const text = visible(found.text.slice(0, MAX_REMARK_LENGTH)).slice(0, MAX_REMARK_LENGTH);
    if (!this.remarks.includes(text)) this.remarks.push(text);
  }

  #takeAddress(found: GuestAddress | undefined): void {
    if (!found) return;
    const earlier = this.addresses.find((one) => one.interface === found.interface);
    if (earlier) earlier.address = found.address;
    else if (this.addresses.length < MAX_ADDRESSES)
      this.addresses.push({ interface: found.interface, address: found.address });
  }
}
