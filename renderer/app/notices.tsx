/** What the engine has to say of its start, until it is read. */

import { X } from "lucide-react";
import { useState } from "react";
import { useEngine } from "../model/engine.ts";
import { IconButton } from "../ui/button.tsx";

export function Notices() {
  const notices = useEngine(({ engine }) => engine?.notices);
  const [read, setRead] = useState<readonly string[]>([]);
  const unread = notices?.filter((notice) => !read.includes(notice)) ?? [];
  return unread.map((notice) => (
    <p
      key={notice}
      role="alert"
      className="flex shrink-0 items-center gap-3 border-line border-b bg-busy-soft py-1 pr-2 pl-4 text-busy text-s select-text"
    >
      <span className="min-w-0 flex-1 wrap-anywhere">{notice}</span>
      <IconButton icon={X} label="Dismiss" onClick={() => setRead((now) => [...now, notice])} />
    </p>
  ));
}
