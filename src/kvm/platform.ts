/**
 * All that is Node's in src/kvm: reading core.wasm, and threads. A browser gets a file of the same exports over fetch
 * and Web Workers; nothing else here imports Node's modules.
 */
import { setMaxListeners } from "node:events";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parentPort, Worker, workerData } from "node:worker_threads";

/** A thread, seen from the main side. */
export interface ThreadHandle {
  post(message: unknown, transfer?: ArrayBuffer[]): void;
  /** Keeps the process alive (true) or not (false). */
  keepAlive(keep: boolean): void;
  /** Ends the thread at once, wherever it is. */
  terminate(): Promise<void>;
}

export interface ThreadEvents {
  message(message: unknown): void;
  /** The thread has ended; `error` if it threw. Called once. */
  end(error: unknown): void;
}

const ENTRIES = {
  control: new URL("./control_worker.js", import.meta.url),
  vcpu: new URL("./vcpu_worker.js", import.meta.url),
};

/** Starts a thread with `data`, which its threadData() returns. */
export function startThread(entry: keyof typeof ENTRIES, data: unknown, events: ThreadEvents): ThreadHandle {
  const worker = new Worker(ENTRIES[entry], { workerData: data, name: `tadpole-${entry}` });
  let error: unknown;
  worker.on("message", (message) => events.message(message));
  worker.on("error", (thrown) => {
    error = thrown;
  });
  worker.on("exit", () => events.end(error));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer ?? []),
    keepAlive: (keep) => (keep ? worker.ref() : worker.unref()),
    terminate: async () => {
      await worker.terminate();
    },
  };
}

/** An AbortController whose signal any number of operations may listen to at once; Node takes the eleventh for a leak. */
export function sharedAbortController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** Calls `expired` once after `ms` (at most 2^31 - 1), unless what it returns is called before. Keeps no process alive. */
export function startTimer(ms: number, expired: () => void): () => void {
  const timer = setTimeout(expired, ms).unref();
  return () => clearTimeout(timer);
}

/** In a thread: what startThread was given. */
export function threadData(): unknown {
  return workerData;
}

/** In a thread: the way to and from the main side. */
export const mainSide = {
  post(message: unknown, transfer: ArrayBuffer[] = []): void {
    parentPort?.postMessage(message, transfer);
  },
  onMessage(handler: (message: unknown) => void): void {
    parentPort?.on("message", handler);
  },
};

/** In a thread: ends it here and now, in the middle of whatever it does. The kill hook of debug builds. */
export function endThisThread(): never {
  process.exit(1);
}

/** A file that only this process sees. Reads of what was never written give zeroes. */
export interface ScratchFile {
  read(position: number, length: number): Promise<Uint8Array>;
  write(position: number, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** A new, empty, sparse file without a name: the system removes it when it is closed, or the process ends in any way. */
export async function openScratchFile(): Promise<ScratchFile> {
  const folder = await mkdtemp(join(tmpdir(), "tadpole-"));
  try {
    const file = await open(join(folder, "swap"), "wx+");
    return {
      async read(position, length) {
        const bytes = new Uint8Array(length);
        for (let at = 0; at < length; ) {
          const { bytesRead } = await file.read(bytes, at, length - at, position + at);
          if (bytesRead === 0) break;
          at += bytesRead;
        }
        return bytes;
      },
      async write(position, bytes) {
        for (let at = 0; at < bytes.length; )
          at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
      },
      close: () => file.close(),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The bytes of a build of core; they lie in build/, beside dist/. */
export async function readCore(build: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(new URL(`../../build/core.${build}.wasm`, import.meta.url)));
}
