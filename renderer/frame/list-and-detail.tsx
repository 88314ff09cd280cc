/** A screen of a list and what is known about the chosen thing: side by side, the divider where it was left. */

import type { ReactNode } from "react";
import { LIST_WIDTH, useView } from "../model/view.ts";
import { Split } from "../ui/split.tsx";

export function ListAndDetail({ list, detail }: { list: ReactNode; detail: ReactNode }) {
  const listWidthPx = useView((view) => view.listWidthPx);
  const detailOpen = useView((view) => view.detailOpen);
  return (
    <Split
      list={list}
      detail={detail}
      listWidthPx={listWidthPx}
      limits={LIST_WIDTH}
      onListWidth={useView.getState().setListWidth}
      detailOpen={detailOpen}
    />
  );
}
