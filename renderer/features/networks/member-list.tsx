/** Who is in a network, and who could be: the list that private networks and bridges share. */

import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useView } from "../../model/view.ts";
import { IconButton } from "../../ui/button.tsx";
import { PointerMenu } from "../../ui/menu.tsx";
import { Select } from "../../ui/select.tsx";

interface MemberListProps {
  network: string;
  members: readonly { id: string; title: string; facts: ReactNode }[];
  others: readonly { id: string; name: string }[];
  onTakeOut: (id: string) => void;
  onAdd: (id: string) => void;
}

export function MemberList({ network, members, others, onTakeOut, onAdd }: MemberListProps) {
  return (
    <div className="max-h-[40%] shrink-0 overflow-y-auto border-line border-t px-5 py-3.5">
      <h2 className="mb-1.5 font-semibold text-fg-2 text-s">Members</h2>
      {members.length === 0 && <p className="text-fg-3">No members</p>}
      <ul aria-label="Members" className="flex flex-col divide-y divide-line">
        {members.map(({ id, title, facts }) => (
          <PointerMenu
            key={id}
            label={`Actions for ${title}`}
            actions={() => [
              { label: "Show instance", run: () => useView.getState().openInstance(id, "network") },
              { label: `Remove from ${network}`, run: () => onTakeOut(id), bad: true },
            ]}
          >
            <li className="flex min-h-8 items-center gap-4">
              <button
                type="button"
                className="w-40 truncate text-left text-accent hover:underline"
                onClick={() => useView.getState().openInstance(id, "network")}
              >
                {title}
              </button>
              <code className="select-text text-s">{facts}</code>
              <IconButton
                icon={X}
                className="ml-auto"
                label={`Remove ${title} from ${network}`}
                onClick={() => onTakeOut(id)}
              />
            </li>
          </PointerMenu>
        ))}
      </ul>
      {others.length > 0 && (
        <Select
          aria-label={`Add a member to ${network}`}
          className="mt-2"
          placeholder="Add a member (joins at its next start)…"
          value={undefined}
          onChange={onAdd}
          options={others.map(({ id, name }) => ({ value: id, words: name }))}
        />
      )}
    </div>
  );
}
