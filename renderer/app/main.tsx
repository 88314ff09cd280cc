/** The page begins here: one connection, one tree. */

import "./no-code-at-run-time.ts";
import "@xterm/xterm/css/xterm.css";
import "./app.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ConsoleWindow } from "../features/console/console-window.tsx";
import { ownConsole } from "../features/console/own-window.ts";
import { checkMachine } from "../features/doctor/check-machine.ts";
import { useConnection } from "../store/connection.ts";
import { ClientProvider } from "./client.tsx";
import { startConnection } from "./connection.ts";
import { currentHost } from "./host.ts";
import { Shell } from "./shell.tsx";
import { followTheme } from "./theme.ts";

followTheme();

const place = document.getElementById("root");
if (!place) throw new Error("index.html has no #root");
const alone = ownConsole();
const { client } = startConnection(currentHost());

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
