export * from "./sync/abi";
export * from "./mm/abi";
export * from "./hostmm/abi";
export * from "./mmu/abi";
export * from "./vcpu/abi";
