/** The scenarios of scenarios.test.ts up to their own bounds. */
process.env["TADPOLE_SCENARIOS"] = "full";
await import("./scenarios.test.js");

export {};
