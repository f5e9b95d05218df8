/** The random sequences of properties.test.ts, forty times as many. */
process.env["TADPOLE_RUNS"] ??= "1200";
await import("./properties.test.js");

export {};
