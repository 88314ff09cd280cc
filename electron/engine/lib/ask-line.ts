/** A question of one line at a socket of the host, and its answer of one line. Who answers is not trusted. */

import { connect } from "node:net";

interface AskLimits {
  limitMs: number;
  /** Of the answer, in characters. */
  mostCharacters: number;
}

/** The answer without its newline; undefined where none comes, or it is longer. */
export function askLine(
  socketPath: string,
  question: string,
  { limitMs, mostCharacters }: AskLimits,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(socketPath).setEncoding("utf8");
    let text = "";
    const settle = (answer?: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(settle, limitMs);
    socket.on("error", () => settle());
    socket.on("close", () => settle());
    socket.on("data", (piece: string) => {
      text += piece;
      const end = text.indexOf("\n");
      if (end >= 0 && end <= mostCharacters) settle(text.slice(0, end));
      else if (text.length > mostCharacters) settle();
    });
    socket.write(`${question}\n`);
  });
}
