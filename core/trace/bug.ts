/**
 * How core says that its own state is impossible: bug() throws CoreBug through the embedder and never returns. What
 * went wrong is a code of core/layout/bugs.ts and two numbers. Callers' and guests' errors are never bugs: those are
 * negative errnos.
 *
 * check() stays in release: for what would corrupt memory if it went on. dbgAssert() is for debug builds, which also
 * evaluate its condition; in release neither the test nor, since it is inlined, the condition's loads remain.
 */

import { DEBUG } from "../layout/build";
import { hostBug } from "../layout/host";

/** Throws CoreBug(code, a, b). Never returns. */
export function bug(code: u32, a: u64, b: u64): void {
  hostBug(code, a, b);
  unreachable(); // an embedder whose bug() returns must not let core run on
}

/** In every build: `condition`, or CoreBug. */
// @ts-ignore: decorator
@inline
export function check(condition: bool, code: u32): void {
  if (!condition) bug(code, 0, 0);
}

/** In debug builds: `condition`, or CoreBug. The condition must have no effect of its own. */
// @ts-ignore: decorator
@inline
export function dbgAssert(condition: bool, code: u32): void {
  if (DEBUG && !condition) bug(code, 0, 0);
}
