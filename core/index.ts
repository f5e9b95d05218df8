export * from "./sync/abi";
export * from "./mm/abi";
