/** The package: the KVM-shaped API. */
export * from "./kvm/index.js";
