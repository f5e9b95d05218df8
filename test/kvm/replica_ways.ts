/** All ways of logging that a replica is fed by. */
import { KVM_DIRTY_LOG_INITIALLY_SET, KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE } from "../../src/kvm/index.js";
import type { Way } from "./replica.js";

const MANUAL = KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE;
const INITIALLY_SET = MANUAL | KVM_DIRTY_LOG_INITIALLY_SET;

export const WAYS: [string, Way][] = [
  ["bitmap: PML", {}],
  ["bitmap: write protection", { system: { pml: "off" } }],
  ["bitmap: no A/D bits", { system: { eptad: "off" } }],
  ["bitmap: NPT", { system: { tdp: "npt" } }],
  ["bitmap: huge pages, split at once", { huge: true }],
  ["bitmap: huge pages, split when written", { huge: true, system: { eager_page_split: "off" } }],
  ["bitmap: manual protection", { manual: MANUAL }],
  ["bitmap: manual protection, initially set, huge pages", { manual: INITIALLY_SET, huge: true }],
  ["bitmap: manual protection, no A/D bits", { manual: MANUAL, system: { eptad: "off" } }],
  ["ring: PML, small rings", { ringBytes: 16384 }],
  ["ring: PML, large rings", { ringBytes: 2 ** 20 }],
  ["ring: write protection", { ringBytes: 4096, system: { pml: "off" } }],
  ["ring: no A/D bits", { ringBytes: 4096, system: { eptad: "off" } }],
  ["ring: NPT", { ringBytes: 4096, system: { tdp: "npt" } }],
  ["ring: huge pages", { ringBytes: 65536, huge: true }],
];
