/**
 * What the emulation port (core/vcpu/port.ts) keeps of the instruction it serves, in a block of frames of the vCPU: the
 * reads that userspace has answered, so that the instruction can be repeated from its start; and the writes, which are
 * done when it is complete.
 */

@unmanaged
export class PortFragment {
  gpa: u64;
  /** 1 to 16 bytes. */
  size: u32;
  fragmentPad: u32;
  data: u64;
  dataHigh: u64;
}
export const PORT_FRAGMENT_BYTES: u32 = 32;
export const PORT_FRAGMENT_SHIFT: u32 = 5;
if (offsetof<PortFragment>() != PORT_FRAGMENT_BYTES) ERROR("a fragment is 32 bytes");
/** The block: reads in its first frame, writes in the second. */
export const PORT_ORDER: u32 = 1;
export const PORT_MAX_READS: u32 = 128;
export const PORT_MAX_WRITES: u32 = 128;
if (PORT_MAX_READS * PORT_FRAGMENT_BYTES != 4096) ERROR("reads are one frame");
if (PORT_MAX_WRITES * PORT_FRAGMENT_BYTES != 4096) ERROR("writes are one frame");
