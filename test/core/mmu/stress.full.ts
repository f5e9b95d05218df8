/** The stress of stress.test.ts, forty times as long. */
process.env["TADPOLE_PASSES"] ??= "120000";
await import("./stress.test.js");

export {};
