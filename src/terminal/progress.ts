/**
 * Progress of a long operation on stderr: a bar that is redrawn on a terminal, else a line every two seconds. Nothing
 * is shown of an operation that is over before that.
 */
import { SingleBar } from "cli-progress";

/** What is written on a stream that is no terminal, at most this often, ms. */
const LINE_INTERVAL_MS = 2_000;

export interface Progress {
  /** `done` of the total; `note` follows, for instance a rate. */
  update(done: number, note: string): void;
  /** Removes the bar. */
  stop(): void;
}

/** The stream's terminal decides the form; `now` is a clock in ms. */
export function startProgress(
  label: string,
  total: number,
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = Date.now,
): Progress {
  return stream.isTTY ? barProgress(label, total, stream) : lineProgress(label, total, stream, now);
}

function barProgress(label: string, total: number, stream: NodeJS.WriteStream): Progress {
  const format = `${label} [{bar}] {percentage} %  {note}`;
  const bar = new SingleBar({ format, stream, clearOnComplete: true, hideCursor: true, barsize: 30 });
  bar.start(total, 0, { note: "" });
  return { update: (done, note) => bar.update(done, { note }), stop: () => bar.stop() };
}

function lineProgress(label: string, total: number, stream: NodeJS.WritableStream, now: () => number): Progress {
  let last = now();
  return {
    update(done, note) {
      if (now() - last < LINE_INTERVAL_MS) return;
      last = now();
      stream.write(`${label}: ${Math.floor((100 * done) / total)} %, ${note}\n`);
    },
    stop() {},
  };
}
