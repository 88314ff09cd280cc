/** One traced system call, as the kernel writes it: `THREAD SECONDS name(arguments) = result`. Pure. */

export interface Call {
  thread: string;
  seconds: string;
  name: string;
  arguments: string;
  result: string;
  isError: boolean;
}

const line = /^(\d+) (\d+\.\d+) (\w+)\((.*)\) = (.*)$/;

/** A line of another shape is shown as it is, as arguments of nothing. */
export function parseCall(text: string): Call {
  const [, thread = "", seconds = "", name = "", args = "", result = ""] = line.exec(text) ?? [];
  if (!name) return { thread: "", seconds: "", name: "", arguments: text, result: "", isError: false };
  return { thread, seconds, name, arguments: args, result, isError: result.startsWith("-1 ") };
}

/** `wanted`: names or parts of them, separated by spaces or commas; none wants every call. */
export function matches(call: Call, wanted: string, errorsOnly: boolean): boolean {
  if (errorsOnly && !call.isError) return false;
  const names = wanted
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  return names.length === 0 || names.some((name) => call.name.includes(name));
}
