/** What test/core/harness.ts needs beyond the host ABI. */

export { epochBarrier as harnessEpochBarrier } from "../../../core/sync/epoch";
