/** What the interpreter tells the run loop after it stopped: why it left the guest, or that an op is complete. */

/** The op is complete. */
export const STEP_NEXT: i32 = 0;
/** Requests are pending. */
export const STEP_REQUEST: i32 = 1;
/** The guest was left for a fault already (fault.ts): the run loop goes on with Vcpu.runStatus. The access is repeated on resume. */
export const STEP_LEFT: i32 = 2;
/** The next access goes through the emulation port. */
export const STEP_EMULATE: i32 = 3;
/** A role switch: its work needs the vCPU outside of the guest. */
export const STEP_ROLE: i32 = 4;
/** The run is over: Vcpu.exitReason says why. */
export const STEP_EXIT: i32 = 5;
/** The op has deferred accesses, and nothing else to do for now: see deferred.ts. */
export const STEP_DEFERRED: i32 = 6;

/** The processor's code cache asks for what a vCPU outside of the guest does. */
export const STEP_CODE: i32 = 7;
/** The next instruction runs alone. */
export const STEP_EXCLUSIVE: i32 = 8;

/** One turn of the run loop is done and another follows. Anything else ends the loop: RUN_* of layout/access_program, or a negated errno. */
export const RUN_AGAIN: i32 = 100;
