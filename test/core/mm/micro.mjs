/**
 * What the allocator's operations cost, and which way of zeroing a frame is fastest: medians in ns, release build.
 *
 *   node tools/build.mjs core.test-release && node test/core/mm/micro.mjs
 */
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { instantiate } from "../core_env.mjs";

const dir = process.env.TADPOLE_BUILD_DIR ?? new URL("../../../build", import.meta.url).pathname;
const module = new WebAssembly.Module(readFileSync(`${dir}/core.test-release.wasm`));
const pages = 1024 * 16; // 1 GiB
const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
const x = instantiate(module, memory, performance.timeOrigin, () => {});
x.systemInit(pages * 16, 4);
x.cpuInit(0);

const RUNS = 9;
const FIRST = 131072; // frames in the middle of the arena that the loops below may scribble on
const COLD = 65536; // 256 MiB: far more than any cache here
x.microZeroFill(FIRST, COLD, 1); // resident from now on

/** @param {string} name @param {number} ops @param {() => void} body @param {() => void} [before] */
function measure(name, ops, body, before = () => {}) {
  const times = [];
  for (let i = 0; i <= RUNS; i++) {
    before();
    const start = performance.now();
    body();
    if (i > 0) times.push(((performance.now() - start) * 1e6) / ops);
  }
  times.sort((a, b) => a - b);
  const [low, median, high] = [times[0], times[RUNS >> 1], times[RUNS - 1]];
  process.stdout.write(
    `${name.padEnd(52)} ${median.toFixed(1).padStart(8)}   ${low.toFixed(1)} .. ${high.toFixed(1)}\n`,
  );
}

process.stdout.write(`Node ${process.version}, median ns per operation of ${RUNS} runs, lowest .. highest\n`);
measure("alloc + free, one frame", 1e6, () => x.microPairs(1e6));
measure("alloc + free, 50000 frames then all back", 5e4, () => x.microBurst(5e4));
measure("alloc + free, 2 MiB block", 1e3, () => x.microBlocks(1e3, 9));
measure("alloc + free, 8 KiB block", 1e5, () => x.microBlocks(1e5, 1));
measure("kalloc + kfree, 128 bytes", 1e5, () => x.microSlab(1e5, 128));

for (const [name, fn] of [
  ["memory.fill", x.microZeroFill],
  ["i64.store x 8", x.microZeroI64],
  ["v128.store x 8", x.microZeroV128],
]) {
  measure(`zero 4 KiB, one hot frame, ${name}`, 1e5, () => fn(FIRST, 1, 1e5));
  measure(`zero 4 KiB, 64 frames (L2), ${name}`, 64 * 500, () => fn(FIRST, 64, 500));
  measure(`zero 4 KiB, cold frames, ${name}`, COLD, () => fn(FIRST, COLD, 1));
}

const N = COLD;
measure("zero in the fault, then read the frame", N, () => x.microZeroAndTouch(FIRST, N));
measure("pool of 16 zeroed ahead by the same thread, read", N, () => x.microPoolAndTouch(FIRST, N, 16));
measure("pool of 512 zeroed ahead by the same thread, read", N, () => x.microPoolAndTouch(FIRST, N, 512));
await measureOtherThread();

/** A pool filled by another thread: lots of frames zeroed there, read here; only the reading is timed. */
async function measureOtherThread() {
  const turn = new Int32Array(new SharedArrayBuffer(8));
  const LOT = 64;
  const LOTS = 500;
  const body = `
    const { workerData, parentPort } = require("node:worker_threads");
    import(workerData.env).then(({ instantiate }) => {
      const { module, memory, turn, first, lot, lots } = workerData;
      const x = instantiate(module, memory, performance.timeOrigin, () => {});
      x.cpuInit(1);
      parentPort.postMessage("ready");
      for (let i = 0; i < lots; i++) {
        while (Atomics.load(turn, 0) !== 2 * i);
        x.microZeroFill(first + i * lot, lot, 1);
        Atomics.store(turn, 0, 2 * i + 1);
      }
    });`;
  const worker = new Worker(body, {
    eval: true,
    workerData: {
      env: new URL("../core_env.mjs", import.meta.url).href,
      module,
      memory,
      turn,
      first: FIRST,
      lot: LOT,
      lots: LOTS,
    },
  });
  await new Promise((resolve) => worker.once("message", resolve));
  const times = [];
  for (let i = 0; i < LOTS; i++) {
    while (Atomics.load(turn, 0) !== 2 * i + 1);
    const start = performance.now();
    x.microTouch(FIRST + i * LOT, LOT);
    times.push(((performance.now() - start) * 1e6) / LOT);
    Atomics.store(turn, 0, 2 * i + 2);
  }
  await worker.terminate();
  times.sort((a, b) => a - b);
  process.stdout.write(
    `${"read a frame zeroed by another thread (no zeroing)".padEnd(52)} ${times[LOTS >> 1].toFixed(1).padStart(8)}\n`,
  );
  const own = [];
  for (let i = 0; i < LOTS; i++) {
    x.microZeroFill(FIRST + i * LOT, LOT, 1);
    const start = performance.now();
    x.microTouch(FIRST + i * LOT, LOT);
    own.push(((performance.now() - start) * 1e6) / LOT);
  }
  own.sort((a, b) => a - b);
  process.stdout.write(
    `${"read a frame zeroed by this thread (no zeroing)".padEnd(52)} ${own[LOTS >> 1].toFixed(1).padStart(8)}\n`,
  );
}
