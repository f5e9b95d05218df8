/** The fuzzer of fuzz.test.ts for an hour; TADPOLE_FUZZ_MS says otherwise. */
process.env["TADPOLE_FUZZ_MS"] ??= String(30 * 60_000);
await import("./fuzz.test.js");

export {};
