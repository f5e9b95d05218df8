import { describe, it } from "vitest";
import { expectCompleteLog } from "./replica.js";
import { WAYS } from "./replica_ways.js";

describe("a replica fed by the dirty log equals guest memory, with two vCPUs, a device and the host at work", () => {
  it.each(WAYS)("by %s", (_name, way) => expectCompleteLog(way, { rounds: 8, accesses: 20_000, seed: 1 }), 60_000);
});
