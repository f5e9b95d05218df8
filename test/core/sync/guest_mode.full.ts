/** The litmus programs of guest_mode.test.ts, twenty times as long: millions of rounds each. */
process.env["TADPOLE_SYNC_SCALE"] ??= "20";
await import("./guest_mode.test.js");

export {};
