/** Makes what Go's linker writes into `.go.buildinfo`, for tests. */

/** `lines` are those of the modules; `flags` 2: the strings stand inline. */
export function goBuildInfo(version: string, lines: readonly string[], { flags = 2 } = {}): Buffer {
  const header = Buffer.alloc(32);
  header.write("\xff Go buildinf:", "latin1");
  header[14] = 8;
  header[15] = flags;
  const mark = Buffer.alloc(16, 0xc3);
  const modules =
    lines.length > 0 ? Buffer.concat([mark, Buffer.from(`${lines.join("\n")}\n`), mark]) : Buffer.alloc(0);
  return Buffer.concat([header, withLength(Buffer.from(version)), withLength(modules)]);
}

function withLength(bytes: Buffer): Buffer {
  const length: number[] = [];
  for (let left = bytes.length; ; left >>>= 7) {
    length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    if (left <= 0x7f) break;
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}
