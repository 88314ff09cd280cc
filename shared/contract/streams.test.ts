import { getEventIteratorSchemaDetails, isContractProcedure } from "@orpc/contract";
import { expect, test } from "vitest";
import { contract } from "./index.ts";
import { streams } from "./streams.ts";

test("every stream of the contract has a rule, and every rule a stream", () => {
  const found = Object.entries(contract).flatMap(([domain, calls]) =>
    Object.entries(calls)
      .filter(([, call]) => isContractProcedure(call) && getEventIteratorSchemaDetails(call["~orpc"].outputSchema))
      .map(([name]) => `${domain}.${name}`),
  );

  expect(Object.keys(streams).sort()).toEqual(found.sort());
});
