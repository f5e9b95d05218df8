/**
 * Which room may import which: the rooms of core are layers of a machine, the hardware (hw, cpu) and the kernel (mmu)
 * meet only as bits in memory and as posted requests, and TypeScript reaches core's structs only through src/abi.
 */

/** For each room of core, the rooms it may import. Itself is always allowed. */
const CORE = {
  layout: [],
  trace: ["layout"],
  sync: ["layout", "trace"],
  pt: ["layout"],
  mm: ["layout", "trace", "sync"],
  hostmm: ["layout", "trace", "sync", "mm"],
  hw: ["layout", "trace", "sync", "pt", "mm"],
  cpu: ["layout", "trace", "sync", "pt", "mm", "hw"],
  mmu: ["layout", "trace", "sync", "pt", "mm", "hostmm"],
  devices: ["layout", "trace", "sync", "mm"],
  vcpu: ["layout", "trace", "sync", "pt", "mm", "hostmm", "hw", "cpu", "mmu", "devices"],
  lab: ["layout", "trace", "sync", "pt", "mm", "hostmm", "hw", "cpu", "mmu", "devices", "vcpu"],
};

/** The same for src. Nobody imports lab or cli; both show what they have to say through terminal; model is for tests and lab. */
const SRC = {
  abi: [],
  kvm: ["abi"],
  model: ["abi"],
  devices: ["abi", "kvm"],
  machine: ["abi", "kvm", "devices"],
  snapshot: ["abi", "kvm", "devices", "machine"],
  migration: ["abi", "kvm", "devices", "machine", "snapshot"],
  terminal: [],
  lab: ["abi", "kvm", "model", "devices", "machine", "snapshot", "migration", "terminal"],
  cli: ["abi", "kvm", "devices", "machine", "snapshot", "migration", "terminal"],
};

/**
 * @param {string} top
 * @param {Record<string, string[]>} rooms
 */
function roomRules(top, rooms) {
  return Object.entries(rooms).map(([room, allowed]) => ({
    name: `${top}-${room}`,
    severity: "error",
    comment: `${top}/${room} imports ${allowed.join(", ") || "no other room"}; where a lower room must reach an upper one, the upper one registers a function-table index`,
    from: { path: `^${top}/${room}/` },
    to: { path: `^${top}/`, pathNot: [room, ...allowed].map((name) => `^${top}/${name}/`) },
  }));
}

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    ...roomRules("core", CORE),
    ...roomRules("src", SRC),
    {
      name: "no-circular",
      severity: "error",
      comment: "a circle has no lowest part; types may refer to each other, and core's rooms may recurse inside",
      from: { path: "^src/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "core-is-compiled-apart",
      severity: "error",
      comment: "TypeScript reaches core through the built wasm and src/abi, core reaches nothing outside",
      from: { path: "^core/" },
      to: { pathNot: "^core/" },
    },
    {
      name: "no-ts-imports-core",
      severity: "error",
      comment: "AssemblyScript sources do not run as TypeScript",
      from: { path: "^(src|bench|tools)/" },
      to: { path: "^core/" },
    },
    {
      name: "src-is-shipped",
      severity: "error",
      comment: "what is shipped needs nothing of the tests and tools",
      from: { path: "^src/" },
      to: { path: "^(test|tools|bin)/" },
    },
    {
      name: "no-dev-packages-in-src",
      severity: "error",
      comment: "a package that src imports is a dependency; only the lab may use development packages",
      from: { path: "^src/", pathNot: "^src/lab/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "not-resolvable",
      severity: "error",
      comment: "an import that leads nowhere",
      from: { path: "^(core|src|test|tools|bench)/" },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".mjs", ".js"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types"],
    },
  },
};
