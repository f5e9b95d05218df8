/** Sign extensions of the accumulator, MOVBE, MOVNTI, XLAT, CRC32, random numbers, cache hints, fences, PAUSE. */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { REQ_YIELD } from "../../layout/exits";
import { Vcpu } from "../../layout/vcpu";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { aadd32 } from "../../sync/atomics";
import { requestMake } from "../../sync/guest_mode";
import { cutToAddressSize, opAddress, opSegment, segmentAddress } from "../address";
import { flagsZeroCarry, signExtend } from "../flags";
import { memRead, memTranslate, memWrite } from "../memory";
import { regRead, regWrite } from "../operands";
import { rmRead } from "./operand";

const RAX: u32 = <u32>offsetof<X86>("rax");
const RDX: u32 = <u32>offsetof<X86>("rdx");

/** CBW, CWDE, CDQE (98): the accumulator's lower half, sign-extended to a T. */
export function cbw<T extends number>(c: X86, op: Op): i32 {
  const rax = c.rax;
  const value =
    sizeof<T>() == 2
      ? signExtend<u8>(<u8>rax)
      : sizeof<T>() == 4
        ? signExtend<u16>(<u16>rax)
        : signExtend<u32>(<u32>rax);
  regWrite<T>(c, RAX, <T>value);
  return EXEC_NEXT;
}

/** CWD, CDQ, CQO (99): rDX is filled with the accumulator's sign. */
export function cwd<T extends number>(c: X86, op: Op): i32 {
  regWrite<T>(c, RDX, <T>(<i64>signExtend<T>(regRead<T>(c, RAX)) >> 63));
  return EXEC_NEXT;
}

/** MOVBE to a register (0F 38 F0). */
export function movbeLoad<T extends number>(c: X86, op: Op): i32 {
  const status = memRead<T>(c, op, opAddress<T>(c, op, HW_READ));
  if (status != EXEC_NEXT) return status;
  regWrite<T>(c, op.reg, bswap<T>(<T>c.value0));
  return EXEC_NEXT;
}

/** MOVBE to memory (0F 38 F1). */
export function movbeStore<T extends number>(c: X86, op: Op): i32 {
  return memWrite<T>(c, op, opAddress<T>(c, op, HW_WRITE), bswap<T>(regRead<T>(c, op.reg)));
}

/** MOVNTI (0F C3): caches are not modelled, so a store. */
export function movnti<T extends number>(c: X86, op: Op): i32 {
  return memWrite<T>(c, op, opAddress<T>(c, op, HW_WRITE), regRead<T>(c, op.reg));
}

/** XLAT (D7): AL = the byte at rBX + AL. */
export function xlat(c: X86, op: Op): i32 {
  const offset = cutToAddressSize(op, c.rbx + (c.rax & 0xff));
  const status = memRead<u8>(c, op, segmentAddress(c, opSegment(op), offset, 1, HW_READ));
  if (status != EXEC_NEXT) return status;
  regWrite<u8>(c, RAX, <u8>c.value0);
  return EXEC_NEXT;
}

/** CRC-32C (polynomial 0x1EDC6F41, bits reflected) of each four bits. */
const CRC_OF_NIBBLE: usize = memory.data<u32>([
  0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d, 0x82f63b78,
  0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
]);

// @ts-ignore: decorator
@inline
function crcNibble(crc: u32): u32 {
  return (crc >> 4) ^ load<u32>(CRC_OF_NIBBLE + ((crc & 15) << 2));
}

/** CRC32 (F2 0F 38 F0, F1): the register, 32 bits of it, goes on over the bytes of a T. */
export function crc32<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  let rest = c.value0;
  let crc = regRead<u32>(c, op.reg);
  for (let i: u32 = 0; i < sizeof<T>(); i++) {
    crc = crcNibble(crcNibble(crc ^ (<u32>rest & 0xff)));
    rest >>= 8;
  }
  regWrite<u32>(c, op.reg, crc);
  return EXEC_NEXT;
}

/** RDRAND and RDSEED (0F C7 /6, /7): splitmix64 from the state in X86.random; always successful (CF). */
export function rdrand<T extends number>(c: X86, op: Op): i32 {
  c.random += 0x9e3779b97f4a7c15;
  let z = c.random;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  regWrite<T>(c, op.rm, <T>(z ^ (z >> 31)));
  flagsZeroCarry(c, 0, 1);
  return EXEC_NEXT;
}

/** CLFLUSH, CLFLUSHOPT, CLWB: checked as the load of a byte. There is no cache to write back. */
export function clflush(c: X86, op: Op): i32 {
  return memTranslate(c, op, opAddress<u8>(c, op, HW_READ), 1, HW_READ);
}

/** PREFETCHh, PREFETCHW: a hint, whose address is never looked at. */
export function prefetch(c: X86, op: Op): i32 {
  return EXEC_NEXT;
}

/** LFENCE, SFENCE, MFENCE: a full barrier, which on x86 hosts any atomic read-modify-write is. */
export function fence(c: X86, op: Op): i32 {
  aadd32(changetype<usize>(c) + offsetof<X86>("fenceWord"), 0);
  return EXEC_NEXT;
}

/** So many PAUSEs, some 50 us, and others get the processor: a lock's holder mostly needs less. */
const PAUSE_WINDOW: u32 = 4096;

/** PAUSE (F3 90): a vCPU that waits for another one must not keep it from running where processors are fewer. */
export function pause(c: X86, op: Op): i32 {
  if (++c.pauses % PAUSE_WINDOW == 0) requestMake(changetype<Vcpu>(c.vcpu), REQ_YIELD);
  return EXEC_NEXT;
}
