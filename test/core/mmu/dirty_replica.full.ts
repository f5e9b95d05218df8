/** The replica of dirty_replica.test.ts, thirty times as long. */
process.env["TADPOLE_ROUNDS"] ??= "360";
await import("./dirty_replica.test.js");

export {};
