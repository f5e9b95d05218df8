/** The random sequences of properties.test.ts, a hundred times as many. */
process.env["TADPOLE_RUNS"] ??= "1000";
await import("./properties.test.js");

export {};
