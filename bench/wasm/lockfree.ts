/**
 * The scaling reference of `npm run bench -- mmu` (ratio `lockfree2t`): the bare walk-and-install of
 * bench/native/mmu_reference.c, in AssemblyScript over shared memory, without any lock. What two threads gain in this
 * loop is what this machine and this engine have to give; the MMU's own speed-up is set against it.
 *
 * Frozen, as the C is. It imports nothing of core, so that it cannot get slower or faster with it.
 */

const LEVELS: u32 = 4;
const ENTRIES: u32 = 512;
const PAGE_SHIFT: u32 = 12;
const PRESENT_RWX: u64 = 7;
const ADDRESS: u64 = 0x000ffffffffff000;

// @ts-ignore: decorator
@inline
function slotOf(table: usize, gfn: u32, level: u32): usize {
  return table + (((gfn >> (9 * (level - 1))) & (ENTRIES - 1)) << 3);
}

/** Links a table from the bump allocator at `bump` (a u32: next free address), or takes the winner's. */
function descendOrLink(slot: usize, bump: usize): usize {
  const frame = load<u32>(bump);
  const old = atomic.cmpxchg<u64>(slot, 0, <u64>frame | PRESENT_RWX);
  if (old) return <usize>(old & ADDRESS);
  store<u32>(bump, frame + (1 << PAGE_SHIFT));
  return frame;
}

/** Maps `n` pages from `start` with 4 KiB leaves below the table at `root`. */
export function mapRange(root: u32, start: u32, n: u32, bump: u32): void {
  const end = start + n;
  for (let gfn = start; gfn < end; gfn++) {
    let table: usize = root;
    for (let level = LEVELS; level > 1; level--) {
      const slot = slotOf(table, gfn, level);
      const entry = atomic.load<u64>(slot);
      table = entry ? <usize>(entry & ADDRESS) : descendOrLink(slot, bump);
    }
    atomic.cmpxchg<u64>(slotOf(table, gfn, 1), 0, ((<u64>gfn) << PAGE_SHIFT) | PRESENT_RWX);
  }
}

/** Empties a table area: `bytes` from `start`, both multiples of 8. */
export function clear(start: u32, bytes: u32): void {
  memory.fill(start, 0, bytes);
}
