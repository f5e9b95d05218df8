/** kill.test.ts, at every protocol access of a round. */
process.env["TADPOLE_SYNC_SCALE"] ??= "20";
await import("./kill.test.js");

export {};
