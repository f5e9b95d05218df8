import { describe, it } from "vitest";
import { expectCompleteLog } from "./replica.js";
import { WAYS } from "./replica_ways.js";

describe.each([2, 3])("a replica fed by the dirty log, at length, seed %i", (seed) => {
  it.each(WAYS)("by %s", (_name, way) => expectCompleteLog(way, { rounds: 500, accesses: 5_000_000, seed }), 600_000);
});
