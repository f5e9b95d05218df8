import { describe, it } from "vitest";
import { expectCompleteLog } from "./replica.js";
import { WAYS } from "./replica_ways.js";

describe.each([2, 3])("a replica fed by the dirty log, at length, seed %i", (seed) => {
  it.each(WAYS)("by %s", (_name, way) => expectCompleteLog(way, { rounds: 150, accesses: 200_000, seed }), 600_000);
});
