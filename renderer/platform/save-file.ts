/** Saves bytes as a file of the browser, by its own way of saving: a folder for downloads, or a question where to. */

export function saveFile(
  name: string,
  parts: readonly (Uint8Array<ArrayBuffer> | string)[],
  type = "application/octet-stream",
): void {
  const address = URL.createObjectURL(new Blob([...parts], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads the blob after the click; it keeps what it reads.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
