/** Probes of core/hostmm for its tests. */
export { gup, gupFast, gupLock, gupUnlock } from "../../../core/hostmm/gup";
