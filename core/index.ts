export * from "./sync/abi";
export * from "./mm/abi";
export * from "./hostmm/abi";
