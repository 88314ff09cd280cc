/**
 * The values of a TFS log (docs/formats.md, "Values"): tuples, vectors, strings, integers and the flag.
 *
 * Names and strings are any bytes. They are kept as *byte strings*: JavaScript strings with one character, 0 to 255, for
 * each byte. That is exact, compact, and usable as a key; `toBytes` and `toText` are the ways in and out.
 */

/** One character for each byte. */
export type ByteString = string;

export type Value = Tuple | Value[] | ByteString | number | bigint | true;

/** The byte string of a text's UTF-8. */
export function toBytes(text: string): ByteString {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** What a byte string says, read as UTF-8; bytes that are none become U+FFFD. */
export function toText(bytes: ByteString): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, "latin1").toString("utf8");
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** Attributes by name, in the order in which they came. An empty tuple costs nothing: a large tree has many. */
export class Tuple {
  #attributes: Map<ByteString, Value> | undefined;

  static of(attributes: Iterable<readonly [ByteString, Value]>): Tuple {
    const tuple = new Tuple();
    for (const [name, value] of attributes) tuple.set(name, value);
    return tuple;
  }

  get size(): number {
    return this.#attributes?.size ?? 0;
  }

  get(name: ByteString): Value | undefined {
    return this.#attributes?.get(name);
  }

  set(name: ByteString, value: Value): void {
    this.#attributes ??= new Map();
    this.#attributes.set(name, value);
  }

  delete(name: ByteString): void {
    this.#attributes?.delete(name);
  }

  entries(): Iterable<[ByteString, Value]> {
    return this.#attributes ?? [];
  }
}

/** A number in either form: an integer, or a string of decimal digits as OPS writes it. Undefined for anything else. */
export function toNumber(value: Value | undefined): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "string" && /^\d{1,16}$/.test(value)) {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : undefined;
  }
  return undefined;
}

export type PlainValue = string | number | bigint | true | PlainValue[] | { [name: string]: PlainValue };

/** How deep and how large a value may be that is shown as a whole. */
const PLAIN_DEPTH = 64;
const PLAIN_VALUES = 100_000;

/**
 * `value` with objects for tuples and text for byte strings. Tuples can hold themselves, so depth and size are bounded:
 * throws a RangeError beyond 64 levels or 100 000 values.
 */
export function toPlain(value: Value): PlainValue {
  let left = PLAIN_VALUES;
  const convert = (part: Value, depth: number): PlainValue => {
    if (depth > PLAIN_DEPTH || --left < 0) throw new RangeError("the value is too deep or too large to be shown");
    if (part instanceof Tuple) {
      const plain: { [name: string]: PlainValue } = Object.create(null);
      for (const [name, inner] of part.entries()) plain[toText(name)] = convert(inner, depth + 1);
      return plain;
    }
    if (Array.isArray(part)) return part.map((inner) => convert(inner, depth + 1));
    return typeof part === "string" ? toText(part) : part;
  };
  return convert(value, 0);
}
