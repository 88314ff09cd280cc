/** Disk usage, as areas: a click shows the place in the tree. */

import type { SpacePart } from "../../../shared/contract/image-contents.ts";
import { cx } from "../../ui/class-names.ts";
import { count, formatBytes } from "../../ui/format.ts";
import { nameOf } from "./rows.ts";
import { layOut } from "./treemap.ts";

/** Colours tell neighbours apart, and what is of one top folder from what is not; they mean nothing else. */
const HUES = ["var(--hue-1)", "var(--hue-2)", "var(--hue-3)", "var(--hue-4)", "var(--hue-5)"] as const;
const REST = "var(--hue-rest)";

interface SpaceMapProps {
  parts: readonly SpacePart[];
  onChoose: (path: string) => void;
}

export function SpaceMap({ parts, onChoose }: SpaceMapProps) {
  const rectangles = layOut(parts.map(({ sizeBytes }) => sizeBytes));
  const tops = [...new Set(parts.map(({ path }) => topOf(path)))];
  return (
    <ul aria-label="Disk usage" className="relative h-full">
      {parts.map((part, n) => {
        const place = rectangles[n];
        if (!place) return null;
        const hue = part.type === "rest" ? REST : HUES[tops.indexOf(topOf(part.path)) % HUES.length];
        const words = wordsOf(part);
        const style = Object.fromEntries(Object.entries(place).map(([edge, value]) => [edge, `${value}%`]));
        return (
          <li key={`${part.type} ${part.path}`} className="absolute p-[1.5px]" style={style}>
            <button
              type="button"
              aria-label={`${part.path}, ${words}`}
              title={`${part.path}\n${words}`}
              onClick={() => onChoose(part.path)}
              style={{ backgroundColor: `color-mix(in srgb, ${hue} 24%, var(--surface))` }}
              className="flex size-full flex-col overflow-hidden rounded-s text-left hover:brightness-110 focus-visible:-outline-offset-2"
            >
              <span aria-hidden className={cx("block px-2.5 py-1.5 text-s", !hasRoom(place) && "invisible")}>
                <b className="block truncate font-semibold">
                  <bdi>{place.width > 25 ? part.path : nameOf(part.path)}</bdi>
                </b>
                <span className="block truncate text-fg-2 tabular-nums">{words}</span>
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

const topOf = (path: string) => path.split("/")[1] ?? "";
const hasRoom = ({ width, height }: { width: number; height: number }) => width > 11 && height > 16;

function wordsOf({ type, sizeBytes, files }: SpacePart): string {
  if (type === "file") return formatBytes(sizeBytes);
  return `${formatBytes(sizeBytes)} · ${count(files, "file")}${type === "rest" ? " beside" : ""}`;
}
