/** What is asked about networks before anything happens, from wherever that begins: the Networks screen shows it. */

import { create } from "zustand";
import type { BridgeSpec } from "../../../shared/contract/bridges.ts";
import type { Network } from "../../../shared/contract/networks.ts";

export type NetworkQuestion =
  | { about: "creating" }
  | { about: "deleting"; network: Network }
  /** With what it is set up. */
  | { about: "planning"; wish: BridgeSpec }
  | { about: "undoing"; bridge: string };

/** One at a time. */
export const useNetworkQuestion = create<{ asked: NetworkQuestion | undefined }>()(() => ({ asked: undefined }));

export const ask = (asked: NetworkQuestion) => useNetworkQuestion.setState({ asked });
export const stopAsking = () => useNetworkQuestion.setState({ asked: undefined });

/** What a new bridge begins with. */
export const firstBridge: BridgeSpec = { name: "br0", seats: 4 };
