/**
 * What the lab build reports to its scheduler before each protocol access: the kind, with the access's width, and the
 * address. A kind is one of the numbers, plus HOOK_WIDE for 8 bytes (else 4 or fewer, within one aligned word).
 */

export const HOOK_LOAD: u32 = 0;
export const HOOK_STORE: u32 = 1;
/** Also a compare-and-exchange that will fail. */
export const HOOK_RMW: u32 = 2;
/** One turn of a loop that waits for somebody: nothing that it has read since the last one has what it needs. */
export const HOOK_SPIN: u32 = 3;
export const HOOK_WIDE: u32 = 4;
/** With HOOK_STORE: no barrier follows, so that a processor may keep the store in its buffer. */
export const HOOK_RELEASE: u32 = 8;
