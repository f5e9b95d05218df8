/**
 * A CPU of a test in a thread of its own: instantiates core, becomes CPU `cpuId`, then calls what it is sent. One
 * call at a time; `{fn, args}` is answered by `{result}` or `{error}`. Started by harness.ts.
 */
import { parentPort, workerData } from "node:worker_threads";
import { instantiate } from "./core_env.mjs";

const port = parentPort;
if (port === null) throw new Error("thread_worker.mjs runs as a worker");
const { module, memory, timeOrigin, cpuId } = workerData;

try {
  const x = instantiate(module, memory, timeOrigin, (request) => port.postMessage({ type: "pager", request }));
  const refusal = x.cpuInit(cpuId);
  if (refusal !== 0) throw new Error(`cpuInit(${cpuId}): ${refusal}`);
  port.on("message", ({ fn, args }) => port.postMessage(answer(x, fn, args)));
  port.postMessage({ type: "ready" });
} catch (error) {
  port.postMessage({ type: "answer", error: plain(error) });
}

/** Errors cross threads without their class: harness.ts makes it again from these fields. */
function plain(error) {
  const { name, message, stack, code, a, b } = error;
  return { name, message, stack, code, a, b };
}

function answer(x, fn, args) {
  try {
    if (typeof x[fn] !== "function") throw new Error(`core exports no function ${fn}`);
    return { type: "answer", result: x[fn](...args) };
  } catch (error) {
    return { type: "answer", error: plain(error) };
  }
}
