/** The page begins here: one connection, one tree. */

import "../platform/no-code-at-run-time.ts";
import "@xterm/xterm/css/xterm.css";
import "./app.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ConsoleWindow } from "../features/console/console-window.tsx";
import { checkMachine } from "../model/check-machine.ts";
import { useConnection } from "../model/connection.ts";
import { ownConsole } from "../model/console/own-window.ts";
import { startConnection } from "../model/engine-connection.ts";
import { followTheme } from "../model/theme.ts";
import { ClientProvider } from "../platform/client.tsx";
import { currentHost } from "../platform/host.ts";
import { slices } from "./screens.tsx";
import { Shell } from "./shell.tsx";

followTheme();

const place = document.getElementById("root");
if (!place) throw new Error("index.html has no #root");
const alone = ownConsole();
const { client } = startConnection(currentHost(), slices);

// The first screen tells what this machine lacks, if it lacks something.
const leave = useConnection.subscribe(({ state }) => {
  if (state !== "connected") return;
  leave();
  void checkMachine(client, false);
});

createRoot(place).render(
  <StrictMode>
    <ClientProvider client={client}>{alone === undefined ? <Shell /> : <ConsoleWindow id={alone} />}</ClientProvider>
  </StrictMode>,
);
