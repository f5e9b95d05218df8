/** struct kvm_msr_entry, as KVM_GET_MSRS and KVM_SET_MSRS take it. */
import { MSR_ENTRY_SIZE, MSR_MAX_ENTRIES, MsrEntry as MsrStruct } from "../abi/index.js";
import { KvmError } from "./errors.js";
import { integer, type U64, u64 } from "./values.js";

/** A model-specific register and its value. */
export interface MsrEntry {
  /** Its number, 0 to 2^32 - 1. */
  index: number;
  data: bigint;
}

/** The entries as core takes them. */
export function encodeMsrs(entries: readonly { index: number; data: U64 }[]): Uint8Array {
  if (entries.length > MSR_MAX_ENTRIES)
    throw new KvmError("E2BIG", `A call takes at most ${MSR_MAX_ENTRIES} registers, not ${entries.length}.`);
  const bytes = new Uint8Array(entries.length * MSR_ENTRY_SIZE);
  const view = new DataView(bytes.buffer);
  for (const [i, { index, data }] of entries.entries()) {
    const at = i * MSR_ENTRY_SIZE;
    view.setUint32(at + MsrStruct.index.offset, integer(index, `index of entry ${i}`, 0, 0xffff_ffff), true);
    view.setBigUint64(at + MsrStruct.data.offset, u64(data, `data of entry ${i}`), true);
  }
  return bytes;
}

export function decodeMsrs(bytes: Uint8Array): MsrEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: bytes.length / MSR_ENTRY_SIZE }, (_, i) => ({
    index: view.getUint32(i * MSR_ENTRY_SIZE + MsrStruct.index.offset, true),
    data: view.getBigUint64(i * MSR_ENTRY_SIZE + MsrStruct.data.offset, true),
  }));
}
