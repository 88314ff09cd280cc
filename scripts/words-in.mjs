// Texts for people in a source file: string literals, templates and JSX text, without comments. Pure.

/**
 * @param {string} source TypeScript, TSX or JavaScript
 * @returns {{ line: number, text: string }[]} in the order of the file; `${…}` of templates stands as `…`
 */
export function wordsIn(source) {
  /** @type {{ line: number, text: string }[]} */
  const found = [];
  const lineAt = (/** @type {number} */ index) => source.slice(0, index).split("\n").length;
  const keep = (/** @type {number} */ index, /** @type {string} */ text) => {
    const plain = text.replace(/\s+/g, " ").trim();
    if (isForPeople(plain)) found.push({ line: lineAt(index), text: plain });
  };
  let i = 0;
  while (i < source.length) {
    const rest = source.slice(i, i + 2);
    const char = source[i] ?? "";
    if (rest === "//") i = endOr(source.indexOf("\n", i), source.length);
    else if (rest === "/*") i = endOr(source.indexOf("*/", i), source.length) + 2;
    else if (char === '"' || (char === "'" && !/\w/.test(source[i - 1] ?? ""))) {
      const end = endOfString(source, i);
      if (!isImport(source, i)) keep(i, source.slice(i + 1, end));
      i = end + 1;
    } else if (char === "`") {
      const { end, text, inner } = template(source, i);
      keep(i, text);
      for (const { at, code } of inner)
        for (const { line, text } of wordsIn(code)) found.push({ line: line + lineAt(at) - 1, text });
      i = end + 1;
    } else if (char === "/" && isRegularExpression(source, i)) i = endOfRegularExpression(source, i) + 1;
    else if (char === ">" && source[i - 1] !== "=") {
      // JSX text: up to the next tag or expression, on lines that are not code.
      const text = /^>([^<>{}=;]*)(?=[<{])/.exec(source.slice(i, i + 2000))?.[1];
      if (text && /^\s*[A-Z“…(]/.test(text)) keep(i, text);
      i += 1 + (text && /^\s*[A-Z“…(]/.test(text) ? text.length : 0);
    } else i++;
  }
  return found;
}

/** More than one word, or one that begins with a capital: not a code, a class list, a path or a key. @param {string} text */
function isForPeople(text) {
  if (!/[A-Za-z]{2}/.test(text) || /^[\w./:@-]+\.(ts|tsx|js|mjs|json|css|img|sock|log)$/.test(text)) return false;
  if (/^[A-Z][\w’'-]+[.…:!?]?$/.test(text)) return !/[a-z][A-Z]|^[A-Z_]+$/.test(text);
  if (!/\s/.test(text)) return false;
  // Tailwind's classes, selectors, SQL, commands.
  const parts = text.split(" ");
  return !parts.every((part) =>
    /^[\w!*&>~+#.:/[\]()%,$-]*[-:[/][\w!*&>~+#.:/[\]()%,$-]*$|^(flex|grid|block|hidden|truncate|relative|absolute|fixed|border|rounded|uppercase|inline|italic|underline|sticky|group)$/.test(
      part,
    ),
  );
}

/** @param {number} index @param {number} otherwise */
const endOr = (index, otherwise) => (index < 0 ? otherwise : index);

/** @param {string} source @param {number} start */
function endOfString(source, start) {
  const quote = source[start];
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === "\\") i++;
    else if (source[i] === quote || source[i] === "\n") return i;
  }
  return source.length;
}

/** @param {string} source @param {number} start */
function template(source, start) {
  let text = "";
  /** @type {{ at: number, code: string }[]} */
  const inner = [];
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === "\\") text += source[++i] ?? "";
    else if (source[i] === "`") return { end: i, text, inner };
    else if (source[i] === "$" && source[i + 1] === "{") {
      const end = endOfBraces(source, i + 1);
      inner.push({ at: i + 2, code: source.slice(i + 2, end) });
      text += "…";
      i = end;
    } else text += source[i];
  }
  return { end: source.length, text, inner };
}

/** @param {string} source @param {number} start */
function endOfBraces(source, start) {
  let depth = 0;
  for (let i = start; i < source.length; i++) {
    const char = source[i];
    if (char === '"' || char === "'") i = endOfString(source, i);
    else if (char === "`") i = template(source, i).end;
    else if (char === "{") depth++;
    else if (char === "}" && --depth === 0) return i;
  }
  return source.length;
}

/** @param {string} source @param {number} index */
function isImport(source, index) {
  return /\b(from|import|import\()\s*$/.test(source.slice(Math.max(0, index - 12), index));
}

/** A slash after what can't end a value. @param {string} source @param {number} index */
function isRegularExpression(source, index) {
  return /[(,=:[!&|?{};\n]\s*$|\breturn\s*$/.test(source.slice(Math.max(0, index - 10), index));
}

/** @param {string} source @param {number} start */
function endOfRegularExpression(source, start) {
  let inClass = false;
  for (let i = start + 1; i < source.length; i++) {
    const char = source[i];
    if (char === "\\") i++;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if ((char === "/" && !inClass) || char === "\n") return i;
  }
  return source.length;
}
