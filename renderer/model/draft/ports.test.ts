import { expect, test } from "vitest";
import { formatPorts, parsePorts } from "./ports.ts";

const forward = (host: number, guest: number, protocol: "tcp" | "udp" = "tcp") => ({
  hostAddress: "127.0.0.1",
  host,
  guest,
  protocol,
});

test("ports are written as people write them", () => {
  expect(parsePorts("8080, 8081:80 5353:53/udp 0:22")).toEqual({
    ports: [forward(8080, 8080), forward(8081, 80), forward(5353, 53, "udp"), forward(0, 22)],
  });
});

test.each(["0", "65536", "8080:0", "80:80:80", "http", "-1", "8080/sctp", "1.2.3:80", "0.0.0.0:", "300.0.0.1:80:80"])(
  "%s is no port",
  (text) => {
    expect(parsePorts(text)).toHaveProperty("error");
  },
);

test("a host port can't lead to two guest ports", () => {
  expect(parsePorts("80:1 80:2")).toEqual({ error: "Port 80 of the host is given twice." });
});

test("one number serves both protocols", () => {
  expect(parsePorts("53:53 53:53/udp")).toEqual({ ports: [forward(53, 53), forward(53, 53, "udp")] });
});

test("a port may be open to others, by an address of the host", () => {
  expect(parsePorts("0.0.0.0:8080:80 10.0.0.7:0:53/udp 8080:80")).toEqual({
    ports: [
      { ...forward(8080, 80), hostAddress: "0.0.0.0" },
      { ...forward(0, 53, "udp"), hostAddress: "10.0.0.7" },
      forward(8080, 80),
    ],
  });
});

test("what is written is read again as the same", () => {
  const { ports } = { ports: [forward(8080, 80), forward(22, 22), { ...forward(80, 80), hostAddress: "0.0.0.0" }] };

  expect(parsePorts(formatPorts(ports))).toEqual({ ports });
});
