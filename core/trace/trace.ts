/**
 * Tracepoints: each CPU writes fixed-size records into a ring of its own, the newest over the oldest. An event costs
 * one load and a branch while it is off. Records are decoded in TypeScript (src/abi/trace_decode.ts).
 *
 * A ring has one writer, its CPU. traceNext counts records for ever (modulo 2^32); the ring holds the last
 * `traceCapacity` of them. A reader beside a running writer may see the oldest record being overwritten, so it drops
 * what traceNext has lapped meanwhile.
 *
 * Memory for rings comes from above (mm/trace_ring.ts). To take it back while the owner may be in the middle of a
 * record, the owner raises traceBusy first and only then looks if there is a ring: bare atomics, because trace lies
 * below sync, and tracing must not report to the lab's scheduler that it is tracing for.
 */

import { cpuById, Cpu } from "../layout/cpu";
import { hostNow } from "../layout/host";
import { SYSTEM_BASE, System } from "../layout/system";
import { TRACE_EVENTS, TRACE_RECORD_BYTES, TraceRecord } from "../layout/trace";

if (TRACE_EVENTS > 64) ERROR("System.traceMask has a bit for each event");
if (TRACE_RECORD_BYTES != 64) ERROR("the shift below");
const TRACE_RECORD_SHIFT: u32 = 6;

/** True if `event` (TRACE_*) is switched on. To be asked before a record's fields are computed. */
// @ts-ignore: decorator
@inline
export function traceOn(event: u32): bool {
  return ((load<u64>(SYSTEM_BASE + offsetof<System>("traceMask")) >> event) & 1) != 0;
}

/** Switches exactly the events on whose bit is set. */
export function traceSetMask(mask: u64): void {
  atomic.store<u64>(SYSTEM_BASE + offsetof<System>("traceMask"), mask);
}

/**
 * Writes one record into the ring of `cpu`, which is the calling one; nothing if it has none.
 * `vcpuId1`: the vCPU's id + 1, or 0 outside of one. Fields a to f: see each event in layout/trace.ts.
 */
export function trace(cpu: Cpu, event: u32, vcpuId1: u32, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64): void {
  const busy = changetype<usize>(cpu) + offsetof<Cpu>("traceBusy");
  atomic.store<u32>(busy, 1);
  const capacity = atomic.load<u32>(changetype<usize>(cpu) + offsetof<Cpu>("traceCapacity"));
  if (capacity != 0) {
    const index = cpu.traceNext;
    const record = changetype<TraceRecord>(<usize>cpu.traceBase + ((index & (capacity - 1)) << TRACE_RECORD_SHIFT));
    record.timeNs = hostNow();
    record.event = <u16>event;
    record.cpu = <u16>cpu.id;
    record.vcpu = vcpuId1;
    record.a = a;
    record.b = b;
    record.c = c;
    record.d = d;
    record.e = e;
    record.f = f;
    atomic.store<u32>(changetype<usize>(cpu) + offsetof<Cpu>("traceNext"), index + 1);
  }
  atomic.store<u32>(busy, 0);
}

/** Gives CPU `id`, which has no ring, the one at `base`: `capacity` records (a power of two). */
export function traceRingAttach(id: u32, base: usize, capacity: u32): void {
  const cpu = cpuById(id);
  cpu.traceBase = <u32>base;
  cpu.traceNext = 0;
  atomic.store<u32>(changetype<usize>(cpu) + offsetof<Cpu>("traceCapacity"), capacity);
}

/** Takes CPU `id`'s ring away. Its memory is free for other use once traceIsBusy is false. */
export function traceRingDetach(id: u32): void {
  atomic.store<u32>(changetype<usize>(cpuById(id)) + offsetof<Cpu>("traceCapacity"), 0);
}

/** True while CPU `id` writes a record. */
export function traceIsBusy(id: u32): bool {
  return atomic.load<u32>(changetype<usize>(cpuById(id)) + offsetof<Cpu>("traceBusy")) != 0;
}
