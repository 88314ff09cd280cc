/** The page begins here: one connection, one tree. */

import "@xterm/xterm/css/xterm.css";
import "./app.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ClientProvider } from "./client.tsx";
import { startConnection } from "./connection.ts";
import { currentHost } from "./host.ts";
import { Shell } from "./shell.tsx";

const place = document.getElementById("root");
if (!place) throw new Error("index.html has no #root");
const { client } = startConnection(currentHost());
createRoot(place).render(
  <StrictMode>
    <ClientProvider client={client}>
      <Shell />
    </ClientProvider>
  </StrictMode>,
);
