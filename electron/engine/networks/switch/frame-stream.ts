/** Frames over a stream as QEMU's `-netdev stream` sends them: a length of 32 bits, big-endian, then the frame. Pure. */

const LENGTH_BYTES = 4;
/** QEMU's own limit (NET_BUFSIZE): the largest packet, and room for headers. */
export const MAX_FRAME_BYTES = 4096 + 65536;

export class FrameReader {
  #pieces: Buffer[] = [];
  #heldBytes = 0;

  /** The frames that are whole with these bytes. Throws RangeError for a length that no frame has: the stream is lost then. */
  take(bytes: Buffer): Buffer[] {
    this.#pieces.push(bytes);
    this.#heldBytes += bytes.length;
    const needed = this.#neededBytes();
    if (this.#heldBytes < needed) return [];
    let rest = this.#pieces.length === 1 ? bytes : Buffer.concat(this.#pieces);
    const frames: Buffer[] = [];
    for (;;) {
      const length = lengthAt(rest);
      if (length === undefined || rest.length < LENGTH_BYTES + length) break;
      frames.push(rest.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
      rest = rest.subarray(LENGTH_BYTES + length);
    }
    // A copy: a few bytes must not keep a large piece.
    this.#pieces = rest.length > 0 ? [Buffer.from(rest)] : [];
    this.#heldBytes = rest.length;
    return frames;
  }

  /** How many bytes there must be before it is worth looking. */
  #neededBytes(): number {
    const [first] = this.#pieces;
    if (!first || first.length < LENGTH_BYTES) return LENGTH_BYTES;
    return LENGTH_BYTES + (lengthAt(first) ?? 0);
  }
}

function lengthAt(bytes: Buffer): number | undefined {
  if (bytes.length < LENGTH_BYTES) return undefined;
  const length = bytes.readUInt32BE(0);
  if (length === 0 || length > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${length} bytes`);
  return length;
}

export function lengthPrefix(frame: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(frame.length);
  return length;
}
