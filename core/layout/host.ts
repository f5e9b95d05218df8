/**
 * What core asks of the JavaScript around it. Nothing else is imported.
 *
 * Waiting goes through JavaScript because Node 20's baseline wasm compiler loses a function's locals across
 * memory.atomic.wait32. `bug` and `die` never return: they throw, which unwinds core's stack.
 */

/** Atomics.wait on the i32 at `address`; `timeoutMs` < 0 waits for ever. 0 = woken, 1 = value differed, 2 = timed out. */
// @ts-ignore: decorator
@external("env", "wait")
export declare function hostWait(address: usize, expected: i32, timeoutMs: f64): i32;

/** A monotonic clock shared by all threads of the process, in nanoseconds. */
// @ts-ignore: decorator
@external("env", "now")
export declare function hostNow(): f64;

/** Throws CoreBug(code, a, b): core found its own state impossible. Never returns. */
// @ts-ignore: decorator
@external("env", "bug")
export declare function hostBug(code: u32, a: u64, b: u64): void;

/** Throws CoreDead: the VM (or the system) this CPU works for has lost a worker. Never returns. */
// @ts-ignore: decorator
@external("env", "die")
export declare function hostDie(): void;

/** Debug builds: the kill hook's countdown reached zero; the embedder ends this worker here. Never returns. */
// @ts-ignore: decorator
@external("env", "kill")
export declare function hostKill(): void;

/** Posts the pager request at `request` to the main thread; does not wait. */
// @ts-ignore: decorator
@external("env", "pager")
export declare function hostPager(request: usize): void;

/** Lab builds: a choice that the machine is free to make, 0 to n - 1: the explorer tries them all. */
// @ts-ignore: decorator
@external("env", "choose")
export declare function hostChoose(n: u32): u32;

/** Lab builds: reports a protocol access of kind `kind` at `address`; the scheduler may suspend the fiber in it. */
// @ts-ignore: decorator
@external("env", "hook")
export declare function hostHook(kind: u32, address: usize): void;
