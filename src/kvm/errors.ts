/**
 * The errors of this API. Each carries the errno that KVM's ioctl of the same duty would give, as its name, and a
 * sentence: what was wrong, what was expected, what to do.
 */

/** Names of the errnos that the API uses, by Linux's numbers. */
const ERRNO_NAMES = {
  1: "EPERM",
  2: "ENOENT",
  4: "EINTR",
  5: "EIO",
  6: "ENXIO",
  7: "E2BIG",
  9: "EBADF",
  11: "EAGAIN",
  12: "ENOMEM",
  14: "EFAULT",
  16: "EBUSY",
  17: "EEXIST",
  19: "ENODEV",
  22: "EINVAL",
  28: "ENOSPC",
  95: "EOPNOTSUPP",
  125: "ECANCELED",
  133: "EHWPOISON",
} as const;

/** A call was given up because what it works on is being destroyed. Only this package makes it, never core. */
export const ECANCELED = 125;

/** An errno's name, as Linux spells it. */
export type KvmErrorCode = (typeof ERRNO_NAMES)[keyof typeof ERRNO_NAMES];

const ERRNO_NUMBERS = new Map(Object.entries(ERRNO_NAMES).map(([number, name]) => [name, Number(number)]));

/** The name of errno `number`; unknown ones count as EIO. */
export function errnoName(number: number): KvmErrorCode {
  const names: Partial<Record<number, KvmErrorCode>> = ERRNO_NAMES;
  return names[number] ?? "EIO";
}

/** A call was refused or failed. `code` is the errno KVM would give; the message says what to do about it. */
export class KvmError extends Error {
  readonly code: KvmErrorCode;

  constructor(code: KvmErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KvmError";
    this.code = code;
  }

  /** Linux's number of `code`. */
  get errno(): number {
    return ERRNO_NUMBERS.get(this.code) ?? 0;
  }
}

/**
 * A worker thread ended in the middle of its work, and the VM (or, when it held state that all VMs share, the whole
 * System) with it. Every run() and call of what is lost rejects with this, within a second, and so do later ones.
 * `cause` says why the worker ended, if it could tell. The memory of a dead VM comes back when its System is closed.
 */
export class WorkerDiedError extends KvmError {
  /** What was lost. */
  readonly scope: "vm" | "system";

  constructor(scope: "vm" | "system", cause?: unknown) {
    const what = scope === "vm" ? "This VM has" : "This System, with all its VMs, has";
    super("EIO", `${what} lost a worker thread and cannot go on. Close it; open a new one to continue.`, { cause });
    this.name = "WorkerDiedError";
    this.scope = scope;
  }
}

/** Core found its own state impossible: a bug of Tadpole. Comes as the `cause` of a WorkerDiedError. */
export class CoreBugError extends Error {
  /** The constant of core/layout/bugs.ts, BUG_*, or "trap" if WebAssembly itself stopped. */
  readonly bug: string;

  constructor(bug: string, message: string) {
    super(message);
    this.name = "CoreBugError";
    this.bug = bug;
  }
}
