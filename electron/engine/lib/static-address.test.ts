import { expect, test } from "vitest";
import { staticAddress, userSubnet } from "./static-address.ts";

const of = (ipaddr: string, netmask?: string, gateway?: string) => staticAddress({ ipaddr, netmask, gateway });

test.each([
  ["10.0.3.7", undefined, undefined, "255.255.255.0", "10.0.3.1"],
  ["10.0.3.1", "", "", "255.255.255.0", "10.0.3.254"],
  ["192.168.0.77", "255.255.0.0", "192.168.9.9", "255.255.0.0", "192.168.9.9"],
])("%s with mask %s and gateway %s is completed as the kernels do it", (ipaddr, mask, way, netmask, gateway) => {
  expect(of(ipaddr, mask, way)).toEqual({ address: ipaddr, netmask, gateway });
});

test.each([
  ["", undefined, undefined],
  ["10.0.2", undefined, undefined],
  ["10.0.2.9", "255.0.255.0", undefined],
  ["10.0.2.9", undefined, "nowhere"],
])("%j with mask %s and gateway %s is no static address", (ipaddr, netmask, gateway) => {
  expect(of(ipaddr, netmask, gateway)).toBeUndefined();
});

const networkFor = (...said: Parameters<typeof of>) => {
  const address = of(...said);
  return address && userSubnet(address);
};

test("the network has the guest's subnet, and this machine where its gateway is", () => {
  expect(networkFor("192.168.5.10", "255.255.255.0", "192.168.5.254")).toEqual({
    subnet: "192.168.5.0/24",
    host: "192.168.5.254",
    nameServer: "192.168.5.3",
    guest: "192.168.5.10",
  });
});

test("nobody in it has the address of another", () => {
  const { host, nameServer } = networkFor("10.1.0.3", "255.255.0.0", "10.1.0.4") ?? {};

  expect([host, nameServer]).toEqual(["10.1.0.4", "10.1.0.5"]);
});

test("a subnet without room is made larger, and a gateway that lies elsewhere is not it", () => {
  expect(networkFor("10.9.9.18", "255.255.255.252", "10.9.9.17")).toMatchObject({
    subnet: "10.9.9.16/28",
    host: "10.9.9.17",
  });
  expect(networkFor("10.9.9.18", "255.255.255.0", "172.16.0.1")).toMatchObject({ host: "10.9.9.2" });
});
